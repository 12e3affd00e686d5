package domain

import "time"

// A Session is one browser, known by a cookie and kept on the server. Before sign-in it belongs to nobody.
type Session struct {
	// Hash is SHA-256 of the cookie's secret. It opens nothing, so it also names the session in its owner's list.
	Hash   string
	UserID string
	// PendingID is the person whose password was right while their second factor is awaited: until then the session
	// is nobody's.
	PendingID string
	// Data is what the web keeps with it, as JSON.
	Data      string
	CreatedAt time.Time
	SeenAt    time.Time // at most a minute behind
	ExpiresAt time.Time // the absolute end, whatever happens
	Place     string    // network prefix, never the whole address
	Agent     string    // the browser's own words about itself
	ProvedAt  time.Time // when its person last proved that it is them: by password, code or passkey
	// Company is the guest membership through which it stands in another company; empty at home.
	Company string
}

// A Belonging is a line of the account switcher: an account a person may enter, and as what.
type Belonging struct {
	Account Account
	Role    Role
}

// A SignInDraft is the sign-in form as typed. Next is where the person was going.
type SignInDraft struct {
	Email    string `form:"email"`
	Password string `form:"password"`
	Next     string `form:"next"`
}

// A SignOutDraft is the sign-out form: Next is where to come back to as somebody else.
type SignOutDraft struct {
	Next string `form:"next"`
}

// An EndingDraft ends sessions of one's own: the one named by its hash, or with Others all but the one at hand.
type EndingDraft struct {
	ID     string `form:"id"`
	Others string `form:"others"`
}
