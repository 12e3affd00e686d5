package web

import (
	"context"
	"net/http"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// guestList is the Guests tab as a list whose rows can be changed together.
var guestList = &rowList{
	id: views.GuestTable, path: "/settings/guests", order: "name", filters: []string{"active", "state", "role", "mode"},
	crumbs: func(r *request) []views.Crumb {
		return []views.Crumb{{Label: views.T(r.ctx(), "frame.admin"), Href: r.account("/settings/users")}, {Label: views.T(r.ctx(), "settings.tab.guests"), Href: r.account("/settings/guests")}}
	},
	text: func(ctx context.Context, key string, kv ...any) string { return views.T(ctx, "guests.act."+key, kv...) },
	chosen: func(r *request, ids []string) ([]domain.Membership, error) {
		return r.server.store.ChosenGuests(r.ctx(), r.by, ids)
	},
	matching: func(r *request, q views.ListQuery) ([]string, bool, error) {
		return r.server.store.GuestIDs(r.ctx(), r.by, guestQuery(q))
	},
}

// The changes of guests: one row, or many.
var (
	activateGuests = &act{
		list: guestList, noun: "activations", words: wordOf(guestActive),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.SetGuestsActive(r.ctx(), r.by, chosen, true)
		},
	}
	deactivateGuests = &act{
		list: guestList, noun: "deactivations", destructive: true, words: wordOf(guestActive),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.SetGuestsActive(r.ctx(), r.by, chosen, false)
		},
	}
	sendGuests = &act{
		list: guestList, noun: "sendings", words: wordOf(guestAnswer),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.ResendGuests(r.ctx(), r.by, chosen)
		},
	}
	revokeGuests = &act{
		list: guestList, noun: "revocations", destructive: true, words: wordOf(guestAnswer),
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.RevokeGuests(r.ctx(), r.by, chosen)
		},
	}
	endGuests = &act{
		list: guestList, noun: "ends", ask: askEnd,
		run: func(r *request, chosen store.Chosen, c choice) ([]store.Outcome, error) {
			return r.server.store.EndGuests(r.ctx(), r.by, chosen, c.EndsOn)
		},
		words: wordOf(func(r *request, m domain.Membership) string { return views.EndText(r.ctx(), m) }),
	}
	removeGuests = &act{
		list: guestList, noun: "removals", destructive: true, gone: true,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.RemoveGuests(r.ctx(), r.by, chosen)
		},
		words: wordOf(func(r *request, m domain.Membership) string {
			if m.RemovedAt.IsZero() {
				return views.ActiveWord(r.ctx(), m)
			}
			return views.T(r.ctx(), "guests.removed")
		}),
	}
)

func guestActive(r *request, m domain.Membership) string { return views.ActiveWord(r.ctx(), m) }
func guestAnswer(r *request, m domain.Membership) string { return views.ValidatedWord(r.ctx(), m) }

// guestQuery is what the address of the Guests tab asks the store for. What it does not know matches nobody.
func guestQuery(q views.ListQuery) store.Query {
	out := storeQuery(q)
	out.Sites = nil
	out.States, out.Workspaces = typed[domain.State](q.Values("state")), typed[domain.Workspace](q.Values("mode"))
	out.Active = strings.Join(q.Values("active"), " ")
	return out
}

// listGuests is the Guests tab (E2 to E4).
func (s *Server) listGuests(r *request) error {
	q := guestList.query(r, choice{List: r.Request().URL.RawQuery})
	page, err := s.store.Guests(r.ctx(), r.by, guestQuery(q))
	if err != nil {
		return err
	}
	v := views.Guests{By: r.by, Query: q, Pager: pager(page), Rows: page.Rows}
	if v.Settings, err = r.settings("guests", nil); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.GuestsPage(r.page(views.T(r.ctx(), "settings.tab.guests"), guestList.crumbs(r)...), v))
}

// exportGuests is exactly the list of the address as a file, all pages of it.
func (s *Server) exportGuests(r *request) error {
	ctx := r.ctx()
	q := guestList.query(r, choice{List: r.Request().URL.RawQuery})
	file := r.sheet("guests", views.GuestHeads(ctx)...)
	err := s.store.EachGuest(ctx, r.by, guestQuery(q), func(m domain.Membership) error {
		return file.row(views.GuestCells(ctx, r.by.Account, m)...)
	})
	return file.end(err)
}

// showGuest is one guest with their history.
func (s *Server) showGuest(r *request) error {
	m, err := s.store.Guest(r.ctx(), r.by, r.Param("guest"))
	if err != nil {
		return err
	}
	return s.showGuestDetail(r, views.GuestDetail{Guest: m})
}

// showGuestDetail completes the page of a guest and shows it.
func (s *Server) showGuestDetail(r *request, d views.GuestDetail) error {
	d.By, d.Base = r.by, r.account(guestList.path)
	var err error
	if d.Places, err = s.store.GuestPlaces(r.ctx(), d.Guest); err != nil {
		return err
	}
	if d.History, err = r.history(d.Guest, d.Base+"/"+d.Guest.ID); err != nil {
		return err
	}
	title := d.Guest.Name()
	if d.Explain.Asked {
		title = views.T(r.ctx(), "explain.of", "Name", title)
	}
	return s.show(r, http.StatusOK, views.GuestDetailPage(r.guestFrame(title), d))
}

// guestFrame is the page around something below the Guests tab.
func (r *request) guestFrame(title string) views.Page {
	return r.page(title, append(guestList.crumbs(r), views.Crumb{Label: title})...)
}
