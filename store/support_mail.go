package store

import (
	"context"
	"errors"

	"gatehouse/domain"
)

// supportMessage adds what a mail about support access tells. A request goes to Admins while it waits and they could answer
// it; an answer to who asked, while they are there to read it.
func (s *Store) supportMessage(ctx context.Context, m Message) (Message, error) {
	found, err := all(ctx, s.read, s.scanSupportAnd, supportAndAccount+"where m.id = $1", m.About)
	if err != nil || len(found) == 0 {
		m.Superseded = domain.ReasonMovedOn
		return m, wrap(err, "read the support access a mail is about")
	}
	m.Support, m.Account = found[0].grant, found[0].in
	if m.Partner, err = s.AccountByID(ctx, m.Support.PartnerID); err != nil {
		return m, err
	}
	if m.Inviter, err = person(ctx, s.read, m.Support.AskedBy); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return m, err
	}
	account, may := m.AccountID, domain.EditSecurity
	if m.Kind == domain.SupportAnsweredMail {
		account, may = m.Support.PartnerID, domain.GiveSupport
	}
	by, err := s.actorOf(ctx, s.read, m.UserID, account)
	switch {
	case err != nil:
		return m, err
	case !by.Can(may), m.Kind == domain.SupportAskedMail && m.Support.State(s.now()) != domain.SupportWaiting:
		m.Superseded = domain.ReasonMovedOn
	}
	return m, nil
}
