package store_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// Without a mail server the link of what a partner has offered in a customer's account is copied by who could offer it
// again, and the account's history says so; any other invite of the account is not there for them (TEN-18, INV-15).
func TestCopyClientLink(t *testing.T) {
	inHouse(t, func(h house) {
		devon, nora := h.at(store.Devon, store.Northgate), h.at(store.Nora, store.Northgate)
		a, err := h.CreateClient(h.ctx(), devon, accountDraft("Blue Heron"))
		must(t, err)
		first := h.row("alba.ruiz@heron.example", a.Slug)
		account := h.at(store.Dana, store.Brightwater).Account.ID
		colleague, err := h.InviteColleague(h.ctx(), nora, account, domain.ColleagueDraft{Colleague: felipe, Role: "user", Site: h.site(store.Brightwater, "HPT")})
		must(t, err)
		for _, c := range []struct {
			by domain.Actor
			m  domain.Membership
		}{{devon, first}, {nora, first}, {nora, colleague}} {
			_, token, err := h.CopyClientLink(h.ctx(), c.by, c.m.AccountID, c.m.ID)
			if err != nil || token != h.InviteToken(c.m.ID, c.m.Generation) {
				t.Errorf("%s of %s: %q, %v", c.by.User.Email, c.m.Email, token, err)
			}
		}
		if got := h.kindsOf(a.Slug, first.ID); !slices.Equal(got, []string{"invite.link_copied", "invite.link_copied", "invite.sent"}) {
			t.Errorf("the account's history: %v", got)
		}
		if n := h.number("select count(*) from events where kind = 'invite.link_copied' and on_behalf = 'Northgate Integrators'"); n != 3 {
			t.Errorf("%d entries say for whom", n)
		}
		before := h.written()
		for name, c := range map[string]struct {
			by          domain.Actor
			account, id string
		}{
			"an Operator of a colleague's": {devon, account, colleague.ID},
			"an Observer":                  {h.at(store.Sanjay, store.Northgate), a.ID, first.ID},
			"another partner":              {h.at(store.Petra, store.Stonecrop), a.ID, first.ID},
			"the account's own invite":     {nora, account, h.row(store.Kelly, store.Brightwater).ID},
			"through another account":      {nora, account, first.ID},
			"no invite":                    {nora, account, store.NewID()},
			"no id":                        {nora, account, "a\x00"},
		} {
			if _, token, err := h.CopyClientLink(h.ctx(), c.by, c.account, c.id); !errors.Is(err, domain.ErrNotFound) || token != "" {
				t.Errorf("%s: %q, %v", name, token, err)
			}
		}
		if h.written() != before {
			t.Error("refused, and written all the same")
		}
		_, _, err = h.accept(first)
		must(t, err)
		if _, _, err := h.CopyClientLink(h.ctx(), devon, a.ID, first.ID); err == nil {
			t.Error("the link of an accepted invite is given away")
		}
		must(t, h.Exec(h.ctx(), "update memberships set removed_at = 1 where id = $1", colleague.ID))
		if _, _, err := h.CopyClientLink(h.ctx(), nora, account, colleague.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a removed one: %v", err)
		}
	})
}
