package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

const (
	passkeysPath      = "/profile/passkeys"
	passkeySignInPath = "/sign-in/passkey"
)

// errPasskey is every passkey that proves nothing: made up, of another site, used already, or gone.
var errPasskey = errors.New("the passkey proves nothing")

// passkeys is the protocol for the host people use. A number is no name a passkey could be kept for, so on this machine
// it is localhost.
func (s *Server) passkeys() (*webauthn.WebAuthn, error) {
	base := *s.config.BaseURL
	if isLoopback(base.Hostname()) {
		base.Host = "localhost"
		if port := s.config.BaseURL.Port(); port != "" {
			base.Host = net.JoinHostPort("localhost", port)
		}
	}
	return webauthn.New(&webauthn.Config{RPID: base.Hostname(), RPDisplayName: "Gatehouse", RPOrigins: []string{base.Scheme + "://" + base.Host}})
}

// passkeysHere says whether this browser's address is one that passkeys are kept for.
func (r *request) passkeysHere() bool {
	host := r.server.config.BaseURL.Hostname()
	if isLoopback(host) {
		return hostname(r.Request().Host) == "localhost"
	}
	return net.ParseIP(host) == nil
}

// keyOwner is a person as the protocol knows them.
type keyOwner struct {
	domain.User
	keys []domain.Passkey
	all  []webauthn.Credential
}

func (o keyOwner) WebAuthnID() []byte                         { return []byte(o.ID) }
func (o keyOwner) WebAuthnName() string                       { return o.Email }
func (o keyOwner) WebAuthnDisplayName() string                { return o.Name() }
func (o keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.all }

// keyOwner reads a person with their passkeys.
func (r *request) keyOwner(u domain.User) (keyOwner, error) {
	o := keyOwner{User: u}
	var err error
	if o.keys, err = r.server.store.PasskeysOf(r.ctx(), u.ID); err != nil {
		return o, err
	}
	o.all = make([]webauthn.Credential, len(o.keys))
	for i, k := range o.keys {
		if err := json.Unmarshal([]byte(k.Credential), &o.all[i]); err != nil {
			return o, err
		}
	}
	return o, nil
}

// newPasskey shows the form that makes a passkey.
func (s *Server) newPasskey(r *request) error {
	return s.showNewPasskey(r, http.StatusOK, domain.PasskeyDraft{Name: views.Device(r.ctx(), r.Request().UserAgent())}, nil, "")
}

func (s *Server) showNewPasskey(r *request, status int, d domain.PasskeyDraft, problems domain.Problems, wrong string) error {
	o, err := r.keyOwner(r.by.User)
	if err != nil {
		return err
	}
	w, err := s.passkeys()
	if err != nil {
		return err
	}
	options, _, err := w.BeginRegistration(o,
		webauthn.WithExclusions(webauthn.Credentials(o.all).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		func(c *protocol.PublicKeyCredentialCreationOptions) error {
			c.Challenge = s.store.Challenge(store.PasskeyMaking, o.ID)
			return nil
		})
	if err != nil {
		return err
	}
	raw, err := json.Marshal(options.Response)
	if err != nil {
		return err
	}
	return s.show(r, status, views.NewPasskey(s.ownPage(r, "passkeys.new"), views.PasskeyForm{Options: string(raw), Draft: d, Problems: problems, Wrong: wrong, Here: r.passkeysHere()}))
}

// createPasskey keeps the passkey that the browser has made.
func (s *Server) createPasskey(r *request) error {
	var d domain.PasskeyDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	name, err := d.CheckName()
	if problems, err := problemsOf(err); err != nil || problems != nil {
		return errors.Join(err, s.showNewPasskey(r, http.StatusUnprocessableEntity, d, problems, ""))
	}
	k, err := s.madePasskey(r, d.Credential)
	if errors.Is(err, errPasskey) {
		return s.showNewPasskey(r, http.StatusUnprocessableEntity, d, nil, views.T(r.ctx(), "passkeys.failed"))
	}
	if err != nil {
		return err
	}
	k.Name = name
	secret := store.NewSecret()
	err = s.store.AddPasskey(r.ctx(), r.by.User, k, store.HashSecret(r.session.ID), store.HashSecret(secret), r.RealIP())
	if err != nil {
		return err
	}
	s.sessions.adopt(r, secret)
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "passkeys.added", "Name", name), Text: views.T(r.ctx(), "passkeys.added-text")})
}

// madePasskey verifies what the browser says of a new passkey.
func (s *Server) madePasskey(r *request, answer string) (store.NewPasskey, error) {
	var k store.NewPasskey
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return k, errPasskey
	}
	o, challenge := keyOwner{User: r.by.User}, parsed.Response.CollectedClientData.Challenge
	if k.Challenge = decoded(challenge); !s.store.OurChallenge(k.Challenge, store.PasskeyMaking, o.ID) {
		return k, errPasskey
	}
	w, err := s.passkeys()
	if err != nil {
		return k, err
	}
	c, err := w.CreateCredential(o, webauthn.SessionData{
		Challenge: challenge, UserID: o.WebAuthnID(), UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault(),
	}, parsed)
	if err != nil {
		return k, errPasskey
	}
	raw, err := json.Marshal(c)
	k.ID, k.Credential = c.ID, string(raw)
	return k, err
}

// decoded is a challenge as bytes, nil when it is none.
func decoded(challenge string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil {
		return nil
	}
	return raw
}

// newPasskeyRemoval asks whether a passkey shall go.
func (s *Server) newPasskeyRemoval(r *request) error {
	k, err := s.store.Passkey(r.ctx(), r.by.User, r.Param("passkey"))
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.RemovePasskey(s.ownPage(r, "passkeys.remove"), k, r.by.User))
}

func (s *Server) removePasskey(r *request) error {
	if err := s.store.RemovePasskey(r.ctx(), r.by.User, r.Param("passkey"), r.RealIP()); err != nil {
		return err
	}
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "passkeys.removed")})
}

// passkeyRequest is what the browser is asked when somebody signs in: any passkey it keeps for this site.
func (r *request) passkeyRequest() (string, error) {
	w, err := r.server.passkeys()
	if err != nil {
		return "", err
	}
	options, _, err := w.BeginDiscoverableLogin(
		webauthn.WithChallenge(r.server.store.Challenge(store.PasskeySignIn, "")), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(options.Response)
	return string(raw), err
}

// newPasskeySignIn asks for a passkey: nobody has to type an address.
func (s *Server) newPasskeySignIn(r *request) error {
	typed, err := r.query("next")
	if err != nil {
		return err
	}
	next, _ := ownPath(typed) // empty unless it is ours
	return s.showPasskeySignIn(r, http.StatusOK, next, "")
}

func (s *Server) showPasskeySignIn(r *request, status int, next, wrong string) error {
	options, err := r.passkeyRequest()
	if err != nil {
		return err
	}
	p := r.doorPage(views.T(r.ctx(), "passkeys.sign-in"))
	return s.show(r, status, views.PasskeySignIn(p, views.PasskeyForm{Options: options, Draft: domain.PasskeyDraft{Next: next}, Wrong: wrong, Here: r.passkeysHere()}))
}

// createPasskeySignIn signs in whose passkey it is. It stands for the password and the second factor: the device has
// asked for its owner's finger, face or PIN.
func (s *Server) createPasskeySignIn(r *request) error {
	var d domain.PasskeyDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	next, _ := ownPath(d.Next)
	v, err := s.shownPasskey(r, d.Credential)
	if err == nil {
		var u domain.User
		var device, secret string
		v.Start, secret = s.sessions.start(r)
		v.Device = s.sessions.device(r)
		if u, device, err = s.store.SignInByPasskey(r.ctx(), v); err == nil {
			s.sessions.begin(r, u, secret, device)
			return r.goTo(orHome(next))
		}
	}
	if errors.Is(err, domain.ErrOutgrown) {
		return s.showPasskeySignIn(r, http.StatusUnprocessableEntity, next, views.T(r.ctx(), "passkeys.password-first"))
	}
	if errors.Is(err, errPasskey) || errors.Is(err, domain.ErrNotFound) { // whoever cannot get in gets one answer (AUTH-01)
		return s.showPasskeySignIn(r, http.StatusUnprocessableEntity, next, views.T(r.ctx(), "passkeys.failed"))
	}
	return err
}

// shownPasskey verifies a passkey and says whose it is.
func (s *Server) shownPasskey(r *request, answer string) (store.Shown, error) {
	var v store.Shown
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return v, errPasskey
	}
	challenge := parsed.Response.CollectedClientData.Challenge
	if v.Challenge = decoded(challenge); !s.store.OurChallenge(v.Challenge, store.PasskeySignIn, "") {
		return v, errPasskey
	}
	w, err := s.passkeys()
	if err != nil {
		return v, err
	}
	var owner keyOwner
	var broken error
	find := func(_, handle []byte) (webauthn.User, error) {
		u, err := s.store.Person(r.ctx(), string(handle))
		if err == nil {
			owner, err = r.keyOwner(u)
		}
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			broken = err
		}
		return owner, err
	}
	_, c, err := w.ValidatePasskeyLogin(find, webauthn.SessionData{Challenge: challenge, UserVerification: protocol.VerificationRequired}, parsed)
	switch {
	case broken != nil:
		return v, broken
	case err != nil || c.Authenticator.CloneWarning:
		return v, errPasskey
	}
	for i, known := range owner.all {
		if string(known.ID) == string(c.ID) {
			v.Passkey = owner.keys[i]
		}
	}
	raw, err := json.Marshal(c)
	v.Passkey.Credential = string(raw)
	return v, err
}
