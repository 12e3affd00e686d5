package web

import (
	"github.com/a-h/templ"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// The changes of the Users tab: one row, or many.
var (
	changeRoles = &act{
		list: userList, noun: "roles", ask: askRole,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.ChangeRoles(r.ctx(), r.by, chosen, c.Role)
		},
		words: wordOf(func(r *request, m domain.Membership) string {
			return views.RoleName(r.ctx(), r.by.Account.RoleOf(m.Role))
		}),
		loses: lossWords,
	}
	changeScopes = &act{
		list: userList, noun: "scopes", ask: askScope,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.ChangeScopes(r.ctx(), r.by, chosen, c.Scope)
		},
		words: scopeWords, loses: lossWords,
	}
	setNotifications = &act{
		list: userList, noun: "notifications", ask: askNotifications,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			if c.NotifyEmail == "" && c.NotifyText == "" {
				return nil, domain.Problems{"notify_email": {Code: "choice"}}
			}
			return r.server.store.SetNotifications(r.ctx(), r.by, chosen, c.NotifyEmail, c.NotifyText)
		},
		words: wordOf(func(r *request, m domain.Membership) string { return views.ChannelsText(r.ctx(), m) }),
	}
	setEnds = &act{
		list: userList, noun: "ends", ask: askEnd,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.SetEnds(r.ctx(), r.by, chosen, c.EndsOn)
		},
		words: wordOf(func(r *request, m domain.Membership) string { return views.EndText(r.ctx(), m) }),
	}
	suspendUsers = &act{
		list: userList, noun: "suspensions", destructive: true, words: wordOf(stateWord),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Suspend(r.ctx(), r.by, chosen)
		},
	}
	resumeUsers = &act{
		list: userList, noun: "resumptions", words: wordOf(stateWord),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Resume(r.ctx(), r.by, chosen)
		},
	}
	endSessions = &act{
		list: userList, noun: "sign-outs", destructive: true,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.EndSessions(r.ctx(), r.by, chosen)
		},
		words: wordOf(func(r *request, _ domain.Membership) string { return views.T(r.ctx(), "users.act.signed-out") }),
	}
	resetFactors = &act{
		list: userList, noun: "factor-resets", destructive: true,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.ResetFactors(r.ctx(), r.by, chosen)
		},
		words: wordOf(func(r *request, m domain.Membership) string { return views.FactorWord(r.ctx(), m) }),
	}
	removeUsers = &act{
		list: userList, noun: "removals", destructive: true, gone: true, words: wordOf(stateWord),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Remove(r.ctx(), r.by, chosen)
		},
	}
)

// wordOf is words for what the row itself says.
func wordOf(word func(*request, domain.Membership) string) func(*request, []store.Outcome) (func(domain.Membership) string, error) {
	return func(r *request, _ []store.Outcome) (func(domain.Membership) string, error) {
		return func(m domain.Membership) string { return word(r, m) }, nil
	}
}

func stateWord(r *request, m domain.Membership) string {
	_, _, word := views.UserState(r.ctx(), m)
	return word
}

// lossWords tells what a change takes away from somebody.
func lossWords(r *request, outcomes []store.Outcome) (func(store.Outcome) string, error) {
	var rows []domain.Membership
	for _, o := range outcomes {
		rows = append(rows, o.Before)
	}
	names, err := r.siteNames(rows...)
	return func(o store.Outcome) string {
		return views.LossText(r.ctx(), r.by.Account.Lost(o.Before, o.Membership), func(of domain.Scope) string { return views.ScopeWords(r.ctx(), of, names) })
	}, err
}

// scopeWords tells scopes by the names of their sites.
func scopeWords(r *request, outcomes []store.Outcome) (func(domain.Membership) string, error) {
	var rows []domain.Membership
	for _, o := range outcomes {
		rows = append(rows, o.Before, o.Membership)
	}
	names, err := r.siteNames(rows...)
	return func(m domain.Membership) string { return views.ScopeWords(r.ctx(), m.Scope, names) }, err
}

func askRole(r *request, c choice, only *domain.Membership, problems domain.Problems) (templ.Component, error) {
	if only != nil && c.Given == "" {
		c.Role = string(only.Role)
	}
	return views.UserRoleField(r.by, c.Role, problems), nil
}

func askScope(r *request, c choice, only *domain.Membership, problems domain.Problems) (templ.Component, error) {
	if only != nil && c.Given == "" {
		c.Scope = domain.FormatScope(only.Scope)
	}
	field, err := r.scopeField(c.Scope)
	field.Problems = problems
	return views.ScopeField(field), err
}

func askNotifications(r *request, c choice, only *domain.Membership, problems domain.Problems) (templ.Component, error) {
	if only != nil && c.Given == "" {
		c.NotifyEmail, c.NotifyText = onOff(only.NotifyEmail), onOff(only.NotifyText)
	}
	return views.UserChannelFields(c.NotifyEmail, c.NotifyText, only == nil, problems), nil
}

func onOff(on bool) string {
	if on {
		return store.On
	}
	return store.Off
}

func askEnd(r *request, c choice, only *domain.Membership, problems domain.Problems) (templ.Component, error) {
	if only != nil && c.Given == "" {
		c.EndsOn = domain.LastDay(only.EndsAt, r.by.User.Zone())
	}
	return views.UserEndField(c.EndsOn, problems), nil
}
