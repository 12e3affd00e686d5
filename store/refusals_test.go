package store_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// asks is what somebody asks the store for, by its name.
type asks map[string]func(by domain.Actor) error

// Every change, and every look at what is not for everybody, is refused to who may not, and leaves nothing behind.
func TestPRIV01_TheStoreRefusesWhoMayNot(t *testing.T) {
	inHouse(t, func(h house) {
		ctx := h.ctx()
		site := h.site(store.Brightwater, "HPT")
		member := h.at(store.Leonard, store.Brightwater)
		observer := h.at("nadia.sorensen@northgate.example", store.Northgate)
		one := func(sql string) string {
			t.Helper()
			ids, err := h.Texts(ctx, sql+" limit 1", member.Account.ID)
			if err != nil || len(ids) != 1 {
				t.Fatalf("%s: %v, %v", sql, ids, err)
			}
			return ids[0]
		}
		group := one("select id from groups where removed_at = 0 and devices > 0 and account_id = $1")
		role := one("select id from roles where account_id = $1")
		device := one("select id from devices where removed_at = 0 and account_id = $1")
		samuel := h.row(store.Samuel, store.Brightwater)
		devon := h.row(store.Devon, store.Northgate)
		cobalt := h.at(store.Cora, store.Cobalt).Account
		siteDraft := domain.SiteDraft{Name: "Another", Code: "ANO", TimeZone: "UTC"}
		good := domain.CreditDraft{Sites: []string{site}, Amount: "1", Once: once()}
		for at, all := range map[string]struct {
			by domain.Actor
			asks
		}{
			"an account": {member, asks{
				"create a site": func(by domain.Actor) error { _, err := h.CreateSite(ctx, by, siteDraft); return err },
				"save a site":   func(by domain.Actor) error { _, err := h.SaveSite(ctx, by, site, 1, siteDraft); return err },
				"remove a site": func(by domain.Actor) error { _, err := h.RemoveSite(ctx, by, site, 1); return err },
				"create a group": func(by domain.Actor) error {
					_, err := h.CreateGroup(ctx, by, site, domain.GroupDraft{Name: "X"})
					return err
				},
				"rename a group": func(by domain.Actor) error {
					_, err := h.RenameGroup(ctx, by, group, 1, domain.GroupDraft{Name: "X"})
					return err
				},
				"remove a group": func(by domain.Actor) error { _, err := h.RemoveGroup(ctx, by, group, 1, store.KeepDevices); return err },
				"empty a group":  func(by domain.Actor) error { _, err := h.RemoveGroup(ctx, by, group, 1, store.NoGroup); return err },
				"create a role": func(by domain.Actor) error {
					_, err := h.CreateRole(ctx, by, domain.RoleDraft{Name: "X", May: []string{"view-devices"}})
					return err
				},
				"change a role": func(by domain.Actor) error {
					_, err := h.ChangeRole(ctx, by, role, 1, domain.RoleDraft{Name: "X", May: []string{"view-devices"}})
					return err
				},
				"delete a role": func(by domain.Actor) error {
					_, err := h.DeleteRole(ctx, by, role, 1, domain.RoleDeletionDraft{})
					return err
				},
				"save a device": func(by domain.Actor) error {
					_, err := h.SaveDevice(ctx, by, device, 1, domain.LabelsDraft{Label: "X"})
					return err
				},
				"hear a device":    func(by domain.Actor) error { _, err := h.ReportDevice(ctx, by, device, "-60"); return err },
				"replace a device": func(by domain.Actor) error { _, err := h.ReplaceDevice(ctx, by, device, 1, "GH-9Z9Z-9Z9Z"); return err },
				"register devices": func(by domain.Actor) error {
					_, err := h.RegisterDevices(ctx, by, site, []domain.DeviceDraft{{Serial: "GH-9Z9Z-9Z9Z"}})
					return err
				},
				"import devices": func(by domain.Actor) error {
					_, err := h.PrepareDevices(ctx, by, site, "x.csv", []byte("serial\nGH-1\n"))
					return err
				},
				"import invites": func(by domain.Actor) error {
					_, err := h.PrepareInvites(ctx, by, "x.csv", []byte("email\nx@brightwater.example\n"))
					return err
				},
				"change roles": func(by domain.Actor) error { _, err := h.ChangeRoles(ctx, by, chosen(samuel), "member"); return err },
				"change scopes": func(by domain.Actor) error {
					_, err := h.ChangeScopes(ctx, by, chosen(samuel), []string{domain.WholeAccount})
					return err
				},
				"set notifications": func(by domain.Actor) error {
					_, err := h.SetNotifications(ctx, by, chosen(samuel), store.On, "")
					return err
				},
				"set ends":      func(by domain.Actor) error { _, err := h.SetEnds(ctx, by, chosen(samuel), "2036-01-31"); return err },
				"suspend":       func(by domain.Actor) error { _, err := h.Suspend(ctx, by, chosen(samuel)); return err },
				"remove":        func(by domain.Actor) error { _, err := h.Remove(ctx, by, chosen(samuel)); return err },
				"end sessions":  func(by domain.Actor) error { _, err := h.EndSessions(ctx, by, chosen(samuel)); return err },
				"reset factors": func(by domain.Actor) error { _, err := h.ResetFactors(ctx, by, chosen(samuel)); return err },
				"keep less history": func(by domain.Actor) error {
					_, err := h.SetRetention(ctx, by, domain.RetentionDraft{Months: "24"})
					return err
				},
				"another's security": func(by domain.Actor) error {
					_, err := h.ChangeDomains(ctx, by, domain.DomainsDraft{Add: "x.example"})
					return err
				},
			}},
			"a partner": {observer, asks{
				"create an account":  func(by domain.Actor) error { _, err := h.CreateClient(ctx, by, accountDraft("Refused")); return err },
				"create its site":    func(by domain.Actor) error { _, err := h.CreateClientSite(ctx, by, cobalt.ID, siteDraft); return err },
				"suspend an account": func(by domain.Actor) error { _, err := h.SuspendClient(ctx, by, cobalt.ID); return err },
				"resume an account":  func(by domain.Actor) error { _, err := h.ResumeClient(ctx, by, cobalt.ID); return err },
				"invite a colleague": func(by domain.Actor) error {
					_, err := h.InviteColleague(ctx, by, cobalt.ID, domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: h.site(store.Cobalt, "GSW")})
					return err
				},
				"invite administrators": func(by domain.Actor) error {
					o, err := h.InviteAdministrators(ctx, by, []domain.Staged{{Email: "x@northgate.example", Role: domain.RoleObserver}}, false)
					return errors.Join(err, firstErr(o))
				},
				"force passwords": func(by domain.Actor) error {
					o, err := h.ForcePasswords(ctx, by, chosen(devon))
					return errors.Join(err, firstErr(o))
				},
				"erase administrators": func(by domain.Actor) error {
					o, err := h.DeleteAdministrators(ctx, by, chosen(devon), domain.RevokeOffers)
					return errors.Join(err, firstErr(o))
				},
				"add credits": func(by domain.Actor) error {
					_, _, err := h.AddCredits(ctx, by, domain.CreditAddDraft{Amount: "1", Once: once()})
					return err
				},
				"allocate credits":    func(by domain.Actor) error { _, err := h.AllocateCredits(ctx, by, good, false); return err },
				"take credits back":   func(by domain.Actor) error { _, _, err := h.TakeBackCredits(ctx, by, good); return err },
				"find sites for them": func(by domain.Actor) error { _, err := h.FindCreditSites(ctx, by, "h", 5); return err },
				"who holds some":      func(by domain.Actor) error { _, err := h.CreditHolders(ctx, by, "h", 5); return err },
				"their sites":         func(by domain.Actor) error { _, err := h.CreditSites(ctx, by, []string{site}); return err },
			}},
			"a partner's pages": {member, asks{
				"the ledger": func(by domain.Actor) error { _, err := h.Credits(ctx, by, store.CreditQuery{}); return err },
				"their sums": func(by domain.Actor) error { _, err := h.CreditSums(ctx, by); return err },
				"support":    func(by domain.Actor) error { _, err := h.Supports(ctx, by, store.SupportQuery{}); return err },
			}},
			"another partner's": {h.at(store.Petra, store.Stonecrop), asks{
				"an account": func(by domain.Actor) error { _, err := h.Client(ctx, by, cobalt.ID); return err },
				"its site": func(by domain.Actor) error {
					_, err := h.ClientSite(ctx, by, cobalt, h.site(store.Cobalt, "GSW"))
					return err
				},
				"its sites":        func(by domain.Actor) error { _, _, err := h.ClientSites(ctx, by, cobalt, "", "", 5); return err },
				"its first admin":  func(by domain.Actor) error { _, _, err := h.FirstAdmin(ctx, by, cobalt); return err },
				"allocate credits": func(by domain.Actor) error { _, err := h.AllocateCredits(ctx, by, good, false); return err },
				"suspend it":       func(by domain.Actor) error { _, err := h.SuspendClient(ctx, by, cobalt.ID); return err },
			}},
		} {
			for name, ask := range all.asks {
				before := h.written()
				var p domain.Problems
				if err := ask(all.by); !errors.Is(err, domain.ErrForbidden) && !errors.Is(err, domain.ErrNotFound) && (at != "another partner's" || !errors.As(err, &p)) {
					t.Errorf("%s of %s: %v", name, at, err)
				}
				if h.written() != before {
					t.Errorf("%s of %s: something was written", name, at)
				}
			}
		}
	})
}

// RACE-12: a form that was opened over an older state is refused, whatever it changes; and so is one that is not filled in.
func TestRACE12_TheStoreRefusesOlderForms(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, dana := h.ctx(), h.at(store.Dana, store.Brightwater)
		jonas, nora := h.at(store.Jonas, store.Brightwater), h.at(store.Nora, store.Northgate)
		site, err := h.Site(ctx, dana, h.site(store.Brightwater, "HPT"))
		must(t, err)
		groups, err := h.Groups(ctx, jonas, site.ID)
		must(t, err)
		devices, err := h.Devices(ctx, jonas, site.ID, store.DeviceQuery{Paging: store.Paging{Limit: 1}})
		must(t, err)
		g, d := groups[0], devices.Rows[0]
		other := domain.SiteDraft{Name: "Another", Code: "ANO", TimeZone: "UTC"}
		samuel := h.row(store.Samuel, store.Brightwater)
		guest := func(version string) error {
			m := h.row(store.Elias, store.Brightwater)
			d := m.GuestDraft(dana.User.Zone())
			d.Company, d.Version = "Another", version
			_, err := h.SaveGuest(ctx, dana, m.ID, d)
			return err
		}
		before := h.written()
		for name, ask := range map[string]func() error{
			"site":         func() error { _, err := h.SaveSite(ctx, dana, site.ID, site.Version+1, other); return err },
			"site removed": func() error { _, err := h.RemoveSite(ctx, dana, site.ID, site.Version+1); return err },
			"group": func() error {
				_, err := h.RenameGroup(ctx, jonas, g.ID, g.Version+1, domain.GroupDraft{Name: "X"})
				return err
			},
			"group gone": func() error { _, err := h.RemoveGroup(ctx, jonas, g.ID, g.Version+1, store.NoGroup); return err },
			"device": func() error {
				_, err := h.SaveDevice(ctx, jonas, d.ID, d.Version+1, domain.LabelsDraft{Label: "X"})
				return err
			},
			"suspended": func() error {
				_, err := h.Suspend(ctx, dana, store.Chosen{IDs: []string{samuel.ID}, Version: samuel.Version + 1})
				return err
			},
			"guest":               func() error { return guest(strconv.Itoa(h.row(store.Elias, store.Brightwater).Version + 1)) },
			"guest, no version":   func() error { return guest("0") },
			"guest, none written": func() error { return guest("") },
			"several": func() error {
				_, err := h.Suspend(ctx, dana, store.Chosen{IDs: []string{samuel.ID, h.row(store.Owen, store.Brightwater).ID}, Version: samuel.Version})
				return err
			},
		} {
			if err := ask(); !errors.Is(err, domain.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		long := string(make([]byte, 3000))
		for name, ask := range map[string]func() error{
			"site":        func() error { _, err := h.CreateSite(ctx, dana, domain.SiteDraft{}); return err },
			"site saved":  func() error { _, err := h.SaveSite(ctx, dana, site.ID, site.Version, domain.SiteDraft{}); return err },
			"group":       func() error { _, err := h.CreateGroup(ctx, jonas, site.ID, domain.GroupDraft{}); return err },
			"into itself": func() error { _, err := h.RemoveGroup(ctx, jonas, g.ID, g.Version, g.ID); return err },
			"device": func() error {
				_, err := h.SaveDevice(ctx, jonas, d.ID, d.Version, domain.LabelsDraft{Label: long})
				return err
			},
			"signal":        func() error { _, err := h.ReportDevice(ctx, jonas, d.ID, "loud"); return err },
			"serial":        func() error { _, err := h.ReplaceDevice(ctx, jonas, d.ID, d.Version, "?"); return err },
			"role":          func() error { _, err := h.CreateRole(ctx, dana, domain.RoleDraft{}); return err },
			"no such role":  func() error { _, err := h.ChangeRoles(ctx, dana, chosen(samuel), "king"); return err },
			"no such site":  func() error { _, err := h.ChangeScopes(ctx, dana, chosen(samuel), []string{"nowhere"}); return err },
			"channel":       func() error { _, err := h.SetNotifications(ctx, dana, chosen(samuel), "loud", ""); return err },
			"day":           func() error { _, err := h.SetEnds(ctx, dana, chosen(samuel), "yesterday"); return err },
			"months":        func() error { _, err := h.SetRetention(ctx, dana, domain.RetentionDraft{Months: "7"}); return err },
			"invite":        func() error { _, err := h.CreateInvite(ctx, dana, domain.InviteDraft{}); return err },
			"guest":         func() error { _, err := h.InviteGuest(ctx, dana, domain.GuestDraft{}); return err },
			"account":       func() error { _, err := h.CreateClient(ctx, nora, domain.AccountDraft{}); return err },
			"client's site": func() error { _, err := h.CreateClientSite(ctx, nora, site.AccountID, domain.SiteDraft{}); return err },
			"colleague": func() error {
				_, err := h.InviteColleague(ctx, nora, site.AccountID, domain.ColleagueDraft{})
				return err
			},
			"first admin": func() error {
				_, err := h.InviteFirstAdmin(ctx, nora, site.AccountID, domain.FirstAdminDraft{})
				return err
			},
			"credits": func() error { _, _, err := h.AddCredits(ctx, nora, domain.CreditAddDraft{Once: once()}); return err },
			"to a site": func() error {
				_, err := h.AllocateCredits(ctx, nora, domain.CreditDraft{Once: once()}, false)
				return err
			},
			"from a site": func() error { _, _, err := h.TakeBackCredits(ctx, nora, domain.CreditDraft{Once: once()}); return err },
		} {
			var p domain.Problems
			if err := ask(); !errors.As(err, &p) || len(p) == 0 {
				t.Errorf("%s, not filled in: %v", name, err)
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// A channel that is not named stays as it is, and a site that is removed takes its own groups and rights away and no other's.
func TestChangesLeaveTheRest(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, dana := h.ctx(), h.at(store.Dana, store.Brightwater)
		for _, was := range []int{0, 1} {
			storetest.Exec(t, h.Store, "update memberships set notify_email = $1, notify_text = 0 where id = $2", was, h.row(store.Samuel, store.Brightwater).ID)
			_, err := h.SetNotifications(ctx, dana, chosen(h.row(store.Samuel, store.Brightwater)), "", store.On)
			must(t, err)
			if m := h.row(store.Samuel, store.Brightwater); m.NotifyEmail != (was == 1) {
				t.Errorf("mail was %d and is %v", was, m.NotifyEmail)
			}
		}
		empty, err := h.CreateSite(ctx, dana, domain.SiteDraft{Name: "Empty", Code: "EMP", TimeZone: "UTC"})
		must(t, err)
		kept := func() []string {
			return slices.Concat(storetest.Rows(t, h.Store, "groups"), storetest.Rows(t, h.Store, "grants"))
		}
		before := kept()
		_, err = h.RemoveSite(ctx, dana, empty.ID, empty.Version)
		must(t, err)
		if after := kept(); !slices.Equal(after, before) {
			t.Error("a site with nothing in it took something away")
		}
	})
}
