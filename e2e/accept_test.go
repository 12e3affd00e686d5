package e2e

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// The main job, whole: an admin invites by the form, a real mail arrives in the invitee's language, the invitee opens
// its link in a browser of their own, says who they are, chooses a password, is in, and sees what the role allows.
func TestMainJob_InviteAcceptSignIn(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Engine: engine})
			dana := s.In(t, store.Dana)
			dana.Click("Account Settings")
			dana.Click("+ New Invite")
			i := mara("User")
			i.whole, i.sites = false, []string{"Harbor Point Tower", "Pier 9 Terminal"}
			i.message, i.ends, i.language = "Welcome aboard.\nThe badge is at the desk.", "2099-12-31", "Español"
			dana.FillInvite(i)
			dana.In("dialog").Screenshot("new-invite.png")
			dana.In("dialog").Click("Invite", "button")
			dana.See("Invite sent to Mara Oyelaran")

			m := s.Mail.Wait(t, i.email, "")
			if want := "Dana Whitfield te invita a Brightwater Energy"; m.Subject != want {
				t.Errorf("the subject is %q, want %q", m.Subject, want)
			}
			link := m.Link(t, s.URL+"/invites/")
			if !slices.Equal(m.Links, []string{link}) {
				t.Errorf("besides its link the mail has %v", m.Links)
			}
			for part, text := range map[string]string{"text": m.Text, "HTML": m.HTML} {
				for _, want := range []string{"Dana Whitfield", "Brightwater Energy", "Mara", "Harbor Point Tower, Pier 9 Terminal", "31 dic 2099", "Welcome aboard.", "The badge is at the desk.", i.email, link} {
					if !strings.Contains(text, want) {
						t.Errorf("the mail's %s does not say %q:\n%s", part, want, text)
					}
				}
			}
			if !strings.Contains(m.HTML, `lang="es"`) || strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<script") {
				t.Errorf("the mail's HTML is\n%s", m.HTML)
			}

			in := s.Person(t)
			in.Speaks("it") // the invite was made in Spanish, and that is what its link speaks
			in.Open(link)
			in.See("Te invitan a", "Brightwater Energy", "Harbor Point Tower, Pier 9 Terminal", "31 dic 2099", "Dana Whitfield", "Welcome aboard.")
			in.Screenshot("accept.png")
			if got := in.Value("Correo electrónico"); got != i.email {
				t.Errorf("the address is %q", got)
			}
			in.Fill("Nombre", "Mara Lucía")
			in.Fill("Apellidos", "Oyelaran Vega")
			in.Fill("Teléfono…", "+15035550199")
			in.Fill("Contraseña", fresh)
			in.Click("Aceptar y entrar")
			in.SeeURL("^" + brightwater + "$")
			in.See("Mara Lucía Oyelaran Vega", "Brightwater Energy", "Harbor Point Tower", "Pier 9 Terminal")
			in.NotSee("Kings Row Offices")
			in.Screenshot("in.png")
			in.Open(brightwater + users + "?q=owen")
			in.Row(store.Owen).See("Owen Pritchard") // a User sees
			in.Absent("+ New Invite", "Invite User") // and changes nothing

			// Signing out and in again works with what they chose, and the link does not work twice.
			in.Click("Mara Lucía Oyelaran Vega")
			in.In("menu").Click("Cerrar sesión", "menuitem")
			in.SeeURL("^/sign-in")
			in.Speaks("en")
			in.SignIn(i.email, fresh)
			in.SeeURL("^" + brightwater)
			other := s.Person(t)
			other.Open(link)
			other.See("This invitation cannot be opened")

			dana.Open(brightwater + users + "?q=mara")
			dana.Row(i.email).See("Mara Lucía Oyelaran Vega", "User", "Harbor Point Tower +1", "until Dec 31, 2099")
			dana.Open(brightwater + invites + "?q=mara")
			dana.Row(i.email).See("Accepted")
		})
	}
}

// Somebody who has an account at another company accepts by signing in: no second account, no new password.
func TestAcceptWithTheAccountOneHas(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, invitation{first: "Lars", last: "Quillfeather", email: store.Lars, role: "User", whole: true})
	link := s.Mail.Wait(t, store.Lars, "invites you").Link(t, "/invites/")

	lars := s.Person(t)
	lars.Open(link)
	lars.See("You have an account")
	lars.Absent("First name", "Phone")
	lars.Fill("Password", "not his at all")
	lars.Click("Sign in and accept")
	lars.See("E-mail and password do not go together.")
	lars.Fill("Password", store.DemoPassword)
	lars.Click("Sign in and accept")
	lars.SeeURL("^" + brightwater + "$")
	lars.See("Welcome to Brightwater Energy", "Your role is User.")
	lars.Click("Brightwater Energy Customer account Switch account")
	lars.In("menu").See("Brightwater Energy", "Larkspur Quillfeather")
	lars.In("menu").Click("Larkspur Quillfeather")
	lars.SeeURL("^/accounts/larkspur$")
	lars.Offered("Account Settings")
}

// SESS-15: whoever opens an invite while somebody else is signed in is told both addresses and may switch; nothing is
// merged.
func TestAcceptWhileSomebodyElseIsSignedIn(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("User"))
	link := s.Mail.Wait(t, mara("").email, "invites you").Link(t, "/invites/")

	lars := s.In(t, store.Lars)
	lars.Open(link)
	lars.See("This invitation is for somebody else", mara("").email, store.Lars)
	lars.Screenshot("both-addresses.png")
	lars.Refused("accepting as somebody else", lars.Forge(strings.TrimPrefix(link, s.URL), "first_name", "Lars", "last_name", "X", "password", fresh), 403)
	lars.Click("Stay signed in")
	lars.SeeURL("^/accounts/larkspur")
	lars.Open(link)
	lars.Click("Sign out and continue")
	lars.SeeURL("^/invites/")
	lars.See("Make your account")
	if got := lars.Value("E-mail"); got != mara("").email {
		t.Errorf("the address is %q", got)
	}
	lars.Fill("Password", fresh)
	lars.Click("Accept and sign in")
	lars.See("Welcome to Brightwater Energy")
	lars.Open("/profile")
	lars.See("Brightwater Energy")
	lars.NotSee("Larkspur")
	dana.Open(brightwater + users + "?q=lars")
	dana.See("Nothing here matches “lars”")
}

// INV-11: expired, revoked, replaced, used and made-up links show one neutral page; from it the sender is asked for a
// new link, and gets that mail where there is a sender to ask.
func TestDeadLinks(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	invite := func(i invitation) string {
		dana.Invite(brightwater, i)
		return s.Mail.Wait(t, i.email, "invites you").Link(t, "/invites/")
	}
	person := func(first string) invitation {
		return invitation{first: first, last: "Doe", email: strings.ToLower(first) + ".doe@brightwater.example", role: "User", whole: true}
	}
	revoked, used, replaced := person("Rev"), person("Used"), person("Old")
	dead := map[string]string{
		"revoked": invite(revoked), "used": invite(used), "replaced": invite(replaced),
		"garbage": s.URL + "/invites/garbage", "expired": s.URL + "/invites/" + s.LinkOf(t, store.Stefan),
	}
	dana.RowMenu(revoked.email, "Revoke")
	dana.In("dialog").Click("Confirm")
	dana.Row(revoked.email).See("Revoked")
	s.Accept(t, Message{Links: []string{dead["used"]}}, "")
	dana.RowMenu(replaced.email, "Resend")
	dana.In("dialog").Click("Confirm")
	dana.See("Invite of Old Doe resent")

	page := ""
	for name, link := range dead {
		v := s.Person(t)
		v.Open(link)
		v.See("This invitation cannot be opened")
		text := v.Text("")
		if page == "" {
			page = text
			v.Screenshot("dead.png")
		}
		if text != page {
			t.Errorf("%s shows\n%s\nanother\n%s", name, text, page)
		}
		v.Click("Ask for a new link")
		v.See("The sender has been asked")
	}
	for _, name := range []string{"Stefan Weiss", "Rev Doe"} {
		m := s.Mail.Wait(t, store.Dana, name+" asks for a new invitation link")
		if got := m.Link(t, "/"); got != s.URL+brightwater+invites {
			t.Errorf("the mail about %s leads to %s", name, got)
		}
	}
	asked := 0
	for _, m := range s.Mail.To(store.Dana) {
		if strings.Contains(m.Subject, "asks for a new") {
			asked++
		}
	}
	if asked != 2 { // who has accepted, has a newer link or made the address up asks nobody
		t.Errorf("the sender was asked %d times, want 2", asked)
	}
	// The sender does what the mail says; the new link opens.
	dana.Open(s.Mail.Wait(t, store.Dana, "Stefan Weiss asks").Link(t, "/"))
	dana.RowMenu(store.Stefan, "Resend")
	dana.In("dialog").Click("Confirm")
	s.Accept(t, s.Mail.Wait(t, store.Stefan, "invites you"), "").See("Welcome to Brightwater Energy")
}
