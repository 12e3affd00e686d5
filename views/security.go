package views

import (
	"context"
	"strconv"
	"time"

	"gatehouse/domain"
)

// securityValue is a field of a draft as it is sent.
func securityValue(d domain.SecurityDraft, field string) string {
	return map[string]string{
		"invite_days": d.InviteDays, "reminders": d.Reminders, "who_invites": d.WhoInvites, "lower_own": d.LowerOwn, "second_factor": d.SecondFactor,
		"second_factor_from": d.SecondFactorFrom, "session_idle": d.SessionIdle, "session_age": d.SessionAge, "min_password": d.MinPassword,
	}[field]
}

// now says what stands in a field now, beside what was typed over an older state (409); else it is empty.
func (s Security) now(ctx context.Context, field string) string {
	value := securityValue(s.Account.Security(LocaleOf(ctx).Zone), field)
	if !s.Stale || value == securityValue(s.Draft, field) {
		return ""
	}
	switch field {
	case "reminders", "lower_own":
		value = onOrOff(ctx, value == "on")
	case "who_invites":
		value = T(ctx, "security.account-invites")
		if s.Account.SiteAdminsInvite {
			value = T(ctx, "security.sites-invite")
		}
	case "second_factor":
		value = T(ctx, "security.factor."+value)
	case "second_factor_from":
		value = T(ctx, "common.none")
		if from := s.Account.Policy.SecondFactorFrom; !from.IsZero() {
			value = FullDate(ctx, from)
		}
	case "session_idle":
		value = limitText(ctx, value, s.Bounds.SessionIdle)
	case "session_age":
		value = limitText(ctx, value, s.Bounds.SessionAge)
	}
	return T(ctx, "common.there-now", "Value", value)
}

// limitText is a session limit in words: in minutes, or the server's.
func limitText(ctx context.Context, value string, server time.Duration) string {
	minutes, err := strconv.Atoi(value)
	if err != nil { // domain.ServersLimit
		return T(ctx, "security.server-limit", "Time", Span(ctx, server))
	}
	return Span(ctx, time.Duration(minutes)*time.Minute)
}
