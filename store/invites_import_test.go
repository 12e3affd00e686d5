package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const importHead = "First name,Last name,E-mail,Phone,Role,Scope,E-mail notifications,Text notifications,End date,Message,Language\n"

// importFile is a file of n good rows.
func importFile(n int) []byte {
	var b strings.Builder
	b.WriteString(importHead)
	for i := range n {
		fmt.Fprintf(&b, "Ines,Number %d,import%d@brightwater.example,+15035550100,User,HPT;Cedar Street Substation,yes,no,,Welcome aboard,en\n", i, i)
	}
	return []byte(b.String())
}

func prepare(t testing.TB, s *store.Store, by domain.Actor, file []byte) domain.Import {
	t.Helper()
	i, err := s.PrepareInvites(t.Context(), by, "people.csv", file)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func confirm(t testing.TB, s *store.Store, by domain.Actor, id string) {
	t.Helper()
	if _, err := s.ConfirmImport(t.Context(), by, id); err != nil {
		t.Fatal(err)
	}
}

func runImport(t testing.TB, s *store.Store) {
	t.Helper()
	if ran, err := s.RunImport(t.Context()); err != nil || !ran {
		t.Fatalf("ran %v: %v", ran, err)
	}
}

// Files are forgotten a week after they were read, if nobody confirmed them, and 90 days after they were done; never before
// they are done.
func TestOldFilesAreForgotten(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		read, waiting, done := prepare(t, s, dana, importFile(1)), prepare(t, s, dana, importFile(2)), prepare(t, s, dana, importFile(3))
		confirm(t, s, dana, done.ID)
		if n := howMany(t, s, "select count(*) from imports where confirmed_at > 0 and finished_at = 0"); n != 1 {
			t.Fatalf("%d files are confirmed", n)
		}
		runImport(t, s)
		confirm(t, s, dana, waiting.ID)
		for _, i := range []domain.Import{waiting, done} {
			if err := s.DiscardImport(t.Context(), dana, i.ID); !errors.Is(err, domain.ErrStale) {
				t.Errorf("thrown away after it was confirmed: %v", err)
			}
		}
		for _, step := range []struct {
			wait time.Duration
			left []string
		}{
			{7*24*time.Hour - time.Minute, []string{read.ID, waiting.ID, done.ID}},
			{2 * time.Minute, []string{waiting.ID, done.ID}},
			{83*24*time.Hour - 2*time.Minute, []string{waiting.ID, done.ID}},
			{2 * time.Minute, []string{waiting.ID}},
		} {
			clock.Advance(step.wait)
			must(t, s.TidyImports(t.Context()))
			for _, i := range []domain.Import{read, waiting, done} {
				want := 0
				if slices.Contains(step.left, i.ID) {
					want = 1
				}
				if n := howMany(t, s, "select count(*) from imports where id = $1", i.ID); n != want {
					t.Errorf("after %s more of %d rows: %d files, want %d", step.wait, i.Total, n, want)
				}
			}
		}
	})
}

func howMany(t testing.TB, s *store.Store, sql string, args ...any) int {
	t.Helper()
	n, err := s.Number(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// imported checks that each of the addresses import… has one membership, one link, one event and one mail owed.
func imported(t testing.TB, s *store.Store, want int) {
	t.Helper()
	const these = " where membership_id in (select id from memberships where email like 'import%')"
	for what, sql := range map[string]string{
		"memberships":        "select count(*) from memberships where email like 'import%' and removed_at = 0",
		"mails":              "select count(*) from deliveries" + these,
		"memberships mailed": "select count(distinct membership_id) from deliveries" + these,
		"links":              "select count(*) from invite_links" + these,
		"events":             "select count(*) from events where kind = 'invite.sent' and subject_id in (select id from memberships where email like 'import%')",
	} {
		if n := howMany(t, s, sql); n != want {
			t.Errorf("%d %s, want %d", n, what, want)
		}
	}
}

func TestImport(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(450))
		if i.Total != 450 || i.Good != 450 || i.Bad() != 0 || i.Running() {
			t.Fatalf("prepared %+v", i)
		}
		imported(t, s, 0)
		if ran, err := s.RunImport(t.Context()); ran || err != nil {
			t.Fatalf("an import that nobody confirmed ran: %v, %v", ran, err)
		}
		confirm(t, s, dana, i.ID)
		select {
		case <-s.Confirmed():
		default:
			t.Error("nobody was woken")
		}
		if _, err := s.ConfirmImport(t.Context(), dana, i.ID); !errors.Is(err, domain.ErrStale) {
			t.Errorf("confirmed twice: %v", err)
		}
		runImport(t, s)
		imported(t, s, 450)
		i, err := s.Import(t.Context(), dana, i.ID)
		if err != nil || i.Done != 450 || i.Failed != 0 || i.FinishedAt.IsZero() || i.ConfirmedBy != dana.User.ID {
			t.Errorf("finished %+v, %v", i, err)
		}
		if n := howMany(t, s, "select count(*) from events where subject_id = $1 and kind in ('import.started', 'import.finished') and actor_name = 'Dana Whitfield'", i.ID); n != 2 {
			t.Errorf("%d events of the import, want 2", n)
		}
		rows, err := s.InviteRows(t.Context(), dana, i.ID, false, 0, 1)
		if err != nil || len(rows) != 1 || rows[0].MadeID == "" || rows[0].DoneAt.IsZero() {
			t.Fatalf("the first row: %+v, %v", rows, err)
		}
		m, err := s.ReadMembership(t.Context(), rows[0].MadeID)
		if err != nil || m.Email != "import0@brightwater.example" || m.Role != domain.RoleUser || len(m.Scope) != 2 || !m.NotifyEmail || m.NotifyText ||
			m.Message != "Welcome aboard" || m.InvitedBy != dana.User.ID || m.State(s.Clock()) != domain.StatePending || m.Mail.State != domain.MailQueued {
			t.Errorf("the first invite: %+v, %v", m, err)
		}
	})
}

// INV-14: bad rows are told with their reason and never sent; nothing is sent before the good ones are confirmed.
func TestImportReportsBadRows(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		row := func(first, email, phone, role, scope, texts, end string) string {
			return strings.Join([]string{first, "Number", email, phone, role, scope, "", texts, end, "", ""}, ",") + "\n"
		}
		file := importHead +
			row("Ines", "import1@brightwater.example", "", "User", "HPT", "", "") +
			row("", "import2@brightwater.example", "", "User", "HPT", "", "") +
			row("Ines", "not an address", "", "User", "HPT", "", "") +
			row("Ines", "import4@brightwater.example", "503 555 0100", "User", "HPT", "", "") +
			row("Ines", "import5@brightwater.example", "", "User", "HPT", "yes", "") +
			row("Ines", "import6@brightwater.example", "", "Master", "HPT", "", "") +
			row("Ines", "import7@brightwater.example", "", "User", "Nowhere", "", "") +
			row("Ines", "import8@brightwater.example", "", "User", "", "", "") +
			row("Ines", "import9@brightwater.example", "", "User", "All sites", "", "2020-01-01") +
			row("Ines", "IMPORT1@brightwater.example", "", "User", "HPT", "", "") +
			row("Noor", store.Noor, "", "User", "HPT", "", "") +
			row("Owen", store.Owen, "", "User", "HPT", "", "") +
			row("Stefan", store.Stefan, "", "User", "HPT", "", "")
		i := prepare(t, s, dana, []byte(file))
		if i.Total != 13 || i.Good != 2 {
			t.Errorf("%d of %d rows are good, want 2 of 13", i.Good, i.Total)
		}
		rows, err := s.InviteRows(t.Context(), dana, i.ID, true, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if behind, err := s.InviteRows(t.Context(), dana, i.ID, false, 12, 100); err != nil || len(behind) != 2 || behind[0].Line != 13 {
			t.Errorf("behind line 12: %+v, %v", behind, err)
		}
		var got []string
		for _, r := range rows {
			for field, p := range r.Problems {
				got = append(got, fmt.Sprintf("%d %s %s", r.Line, field, p.Code))
			}
		}
		want := []string{
			"3 first_name required", "4 email email", "5 phone phone_us", "6 phone phone_needed", "7 role choice", "8 scope site_unknown",
			"9 scope required", "10 ends_on past", "11 email repeated", "12 email already_invited", "13 email already_in",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		owed := howMany(t, s, "select count(*) from deliveries")
		confirm(t, s, dana, i.ID)
		runImport(t, s)
		imported(t, s, 1)
		if n := howMany(t, s, "select count(*) from deliveries") - owed; n != 2 {
			t.Errorf("%d mails are owed, want 2", n)
		}
		// The expired one is invited again under the row it has.
		if n := howMany(t, s, "select count(*) from memberships where email = $1 and revoked_at = 0 and expires_at > $2", store.Stefan, s.Clock().UnixMicro()); n != 1 {
			t.Errorf("%d open invites of the expired address, want 1", n)
		}
	})
}

// PRIV-20, C8: sites beyond the actor's reach are as unknown as those that are not there, and imports of others as missing.
func TestImportStaysInReach(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana, lars := storetest.As(t, s, store.Dana, store.Brightwater), storetest.As(t, s, store.Lars, store.Larkspur)
		foreign := howMany(t, s, "select count(*) from sites where account_id = $1 and removed_at = 0", lars.Account.ID)
		names, err := s.Texts(t.Context(), "select name from sites where account_id = $1 and removed_at = 0 order by id limit 1", lars.Account.ID)
		if err != nil || foreign == 0 {
			t.Fatal(err)
		}
		i := prepare(t, s, dana, []byte(importHead+"Ines,Number,import@brightwater.example,,User,"+names[0]+",,,,,\n"))
		if i.Good != 0 {
			t.Error("a site of another account was found")
		}
		if _, err := s.ConfirmImport(t.Context(), dana, i.ID); !errors.Is(err, domain.ErrStale) {
			t.Errorf("confirmed without a good row: %v", err)
		}
		if _, err := s.Import(t.Context(), lars, i.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("somebody of another account reads it: %v", err)
		}
		if _, err := s.ConfirmImport(t.Context(), lars, i.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("somebody of another account confirms it: %v", err)
		}
		for _, who := range []string{store.Owen, store.Ingrid} {
			by := storetest.As(t, s, who, store.Brightwater)
			if _, err := s.PrepareInvites(t.Context(), by, "x.csv", importFile(1)); !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("%s may import: %v", who, err)
			}
			if _, err := s.InviteRows(t.Context(), by, i.ID, false, 0, 10); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s reads it: %v", who, err)
			}
		}
		if err := s.DiscardImport(t.Context(), lars, i.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("somebody of another account discards it: %v", err)
		}
		if err := s.DiscardImport(t.Context(), dana, i.ID); err != nil {
			t.Error(err)
		}
		if n := howMany(t, s, "select count(*) from import_rows"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// PRIV-14: the authority of who confirmed is asked at each row: rows after they lost it fail, with the reason.
func TestImportEndsWithTheAuthority(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(30))
		confirm(t, s, dana, i.ID)
		if err := s.Exec(t.Context(), "update memberships set suspended_at = 1 where id = $1", dana.Membership); err != nil {
			t.Fatal(err)
		}
		runImport(t, s)
		imported(t, s, 0)
		rosa := storetest.As(t, s, store.Rosa, store.Brightwater)
		i, err := s.Import(t.Context(), rosa, i.ID)
		if err != nil || i.Failed != 30 || i.Done != 0 || i.FinishedAt.IsZero() {
			t.Errorf("%+v, %v", i, err)
		}
		rows, err := s.InviteRows(t.Context(), rosa, i.ID, true, 0, 100)
		if err != nil || len(rows) != 30 || rows[29].Problems["row"].Code != "may_not_invite" {
			t.Errorf("%d rows failed: %v, %v", len(rows), rows, err)
		}
	})
}

// What changed between the report and a row's turn is seen: the address came in another way, the site went.
func TestImportLooksAgain(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(3))
		confirm(t, s, dana, i.ID)
		in := domain.InviteDraft{FirstName: "V", LastName: "N", Email: "import1@brightwater.example", Role: "member", Scope: []string{domain.WholeAccount}, Language: "en"}
		if _, err := s.CreateInvite(t.Context(), dana, in); err != nil {
			t.Fatal(err)
		}
		runImport(t, s)
		rows, err := s.InviteRows(t.Context(), dana, i.ID, true, 0, 10)
		if err != nil || len(rows) != 1 || rows[0].Line != 3 || rows[0].Problems["email"].Code != "already_invited" {
			t.Errorf("%+v, %v", rows, err)
		}
		imported(t, s, 3)

		i = prepare(t, s, dana, []byte(strings.ReplaceAll(string(importFile(2)), "import", "vito")))
		confirm(t, s, dana, i.ID)
		if err := s.Exec(t.Context(), "update sites set removed_at = 1 where code = 'HPT'"); err != nil {
			t.Fatal(err)
		}
		runImport(t, s)
		if i, err = s.Import(t.Context(), dana, i.ID); err != nil || i.Failed != 2 || i.Done != 0 {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

// CRASH-02, INV-14: stopped in the middle, by its context or for good, an import goes on where it was, and every row is made once.
func TestImportResumes(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(900))
		confirm(t, s, dana, i.ID)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				if n, err := s.Number(ctx, "select done from imports where id = $1", i.ID); err == nil && n >= 200 {
					cancel()
				}
			}
		}()
		if _, err := s.RunImport(ctx); err == nil {
			t.Fatal("the import was not stopped")
		}
		done := howMany(t, s, "select done from imports where id = $1", i.ID)
		if done < 200 || done >= 900 {
			t.Fatalf("stopped after %d rows", done)
		}
		imported(t, s, done)
		// A node that died holds its lease until it runs out.
		if err := s.Exec(t.Context(), "update imports set lease_until = $1 where id = $2", s.Clock().Add(time.Hour).UnixMicro(), i.ID); err != nil {
			t.Fatal(err)
		}
		if ran, err := s.RunImport(t.Context()); ran || err != nil {
			t.Fatalf("took an import that another node holds: %v, %v", ran, err)
		}
		if err := s.Exec(t.Context(), "update imports set lease_until = $1 where id = $2", s.Clock().Add(-time.Second).UnixMicro(), i.ID); err != nil {
			t.Fatal(err)
		}
		runImport(t, s)
		imported(t, s, 900)
		if i, err := s.Import(t.Context(), dana, i.ID); err != nil || i.Done != 900 || i.Failed != 0 || i.FinishedAt.IsZero() {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

// Two nodes at once: one makes the import, the other finds none.
func TestImportRunsOnce(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(300))
		confirm(t, s, dana, i.ID)
		ran := make(chan bool, 3)
		for range 3 {
			go func() {
				did, err := s.RunImport(t.Context())
				if err != nil {
					t.Error(err)
				}
				ran <- did
			}()
		}
		n := 0
		for range 3 {
			if <-ran {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d of 3 made it", n)
		}
		imported(t, s, 300)
	})
}

func TestImportHourlyLimit(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			s := storetest.OpenDemo(t, engine, func(c *store.Config) { c.Limits.ImportedPerHour = 5 })
			dana := storetest.As(t, s, store.Dana, store.Brightwater)
			confirm(t, s, dana, prepare(t, s, dana, importFile(4)).ID)
			// What another company does, and files of devices, are counted by themselves.
			cora, jonas := storetest.As(t, s, store.Cora, store.Cobalt), storetest.As(t, s, store.Jonas, store.Brightwater)
			confirm(t, s, cora, prepare(t, s, cora, []byte(strings.ReplaceAll(string(importFile(4)), "HPT;Cedar Street Substation", "GSW"))).ID)
			confirm(t, s, jonas, prepareDevices(t, s, jonas, siteOf(t, s, jonas, "HPT").ID, "GH-PNL-9001-0001,One,panel,,\nGH-PNL-9001-0002,Two,panel,,\n").ID)
			second := prepare(t, s, dana, []byte(strings.ReplaceAll(string(importFile(2)), "import", "vito")))
			var wait *domain.Wait
			if _, err := s.ConfirmImport(t.Context(), dana, second.ID); !errors.As(err, &wait) {
				t.Errorf("over the limit: %v", err)
			}
		})
	}
}

// Ten thousand rows on SQLite, the most there may be, every one of them made. How quickly is for bench/ to say.
func TestLargestImport(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		rows := domain.MaxImportRows
		if s.Engine() != "sqlite" {
			rows = 2000
		}
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		i := prepare(t, s, dana, importFile(rows))
		if i.Good != rows {
			t.Errorf("%d rows are good, want %d", i.Good, rows)
		}
		confirm(t, s, dana, i.ID)
		runImport(t, s)
		imported(t, s, rows)
	})
}
