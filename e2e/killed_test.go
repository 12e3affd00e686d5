package e2e

import (
	"context"
	"database/sql"
	"flag"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	leftPeople = flag.Int("left-people", 4000, "how many people a killed server leaves (CRASH-09 promises 100000)")
	leftLog    = flag.Int64("left-log", 24, "how long a write-ahead log it leaves, in MB (CRASH-09 promises 200)")
)

// slack is how many times as long as promised something may take: CI shares its processors with other packages.
var slack = func() time.Duration {
	if os.Getenv("CI") != "" {
		return 8
	}
	return 1
}()

// TestCRASH09ReadyAfterAKill starts on what a server with many people left when it was killed: a database and a long
// write-ahead log (CRASH-09), of which nothing is lost.
func TestCRASH09ReadyAfterAKill(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Env: map[string]string{"GATEHOUSE_FLOOD": "0"}})
	s.Stop()
	storetest.Crowd(t, s.Database, *leftPeople)
	killed := storetest.LeaveLog(t, s.Database, *leftLog<<20)
	begin := time.Now()
	next := Start(t, Options{Database: killed, Env: map[string]string{"GATEHOUSE_FLOOD": "0"}})
	if took := time.Since(begin); took > slack*2*time.Second {
		t.Errorf("ready after %v", took)
	}
	// DOS-05: and its lists are as quick as ever, wherever they are looked at.
	c := next.Client(t)
	c.SignIn(store.Dana, store.DemoPassword)
	const list = "/accounts/brightwater/settings/"
	deep := list + "users"
	for range 30 {
		_, cursor, ok := strings.Cut(c.Get(deep).Want(http.StatusOK).Body, "users?after=")
		if !ok {
			t.Fatal("there is no next page")
		}
		cursor, _, _ = strings.Cut(cursor, `"`)
		deep = list + "users?after=" + cursor
	}
	for _, path := range []string{list + "users", deep, list + "users?sort=-sign-in", list + "users?q=samuel", list + "users?q=solberg", list + "users?state=disabled", list + "invites", list + "invites?state=pending&sort=name"} {
		var took []time.Duration
		for range 10 {
			begin := time.Now()
			c.Get(path).Want(http.StatusOK)
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		if p95 := took[len(took)-1]; p95 > slack*300*time.Millisecond {
			t.Errorf("%s: %v", path, p95)
		}
	}
	before := next.Memory()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, next.URL+list+"users.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.Body.Close() != nil || n < int64(50**leftPeople/2) {
		t.Errorf("the export has %d bytes: %v", n, err)
	}
	if more := next.Memory() - before; more > 64<<20 {
		t.Errorf("the export took %d MB more memory", more>>20)
	}
	next.Stop()
	if lost := notFolded(t, killed); lost > 0 {
		t.Errorf("what stood in the log of %d people is lost", lost)
	}
}

// notFolded counts the people of the crowd whose rows are as they were before the log was written.
func notFolded(t *testing.T, database string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), "select count(*) from memberships where id like 'crowd-%' and version = (select version from memberships where email = $1 and id not like 'crowd-%' and kind = 'user' and removed_at = 0 and accepted_at > 0)", store.Samuel).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}
