package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// eraseHistory takes what the history says of somebody who is erased out of it: in their account, in the accounts of its
// customers in which they acted and have no place of their own, and, where nothing is left of the person, in what concerns
// people without an account. told is the entry about it; the other histories get their own.
func (s *Store) eraseHistory(ctx context.Context, c changing, m domain.Membership, told domain.Event, whole bool) error {
	accounts := []string{m.AccountID}
	if m.UserID != "" {
		there, err := s.actedIn(ctx, c, m)
		if err != nil {
			return err
		}
		if accounts = append(accounts, there...); whole {
			accounts = append(accounts, "")
		}
	}
	for _, account := range accounts {
		ids, err := all(ctx, c.tx, text, "select m.id from memberships m where m.user_id = $1 and m.account_id = $2", m.UserID, account)
		if err != nil {
			return fmt.Errorf("look for the places of somebody: %w", err)
		}
		if ids = append(ids, m.ID); m.UserID != "" {
			ids = append(ids, m.UserID)
		}
		n, err := s.eraseEvents(ctx, c, account, ids)
		if err != nil {
			return err
		}
		if n > 0 && account != m.AccountID && account != "" {
			if err := record(ctx, c.tx, told.ErasedIn(account, c.by, ids...)); err != nil {
				return err
			}
		}
	}
	return s.eraseCredits(ctx, c, m)
}

// actedIn are the customers' accounts in which somebody of a partner acted, as its own history says, or had a place, and
// has none any more.
func (s *Store) actedIn(ctx context.Context, c changing, m domain.Membership) ([]string, error) {
	found, err := all(ctx, c.tx, text, `select distinct a.id from accounts a where a.partner_id = $1 and a.id in (
			select e.subject_id from events e where e.account_id = $1 and e.actor_id = $2
			union select m.account_id from memberships m where m.user_id = $2)
		and not exists (select 1 from memberships k where k.user_id = $2 and k.account_id = a.id and k.removed_at = 0)`, m.AccountID, m.UserID)
	return found, wrap(err, "look for the customers somebody worked for")
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
	known := map[string]bool{}
	for _, q := range []struct {
		where string
		args  []any
	}{
		{s.indexedBy("events_actor") + " where account_id = $1 and actor_id in (" + in(len(ids), 2) + ")", list},
		{s.indexedBy("events_subject") + " where account_id = $1 and subject_id in (" + in(len(ids), 2) + ")", list},
		{s.indexedBy("events_topic") + " where account_id = $1 and topic = $2 and kind = $3", []any{account, string(domain.ColleagueInvited.Topic()), string(domain.ColleagueInvited)}},
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

// eraseCredits takes a name out of a partner's ledger, and out of who set its customers up.
func (s *Store) eraseCredits(ctx context.Context, c changing, m domain.Membership) error {
	if m.UserID == "" {
		return nil
	}
	entries, err := all(ctx, c.tx, scanCredit, "select "+creditColumns+" from credit_entries m"+s.indexedBy("credit_entries_actor")+
		" where m.account_id = $1 and m.actor_id = $2", m.AccountID, m.UserID)
	if err != nil {
		return fmt.Errorf("look for somebody in the ledger: %w", err)
	}
	for _, e := range entries {
		e.ActorName, e.ActorEmail = "", ""
		if _, err := exec(ctx, c.tx, "update credit_entries set actor_name = '', search_text = $1 where id = $2", e.Searchable(), e.ID); err != nil {
			return fmt.Errorf("erase somebody from the ledger: %w", err)
		}
	}
	_, err = exec(ctx, c.tx, "update accounts set set_up_by = '' where partner_id = $1 and set_up_by = $2", m.AccountID, m.Name())
	return wrap(err, "erase who set an account up")
}

// erasedIn are the ids that the entries of a chain say were erased. What concerns people without an account goes with the
// entry of the account they were erased from.
func (s *Store) erasedIn(ctx context.Context, q querier, account string) (map[string]bool, error) {
	found, err := all(ctx, q, scanAudited, "select "+eventColumns+" from events where kind = $1 and ($2 = '' or account_id = $2)", string(domain.UserErased), account)
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
