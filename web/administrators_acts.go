package web

import (
	"errors"

	"github.com/a-h/templ"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// The changes of administrators: one row, or many (seed 002).
var (
	changeLevels = &act{
		list: adminList, noun: "levels", ask: askRole,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.ChangeRoles(r.ctx(), r.by, chosen, c.Role)
		},
		words: wordOf(levelWord),
	}
	correctLevels = &act{
		list: adminList, noun: "corrections", ask: askRole,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.CorrectLevels(r.ctx(), r.by, chosen, c.Role)
		},
		words: wordOf(levelWord),
	}
	sendAdmins = &act{
		list: adminList, noun: "sendings", bar: true, words: inviteWords, why: inviteSince,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Resend(r.ctx(), r.by, chosen)
		},
	}
	revokeAdmins = &act{
		list: adminList, noun: "revocations", bar: true, destructive: true, words: inviteWords, why: inviteSince,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Revoke(r.ctx(), r.by, chosen)
		},
	}
	lockAdmins = &act{
		list: adminList, noun: "locks", bar: true, destructive: true, words: wordOf(lockWord), why: lockSince,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Suspend(r.ctx(), r.by, chosen)
		},
	}
	unlockAdmins = &act{
		list: adminList, noun: "unlocks", bar: true, words: wordOf(lockWord), why: lockSince,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Resume(r.ctx(), r.by, chosen)
		},
	}
	forcePasswords = &act{
		list: adminList, noun: "passwords", destructive: true,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			mailed := r.server.config.Mailed
			chosen.Preview = chosen.Preview || !mailed
			outcomes, err := r.server.store.ForcePasswords(r.ctx(), r.by, chosen)
			for i, o := range outcomes {
				if !mailed && o.Err == nil { // nobody would get the link
					outcomes[i] = store.Outcome{Before: o.Before, Membership: o.Before, Err: domain.NeedsMail()}
				}
			}
			return outcomes, err
		},
		words: wordOf(func(r *request, _ domain.Membership) string {
			return views.T(r.ctx(), "administrators.password-needed")
		}),
	}
	resetAdminFactors = &act{list: adminList, noun: resetFactors.noun, destructive: true, run: resetFactors.run, words: resetFactors.words}
	deleteAdmins      = &act{
		list: adminList, noun: "deletions", bar: true, confirms: true, destructive: true, gone: true, fields: deletionFields, run: deleteAdministrators,
		words: wordOf(func(r *request, m domain.Membership) string {
			if m.RemovedAt.IsZero() {
				return views.RoleName(r.ctx(), r.by.Account.RoleOf(m.Role))
			}
			return views.T(r.ctx(), "administrators.deleted")
		}),
	}
)

func levelWord(r *request, m domain.Membership) string {
	return views.RoleName(r.ctx(), r.by.Account.RoleOf(m.Role))
}

func lockWord(r *request, m domain.Membership) string { return views.LockWord(r.ctx(), m) }

// lockSince tells in the words of this list why somebody can be neither locked nor unlocked.
func lockSince(r *request, o store.Outcome) string {
	var refusal *domain.Refusal
	if errors.As(o.Err, &refusal) && (refusal.Code == "already_disabled" || refusal.Code == "not_disabled") {
		return views.T(r.ctx(), "administrators.already", "State", views.LockWord(r.ctx(), o.Before))
	}
	return ""
}

// deleteAdministrators erases whom the popup was confirmed for by the word it asks for.
func deleteAdministrators(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
	if err := domain.ConfirmWord(c.Typed, views.T(r.ctx(), "administrators.word")); err != nil && !chosen.Preview {
		return nil, err
	}
	return r.server.store.DeleteAdministrators(r.ctx(), r.by, chosen, domain.Offers(c.Offers))
}

// deletionFields ask for the word, and what becomes of the open invites that those to be deleted have sent: that comes with an
// answer by which nothing is lost.
func deletionFields(r *request, outcomes []store.Outcome, c choice, wrong domain.Problems) (templ.Component, error) {
	f := views.DeletionForm{By: r.by, Base: r.account(adminList.path), Typed: c.Typed, Chosen: domain.Offers(c.Offers), Problems: wrong}
	if c.Offers == "" && len(wrong) == 0 {
		f.Chosen = domain.AdoptOffers
	}
	var users []string
	gone := map[string]bool{} // an open invite that is deleted itself is not asked about
	for _, o := range outcomes {
		if o.Err != nil {
			continue
		}
		gone[o.Before.ID] = true
		if o.Before.UserID != "" {
			users = append(users, o.Before.UserID)
		}
		if _, _, err := o.Before.Suspend(r.by, 1, r.server.store.Now()); err == nil {
			f.Lock = append(f.Lock, o.Before.ID)
		}
	}
	open, more, err := r.server.store.OpenOffers(r.ctx(), r.by, users)
	f.More = more
	for _, o := range open {
		if !gone[o.ID] {
			f.Offers = append(f.Offers, views.LeftOffer{Membership: o.Membership, Account: o.Account})
		}
	}
	return views.DeletionFields(f), err
}
