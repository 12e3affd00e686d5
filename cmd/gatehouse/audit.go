package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gatehouse/domain"
)

// audit is what can be asked of the history from outside.
type audit struct {
	Verify auditVerify `cmd:"" help:"Check that nothing was changed, left out or put into the history; names the first bad entry of each account."`
}

type auditVerify struct {
	Database
	Account string `help:"Only this account, by its name in addresses." placeholder:"SLUG"`
}

// errFlawed is why the command fails when a history is not what was sealed.
var errFlawed = errors.New("the history is not what was sealed")

func (v auditVerify) Run(ctx context.Context, out io.Writer) error {
	st, err := v.openToRead(ctx)
	if err != nil {
		return err
	}
	audits, err := st.VerifyAudit(ctx, v.Account)
	if err = errors.Join(err, st.Close()); err != nil {
		if errors.Is(err, domain.ErrNotFound) {
			return fmt.Errorf("there is no account %q", v.Account)
		}
		return err
	}
	for _, a := range audits {
		name := a.Account.Slug
		if a.Account.ID == "" {
			name = "(no account)"
		}
		if a.Flaw != nil {
			fmt.Fprintf(out, "%s: BAD: %s\n", name, a.Flaw)
			err = errFlawed
			continue
		}
		fmt.Fprintf(out, "%s: good, %d entries", name, a.Sealed)
		if first := a.Last.Number - a.Sealed; first > 0 {
			fmt.Fprintf(out, " (%d before them were deleted after their time)", first)
		}
		if a.Waiting > 0 {
			fmt.Fprintf(out, ", %d not sealed yet", a.Waiting)
		}
		if a.Last.Number > 0 {
			fmt.Fprintf(out, ", ends with %d %s", a.Last.Number, a.Last.Hash)
		}
		fmt.Fprintln(out)
	}
	return err
}
