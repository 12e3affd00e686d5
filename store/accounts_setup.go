package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/domain"
)

// CreateClient opens a customer account of the actor's partner and offers its first Admin their place: the account, the
// offer, the history of both companies and the mail in one transaction. What is wrong with the draft, a name that the
// partner has already included, are domain.Problems; over the partner's hourly limit it is a *domain.Wait.
func (s *Store) CreateClient(ctx context.Context, by domain.Actor, d domain.AccountDraft) (made domain.Account, err error) {
	create := func() error {
		return s.tx(ctx, func(t *tx) error {
			c, err := s.changing(ctx, t, by)
			if err != nil {
				return err
			}
			made, err = s.createClient(ctx, c, d)
			return err
		})
	}
	err = create()
	for range 5 {
		if violated(err) != "accounts_slug" {
			break
		}
		err = create() // another company of that name was quicker; it has the slug now
	}
	if violated(err) == "accounts_named" {
		return domain.Account{}, domain.Problems{"name": {Code: "account_exists"}}
	}
	if err != nil {
		return domain.Account{}, err
	}
	return made, nil
}

func (s *Store) createClient(ctx context.Context, c changing, d domain.AccountDraft) (domain.Account, error) {
	a, offer, err := d.Check(c.by, c.now)
	if err != nil {
		return a, err
	}
	a.ID = newID()
	events, err := a.SetUp(c.by, c.now) // whether they may, before anything is looked up
	if err != nil {
		return a, err
	}
	same, err := all(ctx, c, number, "select 1 from accounts a where a.partner_id = $1 and lower(a.name_key) = $2", c.by.Account.ID, strings.ToLower(domain.Fold(a.Name)))
	if err != nil {
		return a, err
	}
	if len(same) > 0 {
		return a, domain.Problems{"name": {Code: "account_exists"}}
	}
	if a.Slug, err = freeSlug(ctx, c, domain.Slug(a.Name)); err != nil {
		return a, err
	}
	if err := insertAccount(ctx, c.tx, a); err != nil {
		return a, err
	}
	if err := record(ctx, c.tx, events...); err != nil {
		return a, err
	}
	offer.Scope = domain.Whole(a.ID)
	return a, s.offerFirst(ctx, c, a, offer)
}

// freeSlug is the slug itself, or with the first number behind it that nobody has.
func freeSlug(ctx context.Context, q querier, slug string) (string, error) {
	const some = 16
	for n := 1; ; n += some {
		var wanted []string
		for i := n; i < n+some; i++ {
			if wanted = append(wanted, slug); i > 1 {
				wanted[i-n] = slug + "-" + strconv.Itoa(i)
			}
		}
		taken, err := all(ctx, q, text, "select lower(a.slug) from accounts a where lower(a.slug) in ("+in(some, 1)+")", values(wanted)...)
		if err != nil {
			return "", fmt.Errorf("look for a free slug: %w", err)
		}
		for _, free := range wanted {
			if !slices.Contains(taken, free) {
				return free, nil
			}
		}
	}
}

// offerFirst offers the first Admin's place and writes down at the partner that it did.
func (s *Store) offerFirst(ctx context.Context, c changing, client domain.Account, in domain.Invitation) error {
	m, err := s.offerThere(ctx, c, client, in)
	if err != nil {
		return err
	}
	return record(ctx, c.tx, client.Told(domain.FirstAdminInvited, c.by, c.now, "name", m.Name()))
}

// offerThere makes an offer in a customer's account on the partner's behalf. It counts for the partner.
func (s *Store) offerThere(ctx context.Context, c changing, client domain.Account, in domain.Invitation) (domain.Membership, error) {
	there, err := s.toward(ctx, c, c.by, client, in.Email)
	if err != nil {
		return domain.Membership{}, err
	}
	if there.Account, err = s.admitting(ctx, c, there.Account, in.Email); err != nil {
		return domain.Membership{}, err
	}
	m, err := s.offer(ctx, changing{c.tx, there, c.now}, in)
	if err != nil {
		return m, err
	}
	return m, s.countSend(ctx, c)
}

// toward is an actor of a partner in the account of a customer, with what may be offered there to an address.
func (s *Store) toward(ctx context.Context, q querier, by domain.Actor, client domain.Account, email string) (domain.Actor, error) {
	keep, err := keeperIDs(ctx, q, client, "", 1)
	if err != nil {
		return domain.Actor{}, err
	}
	help := domain.Help{FirstAdmin: len(keep) == 0}
	// A colleague is in at the partner, and was never shown the door here: what an account's Admins ended, they alone begin again.
	help.Colleagues, err = all(ctx, q, text, `select m.email from memberships m`+s.indexedBy("memberships_address")+` where m.account_id = $1 and m.kind = 'user' and lower(m.email) = $2
		and `+active(4)+` and not exists (select 1 from memberships r where r.account_id = $3 and r.kind = 'user' and r.email = m.email and r.removed_at > 0)`,
		by.Account.ID, strings.ToLower(email), client.ID, micros(s.now()))
	if err != nil {
		return domain.Actor{}, fmt.Errorf("look for a colleague: %w", err)
	}
	return by.Toward(client, help)
}

// standingBehind is who stands behind an offer to an address in an account: somebody with a place in it, or of its partner.
// Both are looked for whatever comes of it: whether there was somebody must not show in the work (INV-11).
func (s *Store) standingBehind(ctx context.Context, q querier, m domain.Membership) (domain.Actor, error) {
	own, err := s.actorOf(ctx, q, m.InvitedBy, m.AccountID)
	if err != nil {
		return own, err
	}
	client, err := one(ctx, q, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", m.AccountID)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return own, err
	}
	by, err := s.actorOf(ctx, q, m.InvitedBy, client.PartnerID)
	if err != nil {
		return own, err
	}
	there, err := s.toward(ctx, q, by, client, m.Email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return own, err
	}
	if own.Membership != "" || err != nil {
		return own, nil
	}
	return there, nil
}

// FirstAdmin is the newest open offer of the first Admin's place in a customer account: what its partner made and may make
// again. There is none once somebody keeps the account.
func (s *Store) FirstAdmin(ctx context.Context, by domain.Actor, client domain.Account) (m domain.Membership, vacant bool, err error) {
	there, err := s.toward(ctx, s.read, by, client, "")
	if err != nil {
		return m, false, err
	}
	keep, err := keeperIDs(ctx, s.read, client, "", 1)
	if err != nil || len(keep) > 0 {
		return m, false, err
	}
	found, err := firstAdmins(ctx, s, s.read, there.Account.ID)
	if err != nil || len(found) == 0 {
		return m, true, err
	}
	return found[0], true, nil
}

// firstAdmins are the offers of an account-wide Admin's place that nobody has taken, the newest first.
func firstAdmins(ctx context.Context, s *Store, q querier, account string) ([]domain.Membership, error) {
	return readMemberships(ctx, q, s.indexedBy("memberships_sent")+` where m.account_id = $1 and m.kind = 'user' and m.removed_at = 0 and m.accepted_at = 0
		and m.role = 'admin' and m.account_wide = 1 order by m.sent_at desc, m.id desc limit 20`, account)
}

// InviteFirstAdmin offers the first Admin's place again, to the same address or another one, while nobody keeps the
// account. An offer to another address that is still open is withdrawn.
func (s *Store) InviteFirstAdmin(ctx context.Context, by domain.Actor, id string, d domain.FirstAdminDraft) (client domain.Account, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		if client, err = s.openClient(ctx, c, id); err != nil {
			return err
		}
		in, err := d.Check(client)
		if err != nil {
			return err
		}
		there, err := s.toward(ctx, c, c.by, client, in.Email)
		if err != nil {
			return err
		}
		if !there.Help.FirstAdmin {
			return domain.FirstAdminTaken()
		}
		older, err := firstAdmins(ctx, s, c, client.ID)
		if err != nil {
			return err
		}
		for _, m := range older {
			if m.Email == in.Email || m.State(c.now) != domain.StatePending {
				continue
			}
			after, event, err := m.Replaced(there, c.now)
			if err != nil {
				return err
			}
			if _, err := s.updateMembership(ctx, t, m, after); err != nil {
				return err
			}
			if err := record(ctx, t, event); err != nil {
				return err
			}
		}
		return s.offerFirst(ctx, c, client, in)
	})
	return client, wrap(err, "invite a first Admin")
}

// openClient reads a customer account in which something is to begin.
func (s *Store) openClient(ctx context.Context, c changing, id string) (domain.Account, error) {
	client, err := s.readClient(ctx, c, c.by, id)
	if err != nil {
		return client, err
	}
	return client, client.Open()
}

// CreateClientSite opens a site in a customer account. A draft that is not good is domain.Problems.
func (s *Store) CreateClientSite(ctx context.Context, by domain.Actor, id string, d domain.SiteDraft) (made domain.Site, err error) {
	in, err := d.Check()
	if err != nil {
		return made, err
	}
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		client, err := s.openClient(ctx, c, id)
		if err != nil {
			return err
		}
		there, err := c.by.Toward(client, domain.Help{})
		if err != nil {
			return err
		}
		if made, err = openSite(ctx, changing{t, there, c.now}, in); err != nil {
			return err
		}
		return record(ctx, t, client.Told(domain.SiteOpened, c.by, c.now, "name", made.Name))
	})
	return made, wrap(err, "create a customer's site")
}

// SuspendClient stops everything in a customer account, and ResumeClient lets it go on. A *domain.Refusal when it is so
// already.
func (s *Store) SuspendClient(ctx context.Context, by domain.Actor, id string) (domain.Account, error) {
	return s.switchClient(ctx, by, id, func(c changing, a domain.Account) (domain.Account, []domain.Event, error) {
		return a.Suspend(c.by, c.now)
	})
}

// ResumeClient is SuspendClient taken back.
func (s *Store) ResumeClient(ctx context.Context, by domain.Actor, id string) (domain.Account, error) {
	return s.switchClient(ctx, by, id, func(c changing, a domain.Account) (domain.Account, []domain.Event, error) {
		return a.Resume(c.by, c.now)
	})
}

func (s *Store) switchClient(ctx context.Context, by domain.Actor, id string,
	decide func(changing, domain.Account) (domain.Account, []domain.Event, error),
) (after domain.Account, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		was, err := s.readClient(ctx, c, c.by, id)
		if err != nil {
			return err
		}
		var events []domain.Event
		if after, events, err = decide(c, was); err != nil {
			return err
		}
		err = changed(ctx, t, "update accounts set suspended_at = $1, suspended_by = $2 where id = $3 and partner_id = $4",
			micros(after.SuspendedAt), after.SuspendedBy, was.ID, c.by.Account.ID)
		if err != nil {
			return err
		}
		return record(ctx, t, events...)
	})
	return after, wrap(err, "suspend or resume an account")
}
