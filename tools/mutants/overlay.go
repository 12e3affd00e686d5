package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// overlay writes the copies with every mutant in them, and tells the compiler to take those.
func (r *runner) overlay() error {
	replace := map[string]string{}
	put := func(path string, content []byte) error {
		to := filepath.Join(r.dir, "src", path+".txt") // not .go: it is no package of ours
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		replace[filepath.Join(r.tree.root, path)] = to
		if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, content) {
			return nil
		}
		return os.WriteFile(to, content, 0o600)
	}
	for _, f := range r.tree.files {
		content := f.copy()
		if f.path == "store/query.go" {
			content = replaceOnce(content, "placeholders(sql string, values int) string {\n", "placeholders(sql string, values int) string {\n\tsql = mutantPlan(sql)\n")
		}
		if content == nil {
			return fmt.Errorf("%s is not as this tool expects it", f.path)
		}
		if err := put(f.path, content); err != nil {
			return err
		}
	}
	for _, pkg := range packages {
		source := strings.Replace(switches, "package p", "package "+pkg, 1)
		switch pkg {
		case "web":
			source += forDoors
		case "store":
			source += forStatements
		}
		if err := put(pkg+"/mutants_switch.go", []byte(imports(source))); err != nil {
			return err
		}
	}
	const testEngines = "store/storetest/storetest.go"
	content, err := os.ReadFile(filepath.Join(r.tree.root, testEngines))
	if err != nil {
		return err
	}
	for old, now := range map[string]string{
		`var Engines = []string{"sqlite", "postgres"}`: oneEngine,
		"migrated, err := migratedFile()":              "migrated, err := mutantSchema()",
	} {
		if content = replaceOnce(content, old, now); content == nil {
			return fmt.Errorf("%s is not as this tool expects it", testEngines)
		}
	}
	content = bytes.Replace(content, []byte("import (\n"), []byte("import (\n\t\"cmp\"\n"), 1)
	if err := put(testEngines, content); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, "overlay.json"), overlay, 0o600)
}

// compile makes the binary of a package's tests.
func (r *runner) compile(pkg string) error {
	c := exec.Command("go", "test", "-vet=off", "-p", "1", "-c", "-overlay", filepath.Join(r.dir, "overlay.json"), "-o", r.binary(pkg), "./"+pkg)
	c.Dir = r.tree.root
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the tests of %s with all mutants: %w\n%s", pkg, err, out)
	}
	return nil
}

func replaceOnce(content []byte, old, now string) []byte {
	if bytes.Count(content, []byte(old)) != 1 {
		return nil
	}
	return bytes.Replace(content, []byte(old), []byte(now), 1)
}

// copy is the file with its mutants. Wraps nest: at one place what ends comes before what begins, the wider begins
// first, and what began last ends first.
func (f *file) copy() []byte {
	type edit struct {
		at, begins int // begins: 0 ends here
		width, nth int
		text       string
	}
	var edits []edit
	for i, w := range f.wraps {
		before := w.before
		if w.m != nil {
			before = strings.Replace(before, "%d", fmt.Sprint(w.m.id), 1)
		}
		edits = append(edits, edit{w.from, 1, -(w.to - w.from), i, before}, edit{w.to, 0, w.to - w.from, -i, w.after})
	}
	slices.SortStableFunc(edits, func(a, b edit) int {
		for _, d := range []int{a.at - b.at, a.begins - b.begins, a.width - b.width, a.nth - b.nth} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	var b bytes.Buffer
	at := 0
	flush := func(to int) {
		for at < to {
			next := to
			for place := range f.replace {
				if place >= at && place < next {
					next = place
				}
			}
			b.Write(f.src[at:next])
			if at = next; at < to {
				b.WriteString("var")
				at += len("const")
			}
		}
	}
	for _, e := range edits {
		flush(e.at)
		b.WriteString(e.text)
	}
	flush(len(f.src))
	return b.Bytes()
}

// imports moves the imports of the pieces to the top.
func imports(source string) string {
	var top, rest []string
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "import ") {
			top = append(top, line)
		} else {
			rest = append(rest, line)
		}
	}
	slices.Sort(top)
	return rest[0] + strings.Join(slices.Compact(top), "") + strings.Join(rest[1:], "")
}

// switches stands in every package with mutants.
const switches = `package p
import "fmt"
import "os"
import "strconv"
import "sync"

var mutantNow = func() int {
	n, err := strconv.Atoi(os.Getenv("GATEHOUSE_MUTANT"))
	if err != nil {
		return -1
	}
	return n
}()

var mutantReach = func() *os.File {
	f, err := os.OpenFile(os.Getenv("GATEHOUSE_MUTANT_REACH"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil
	}
	return f
}()

var mutantSeen sync.Map

// mutant reports whether this one is switched on, and notes that it was come by.
func mutant(n int) bool {
	if n == mutantNow {
		return true
	}
	if mutantReach != nil {
		if _, seen := mutantSeen.LoadOrStore(n, true); !seen {
			fmt.Fprintln(mutantReach, n)
		}
	}
	return false
}
`

const forStatements = `
import "regexp"
func mutantText(n int, text, now string) string {
	if mutant(n) {
		return now
	}
	return text
}

var mutantIndex = regexp.MustCompile(" (not indexed|indexed by \\w+)")

// mutantPlan takes the index away that SQLite is told to use: without one of its conditions the statement would fail.
func mutantPlan(sql string) string {
	if os.Getenv("GATEHOUSE_MUTANT_PLAN") == "" {
		return sql
	}
	return mutantIndex.ReplaceAllString(sql, "")
}
`

const forDoors = `
import "gatehouse/domain"
import "github.com/labstack/echo/v4"
var mutantWeak string

// mutantDoor leaves the name of the privilege in the table and weakens what is asked for.
func mutantDoor(n int, method, path string) string {
	if mutant(n) {
		mutantWeak = method + " " + path
	}
	return method
}

func mutantMay(method, path string, may domain.Privilege) domain.Privilege {
	if mutantWeak != method+" "+path {
		return may
	}
	switch may {
	case domain.Enter:
		return domain.SignedIn
	case domain.SignedIn:
		return domain.Anyone
	}
	return domain.Enter
}

func mutantPick[T any](n int, a, b T) T {
	if mutant(n) {
		return b
	}
	return a
}

func mutantPass(next echo.HandlerFunc) echo.HandlerFunc { return next }
`

// oneEngine: the tests of store run on one engine at a time. The file with the schema is made by the first process and
// read by the others: migrations have no mutants.
const oneEngine = `var Engines = []string{cmp.Or(os.Getenv("GATEHOUSE_MUTANT_ENGINE"), "sqlite")}

func mutantSchema() ([]byte, error) {
	kept := os.Getenv("GATEHOUSE_MUTANT_SCHEMA")
	if content, err := os.ReadFile(kept); err == nil {
		return content, nil
	}
	content, err := migratedFile()
	if err == nil && kept != "" {
		err = os.WriteFile(kept, content, 0o600)
	}
	return content, err
}`
