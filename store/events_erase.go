package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/domain"
)

// eraseHistory takes what the history says of somebody who is erased out of it, and their name out of what else an account
// keeps: in their account, in those of its customers in which they acted and have no place of their own, and, where nothing
// is left of the person, in the history of what concerns people without an account. told is the entry about it; each of the
// other histories gets its own, for each is kept for another time.
func (s *Store) eraseHistory(ctx context.Context, c changing, m domain.Membership, told domain.Event, whole bool) error {
	if m.UserID == "" {
		_, err := s.eraseEvents(ctx, c, m.AccountID, []string{m.ID})
		return err
	}
	accounts, err := s.actedIn(ctx, c, m)
	if err != nil {
		return err
	}
	for _, account := range append(accounts, m.AccountID) {
		if err := s.eraseNames(ctx, c.tx, account, m.UserID); err != nil {
			return err
		}
	}
	if whole {
		accounts = append(accounts, "")
	}
	for _, account := range append(accounts, m.AccountID) {
		ids, err := all(ctx, c.tx, text, "select m.id from memberships m"+s.indexedBy("memberships_person")+" where m.user_id = $1 and m.account_id = $2 and m.id <> $3", m.UserID, account, m.ID)
		if err != nil {
			return fmt.Errorf("look for the places of somebody: %w", err)
		}
		ids = append(ids, m.ID, m.UserID)
		n, err := s.eraseEvents(ctx, c, account, ids)
		if err != nil {
			return err
		}
		if n > 0 && account != m.AccountID {
			if err := record(ctx, c.tx, told.ErasedIn(account, c.by, ids...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// actedIn are the customers' accounts in which somebody of a partner acted, as its own history says, or had a place, and
// has none any more. Of support access that history says which it was, and that says where. When its beginning is over, the
// customers' histories are asked, which may be kept for longer: that takes a while where there are very many of them.
func (s *Store) actedIn(ctx context.Context, c changing, m domain.Membership) ([]string, error) {
	own, err := s.readChain(ctx, c.tx, m.AccountID)
	if err != nil {
		return nil, err
	}
	theirs := ""
	if own.anchor.Number > 0 {
		theirs = " union select c.id from accounts c where c.partner_id = $1 and exists (select 1 from events e" + s.indexedBy("events_actor") + " where e.account_id = c.id and e.actor_id = $2)"
	}
	found, err := all(ctx, c.tx, text, `with did (subject) as (select e.subject_id from events e`+s.indexedBy("events_actor")+` where e.account_id = $1 and e.actor_id = $2)
		select distinct a.id from accounts a where a.partner_id = $1 and a.id in (select subject from did
			union select g.account_id from support_grants g where g.id in (select subject from did)
			union select m.account_id from memberships m`+s.indexedBy("memberships_person")+` where m.user_id = $2`+theirs+`)
		and not exists (select 1 from memberships k where k.user_id = $2 and k.account_id = a.id and k.removed_at = 0)`, m.AccountID, m.UserID)
	return found, wrap(err, "look for the customers somebody worked for")
}

// eraseNames takes somebody's name out of what an account keeps beside its history: whom they have invited and locked, the
// trial they began, the customers they set up, its ledger, and the support access they asked for, granted or refused.
func (s *Store) eraseNames(ctx context.Context, t *tx, account, user string) error {
	for _, sql := range []string{
		"update memberships set inviter_name = '' where invited_by = $1 and account_id = $2",
		"update memberships set suspended_by = '', suspended_by_id = '' where suspended_by_id = $1 and suspended_by_id <> '' and account_id = $2 and removed_at = 0",
		"update accounts set trial_by_name = '' where trial_by = $1 and id = $2",
		"update accounts set set_up_by = '', set_up_by_id = '' where set_up_by_id = $1 and set_up_by_id <> '' and partner_id = $2",
	} {
		if _, err := exec(ctx, t, sql, user, account); err != nil {
			return fmt.Errorf("erase somebody's name: %w", err)
		}
	}
	entries, err := all(ctx, t, scanCredit, "select "+creditColumns+" from credit_entries m"+s.indexedBy("credit_entries_actor")+
		" where m.actor_id = $1 and m.account_id = $2", user, account)
	if err != nil {
		return fmt.Errorf("look for somebody in the ledger: %w", err)
	}
	for _, e := range entries {
		e.ActorName, e.ActorEmail = "", ""
		if _, err := exec(ctx, t, "update credit_entries set actor_name = '', search_text = $1 where id = $2", e.Searchable(), e.ID); err != nil {
			return fmt.Errorf("erase somebody from the ledger: %w", err)
		}
	}
	for _, of := range []string{
		s.indexedBy("support_grants_asker") + " where m.asked_by = $1 and m.asked_by <> '' and m.partner_id = $2",
		s.indexedBy("support_grants_last") + " where m.granted_by = $1 and m.account_id = $2",
	} {
		grants, err := all(ctx, t, scanSupport, "select "+supportColumns+" from support_grants m"+of, user, account)
		if err != nil {
			return fmt.Errorf("look for somebody in support access: %w", err)
		}
		for _, g := range grants {
			g = g.Without(user)
			_, err := exec(ctx, t, "update support_grants set asker_name = $1, answerer_name = $2, search_text = $3 where id = $4", g.AskerName, g.AnswererName, g.Searchable(), g.ID)
			if err != nil {
				return fmt.Errorf("erase somebody from support access: %w", err)
			}
		}
	}
	return nil
}

// eraseEvents erases some ids from one account's history, and says how many entries spoke of them. Keys go with the text.
func (s *Store) eraseEvents(ctx context.Context, c changing, account string, ids []string) (n int, err error) {
	found, err := s.speaksOf(ctx, c.tx, account, ids)
	if err != nil {
		return 0, err
	}
	addresses := map[string]string{}
	for _, e := range found {
		after, spoke := e.Without(ids...)
		if !spoke {
			continue
		}
		n++
		before, err := writeValues(after.Before)
		if err != nil {
			return n, err
		}
		values, err := writeValues(after.After)
		if err != nil {
			return n, err
		}
		for _, id := range []string{e.ActorID, e.SubjectID} {
			if slices.Contains(ids, id) {
				continue
			}
			if _, known := addresses[id]; !known {
				if addresses[id], err = addressOf(ctx, c.tx, id); err != nil {
					return n, err
				}
			}
			after.Addresses = append(after.Addresses, addresses[id])
		}
		keys := ""
		if e.Sealed.Number > 0 {
			keys = partsText(after.Keys)
		}
		_, err = exec(ctx, c.tx, `update events set actor_name = $1, from_addr = $2, subject_name = $3, before_json = $4, after_json = $5, part_keys = $6, search_text = $7
			where id = $8`, after.ActorName, after.From, after.SubjectName, before, values, keys, after.Searchable(), e.ID)
		if err != nil {
			return n, fmt.Errorf("erase somebody from the history: %w", err)
		}
	}
	return n, nil
}

// speaksOf reads the entries of a history that speak of some ids, each by its own index.
func (s *Store) speaksOf(ctx context.Context, t *tx, account string, ids []string) (found []domain.Event, err error) {
	list := append([]any{account}, values(ids)...)
	known, named := map[string]bool{}, make([]string, len(ids))
	colleague := []any{account, string(domain.ColleagueInvited.Topic()), string(domain.ColleagueInvited)}
	for i, id := range ids {
		colleague = append(colleague, "%"+id+"%")
		named[i] = "after_json like $" + strconv.Itoa(len(colleague))
	}
	for _, q := range []struct {
		where string
		args  []any
	}{
		{s.indexedBy("events_actor") + " where account_id = $1 and actor_id in (" + in(len(ids), 2) + ")", list},
		{s.indexedBy("events_subject") + " where account_id = $1 and subject_id in (" + in(len(ids), 2) + ")", list},
		{s.indexedBy("events_topic") + " where account_id = $1 and topic = $2 and kind = $3 and (" + strings.Join(named, " or ") + ")", colleague},
	} {
		rows, err := all(ctx, t, scanEvent, "select "+eventColumns+" from events"+q.where, q.args...)
		if err != nil {
			return nil, fmt.Errorf("look for what the history says of somebody: %w", err)
		}
		for _, e := range rows {
			if !known[e.ID] {
				known[e.ID] = true
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// addressOf is the address that somebody else whom an entry names is found by; empty for what is nobody.
func addressOf(ctx context.Context, t *tx, id string) (string, error) {
	found, err := all(ctx, t, text, "select email from memberships where id = $1 union all select email from users where id = $1", id)
	if err != nil || len(found) == 0 || !strings.Contains(found[0], "@") {
		return "", wrap(err, "read somebody's address")
	}
	return found[0], nil
}

// erasedIn are the ids that the entries of a chain say were erased.
func erasedIn(ctx context.Context, q querier, account string) (map[string]bool, error) {
	found, err := all(ctx, q, scanAudited, "select "+eventColumns+" from events where account_id = $1 and topic = $2 and kind = $3",
		account, string(domain.UserErased.Topic()), string(domain.UserErased))
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, e := range found {
		for _, id := range e.Erased() {
			out[id] = true
		}
	}
	return out, nil
}
