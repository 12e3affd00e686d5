package domain

import "errors"

// A ProofDraft is somebody who is signed in and shows once more that it is them: their password, or a code of their app.
// It travels with the form of what they are about to do; its names are in no other form.
type ProofDraft struct {
	Password string `form:"proof_password"`
	Code     string `form:"proof_code"`
}

// Empty says that nothing was shown.
func (d ProofDraft) Empty() bool { return d.Password == "" && d.Code == "" }

// Named gives the problem of one field to another, where a form calls it otherwise. Other errors stay.
func Named(err error, field, as string) error {
	var p Problems
	if !errors.As(err, &p) {
		return err
	}
	if problem, ok := p[field]; ok {
		return Problems{as: problem}
	}
	return err
}

// A NextDraft says where a form leads.
type NextDraft struct {
	Next string `form:"next"`
}
