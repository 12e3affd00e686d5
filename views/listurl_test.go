package views

import (
	"net/url"
	"reflect"
	"testing"
)

const invitesPath = "/accounts/brightwater/settings/invites"

func parseList(t *testing.T, query string) ListQuery {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return ParseListQuery(invitesPath, v, "state", "role", "site")
}

func TestListAddressIsTheStateOfTheList(t *testing.T) {
	for query, want := range map[string]string{
		"":                      "",
		"q=noor":                "?q=noor",
		"q=+noor+van+":          "?q=noor+van",
		"state=pending,expired": "?state=pending,expired",
		"state=pending&state=expired&state=pending":       "?state=pending,expired",
		"role=admin&state=pending":                        "?state=pending&role=admin", // one order, whatever was typed
		"sort=-sent&after=abc":                            "?sort=-sent&after=abc",
		"after=abc&before=def":                            "?after=abc",
		"before=def":                                      "?before=def",
		"utm=1&state=&q=":                                 "",
		"state=,,":                                        "",
		"q=a%26b%3Dc%23d&state=%22x%22":                   "?q=a%26b%3Dc%23d&state=%22x%22",
		"q=noor&state=pending,expired&sort=-sent&after=c": "?q=noor&state=pending,expired&sort=-sent&after=c",
	} {
		l := parseList(t, query)
		if got := l.URL(); got != invitesPath+want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		again, err := url.Parse(l.URL())
		if err != nil {
			t.Fatal(err)
		}
		if l2 := ParseListQuery(invitesPath, again.Query(), "state", "role", "site"); !reflect.DeepEqual(l, l2) {
			t.Errorf("%s: read back as %+v, was %+v", query, l2, l)
		}
	}
}

func TestListAddressWithOneThingChanged(t *testing.T) {
	l := parseList(t, "q=noor&state=pending,expired&role=admin&sort=-sent&after=abc")
	for name, c := range map[string]struct {
		got  ListQuery
		want string
	}{
		"filter replaced drops the cursor": {l.With("state", "revoked"), "?q=noor&state=revoked&role=admin&sort=-sent"},
		"filter added":                     {l.With("site", "s1", "s2"), "?q=noor&state=pending,expired&role=admin&site=s1,s2&sort=-sent"},
		"filter removed":                   {l.Without("state"), "?q=noor&role=admin&sort=-sent"},
		"filter emptied":                   {l.With("role"), "?q=noor&state=pending,expired&sort=-sent"},
		"unset filter removed":             {l.Without("site"), "?q=noor&state=pending,expired&role=admin&sort=-sent"},
		"cleared keeps the order":          {l.Cleared(), "?sort=-sent"},
		"sorted by another column":         {l.SortedBy("name"), "?q=noor&state=pending,expired&role=admin&sort=name"},
		"sorted the other way round":       {l.SortedBy("sent"), "?q=noor&state=pending,expired&role=admin&sort=sent"},
		"sorted twice":                     {l.SortedBy("sent").SortedBy("sent"), "?q=noor&state=pending,expired&role=admin&sort=-sent"},
		"next page":                        {l.Behind("xyz"), "?q=noor&state=pending,expired&role=admin&sort=-sent&after=xyz"},
		"previous page":                    {l.InFrontOf("xyz"), "?q=noor&state=pending,expired&role=admin&sort=-sent&before=xyz"},
	} {
		if got := c.got.URL(); got != invitesPath+c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if l.URL() != invitesPath+"?q=noor&state=pending,expired&role=admin&sort=-sent&after=abc" {
		t.Errorf("the list itself changed: %s", l.URL())
	}
}

func TestListsOwnOrderStandsInNoAddress(t *testing.T) {
	l := parseList(t, "q=x")
	l.Order = "-sent"
	if got := l.URL(); got != invitesPath+"?q=x" || l.Sorted() != "-sent" {
		t.Errorf("%s, sorted by %s", got, l.Sorted())
	}
	other := l.SortedBy("sent") // it is descending already, so this turns it round
	if got := other.URL(); got != invitesPath+"?q=x&sort=sent" {
		t.Errorf("turned round: %s", got)
	}
	if back := other.SortedBy("sent"); back.URL() != l.URL() || back.Sorted() != "-sent" {
		t.Errorf("and back: %s, sorted by %s", back.URL(), back.Sorted())
	}
}

func TestListQueryAnswers(t *testing.T) {
	l := parseList(t, "state=pending,expired")
	if !l.Has("state", "expired") || l.Has("state", "revoked") || l.Has("role", "admin") {
		t.Error("Has")
	}
	if !l.Narrowed() || parseList(t, "sort=name&after=x").Narrowed() || !parseList(t, "q=x").Narrowed() {
		t.Error("Narrowed")
	}
}
