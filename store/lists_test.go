package store_test

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// ModelSites are the sites of the accounts of the model.
var modelSites = []string{"s1", "s2", "s3"}

// A list is the same rows in the same order as a plain filter and sort in memory gives, cut into pages, forwards and
// backwards, in whichever of its ways it is read.
func TestListsAreWhatAModelSays(t *testing.T) {
	now := time.UnixMicro(1_700_000_000_000_000).UTC()
	test := func(t *testing.T, s *store.Store) {
		account := 0
		rapid.Check(t, func(r *rapid.T) {
			account++
			id := fmt.Sprintf("00000000-0000-7000-8000-%012x", account)
			sites := make([]string, len(modelSites))
			for i, name := range modelSites {
				sites[i] = id + name
			}
			bareAccount(t, s, id, sites...)
			rows := rapid.SliceOfN(person(id, sites, now), 0, 40).Draw(r, "people")
			for i := range rows {
				rows[i].Email = fmt.Sprintf("%s%d@%s.example", rows[i].Email, i, rapid.SampledFrom([]string{"acme", "zoo"}).Draw(r, "domain"))
			}
			must(t, s.PutMemberships(t.Context(), rows))

			for range 5 {
				by := domain.Actor{User: domain.User{ID: "x"}, Account: domain.Account{ID: id}, Scope: domain.Whole(id)}
				if rapid.Bool().Draw(r, "scoped") {
					by.Scope = domain.Sites(id, rapid.SliceOfNDistinct(rapid.SampledFrom(sites), 0, 2, rapid.ID).Draw(r, "reach")...)
				}
				s.SetFewest(rapid.SampledFrom([]int{0, 2, 5, 1000}).Draw(r, "fewest"))
				l := model{by: by, now: now, invites: rapid.Bool().Draw(r, "invites"), sites: sites}
				q := l.query().Draw(r, "query")
				list := s.Users
				if l.invites {
					list = s.Invites
				}
				l.check(r, list, q, l.list(rows, q))
			}
		})
	}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			test(t, storetest.Open(t, engine, storetest.WithClock(storetest.NewClock(now))))
		})
	}
}

// person draws somebody in any state, with few different names and times so that many are equal.
func person(account string, sites []string, now time.Time) *rapid.Generator[domain.Membership] {
	return rapid.Custom(func(r *rapid.T) domain.Membership {
		at := func(what string) time.Time {
			return now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(r, what)) * time.Hour)
		}
		maybe := func(what string, one, in int) bool { return rapid.IntRange(1, in).Draw(r, what) <= one }
		m := domain.Membership{
			AccountID: account, Kind: domain.KindUser,
			Email:     rapid.SampledFrom([]string{"a", "noor", "zoë%", "j_o"}).Draw(r, "local"),
			FirstName: rapid.SampledFrom([]string{"", "Zoë", "zoe", "Noor", "Ångström", "José María"}).Draw(r, "first"),
			LastName:  rapid.SampledFrom([]string{"", "O'Hara", "de Vries", "Émile", "100%"}).Draw(r, "last"),
			Role:      rapid.SampledFrom([]domain.RoleID{domain.RoleUser, domain.RoleAdmin, domain.RoleMember}).Draw(r, "role"),
			Scope:     domain.Sites(account, rapid.SliceOfNDistinct(rapid.SampledFrom(sites), 0, 3, rapid.ID).Draw(r, "sites")...),
			SentAt:    at("sent"), ExpiresAt: at("expires"), CreatedAt: now, LastSignInAt: at("seen"),
			NotifyEmail: rapid.Bool().Draw(r, "email"), NotifyText: rapid.Bool().Draw(r, "text"), Generation: 1,
			Mail: domain.Mail{State: rapid.SampledFrom([]domain.MailState{domain.MailSent, domain.MailFailed, domain.MailQueued}).Draw(r, "mail")},
		}
		if maybe("wide", 1, 4) {
			m.Scope = domain.Whole(account)
		}
		if maybe("accepted", 3, 5) {
			m.AcceptedAt = at("accepted at")
		}
		if maybe("ends", 1, 3) {
			m.EndsAt = at("ends at")
			// As domain.Invite has it: an offer ends with what it offers.
			m.ExpiresAt = slices.MinFunc([]time.Time{m.ExpiresAt, m.EndsAt}, time.Time.Compare)
		}
		if maybe("revoked", 1, 4) {
			m.RevokedAt = at("revoked at")
		}
		if maybe("declined", 1, 4) {
			m.DeclinedAt = at("declined at")
		}
		if maybe("suspended", 1, 4) {
			m.SuspendedAt = at("suspended at")
		}
		if maybe("removed", 1, 6) {
			m.RemovedAt = at("removed at")
		}
		return m
	})
}

// model is a list in memory.
type model struct {
	by      domain.Actor
	now     time.Time
	invites bool
	sites   []string
}

func (l model) query() *rapid.Generator[store.Query] {
	return rapid.Custom(func(r *rapid.T) store.Query {
		some := func(what string) bool { return rapid.IntRange(1, 3).Draw(r, what) == 1 }
		var q store.Query
		if some("search") {
			q.Search = rapid.SampledFrom([]string{"zoe", "ZO", "noor acme", "ohara", "o'h", "100%", "_", "%", "' or 1=1 --", "e", "josé", "acme.ex", "nobody"}).Draw(r, "words")
		}
		if some("roles") {
			q.Roles = rapid.SliceOfN(rapid.SampledFrom([]domain.RoleID{domain.RoleUser, domain.RoleAdmin, "king", "\x00", "\xff"}), 1, 2).Draw(r, "roles")
		}
		if some("states") {
			q.States = rapid.SliceOfN(rapid.SampledFrom([]domain.State{
				domain.StateAccepted, domain.StateSuspended, domain.StateEnded, domain.StatePending,
				domain.StateExpired, domain.StateRevoked, domain.StateDeclined, domain.StateRemoved, "merry",
			}), 1, 3).Draw(r, "states")
		}
		if some("sites") {
			q.Sites = rapid.SliceOfN(rapid.SampledFrom(append([]string{"", "elsewhere", "\x00"}, l.sites...)), 1, 2).Draw(r, "sites")
		}
		q.Sort = rapid.SampledFrom([]string{"", "name", "email", "role", "sign-in", "joined", "sent", "expires", "version; drop table users"}).Draw(r, "sort")
		if rapid.Bool().Draw(r, "descending") {
			q.Sort = "-" + q.Sort
		}
		if l.invites {
			if some("mail") {
				q.Mail = []domain.MailState{rapid.SampledFrom([]domain.MailState{domain.MailSent, domain.MailFailed, domain.MailNotMailed}).Draw(r, "mail")}
			}
			return q
		}
		channel := rapid.SampledFrom([]string{"", "", store.On, store.Off, "perhaps"})
		q.Email, q.Text = channel.Draw(r, "email"), channel.Draw(r, "text")
		return q
	})
}

// list is what the store must give.
func (l model) list(rows []domain.Membership, q store.Query) []domain.Membership {
	var found []domain.Membership
	for _, m := range rows {
		if l.has(m) && l.matches(m, q) {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, l.order(q.Sort))
	return found
}

func (l model) has(m domain.Membership) bool {
	if !m.RemovedAt.IsZero() || !l.invites && m.AcceptedAt.IsZero() {
		return false
	}
	return l.by.Scope.AccountWide() || len(m.Scope.Within(l.by.Scope)) > 0
}

func (l model) matches(m domain.Membership, q store.Query) bool {
	state := m.State(l.now)
	if l.invites && !m.AcceptedAt.IsZero() {
		state = domain.StateAccepted
	}
	return (len(q.Roles) == 0 || slices.Contains(q.Roles, m.Role)) &&
		(len(q.States) == 0 || slices.Contains(q.States, state)) &&
		(len(q.Mail) == 0 || m.AcceptedAt.IsZero() && slices.Contains(q.Mail, m.Mail.State)) &&
		(q.Email == "" || q.Email == channelOf(m.NotifyEmail)) && (q.Text == "" || q.Text == channelOf(m.NotifyText)) &&
		(len(q.Sites) == 0 || slices.ContainsFunc(q.Sites, func(site string) bool { return l.reaches(m, site) })) &&
		said(m, q.Search)
}

func channelOf(on bool) string {
	if on {
		return store.On
	}
	return store.Off
}

// reaches: a site of the account and of the viewer, which the person's scope includes; the whole account does for
// those who see account-wide people.
func (l model) reaches(m domain.Membership, site string) bool {
	n := domain.Node{Account: l.by.Account.ID, Site: site}
	return slices.Contains(l.sites, site) && l.by.Scope.Covers(n) && m.Scope.Covers(n)
}

// said: every word is in the name or the address; one of two letters begins a word.
func said(m domain.Membership, search string) bool {
	text := domain.Fold(strings.TrimSpace(m.FirstName+" "+m.LastName) + " " + m.Email)
	for _, word := range strings.Fields(domain.Fold(search)) {
		if len([]rune(word)) >= 3 && !strings.Contains(text, word) {
			return false
		}
		if len([]rune(word)) < 3 && !slices.ContainsFunc(strings.Split(text, " "), func(w string) bool { return strings.HasPrefix(w, word) }) {
			return false
		}
	}
	return true
}

func (l model) order(sort string) func(a, b domain.Membership) int {
	name, down := strings.CutPrefix(sort, "-")
	times := map[string]func(domain.Membership) time.Time{
		"sign-in": func(m domain.Membership) time.Time { return m.LastSignInAt },
		"joined":  func(m domain.Membership) time.Time { return m.AcceptedAt },
	}
	own, ownDown := "name", false
	if l.invites {
		own, ownDown = "sent", true
		times = map[string]func(domain.Membership) time.Time{
			"sent":    func(m domain.Membership) time.Time { return m.SentAt },
			"expires": func(m domain.Membership) time.Time { return m.ExpiresAt },
		}
	}
	words := map[string]func(domain.Membership) string{
		"name":  func(m domain.Membership) string { return domain.Fold(m.Name()) },
		"email": func(m domain.Membership) string { return m.Email },
		"role":  func(m domain.Membership) string { return string(m.Role) },
	}
	if l.invites {
		delete(words, "role")
	}
	if times[name] == nil && words[name] == nil {
		name, down = own, ownDown
	}
	return func(a, b domain.Membership) int {
		c := 0
		if word := words[name]; word != nil {
			c = strings.Compare(word(a), word(b))
		} else {
			c = times[name](a).Compare(times[name](b))
		}
		if c = cmp.Or(c, strings.Compare(a.ID, b.ID)); down {
			return -c
		}
		return c
	}
}

// check walks all pages to the end and back.
func (l model) check(r *rapid.T, list listOf, q store.Query, want []domain.Membership) {
	q.Limit = rapid.IntRange(1, 7).Draw(r, "limit")
	var got, back []domain.Membership
	page := store.Page[domain.Membership]{}
	for {
		var err error
		if page, err = list(r.Context(), l.by, q); err != nil {
			r.Fatal(err)
		}
		if len(page.Rows) > 0 && page.First != len(got)+1 {
			r.Fatalf("page begins at %d, want %d", page.First, len(got)+1)
		}
		got = append(got, page.Rows...)
		if c := page.Total; c.N > len(want) || !c.More && c.N != len(want) || c.N < len(page.Rows) {
			r.Fatalf("counted %+v of %d", c, len(want))
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	if !slices.Equal(ids(got), ids(want)) {
		r.Fatalf("got  %v\nwant %v", spelled(got), spelled(want))
	}
	for _, m := range got {
		if !l.by.Scope.AccountWide() && !l.by.Scope.Contains(m.Scope) {
			r.Fatalf("shows more of the scope of %s than the viewer has: %s (TEN-08)", m.Email, m.Scope)
		}
	}
	back = slices.Clone(page.Rows)
	for page.Previous != "" {
		q.After, q.Before = "", page.Previous
		var err error
		if page, err = list(r.Context(), l.by, q); err != nil {
			r.Fatal(err)
		}
		back = append(slices.Clone(page.Rows), back...)
	}
	if !slices.Equal(ids(back), ids(want)) {
		r.Fatalf("back %v\nwant %v", spelled(back), spelled(want))
	}
}

func ids(rows []domain.Membership) (out []string) {
	for _, m := range rows {
		out = append(out, m.ID)
	}
	return out
}

func spelled(rows []domain.Membership) (out []string) {
	for _, m := range rows {
		out = append(out, m.Name()+" "+m.ID[len(m.ID)-4:])
	}
	return out
}

// API-13, INP-06: a cursor that no page gave is not found, whatever it holds; one of another account is only a place.
func TestCursorsFromElsewhere(t *testing.T) {
	inHouse(t, func(h house) {
		dana, lars := h.at(store.Dana, store.Brightwater), h.at(store.Lars, store.Larkspur)
		page, err := h.Users(h.ctx(), dana, store.Query{Paging: store.Paging{Limit: 2}})
		must(t, err)
		encode := base64.RawURLEncoding.EncodeToString
		for _, cursor := range []string{
			"-1", "0", "1e9", "null", "%", "\x00", strings.Repeat("A", 10_000), page.Next[:len(page.Next)-2], page.Next + "A",
			encode([]byte(`{"o":"email","k":"a","i":"b","n":1}`)), encode([]byte(`{"o":"name","k":"a\u0000","i":"b","n":1}`)),
			encode([]byte("{\"o\":\"name\",\"k\":\"\xff\xfe\\ud800\",\"i\":\"\\u0000\",\"n\":1}")), encode([]byte(`{"o":"name","k":"a","i":"b","n":-1}`)),
			encode([]byte(`{"o":"name","k":1,"i":"b","n":1}`)), encode([]byte(`[]`)), encode([]byte(`{}`)),
			encode([]byte(`{"o":"name","k":"a","i":"b","n":2199023255552}`)),
		} {
			for _, p := range []store.Paging{{After: cursor}, {Before: cursor}} {
				if _, err := h.Users(h.ctx(), dana, store.Query{Paging: p}); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("cursor %.40q: %v", cursor, err)
				}
			}
		}
		number := encode([]byte(`{"o":"joined","k":"1; drop table users","i":"b","n":1}`))
		if _, err := h.Users(h.ctx(), dana, store.Query{Paging: store.Paging{Sort: "joined", After: number}}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("text for a number: %v", err)
		}
		theirs, err := h.Users(h.ctx(), lars, store.Query{Paging: store.Paging{After: page.Next}})
		must(t, err)
		for _, m := range theirs.Rows {
			if m.AccountID != lars.Account.ID {
				t.Errorf("%s shows through a foreign cursor", m.Email)
			}
		}
	})
}
