package e2e

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

//go:embed testdata/harness.html
var harnessPage []byte

const harnessStyle = `.tall { height: 3000px } .gone { visibility: hidden } .kebab { opacity: 0 }
tr:hover .kebab, .kebab:focus-visible { opacity: 1 }
@media (prefers-color-scheme: dark) { :root { background: #111; color: #eee } a { color: #9cf } #scheme::after { content: " dark" } }`

const harnessScript = `addEventListener('click', e => {
  const b = e.target.closest('button')
  if (b?.dataset.say) document.querySelector('#says').textContent = b.dataset.say
  if (b?.id === 'ask') document.querySelector('#sure').showModal()
})
setTimeout(() => document.querySelector('#soon').hidden = false, 300)
document.addEventListener('keydown', e => { if (e.key === 'k' && e.ctrlKey) document.querySelector('#says').textContent = 'Control and k' })`

// harness serves pages with something to do, and some with something wrong.
func harness(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
		}
	}
	bare := func(body string) http.HandlerFunc {
		return page(`<!doctype html><html lang="en"><title>Bare</title><link rel="icon" href="data:,"><main><h1>Bare</h1>` + body + `</main>`)
	}
	file := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		}
	}
	mux.HandleFunc("GET /{$}", page(string(harnessPage)))
	mux.HandleFunc("GET /harness.css", file("text/css", harnessStyle))
	mux.HandleFunc("GET /harness.js", file("text/javascript", harnessScript))
	mux.HandleFunc("GET /export.csv", file("text/csv", "name\nJonas\n"))
	mux.HandleFunc("POST /people", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		time.Sleep(50 * time.Millisecond)
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "me", HttpOnly: true})
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Sent</title><link rel="icon" href="data:,"><main><h1>Sent</h1><p>%v</p><p>%s</p></main>`,
			r.PostForm, r.Header.Get("Accept-Language"))
	})
	var sent, read atomic.Int32
	sending := func(w http.ResponseWriter, r *http.Request) {
		bare(fmt.Sprintf(`<form method="post"><button>Send</button></form> <a href="/sending/more">Read more</a> <a href="/export">Take away</a>
			<p>Sent %d times, read %d times</p>`, sent.Load(), read.Load()))(w, r)
	}
	mux.HandleFunc("GET /sending", sending)
	mux.HandleFunc("POST /sending", func(w http.ResponseWriter, r *http.Request) { sent.Add(1); sending(w, r) })
	mux.HandleFunc("GET /sending/more", func(w http.ResponseWriter, r *http.Request) { read.Add(1); sending(w, r) })
	mux.HandleFunc("POST /sending/more", func(w http.ResponseWriter, r *http.Request) { sent.Add(1); sending(w, r) })
	mux.HandleFunc("GET /export", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="export.csv"`)
		file("text/csv", "name\n")(w, r)
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if c, err := r.Cookie("who"); err == nil {
			name = c.Value
		}
		bare("You are "+name).ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /inline", bare(`<p style="color: red">Red</p>`))
	mux.HandleFunc("GET /thrown", bare(`<script src="/throw.js"></script>`))
	mux.HandleFunc("GET /throw.js", file("text/javascript", "console.error('told the console'); throw new Error('thrown at you')"))
	mux.HandleFunc("GET /missing", bare(`<img src="/none.png" alt="none">`))
	mux.HandleFunc("GET /failing", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "sorry", http.StatusInternalServerError) })
	mux.HandleFunc("GET /unlabelled", bare(`<input name="a"><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`))
	mux.HandleFunc("GET /wide", page(`<!doctype html><title>Wide</title><link rel="icon" href="data:,"><main><svg width="4000" height="9" id="far"></svg></main>`))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPersonFillsAndSends(t *testing.T) {
	t.Parallel()
	p := Visitor(t, harness(t))
	p.Speaks("es")
	p.Open("/")
	p.Fill("E-mail", "jonas@example.org")
	p.Fill("Ends on", "2026-12-24")
	p.Fill("Message", "Hej!\nVälkommen, 東京")
	p.Choose("Role", "Admin")
	p.Choose("Scope", "One site")
	p.Check("Send an e-mail")
	if !p.Checked("Send an e-mail") || p.Value("Role") != "Admin" || p.Offers("Never") || !p.Offers("Invite") {
		t.Error("the form does not hold what was put into it")
	}
	p.Click("Invite")
	p.See("Sent", "mail:[jonas@example.org]", "until:[2026-12-24]", "role:[Admin]", "scope:[site]", "mailed:[yes]", "Välkommen, 東京", "es")
	p.SeeURL("^/people$")
	other := p.NewTab()
	other.Open("/who")
	other.See("You are me")
	stranger := Visitor(t, p.base)
	stranger.Open("/who")
	stranger.See("You are nobody")
	p.ForgetCookies()
	other.Reload()
	other.See("You are nobody")
}

// Chrome says that a click was dealt with before it asks for the page that the click leads to. Who opens another page in
// between takes back what they have just sent.
func TestWhatWasSentArrivesBeforeAPersonGoesOn(t *testing.T) {
	t.Parallel()
	base := harness(t)
	p := Visitor(t, base)
	const rounds = 30
	for range rounds {
		p.Open("/sending")
		p.Click("Send")
		p.Open("/sending")
		p.Click("Read more")
	}
	p.See(fmt.Sprintf("Sent %d times, read %d times", rounds, rounds))
	if name, _ := p.Download(func() { p.Click("Take away") }); name != "export.csv" {
		t.Errorf("took %s away", name)
	}
	p.Click("Send") // the page is still there, and is left now
	p.See(fmt.Sprintf("Sent %d times", rounds+1))
}

func TestAPersonPointsAndPresses(t *testing.T) {
	t.Parallel()
	p := Visitor(t, harness(t))
	p.Open("/")
	p.See("Only one line, and no more.")
	p.NotSee("hidden words", "gone words", "Owner", "This cannot be undone")
	row := p.Row("Mei-Ling Zhao")
	row.Hover("")
	row.Click("Actions for Mei-Ling Zhao")
	p.In("menu").Click("Resend", "menuitem")
	p.In("status").See("Mei-Ling was sent her link")
	p.Press("Escape")
	p.In("menu").Gone()
	p.Click("Remove…")
	p.Within("dialog", func(p *Person) {
		p.See("This cannot be undone.")
		p.Click("Remove")
	})
	p.See("It is removed")
	p.NotSee("This cannot be undone.")
	p.Click("Later")
	p.See("At last")
	p.Click("At the bottom")
	p.See("Deep was pressed")
	p.Press("Control+k")
	p.See("Control and k")
	if n := p.Count("tbody tr"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if at := p.Attr("form", "action"); at != "/people" {
		t.Errorf("action %q", at)
	}
	name, content := p.Download(func() { p.Click("Export") })
	if name != "export.csv" || string(content) != "name\nJonas\n" {
		t.Errorf("downloaded %q: %q", name, content)
	}
}

func TestScriptsOffColoursAndSizes(t *testing.T) {
	t.Parallel()
	p := Visitor(t, harness(t))
	p.Dark(true)
	p.SetViewport(390, 844)
	p.Open("/")
	p.NoSidewaysScroll()
	var dark bool
	if p.Eval("matchMedia('(prefers-color-scheme: dark)').matches && innerWidth === 390", &dark); !dark {
		t.Error("not dark, or not 390 wide")
	}
	file := t.TempDir() + "/page.png"
	p.Screenshot(file)
	shot, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if picture, err := png.Decode(bytes.NewReader(shot)); err != nil || picture.Bounds().Dx() != 390 {
		t.Errorf("the picture is not 390 wide: %v", err)
	}
	p.NoScript()
	p.Open("/")
	p.Click("Remove…") // its dialog is opened by a script
	p.NotSee("This cannot be undone.")
	p.Fill("E-mail", "a@example.org")
	p.Choose("Role", "Admin")
	p.Click("Invite")
	p.See("mail:[a@example.org]", "role:[Admin]")

	phone := Visitor(t, p.base)
	phone.Phone()
	phone.Open("/")
	phone.Click("At the bottom")
	phone.See("Deep was pressed")
}

func TestWhatGoesWrongInThePageIsNoticed(t *testing.T) {
	t.Parallel()
	base := harness(t)
	for path, want := range map[string][]string{
		"/inline":  {"style-src"},
		"/thrown":  {"told the console", "thrown at you"},
		"/missing": {"404 " + base + "/none.png"},
		"/failing": {"500 " + base + "/failing"},
	} {
		t.Run(path, func(t *testing.T) {
			p := Visitor(t, base)
			p.Open(path)
			problems := strings.Join(p.Problems(), "\n")
			for _, w := range want {
				if !strings.Contains(problems, w) {
					t.Errorf("noticed only %q, want %q", problems, w)
				}
			}
			p.Allow("") // it was meant
			if left := p.Problems(); len(left) > 0 {
				t.Errorf("still complains of %q", left)
			}
		})
	}
}

func TestAxeAndWidthAreExamined(t *testing.T) {
	t.Parallel()
	p := Visitor(t, harness(t))
	p.Open("/")
	p.Axe()
	p.Open("/unlabelled")
	found := strings.Join(p.axe(), "\n")
	if !strings.Contains(found, "label (critical)") || !strings.Contains(found, "image-alt (critical)") {
		t.Errorf("axe found only %q", found)
	}
	if found := strings.Join(p.axe("label", "image-alt"), "\n"); strings.Contains(found, "label (") {
		t.Errorf("axe applied a rule that was left out: %q", found)
	}
	p.Open("/wide")
	if at, err := p.ask("sideways", nil); err != nil || at.OK || !strings.Contains(at.Why, "#far") {
		t.Errorf("did not notice the page is too wide: %+v %v", at, err)
	}
}

func TestAskingForWhatIsNotThereSaysWhy(t *testing.T) {
	t.Parallel()
	p := Visitor(t, harness(t))
	p.Open("/")
	for _, c := range []struct{ op, name, want string }{
		{"press", "Invite them", "there is"},
		{"press", "Never", "disabled"},
		{"press", "Resend", "nothing named"},
		{"press", "Actions for Jonas Ekström", "transparent"},
		{"field", "Phone", "E-mail"},
	} {
		at, err := p.ask(c.op, map[string]any{"name": c.name})
		if err != nil || at.OK || !strings.Contains(at.Why, c.want) {
			t.Errorf("%s %s: %+v %v, want %q", c.op, c.name, at, err, c.want)
		}
	}
	if at, err := p.Row("Nobody").ask("there", nil); err != nil || at.OK {
		t.Errorf("a row that is not there: %+v %v", at, err)
	}
	p.Click("Remove…")
	at, err := p.ask("press", map[string]any{"name": "Invite"})
	if err != nil || at.OK {
		t.Errorf("pressed through a dialog: %+v %v", at, err)
	}
}

const letter = "From: Gatehouse <no-reply@example.org>\r\nTo: jonas@example.org\r\nMessage-ID: <1@example.org>\r\n" +
	"Subject: =?utf-8?q?V=C3=A4lkommen?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"V=C3=A4lkommen: http://example.org/invites/abc=\r\ndef.\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PGEgaHJlZj0iaHR0cDovL2V4YW1wbGUub3JnL2ludml0ZXMvYWJjZGVmIj5Hbzwv\r\nYT4gPGEgaHJlZj0iaHR0cDovL2V4YW1wbGUub3JnLz9hPTEmYW1wO2I9MiI+SGVscDwvYT4=\r\n--b--\r\n"

func send(post *Post, to string) error {
	return smtp.SendMail(post.Addr, nil, "no-reply@example.org", []string{to}, []byte(letter))
}

func TestThePostKeepsWhatItIsSentAndMisbehaves(t *testing.T) {
	t.Parallel()
	post := StartPost(t, PlainMail)
	if post.URL() != "smtp://"+post.Addr+"?tls=off" {
		t.Errorf("URL %s", post.URL())
	}
	post.Refuse("gone@example.org", 550, "no such user", 0)
	post.Refuse("later@example.org", 451, "try again", 1)
	post.LoseAnswer("lost@example.org", 1)
	post.HangUp("hung@example.org", 1)
	post.Delay("slow@example.org", 80*time.Millisecond)
	for _, c := range []struct{ to, err string }{
		{"jonas@example.org", ""},
		{"gone@example.org", "550"},
		{"gone@example.org", "no such user"},
		{"later@example.org", "451"},
		{"later@example.org", ""},
		{"lost@example.org", "cut"},
		{"lost@example.org", ""},
		{"hung@example.org", "cut"},
		{"hung@example.org", ""},
	} {
		got := ""
		err := send(post, c.to)
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
			got = "cut" // which of them depends on what was under way
		} else if err != nil {
			got = err.Error()
		}
		if (got == "") != (c.err == "") || !strings.Contains(got, c.err) {
			t.Errorf("send to %s: %v, want %q", c.to, err, c.err)
		}
	}
	start := time.Now()
	if err := send(post, "slow@example.org"); err != nil || time.Since(start) < 80*time.Millisecond {
		t.Errorf("the slow one: %v after %v", err, time.Since(start))
	}
	for to, n := range map[string]int{"jonas": 1, "gone": 0, "later": 1, "lost": 2, "hung": 2, "slow": 1} {
		if got := len(post.To(to + "@example.org")); got != n {
			t.Errorf("%s got %d mails, want %d", to, got, n)
		}
	}
	m := post.Wait(t, "jonas@example.org", "Välkommen")
	if m.ID != "<1@example.org>" || m.Text != "Välkommen: http://example.org/invites/abcdef.\n" && m.Text != "Välkommen: http://example.org/invites/abcdef." ||
		!strings.Contains(m.HTML, ">Help<") || m.Link(t, "/invites/") != "http://example.org/invites/abcdef" ||
		m.Link(t, "b=2") != "http://example.org/?a=1&b=2" || len(m.Links) != 2 {
		t.Errorf("read as %+v", m)
	}
	post.Heal()
	if err := send(post, "gone@example.org"); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

func TestThePostWantsSecurity(t *testing.T) {
	t.Parallel()
	post := StartPost(t, StartTLSMail)
	if err := send(post, "jonas@example.org"); err == nil {
		t.Error("took a mail without encryption and sign-in")
	}
	if _, err := os.Stat(post.Trust); errors.Is(err, os.ErrNotExist) {
		t.Error("no certificate to trust")
	}
	if want := "smtp://gatehouse:secret@" + post.Addr + "?tls=starttls"; post.URL() != want {
		t.Errorf("URL %s, want %s", post.URL(), want)
	}
}
