package store

import "time"

// Limits are how long and how often, as docs/security.md promises. Each can be configured; zero means the default.
type Limits struct {
	// SessionIdle ends a session that was not used, SessionAge one of any kind.
	SessionIdle, SessionAge time.Duration
	// SessionsPerUser is how many sessions, and known devices, a person can have; the oldest goes first.
	SessionsPerUser int
	// ResetFor is how long a link to set a password works, SetupFor how long the first one of all.
	ResetFor, SetupFor time.Duration
	// SecondFactorFor is how long a right password waits for the second factor, AppFor how long a new app's secret waits
	// for its first code.
	SecondFactorFor, AppFor time.Duration
	// ProofFor is how long a password, code or passkey counts as proof for what is sensitive; then it is asked for again.
	ProofFor time.Duration
	// DisownFor is how long the link "This wasn't me" of a sign-in works, EmailFor that to confirm or stop another address.
	DisownFor, EmailFor time.Duration
	// TrialFor is how long stricter security settings are on trial before they go back by themselves.
	TrialFor time.Duration
	// FreeFailures wrong passwords in a row cost nothing; each further one doubles the wait, from WaitFrom to WaitMost.
	FreeFailures       int
	WaitFrom, WaitMost time.Duration
	// Failures in a row close the password of an address until its owner resets it. A fifth of them is
	// kept for browsers that have signed in before, so that strangers cannot use them up.
	Failures int
	// FailuresPerPlace within PlaceWindow close sign-in to a caller's network address.
	FailuresPerPlace int
	PlaceWindow      time.Duration
	// ResetsPerTarget mails within ResetWindow go to one address; ResetsPerPlace can be asked for from one place.
	ResetsPerTarget, ResetsPerPlace int
	ResetWindow                     time.Duration
	// SendsPerHour invites leave one account, by hand or in bulk; an import has a limit of its own.
	SendsPerHour int
	// AsksPerInvite new links can be asked for within AskWindow by the holder of an old one.
	AsksPerInvite int
	AskWindow     time.Duration
	// ExpiredPerSender mails within a day tell one sender that invites have expired; the list tells the rest.
	ExpiredPerSender int
	// ImportedPerHour rows of files can be confirmed in one account.
	ImportedPerHour int
	// Denials of one person are written down within an hour.
	Denials int
}

func (l Limits) orDefaults() Limits {
	set(&l.SessionIdle, 30*time.Minute)
	set(&l.SessionAge, 12*time.Hour)
	set(&l.SessionsPerUser, 20)
	set(&l.ResetFor, time.Hour)
	set(&l.SetupFor, 24*time.Hour)
	set(&l.SecondFactorFor, 10*time.Minute)
	set(&l.AppFor, time.Hour)
	set(&l.ProofFor, 10*time.Minute)
	set(&l.DisownFor, 7*24*time.Hour)
	set(&l.EmailFor, 24*time.Hour)
	set(&l.TrialFor, 30*time.Minute)
	set(&l.FreeFailures, 5)
	set(&l.WaitFrom, time.Second)
	set(&l.WaitMost, 15*time.Minute)
	set(&l.Failures, 100)
	set(&l.FailuresPerPlace, 100)
	set(&l.PlaceWindow, 15*time.Minute)
	set(&l.ResetsPerTarget, 3)
	set(&l.ResetsPerPlace, 30)
	set(&l.ResetWindow, time.Hour)
	set(&l.SendsPerHour, 2000)
	set(&l.AsksPerInvite, 1)
	set(&l.AskWindow, 24*time.Hour)
	set(&l.ExpiredPerSender, 20)
	set(&l.ImportedPerHour, 20_000)
	set(&l.Denials, 30)
	return l
}

func set[T comparable](v *T, unset T) {
	var zero T
	if *v == zero {
		*v = unset
	}
}
