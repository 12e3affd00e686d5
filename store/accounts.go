package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

const accountColumns = `a.id, a.slug, a.name, a.kind, a.partner_id, a.country, a.invite_days, a.reminders, a.site_admins_invite, a.keep_months, a.suspended_at, a.suspended_by, a.set_up_by, a.set_up_by_id, a.created_at, ` + policyColumns

// accountRow is an account on its way out of a row; into lists where its columns go.
type accountRow struct {
	domain.Account
	partner            sql.Null[string]
	suspended, created int64
	policy             policyRow
}

func (r *accountRow) into() []any {
	return append([]any{
		&r.ID, &r.Slug, &r.Name, &r.Kind, &r.partner, &r.Country, &r.InviteDays, &r.Reminders, &r.SiteAdminsInvite, &r.KeepMonths, &r.suspended, &r.SuspendedBy, &r.SetUpBy, &r.SetUpByID, &r.created,
	}, r.policy.into()...)
}

// account is the account with its policy as in force now.
func (r *accountRow) account(now time.Time) (domain.Account, error) {
	a := r.Account
	a.PartnerID, a.SuspendedAt, a.CreatedAt = r.partner.V, fromMicros(r.suspended), fromMicros(r.created)
	p, err := r.policy.policy()
	a.Policy = p.At(now)
	return a, err
}

func (s *Store) scanAccount(row scanner) (domain.Account, error) {
	var r accountRow
	if err := row.Scan(r.into()...); err != nil {
		return domain.Account{}, err
	}
	return r.account(s.now())
}

// AccountByID finds an account whoever asks: for mails and for the clock's work. domain.ErrNotFound when there is none.
func (s *Store) AccountByID(ctx context.Context, id string) (domain.Account, error) {
	a, err := one(ctx, s.read, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", id)
	return a, wrap(err, "read an account")
}

// AccountBySlug finds an account by its name in addresses, whoever asks. domain.ErrNotFound when there is none.
func (s *Store) AccountBySlug(ctx context.Context, slug string) (domain.Account, error) {
	a, err := one(ctx, s.read, s.scanAccount, "select "+accountColumns+" from accounts a where lower(a.slug) = $1", strings.ToLower(slug))
	return a, wrap(err, "read an account")
}

// AccountsOf lists the accounts a person may enter, by name: the account switcher. Suspended ones are among
// them, so that their people learn why they do not open.
func (s *Store) AccountsOf(ctx context.Context, user string) ([]domain.Belonging, error) {
	scan := func(row scanner) (domain.Belonging, error) {
		var r accountRow
		var id domain.RoleID
		var name, privileges sql.Null[string]
		if err := row.Scan(append(r.into(), &id, &name, &privileges)...); err != nil {
			return domain.Belonging{}, err
		}
		in, err := r.account(s.now())
		if err != nil {
			return domain.Belonging{}, err
		}
		if name.Valid {
			own, err := ownRole(string(id), name.V, privileges.V)
			return domain.Belonging{Account: in, Role: own}, err
		}
		return domain.Belonging{Account: in, Role: in.RoleOf(id)}, nil
	}
	found, err := all(ctx, s.read, scan, "select "+accountColumns+`, m.role, r.name, r.privileges from memberships m
		join accounts a on a.id = m.account_id left join roles r on r.id = m.role
		where m.user_id = $1 and m.kind = 'user' and `+active(2)+` and not (`+s.severed(2)+`)`, user, micros(s.now()))
	if err != nil {
		return nil, fmt.Errorf("list a person's accounts: %w", err)
	}
	slices.SortFunc(found, func(a, b domain.Belonging) int {
		return strings.Compare(domain.Fold(a.Account.Name)+a.Account.ID, domain.Fold(b.Account.Name)+b.Account.ID)
	})
	return found, nil
}

func insertAccount(ctx context.Context, t *tx, a domain.Account) error {
	_, err := exec(ctx, t, `insert into accounts
		(id, slug, name, kind, partner_id, country, invite_days, reminders, site_admins_invite, keep_months, suspended_at, created_at,
			name_key, search_text, suspended_by, set_up_by, set_up_by_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		a.ID, a.Slug, a.Name, string(a.Kind), orNull(a.PartnerID), a.Country, a.InviteDays,
		bit(a.Reminders), bit(a.SiteAdminsInvite), a.KeepMonths, micros(a.SuspendedAt), micros(a.CreatedAt),
		domain.Fold(a.Name), domain.Fold(a.Name+" "+a.Slug), a.SuspendedBy, a.SetUpBy, a.SetUpByID)
	return wrap(err, "write an account")
}

// wrap says what was attempted when it failed; no error stays none.
func wrap(err error, attempted string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", attempted, err)
}

// orNull is the null of a reference that points nowhere.
func orNull(id string) sql.Null[string] { return sql.Null[string]{V: id, Valid: id != ""} }
