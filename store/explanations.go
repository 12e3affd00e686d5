package store

import (
	"context"
	"time"

	"gatehouse/domain"
)

// RoleGiven tells who gave somebody the role they hold, and when: whoever changed it last, else whoever invited them. The
// name is empty where nobody did: the portal's first Master. The caller has looked the person up in the actor's scope.
func (s *Store) RoleGiven(ctx context.Context, by domain.Actor, m domain.Membership) (name string, at time.Time, err error) {
	last, err := all(ctx, s.read, scanEvent, "select "+eventColumns+` from events
		where subject_id = $1 and account_id = $2 and kind = $3 order by at desc, id desc limit 1`, m.ID, by.Account.ID, string(domain.RoleChanged))
	switch {
	case err != nil:
		return "", time.Time{}, wrap(err, "find who gave a role")
	case len(last) == 1:
		return last[0].ActorName, last[0].At, nil
	case m.InviterName != "":
		return m.InviterName, m.SentAt, nil
	}
	return "", m.AcceptedAt, nil
}
