package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

const proofsPath = "/profile/proofs"

// proven guards what is sensitive (AUTH-20): when the last proof that it is still this person is too old, a page in
// between asks for one and then goes on with the same form and its values (interface.md, 6). A page that is only looked
// at is come back to.
func (s *Server) proven(do func(*request) error) func(*request) error {
	return func(r *request) error {
		if asked, err := s.askProof(r); asked || err != nil {
			return err
		}
		return do(r)
	}
}

// askProof asks for a proof if one is needed, and reports whether it has answered the request so. A proof that came with
// the form is taken here.
func (s *Server) askProof(r *request) (asked bool, err error) {
	known, _ := r.session.Values[loadedKey{}].(loaded) // the zero value was never proven
	if s.store.Proven(known.session) {
		return false, nil
	}
	if safe(r.Request().Method) {
		return true, r.goTo(proofsPath + "/new?next=" + url.QueryEscape(r.Request().URL.RequestURI()))
	}
	var d domain.ProofDraft
	if err := r.bind(&d); err != nil {
		return true, err
	}
	form, err := r.form()
	if err != nil {
		return true, err
	}
	p := views.Proof{Action: r.Request().URL.Path, Target: r.fragment(), Fields: carried(form), Back: backFrom(r.Request().URL.Path)}
	if d.Empty() {
		return true, s.showProof(r, http.StatusForbidden, p)
	}
	return s.takeProof(r, d, p)
}

// takeProof takes a proof, or shows the page again with what is wrong with it.
func (s *Server) takeProof(r *request, d domain.ProofDraft, p views.Proof) (asked bool, err error) {
	secret := store.NewSecret()
	err = s.store.Prove(r.ctx(), r.by.User, d, store.HashSecret(r.session.ID), store.HashSecret(secret), r.RealIP())
	if err == nil {
		s.sessions.adopt(r, secret)
		return false, nil
	}
	if p.Wait = r.waitForCode(err); p.Wait != "" {
		return true, s.showProof(r, http.StatusTooManyRequests, p)
	}
	if p.Problems, err = problemsOf(err); err != nil {
		return true, err
	}
	return true, s.showProof(r, http.StatusUnprocessableEntity, p)
}

// carried are the fields that go through the page in between.
func carried(form url.Values) []views.Carried {
	var out []views.Carried
	for name, values := range form {
		if strings.HasPrefix(name, "proof_") {
			continue
		}
		for _, v := range values {
			out = append(out, views.Carried{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b views.Carried) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *Server) showProof(r *request, status int, p views.Proof) error {
	p.Email, p.App = r.by.User.Email, !r.by.User.AppAt.IsZero()
	return s.show(r, status, views.Prove(s.ownPage(r, "proofs.title"), p))
}

// newProof asks for a proof on the way to a page.
func (s *Server) newProof(r *request) error {
	next, err := r.query("next")
	if err != nil {
		return err
	}
	return s.showProof(r, http.StatusOK, toPage(next))
}

// createProof takes it and goes on.
func (s *Server) createProof(r *request) error {
	var d domain.NextDraft
	var proof domain.ProofDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if err := r.bind(&proof); err != nil {
		return err
	}
	p := toPage(d.Next)
	if asked, err := s.takeProof(r, proof, p); asked || err != nil {
		return err
	}
	return r.goTo(p.Next)
}

// toPage is the proof on the way to a page of ours.
func toPage(next string) views.Proof {
	to, ok := ownPath(next)
	if !ok {
		to = "/profile"
	}
	return views.Proof{Action: proofsPath, Fields: []views.Carried{{Name: "next", Value: to}}, Next: to, Back: backFrom(to)}
}

// backFrom is where somebody goes who gives no proof: back to the settings they would have changed, else to their own page.
func backFrom(to string) string {
	account, below, found := strings.Cut(to, "/settings/")
	if !found {
		return "/profile"
	}
	tab, _, _ := strings.Cut(below, "/")
	return account + "/settings/" + tab
}
