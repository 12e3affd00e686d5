package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/domain"
)

// A Message is a delivery with everything its text needs. Membership and Sites are empty where it is about
// a person alone.
type Message struct {
	domain.Delivery
	Account    domain.Account
	Membership domain.Membership
	// Sites are the names of the sites the membership reaches; none when it is the whole account.
	Sites []string
	// Inviter is who stands behind the offer.
	Inviter domain.User
	// Person is who it goes to, where they have an account here.
	Person domain.User
	// Token is the secret of its one link, empty when it has none. It must not reach a log (INV-15).
	Token string
	// Until is when the link stops working.
	Until time.Time
	// Known says of an invitation to a guest that the address has an account.
	Known bool
	// Support is what a mail about support access tells of, between the account and Partner, which is there too where
	// somebody of it has sent an offer and is told what became of it.
	Support domain.SupportGrant
	Partner domain.Account
	// Superseded says why the message must not be sent any more, as one of domain.Reasons; empty while the
	// recipient may have it.
	Superseded string
}

// LogValue keeps addresses and the link out of the log.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("kind", string(m.Kind)), slog.Int("attempt", m.Attempts))
}

// Message reads what a claimed delivery needs, and looks once more whether its recipient may have it
// (CRASH-02, AUTH-22). Ask right before sending.
func (s *Store) Message(ctx context.Context, d domain.Delivery) (Message, error) {
	m, err := s.message(ctx, d)
	if err != nil {
		return Message{}, fmt.Errorf("read a message owed: %w", err)
	}
	return m, nil
}

func (s *Store) message(ctx context.Context, d domain.Delivery) (Message, error) {
	m := Message{Delivery: d}
	now := s.now()
	var err error
	// Somebody who is gone has no name to be called by; whether that ends the message is seen below.
	if m.Person, err = person(ctx, s.read, d.UserID); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return m, err
	}
	switch d.Kind {
	case domain.PasswordResetMail:
		return s.resetMessage(ctx, m, now)
	case domain.EmailConfirmMail:
		return s.tokenMessage(ctx, m, emailPurpose)
	case domain.EmailNoticeMail:
		return s.tokenMessage(ctx, m, stopPurpose)
	case domain.NewDeviceMail:
		return s.tokenMessage(ctx, m, disownPurpose)
	case domain.PasswordChangedMail, domain.FactorsMail, domain.EmailChangedMail:
		if m.Person.ID == "" {
			m.Superseded = domain.ReasonMovedOn
		}
		return m, nil
	case domain.SupportAskedMail, domain.SupportAnsweredMail:
		return s.supportMessage(ctx, m)
	}
	return s.inviteMessage(ctx, m, now)
}

func (s *Store) inviteMessage(ctx context.Context, m Message, now time.Time) (Message, error) {
	var err error
	if m.Account, err = s.AccountByID(ctx, m.AccountID); err != nil {
		return m, err
	}
	if m.Account.Roles, err = ownRoles(ctx, s.read, m.AccountID); err != nil {
		return m, err
	}
	if m.Membership, err = readMembership(ctx, s.read, "where m.id = $1", m.MembershipID); err != nil {
		return m, err
	}
	m.Until = m.Membership.ExpiresAt
	if m.Sites, err = namesOf(ctx, s.read, m.Membership.Scope); err != nil {
		return m, err
	}
	if m.Inviter, err = person(ctx, s.read, m.Membership.InvitedBy); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return m, err
	}
	if m.Membership.Kind == domain.KindGuest {
		if m, err = s.guestMessage(ctx, m, now); err != nil || m.Kind == domain.GuestEndingMail {
			return m, err
		}
	}
	toInvitee := m.Kind == domain.InviteMail || m.Kind == domain.ReminderMail
	if m.Superseded, err = s.superseded(ctx, m, toInvitee, now); err != nil || m.Superseded != "" {
		return m, err
	}
	if !toInvitee {
		m.Partner, err = s.partnerOf(ctx, m)
		return m, err
	}
	if !m.Known {
		m.Token = s.InviteToken(m.Membership.ID, m.Membership.Generation)
	}
	return m, nil
}

// guestMessage adds what a mail about a guest tells: the roles the company has made, and, to the guest, whether the
// address has an account and speaks another language. The end that was to be told must still be theirs, and the sponsor, if it
// goes to them, still be somebody who views guests.
func (s *Store) guestMessage(ctx context.Context, m Message, now time.Time) (Message, error) {
	var err error
	if m.Account, err = s.withRoles(ctx, m.Account); err != nil {
		return m, err
	}
	switch m.Kind {
	case domain.GuestEndingMail:
		g := m.Membership
		off := !g.SuspendedAt.IsZero() || !m.Account.SuspendedAt.IsZero() // no access that could end (GST-08)
		if off || !g.EndTold.Equal(g.EndsAt) || !g.EndsAt.After(now) || g.AcceptedAt.IsZero() || !g.RemovedAt.IsZero() {
			m.Superseded = domain.ReasonMovedOn
			return m, nil
		}
		if m.UserID == g.UserID {
			return m, nil
		}
		sponsor, err := s.actorOf(ctx, s.read, m.UserID, m.AccountID)
		if err != nil {
			return m, err
		}
		if !sponsor.Can(domain.ViewGuests) {
			m.Superseded = domain.ReasonMovedOn
		}
	case domain.InviteMail, domain.ReminderMail:
		u, known, err := personKnown(ctx, s.read, m.Membership.Email)
		if err != nil {
			return m, err
		}
		if known {
			m.Known, m.Person, m.Language = true, u, u.Language
		}
	}
	return m, nil
}

// superseded says why a message about an invite must not go out: the invite has moved on, or whoever stands
// behind it, or is to be told of it, may not any more (C7, C9).
func (s *Store) superseded(ctx context.Context, m Message, toInvitee bool, now time.Time) (string, error) {
	state := m.Membership.State(now)
	switch {
	case m.Membership.Generation != m.Generation:
		return domain.ReasonMovedOn, nil
	case toInvitee && state != domain.StatePending:
		return domain.ReasonMovedOn, nil
	case toInvitee:
		inviter, err := s.offerer(ctx, s.read, m.Membership)
		if err == nil && inviter.StandsBehind(m.Membership) != nil {
			return domain.ReasonInviterGone, nil
		}
		if err == nil && inviter.Account.Admits(m.Membership.Email) != nil {
			return domain.ReasonMovedOn, nil
		}
		return "", err
	case state == domain.StateExpired, state == domain.StateRevoked && m.Kind == domain.InviteAskedMail:
		sender, err := s.sender(ctx, m)
		if err == nil && !sender.Hears(m.Membership, now) {
			return domain.ReasonMovedOn, nil
		}
		return "", err
	}
	return domain.ReasonMovedOn, nil
}

// sender is who sent an offer, as they stand in its account, or there for its partner.
func (s *Store) sender(ctx context.Context, m Message) (domain.Actor, error) {
	offer := m.Membership
	offer.InvitedBy = m.UserID // who has sent it, whoever stands behind it since
	return s.standingBehind(ctx, s.read, offer)
}

// partnerOf is the partner for which its sender is told of an offer; none for one of the account's own.
func (s *Store) partnerOf(ctx context.Context, m Message) (domain.Account, error) {
	sender, err := s.sender(ctx, m)
	if err != nil || !sender.Helps() {
		return domain.Account{}, err
	}
	return s.AccountByID(ctx, m.Account.PartnerID)
}

// resetMessage lets a reset through only while its link would work.
func (s *Store) resetMessage(ctx context.Context, m Message, now time.Time) (Message, error) {
	token := s.ResetToken(m.TokenID)
	_, err := s.resetOf(ctx, s.read, token)
	if errors.Is(err, domain.ErrNotFound) {
		m.Superseded = domain.ReasonMovedOn
		return m, nil
	}
	if err != nil {
		return m, err
	}
	until, err := one(ctx, s.read, number, "select expires_at from tokens where id = $1 and expires_at > $2", m.TokenID, micros(now))
	m.Token, m.Until = token, fromMicros(until)
	return m, err
}

// namesOf lists the names of a scope's sites, in order; none for the whole account.
func namesOf(ctx context.Context, q querier, scope domain.Scope) ([]string, error) {
	ids := few(scope.SiteIDs())
	if len(ids) == 0 {
		return nil, nil
	}
	return all(ctx, q, text, "select s.name from sites s where s.removed_at = 0 and s.id in ("+in(len(ids), 1)+") order by s.name_key, s.id", values(ids)...)
}
