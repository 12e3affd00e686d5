package domain

import "time"

// A Passkey is a key that a person's browser or device keeps for them; we know its public half.
type Passkey struct {
	ID, UserID string
	Name       string // the person's own word for it
	// Credential is what the protocol needs to recognise it, as JSON.
	Credential string
	CreatedAt  time.Time
	UsedAt     time.Time
}

// MostPasskeys is how many one person can have.
const MostPasskeys = 20

// A PasskeyDraft is a passkey in the making, or one that is shown: the browser's answer as JSON.
type PasskeyDraft struct {
	Name       string `form:"name"`
	Credential string `form:"credential"`
	Next       string `form:"next"`
}

// CheckName reads the name.
func (d PasskeyDraft) CheckName() (string, error) {
	p := Problems{}
	name := text(p, "name", d.Name, 60)
	return name, p.Err()
}

// AddPasskey counts one more.
func (u User) AddPasskey(name, from string, now time.Time) (User, Event, error) {
	if u.Passkeys >= MostPasskeys {
		return u, Event{}, stale("passkeys_many")
	}
	return u.With(u.AppAt, u.Passkeys+1), u.Event(PasskeyAdded, from, now).changed("passkey", "", name), nil
}

// RemovePasskey counts one less.
func (u User) RemovePasskey(name, from string, now time.Time) (User, Event) {
	return u.With(u.AppAt, max(0, u.Passkeys-1)), u.Event(PasskeyRemoved, from, now).changed("passkey", name, "")
}
