package domain

import "time"

// An EmailDraft asks for another address of one's own.
type EmailDraft struct {
	Email string `form:"email"`
}

// Check reads the draft: the canonical form of an address that is another one than the person's.
func (d EmailDraft) Check(u User) (string, error) {
	p := Problems{}
	to := email(p, d.Email)
	if to == u.Email {
		p.Add("email", "email_same")
	}
	return to, p.Err()
}

// AskEmail tells that the person asked for another address; nothing changes before it is confirmed from there.
func (u User) AskEmail(to, from string, now time.Time) Event {
	return u.Event(EmailAsked, from, now).changed("email", u.Email, to)
}

// ChangeEmail gives the person the address that they have proved to read.
func (u User) ChangeEmail(to, from string, now time.Time) (User, Event) {
	e := u.Event(EmailChanged, from, now).changed("email", u.Email, to)
	u.Email = to
	u.Version++
	return u, e
}

// FollowEmail lets a membership follow its person's new address, where the account admits it: the rule is that of every
// other way in (PRIV-09). Otherwise Problems name the account.
func (m Membership) FollowEmail(to string, in Account) (Membership, error) {
	if in.Admits(to) != nil {
		return m, Problems{"email": {Code: "email_not_admitted", Args: pairs([]string{"Account", in.Name, "Domain", EmailDomain(to)})}}
	}
	m.Email = to
	return m, nil
}
