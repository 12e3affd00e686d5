package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/domain"
)

// Chosen are the rows a change is meant for.
type Chosen struct {
	IDs []string
	// Kind is what they are: KindUser unless said.
	Kind domain.MembershipKind
	// Version is that of the only row when its form was filled in; 0 when there was no form.
	Version int
	// Preview tells what would happen to each row and changes nothing.
	Preview bool
}

// MostChosen is how many rows one call changes at most.
const MostChosen = 1000

// An Outcome is what a change came to for one row, or would come to.
type Outcome struct {
	// Before is the row as it was. Membership is the row afterwards; as it was when Err says why it could not be changed.
	Before, Membership domain.Membership
	Err                error
}

// changing is a change to memberships in the making.
type changing struct {
	*tx
	by  domain.Actor // as they are now
	now time.Time
}

// errPreview rolls a transaction back that was only to show what would happen.
var errPreview = errors.New("only a preview")

// change makes one change to each chosen row, in one transaction. decide asks the domain and owes the messages.
//
// An id that is not the account's, or that the actor cannot see, is domain.ErrNotFound and nothing is changed, as
// if it were not there; an older version than the row's is domain.ErrStale. What only one row does not allow is
// that row's Outcome (safety C8). A preview is the same transaction, taken back.
func (s *Store) change(ctx context.Context, by domain.Actor, chosen Chosen,
	decide func(context.Context, changing, domain.Membership) (domain.Membership, domain.Event, error),
) (outcomes []Outcome, err error) {
	if len(chosen.IDs) > MostChosen {
		return nil, fmt.Errorf("change %d rows: %w", len(chosen.IDs), domain.ErrTooMany)
	}
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		found, err := s.choose(ctx, c, c.by, chosen)
		if err != nil {
			return err
		}
		outcomes = make([]Outcome, 0, len(found))
		for _, m := range found {
			after, err := s.changeOne(ctx, c, m, decide)
			if err != nil && !refused(err) {
				return err
			}
			outcomes = append(outcomes, Outcome{m.SeenBy(c.by), after.SeenBy(c.by), err})
		}
		if chosen.Preview {
			return errPreview
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// changing reads the actor anew: rights taken away since the request began are gone (RACE-06).
func (s *Store) changing(ctx context.Context, t *tx, by domain.Actor) (changing, error) {
	now, err := s.again(ctx, t, by)
	if err != nil {
		return changing{}, err
	}
	if now.Membership == "" {
		return changing{}, domain.ErrNotFound
	}
	now.From = by.From
	return changing{t, now, s.now()}, nil
}

// ChosenRows reads the rows a change is meant for, for a form about it: in the order asked for, each once, as the
// actor may know them. domain.ErrNotFound when one of them is not theirs to see.
func (s *Store) ChosenRows(ctx context.Context, by domain.Actor, ids []string) ([]domain.Membership, error) {
	return s.chosenRows(ctx, by, Chosen{IDs: ids})
}

func (s *Store) chosenRows(ctx context.Context, by domain.Actor, chosen Chosen) ([]domain.Membership, error) {
	if len(chosen.IDs) > MostChosen {
		return nil, fmt.Errorf("read %d rows: %w", len(chosen.IDs), domain.ErrTooMany)
	}
	found, err := s.choose(ctx, s.read, by, chosen)
	for i, m := range found {
		found[i] = m.SeenBy(by)
	}
	return found, err
}

// choose reads the chosen rows, in the order asked for, each once.
func (s *Store) choose(ctx context.Context, q querier, by domain.Actor, chosen Chosen) ([]domain.Membership, error) {
	var a args
	account := a.add(by.Account.ID)
	list := a.add(values(texts(chosen.IDs))...)
	found, err := readMemberships(ctx, q, s.indexedBy(primaryKey)+" where m.account_id = "+account+" and m.kind = "+a.add(string(cmp.Or(chosen.Kind, domain.KindUser)))+" and m.id in ("+list+")", a...)
	if err != nil {
		return nil, err
	}
	at := map[string]domain.Membership{}
	for _, m := range found {
		if visible(by, m) {
			at[m.ID] = m
		}
	}
	var rows []domain.Membership
	taken := map[string]bool{}
	for _, id := range chosen.IDs {
		m, ok := at[id]
		if !ok {
			return nil, domain.ErrNotFound
		}
		if !taken[id] {
			taken[id] = true
			rows = append(rows, m)
		}
	}
	if chosen.Version != 0 && (len(rows) != 1 || rows[0].Version != chosen.Version) {
		return nil, domain.ErrStale
	}
	return rows, nil
}

// visible reports whether the actor may know of the membership at all.
func visible(by domain.Actor, m domain.Membership) bool {
	return by.Scope.AccountWide() || len(m.Scope.Within(by.Scope)) > 0
}

func (s *Store) changeOne(ctx context.Context, c changing, m domain.Membership,
	decide func(context.Context, changing, domain.Membership) (domain.Membership, domain.Event, error),
) (domain.Membership, error) {
	after, event, err := decide(ctx, c, m)
	if err != nil {
		return m, err
	}
	if !slices.Equal(membershipValues(m), membershipValues(after)) || !m.Scope.Equal(after.Scope) || !slices.EqualFunc(m.Grants, after.Grants, domain.Grant.Equal) {
		if after, err = s.updateMembership(ctx, c.tx, m, after); err != nil {
			return m, err
		}
	}
	return after, record(ctx, c.tx, event)
}

// refused reports whether an error is the domain's answer to one row, and not a failure of the whole call. The
// bare domain.ErrForbidden is: this actor cannot make such a change at all.
func refused(err error) bool {
	var refusal *domain.Refusal
	var problems domain.Problems
	return errors.As(err, &refusal) || errors.As(err, &problems) || errors.Is(err, domain.ErrNotFound)
}

// keepers counts the others who keep the account, for a row on which that can depend.
func (c changing) keepers(ctx context.Context, m domain.Membership) (int, error) {
	if !m.Scope.AccountWide() || !slices.Contains(domain.KeeperRoles(c.by.Account.Kind), m.Role) {
		return 1, nil
	}
	return keepers(ctx, c.tx, c.by.Account, m.ID)
}
