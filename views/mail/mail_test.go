package mail

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/views"
)

const link = "https://portal.example/invites/q3Jx8Zk1vT"

func letter(kind domain.DeliveryKind) Letter {
	var support *Support
	if kind == domain.SupportAskedMail || kind == domain.SupportAnsweredMail {
		support = &Support{Partner: "Northgate Integrators", Reason: "Invites do not arrive", Length: 2 * time.Hour, Answerer: "Dana Whitfield"}
	}
	return Letter{
		Support: support,
		Kind:    kind, To: "jonas.ekstrom@brightwater.example", Name: "Jonas", Account: "Brightwater Energy",
		Inviter: "Dana Whitfield", InviterAddress: "dana.whitfield@brightwater.example", Role: domain.Role{ID: domain.RoleDeployer},
		Sites: []string{"Harbor Point Tower", "Union Yard Battery Store"}, Message: "Welcome aboard, Jonas.\nSee you on Monday.",
		Invitee: "Mei-Ling Zhao", InviteeAddress: "meiling.zhao@brightwater.example",
		Link: link, Until: time.Date(2026, 11, 28, 6, 28, 0, 0, time.UTC), At: time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC),
	}
}

var kinds = []domain.DeliveryKind{
	domain.InviteMail, domain.ReminderMail, domain.InviteExpiredMail, domain.InviteAskedMail, domain.PasswordResetMail, domain.PasswordChangedMail,
	domain.SupportAskedMail, domain.SupportAnsweredMail,
}

func reader(t *testing.T, lang string) context.Context {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return views.WithLocale(t.Context(), views.Locale{Lang: lang, Zone: zone})
}

func render(t *testing.T, ctx context.Context, l Letter) (string, *goquery.Document) {
	t.Helper()
	var b strings.Builder
	if err := HTML(l).Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), d
}

func TestInviteSaysEverything(t *testing.T) {
	ctx := reader(t, "en")
	_, page := render(t, ctx, letter(domain.InviteMail))
	for part, got := range map[string]string{"html": strings.Join(strings.Fields(page.Find("body").Text()), " "), "text": Text(ctx, letter(domain.InviteMail))} {
		for _, want := range []string{
			"Join Brightwater Energy", "Hello Jonas, Dana Whitfield invites you", "Deployer User: sees and edits every setting",
			"Harbor Point Tower, Union Yard Battery Store", "No end date", "Message from Dana Whitfield:", "Welcome aboard, Jonas.", "See you on Monday.",
			"Open the invitation", link, "Fri, Nov 27, 2026, 10:28 PM PST", "only for jonas.ekstrom@brightwater.example",
			"You get this because Dana Whitfield entered this address", "dana.whitfield@brightwater.example",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", part, want, got)
			}
		}
	}
	if s := Subject(ctx, letter(domain.InviteMail)); s != "Dana Whitfield invites you to Brightwater Energy" {
		t.Errorf("the subject is %q", s)
	}
}

func TestInviteWhere(t *testing.T) {
	ctx := reader(t, "en")
	l := letter(domain.InviteMail)
	l.Sites, l.EndsAt = nil, time.Date(2027, 2, 1, 8, 0, 0, 0, time.UTC) // midnight at the end of January 31
	if s := Text(ctx, l); !strings.Contains(s, "Where: All sites\nUntil: Jan 31, 2027\n") {
		t.Error(s)
	}
	partner := l
	partner.Role, _ = domain.ParseRole("master", domain.Partner)
	if s := Text(ctx, partner); !strings.Contains(s, "Where: The partner portal; no site\n") || strings.Contains(s, "All sites") {
		t.Error(s)
	}
	l.Sites = strings.Fields("One Two Three Four Five Six Seven")
	if s := Text(ctx, l); !strings.Contains(s, "Where: One, Two, Three, Four, Five and 2 more\n") {
		t.Error(s)
	}
}

// Each mail in each language has a subject, both parts, one link, nothing from outside and at most 20 kB.
func TestEveryMail(t *testing.T) {
	seen := map[string]string{}
	for _, kind := range kinds {
		for _, lang := range []string{"en", "es", "it"} {
			name := string(kind) + " in " + lang
			ctx := reader(t, lang)
			l := letter(kind)
			l.Message = strings.Repeat("Wörds & more. ", 70)
			html, page := render(t, ctx, l)
			subject, text := Subject(ctx, l), Text(ctx, l)
			if len(html) > 20_000 {
				t.Errorf("%s: %d bytes", name, len(html))
			}
			if other, twice := seen[subject]; twice {
				t.Errorf("%s has the subject of %s: %s", name, other, subject)
			}
			seen[subject] = name
			if page.Find("html").AttrOr("lang", "") != lang || page.Find("title").Text() != subject {
				t.Errorf("%s: language or title is wrong", name)
			}
			page.Find("a").Each(func(_ int, a *goquery.Selection) {
				if href := a.AttrOr("href", ""); href != l.Link {
					t.Errorf("%s links to %s", name, href)
				}
			})
			if n := page.Find("img, link, script, iframe, [src], [background]").Length(); n != 0 || strings.Contains(html, "url(") || strings.Contains(html, "@import") {
				t.Errorf("%s loads %d things from outside (INV-15)", name, n)
			}
			if strings.Count(text, "https://") != 1 || !strings.Contains(text, l.Link) {
				t.Errorf("%s: the text's links:\n%s", name, text)
			}
		}
	}
}

// linkish is what mail programs make links of.
var linkish = regexp.MustCompile(`(?i)(https?://|www\.)\S+|[\p{L}\p{N}_-]+\.(com|example|org|net)\b|[\p{L}\p{N}_.-]@[\p{L}\p{N}]`)

// MSG-02: what people typed is escaped and never clickable, in both parts.
func TestTypedTextIsInert(t *testing.T) {
	nasty := []string{
		"https://evil.example/login", "www.evil.example", "evil.com", "<a href=https://evil.com>Click</a>", "x@evil.com", "Visit evil.com/now!",
		"a.b.c.evil.net", "http:evil.com", "evil．com",
	}
	for _, kind := range kinds {
		for _, s := range nasty {
			ctx := reader(t, "en")
			l := letter(kind)
			l.Name, l.Account, l.Inviter, l.Invitee, l.Message, l.Sites = s, s, s, s, s, []string{s, s}
			html, page := render(t, ctx, l)
			page.Find("title, style").Remove()
			for part, got := range map[string]string{"html": page.Find("html").Text(), "text": Text(ctx, l)} {
				for _, own := range []string{l.Link, l.To, l.InviterAddress, l.InviteeAddress} {
					got = strings.ReplaceAll(got, own, "")
				}
				if found := linkish.FindString(got); found != "" {
					t.Errorf("%s, %s: %q becomes a link of %q", kind, part, found, s)
				}
			}
			if strings.Contains(html, "<a href=https") || page.Find("a").Length() != 2 {
				t.Errorf("%s: %q is markup", kind, s)
			}
		}
	}
	if inert("St. Mary Inc., 3.5 km") != "St. Mary Inc., 3\u200b.\u200b5 km" {
		t.Errorf("ordinary text became %q", inert("St. Mary Inc., 3.5 km"))
	}
}

// MSG-01: nothing in a name ends a line, turns the direction, or passes for an encoded word.
func TestSubjectIsOneLine(t *testing.T) {
	for _, s := range []string{"A\r\nBcc: x@y.com", "A\nB", "A\u2028B", "A\u0085B", "A\x00B", "=?utf-8?q?A=0D=0ABcc:_x?=", "A\u202eB", "A%0d%0aB"} {
		l := letter(domain.InviteMail)
		l.Inviter, l.Account = s, s
		got := Subject(reader(t, "en"), l)
		if strings.ContainsAny(got, "\r\n\u2028\u2029\u0085\x00\u202e") || strings.Contains(got, "=?") {
			t.Errorf("%q became %q", s, got)
		}
		if text := Text(reader(t, "en"), l); strings.Contains(text, "\nBcc") || strings.Contains(text, "\nB") {
			t.Errorf("%q starts a line of its own:\n%s", s, text)
		}
	}
}

// An answer says when what was granted ends, and nothing of an end when it was refused; a request says why and for how long.
func TestSupportMails(t *testing.T) {
	ctx := reader(t, "en")
	l := letter(domain.SupportAnsweredMail)
	if s := Subject(ctx, l) + Text(ctx, l); !strings.Contains(s, "refused support access") || strings.Contains(s, "Until") {
		t.Error(s)
	}
	l.Support.Until = l.Until
	if s := Subject(ctx, l) + Text(ctx, l); !strings.Contains(s, "grants support access") || !strings.Contains(s, "Until: Fri, Nov 27, 2026, 10:28 PM") {
		t.Error(s)
	}
	if s := Text(ctx, letter(domain.SupportAskedMail)); !strings.Contains(s, "For: 2 hours") || !strings.Contains(s, "Invites do not arrive") || !strings.Contains(s, "Northgate Integrators") {
		t.Error(s)
	}
}
