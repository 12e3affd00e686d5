package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
)

// DOS-07: while nothing can be written, changes are refused whole, reading goes on, and nobody is signed out; afterwards
// all is as before.
func TestDOS07_ReadOnly(t *testing.T) {
	inHouse(t, func(h house) {
		dana, owen := h.at(store.Dana, store.Brightwater), h.row(store.Owen, store.Brightwater)
		u, err := h.PersonByEmail(h.ctx(), store.Dana)
		must(t, err)
		session := store.HashSecret(store.NewSecret())
		_, err = h.StartSession(h.ctx(), u, "", store.Start{Hash: session, From: "203.0.113.9"})
		must(t, err)
		before := h.written()
		must(t, h.ReadOnly(h.ctx(), true))
		h.clock.Advance(2 * time.Minute) // long enough for the session's use to be noted
		if _, err := h.CreateInvite(h.ctx(), dana, draft("full@brightwater.example")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("an invite: %v", err)
		}
		for name, do := range theChanges {
			m := owen
			if name == "scope" {
				m = h.row(store.Samuel, store.Brightwater)
			}
			if _, err := do(h, dana, chosen(m)); !errors.Is(err, store.ErrUnavailable) && name != "resend" && name != "revoke" && name != "resume" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := h.Session(h.ctx(), session, true); err != nil {
			t.Errorf("the session: %v", err)
		}
		if page, err := h.Users(h.ctx(), h.at(store.Dana, store.Brightwater), store.Query{Search: "owen"}); err != nil || len(page.Rows) != 1 {
			t.Errorf("the list: %d rows, %v", len(page.Rows), err)
		}
		must(t, h.ReadOnly(h.ctx(), false))
		if h.written() != before {
			t.Error("something was written")
		}
		_, err = h.CreateInvite(h.ctx(), dana, draft("full@brightwater.example"))
		must(t, err)
	})
}

// DOS-07: on a full disk what was acknowledged is there and what was not is not; with room again it goes on by itself.
func TestDOS07_DiskFull(t *testing.T) {
	h := newHouse(t, "sqlite")
	dana := h.at(store.Dana, store.Brightwater)
	must(t, h.Exec(h.ctx(), "pragma max_page_count = 1")) // as large as it is now, and no larger
	acknowledged := 0
	var err error
	for err == nil && acknowledged < 500 {
		d := draft(fmt.Sprintf("full%d@brightwater.example", acknowledged))
		d.Message = strings.Repeat("Welcome. ", 50)
		if _, err = h.CreateInvite(h.ctx(), dana, d); err == nil {
			acknowledged++
		}
	}
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("after %d invites: %v", acknowledged, err)
	}
	there := func() int64 { return h.number("select count(*) from memberships where email like 'full%'") }
	if n := there(); n != int64(acknowledged) || h.number("select count(*) from grants where membership_id in (select id from memberships where email like 'full%')") != n {
		t.Errorf("%d were acknowledged, %d are there", acknowledged, n)
	}
	if _, err := h.Users(h.ctx(), dana, store.Query{}); err != nil {
		t.Errorf("the list: %v", err)
	}
	must(t, h.Exec(h.ctx(), "pragma max_page_count = 1073741823"))
	_, err = h.CreateInvite(h.ctx(), dana, draft("full.again@brightwater.example"))
	must(t, err)
}
