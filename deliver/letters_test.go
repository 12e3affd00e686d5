package deliver

import (
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// Who is told of an invite is led to where they see it: in its account, or at the partner that sent it.
func TestLinkOfAnExpiry(t *testing.T) {
	client := domain.Account{ID: "a1", Slug: "heron", Kind: domain.Customer}
	partner := domain.Account{ID: "p1", Slug: "northgate", Kind: domain.Partner}
	for name, c := range map[string]struct {
		m    store.Message
		want string
	}{
		"in the account":         {store.Message{Account: client}, "/accounts/heron/settings/invites"},
		"for the partner":        {store.Message{Account: client, Partner: partner}, "/accounts/northgate/companies/a1"},
		"of an administrator":    {store.Message{Account: partner}, "/accounts/northgate/administrators"},
		"of a guest of a client": {store.Message{Account: client, Membership: domain.Membership{Kind: domain.KindGuest}}, "/accounts/heron/settings/guests"},
	} {
		for _, c.m.Kind = range []domain.DeliveryKind{domain.InviteExpiredMail, domain.InviteAskedMail} {
			if got := link(c.m, base); got != base+c.want {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}
