package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
)

// TEN-18: who invites into a customer's account for its partner is told when the invite expires, and when its holder asks
// for a new link, with the way to the account at the partner; not once they could not make it again.
func TestSenderAtThePartnerIsTold(t *testing.T) {
	inHouse(t, func(h house) {
		devon, nora := h.at(store.Devon, store.Northgate), h.at(store.Nora, store.Northgate)
		a, err := h.CreateClient(h.ctx(), devon, accountDraft("Blue Heron"))
		must(t, err)
		first := h.row("alba.ruiz@heron.example", a.Slug)
		colleague, err := h.InviteColleague(h.ctx(), nora, h.at(store.Dana, store.Brightwater).Account.ID,
			domain.ColleagueDraft{Colleague: felipe, Role: "user", Site: h.site(store.Brightwater, "HPT")})
		must(t, err)
		h.clock.Advance(8 * 24 * time.Hour)
		for n := 100; n == 100; {
			n, err = h.ExpireDue(h.ctx(), 100)
			must(t, err)
		}
		must(t, h.AskAgain(h.ctx(), h.InviteToken(first.ID, first.Generation)))
		for _, c := range []struct {
			to domain.Actor
			m  domain.Membership
		}{{devon, first}, {nora, colleague}} {
			if to := h.owed(c.m, domain.InviteExpiredMail); !slices.Equal(to, []string{c.to.User.Email}) {
				t.Errorf("told %v", to)
			}
		}
		mails := claim(t, h.Store, "w", 1000)
		of := func(m domain.Membership, kind domain.DeliveryKind) (out store.Message) {
			t.Helper()
			i := slices.IndexFunc(mails, func(d domain.Delivery) bool { return d.MembershipID == m.ID && d.Kind == kind })
			if i < 0 {
				t.Fatalf("%s: no %s", m.Email, kind)
			}
			return message(t, h.Store, mails[i])
		}
		for _, got := range []store.Message{of(first, domain.InviteExpiredMail), of(first, domain.InviteAskedMail), of(colleague, domain.InviteExpiredMail)} {
			if got.Superseded != "" || got.Partner.Slug != store.Northgate || got.Token != "" {
				t.Errorf("%s: superseded %q, partner %q, a secret: %t", got.Kind, got.Superseded, got.Partner.Slug, got.Token != "")
			}
		}
		h.atPartner("role = 'observer', level = 4")
		if why := of(first, domain.InviteExpiredMail).Superseded; why != domain.ReasonMovedOn {
			t.Errorf("who sets up accounts no more is told all the same: %q", why)
		}
		must(t, h.Exec(h.ctx(), "update memberships set suspended_at = 1 where id = '"+h.row(felipe, store.Northgate).ID+"'"))
		if why := of(colleague, domain.InviteExpiredMail).Superseded; why != domain.ReasonMovedOn {
			t.Errorf("of a colleague who is locked: %q", why)
		}
	})
}
