package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/domain"
)

// PrepareInvites reads a file of invites, checks each row as if it were sent now, and keeps it with its report. Nothing is
// sent before ConfirmImport (INV-14). A file that cannot be read is domain.Problems of the field "file".
func (s *Store) PrepareInvites(ctx context.Context, by domain.Actor, fileName string, file []byte) (domain.Import, error) {
	if !by.Can(domain.CreateInvites) {
		return domain.Import{}, fmt.Errorf("prepare an import: %w", domain.ErrForbidden)
	}
	lines, err := domain.ReadInvites(file, by.Account)
	if err != nil {
		return domain.Import{}, err
	}
	now := s.now()
	if err := s.place(ctx, by, lines); err != nil {
		return domain.Import{}, err
	}
	domain.MarkRepeated(lines)
	have, err := s.addressed(ctx, s.read, by.Account.ID, lines)
	if err != nil {
		return domain.Import{}, err
	}
	if by.Account, err = s.admitting(ctx, s.read, by.Account, draftEmails(lines)...); err != nil {
		return domain.Import{}, err
	}
	for n := range lines {
		l := &lines[n]
		in, err := l.Draft.Check(by, l.Draft.Scope, now) // place has just looked its sites up
		if err == nil {
			_, _, err = domain.Invite(have[in.Email], in, by, now)
		}
		if err != nil {
			if !refused(err) {
				return domain.Import{}, fmt.Errorf("check a row: %w", err)
			}
			l.Refused(err, "may_not_invite")
		}
	}
	return keepImport(ctx, s, domain.Import{Kind: domain.ImportInvites, AccountID: by.Account.ID, CreatedBy: by.User.ID, FileName: fileName}, lines)
}

// place looks up the sites that the lines name, among those the actor reaches.
func (s *Store) place(ctx context.Context, by domain.Actor, lines []domain.ImportLine[domain.InviteLine]) error {
	found := map[string][]string{}
	for _, l := range lines {
		for _, name := range l.Draft.Sites {
			found[domain.Fold(name)] = nil
		}
	}
	if len(found) > 0 {
		where, args := reached(by, 1)
		sites, err := all(ctx, s.read, scanSite, "select "+siteColumns+" from sites s where "+where, args...)
		if err != nil {
			return fmt.Errorf("look for the sites of a file: %w", err)
		}
		for _, v := range sites {
			name, code := domain.Fold(v.Name), domain.Fold(v.Code)
			if _, wanted := found[name]; wanted {
				found[name] = append(found[name], v.ID)
			}
			if _, wanted := found[code]; wanted && code != name {
				found[code] = append(found[code], v.ID)
			}
		}
	}
	for i := range lines {
		domain.PlaceInvite(&lines[i], found)
	}
	return nil
}

// addressed finds the memberships that the lines' addresses have in the account, by address.
func (s *Store) addressed(ctx context.Context, q querier, account string, lines []domain.ImportLine[domain.InviteLine]) (map[string]domain.Membership, error) {
	var emails []string
	for _, l := range lines {
		if email, ok := domain.ParseEmail(l.Draft.Email); ok {
			emails = append(emails, email)
		}
	}
	have := make(map[string]domain.Membership)
	for len(emails) > 0 {
		some := emails[:min(len(emails), 1000)]
		emails = emails[len(some):]
		found, err := readMemberships(ctx, q, s.indexedBy("memberships_address")+" where m.account_id = $1 and m.kind = 'user' and m.removed_at = 0 and lower(m.email) in ("+
			in(len(some), 2)+")", append([]any{account}, values(some)...)...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			have[m.Email] = m
		}
	}
	return have, nil
}

// draftEmails are the addresses of lines as typed.
func draftEmails(lines []domain.ImportLine[domain.InviteLine]) []string {
	emails := make([]string, len(lines))
	for i, l := range lines {
		emails[i] = l.Draft.Email
	}
	return emails
}

// makeInvites makes the invites of some rows.
func (s *Store) makeInvites(ctx context.Context, t *tx, _ domain.Import, by domain.Actor, rows []domain.ImportRow[domain.InviteLine], now time.Time) error {
	lines := make([]domain.ImportLine[domain.InviteLine], len(rows))
	for n := range rows {
		lines[n] = rows[n].ImportLine
	}
	have, err := s.addressed(ctx, t, by.Account.ID, lines)
	if err != nil {
		return err
	}
	sites, err := sitesThatExist(ctx, t, by.Account.ID, lines)
	if err != nil {
		return err
	}
	if by.Account, err = s.admitting(ctx, t, by.Account, draftEmails(lines)...); err != nil {
		return err
	}
	b := batch{now: now}
	for n := range rows {
		row := &rows[n]
		m, e, err := offerRow(have, row, by, sites, now)
		switch {
		case err != nil && !refused(err) && !errors.Is(err, domain.ErrForbidden):
			return fmt.Errorf("make the row of line %d: %w", row.Line, err)
		case err != nil:
			row.Refused(err, "may_not_invite")
		case m.ID == "":
			b.fresh, b.freshRows, b.freshEvents = append(b.fresh, m), append(b.freshRows, row), append(b.freshEvents, e)
		default:
			if m, err = s.updateMembership(ctx, t, have[m.Email], m); err != nil {
				return err
			}
			b.add(row, m, e)
		}
	}
	if err := s.insertMemberships(ctx, t, b.fresh); err != nil {
		return err
	}
	for n, m := range b.fresh {
		b.add(b.freshRows[n], m, b.freshEvents[n])
	}
	if err := record(ctx, t, b.events...); err != nil {
		return err
	}
	return deliver(ctx, t, b.owed...)
}

// batch collects what some rows come to, to be written in a few statements.
type batch struct {
	now         time.Time
	fresh       []domain.Membership // of addresses that had none
	freshRows   []*domain.ImportRow[domain.InviteLine]
	freshEvents []domain.Event
	events      []domain.Event
	owed        []domain.Delivery
}

func (b *batch) add(row *domain.ImportRow[domain.InviteLine], m domain.Membership, e domain.Event) {
	row.MadeID, e.SubjectID = m.ID, m.ID
	b.events = append(b.events, e)
	b.owed = append(b.owed, mailTo(m, domain.InviteMail, b.now))
}

// offerRow checks a row again, with what the confirmer may now, and makes the offer.
func offerRow(have map[string]domain.Membership, row *domain.ImportRow[domain.InviteLine], by domain.Actor, sites []string, now time.Time) (domain.Membership, domain.Event, error) {
	if !by.Can(domain.CreateInvites) {
		return domain.Membership{}, domain.Event{}, domain.ErrForbidden
	}
	in, err := row.Draft.Check(by, sites, now)
	if err != nil {
		return domain.Membership{}, domain.Event{}, err
	}
	return domain.Invite(have[in.Email], in, by, now)
}

// sitesThatExist are those that the rows' scopes name and that are still there.
func sitesThatExist(ctx context.Context, t *tx, account string, lines []domain.ImportLine[domain.InviteLine]) ([]string, error) {
	seen := map[string]bool{domain.WholeAccount: true}
	var ids []string
	for _, l := range lines {
		for _, id := range l.Draft.Scope {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return existingSites(ctx, t, account, ids)
}
