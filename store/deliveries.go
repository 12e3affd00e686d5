package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// deliver writes messages owed to the outside in the transaction of the change they tell of. The worker sends
// them after the commit and never before; a change that is rolled back takes its messages with it (CRASH-02).
// What the caller leaves out is filled in: the id, and NextAt as "at once".
func deliver(ctx context.Context, tx *tx, owed ...domain.Delivery) error {
	rows := make([][]any, len(owed))
	for i, d := range owed {
		if d.ID == "" {
			d.ID = newID()
		}
		if d.NextAt.IsZero() {
			d.NextAt = d.CreatedAt
		}
		rows[i] = []any{
			d.ID, d.AccountID, string(d.Kind), d.MembershipID, d.Generation, d.TokenID, d.UserID, d.To, d.Language,
			micros(d.CreatedAt), micros(d.NextAt), 0, 0, "", 0, 0, "",
		}
	}
	if err := insertAll(ctx, tx, `deliveries (id, account_id, kind, membership_id, generation, token_id, user_id, recipient, language,
		created_at, next_at, attempts, lease_until, leased_by, sent_at, failed_at, error)`, rows); err != nil {
		return fmt.Errorf("write down a message owed: %w", err)
	}
	tx.owes = true
	return nil
}
