package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"gatehouse/domain"
)

// A LeftOffer is an open offer that somebody stands behind, and the account it is in: the actor's own, or a customer's.
type LeftOffer struct {
	domain.Membership
	Account domain.Account
	by      domain.Actor // who asks, there: they stand behind it from now on, if anybody does
}

// errUnsettled: somebody who is to be erased stands behind open offers, and nothing was said of what becomes of them.
var errUnsettled = errors.New("open offers, and no word of what becomes of them")

// OpenOffers lists the open offers that some people stand behind, up to MostChosen, and whether there are more: what becomes
// of them is asked before those people are erased, and what is answered holds for all. Beside those in the account they are
// the ones made in customers' accounts in its name; what somebody offers there as one of the account's own is none of the
// partner's business (TEN-18).
func (s *Store) OpenOffers(ctx context.Context, by domain.Actor, users []string) (open []LeftOffer, more bool, err error) {
	open, next, err := s.openOffers(ctx, s.read, by, users, "")
	return open, next != "", err
}

// openOffers reads them by id from behind a cursor on, and gives the next one, empty at the end.
func (s *Store) openOffers(ctx context.Context, q querier, by domain.Actor, users []string, after string) (out []LeftOffer, next string, err error) {
	if len(users) == 0 {
		return nil, "", nil
	}
	var a args
	found, err := readMemberships(ctx, q, s.indexedBy("memberships_inviter")+" where m.invited_by in ("+a.add(values(users)...)+
		") and (m.account_id = "+a.add(by.Account.ID)+" or m.account_id in (select p.id from accounts p where p.partner_id = "+a.add(by.Account.ID)+
		")) and m.removed_at = 0 and "+open+" and m.expires_at > "+a.add(micros(s.now()))+" and m.id > "+a.add(after)+" order by m.id limit "+strconv.Itoa(MostChosen), a...)
	if err != nil {
		return nil, "", err
	}
	if len(found) == MostChosen {
		next = found[len(found)-1].ID
	}
	clients := map[string]domain.Account{}
	for _, m := range found {
		if m.AccountID == by.Account.ID {
			out = append(out, LeftOffer{m, by.Account, by})
			continue
		}
		own, err := s.actorOf(ctx, q, m.InvitedBy, m.AccountID)
		if err != nil {
			return nil, "", err
		}
		if own.Membership != "" {
			continue
		}
		client, known := clients[m.AccountID]
		if !known {
			if client, err = s.readClient(ctx, q, by, m.AccountID); err != nil {
				return nil, "", err
			}
			client.SuspendedAt = time.Time{} // what rests while the account is suspended is open again after it
			clients[m.AccountID] = client
		}
		there, err := s.toward(ctx, q, by, client, m.Email)
		if err != nil {
			return nil, "", err
		}
		if there.StandsBehind(m) == nil {
			out = append(out, LeftOffer{m, there.Account, there})
		}
	}
	return out, next, nil
}

// handOver does with the open offers of somebody who is erased what was chosen, with all of them, however many. Those that
// are erased in the same call are left to it.
func (s *Store) handOver(ctx context.Context, c changing, m domain.Membership, chosen []string, offers domain.Offers) error {
	if m.UserID == "" {
		return nil
	}
	for after := ""; ; {
		left, next, err := s.openOffers(ctx, c.tx, c.by, []string{m.UserID}, after)
		if err != nil {
			return err
		}
		for _, offer := range left {
			if slices.Contains(chosen, offer.ID) {
				if _, _, err := offer.Erase(c.by, 1, c.now); err == nil {
					continue
				}
			}
			if !offers.Chosen() {
				return errUnsettled
			}
			if err := s.settleOffer(ctx, c, offer, offers); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

func (s *Store) settleOffer(ctx context.Context, c changing, offer LeftOffer, offers domain.Offers) error {
	after, event, err := offers.Settle(offer.Membership, offer.by, c.now)
	if err != nil {
		return err
	}
	if _, err = s.updateMembership(ctx, c.tx, offer.Membership, after); err != nil {
		return err
	}
	return record(ctx, c.tx, event)
}
