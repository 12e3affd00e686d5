package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What became of a mutant.
const (
	killed     = "killed"
	timedOut   = "timed out" // a test did not come to its end: counts as killed
	survived   = "survived"
	equivalent = "equivalent"
	broken     = "broken" // the statement is none any more: says nothing about the tests
)

type verdict struct {
	Name, Sum, Verdict, By string
}

// test is a test function, what it costs and by which mutants it comes.
type test struct {
	Package, Name string
	Seconds       float64
	Failed        bool
	Reached       []string
	Sum           string // of its file: when that changes it is learnt anew
	file          string
	reached       map[string]bool
}

type runner struct {
	tree     *tree
	dir      string
	temp     string // what the tests write: in memory where there is such a place, for every commit waits for the disk
	seed     string
	again    bool
	near     bool
	patience float64          // in seconds: what tests of one package may take together for one mutant
	longest  float64          // in seconds: a slower test is not asked
	kills    map[string]int   // by file and test, of this run
	passes   map[string]bool  // whether a test passes without a mutant
	had      map[string]*test // what an earlier run has learnt
	ready    map[string]bool  // packages whose tests are compiled and known
	rapid    map[string]bool  // packages with tests by properties
	tests    []*test
	results  map[string]verdict
}

// apart are tests that are run by themselves: the matrix for doors, and what would find every mutant by asking for the
// plan of a statement, or takes minutes.
var apart = regexp.MustCompile(`Plan|^TestAccess$|^TestCrawl|Fuzz`)

func newRunner(t *tree, o options) (*runner, error) {
	r := &runner{tree: t, dir: filepath.Join(t.root, "bin", "mutants"), seed: o.seed, again: o.again, near: o.near, longest: o.longest, patience: o.patience, kills: map[string]int{}, passes: map[string]bool{}, had: map[string]*test{}, ready: map[string]bool{}, rapid: map[string]bool{}, results: map[string]verdict{}}
	if err := os.MkdirAll(r.dir, 0o750); err != nil {
		return nil, err
	}
	if o.fresh {
		for _, name := range []string{"results.jsonl", "tests.jsonl"} {
			if err := os.Remove(filepath.Join(r.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
		}
	}
	return r, readLines(filepath.Join(r.dir, "results.jsonl"), func(v verdict) { r.results[v.Name] = v })
}

// readLines reads a file of one JSON value a line; the last line may have been cut off by a stop.
func readLines[T any](path string, do func(T)) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range bytes.Lines(raw) {
		var v T
		if json.Unmarshal(line, &v) == nil {
			do(v)
		}
	}
	return nil
}

func appendLine(path string, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// known: an earlier run has tried this mutant of the same file.
func (r *runner) known(m *mutant) bool {
	v, ok := r.results[m.Name]
	return ok && v.Sum == m.sum && (v.Verdict != survived || !r.again)
}

func (r *runner) keep(m *mutant, v verdict) error {
	v.Name, v.Sum = m.Name, m.sum
	r.results[m.Name] = v
	test, _, _ := strings.Cut(v.By, "/")
	r.kills[m.file.path+" "+test]++
	return appendLine(filepath.Join(r.dir, "results.jsonl"), v)
}

func (r *runner) binary(pkg string) string { return filepath.Join(r.dir, pkg+".test") }

// prepare makes the place for what tests write and the overlay.
func (r *runner) prepare() (err error) {
	const memory = "/dev/shm"
	within := ""
	if s, err := os.Stat(memory); err == nil && s.IsDir() {
		within = memory
	}
	if r.temp, err = os.MkdirTemp(within, "gatehouse-mutants-"); err != nil {
		return err
	}
	if err := os.Chmod(r.temp, 0o711); err != nil { // PostgreSQL runs as somebody else, and comes through
		return err
	}
	if err := r.overlay(); err != nil {
		return err
	}
	return readLines(filepath.Join(r.dir, "tests.jsonl"), func(v *test) { r.had[v.Package+" "+v.Name] = v })
}

// end removes what tests have left.
func (r *runner) end() {
	if err := os.RemoveAll(r.temp); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
}

// open compiles the tests of a package when they are first needed, and learns of each how long it takes and by which
// mutants it comes. What an earlier run has learnt of a test is kept: it only says which tests to try first.
func (r *runner) open(pkg string) error {
	if r.ready[pkg] {
		return nil
	}
	r.ready[pkg] = true
	if err := r.compile(pkg); err != nil {
		return err
	}
	found, err := r.testsOf(pkg)
	if err != nil {
		return err
	}
	for _, t := range found {
		if before, ok := r.had[pkg+" "+t.Name]; ok && !before.Failed && before.Sum == t.Sum {
			t.Seconds, t.Reached = before.Seconds, before.Reached
		} else {
			r.learn(t)
			if err := appendLine(filepath.Join(r.dir, "tests.jsonl"), t); err != nil {
				return err
			}
		}
		if t.Seconds > r.longest {
			fmt.Printf("takes %.0f s and is not asked: %s %s\n", t.Seconds, pkg, t.Name)
			continue
		}
		if t.Failed {
			fmt.Println("fails by itself and is not asked:", pkg, t.Name)
			continue
		}
		t.reached = map[string]bool{}
		for _, name := range t.Reached {
			t.reached[name] = true
		}
		r.tests = append(r.tests, t)
	}
	return nil
}

// testsOf lists a package's tests.
func (r *runner) testsOf(pkg string) (out []*test, err error) {
	names, err := filepath.Glob(filepath.Join(r.tree.root, pkg, "*_test.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_plan_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(src))[:16]
		syntax, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, i := range syntax.Imports {
			r.rapid[pkg] = r.rapid[pkg] || i.Path.Value == `"pgregory.net/rapid"`
		}
		for _, d := range syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain" && !apart.MatchString(f.Name.Name) {
				out = append(out, &test{Package: pkg, Name: f.Name.Name, Sum: sum, file: filepath.Base(name)})
			}
		}
	}
	return out, nil
}

// learn runs a test with no mutant switched on.
func (r *runner) learn(t *test) {
	reach := filepath.Join(r.dir, "reach")
	if err := os.Remove(reach); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Failed = true
		return
	}
	begin := time.Now()
	out := r.run(t.Package, "^"+t.Name+"$", 15*time.Minute, []string{"GATEHOUSE_MUTANT_REACH=" + reach})
	t.Seconds, t.Failed = time.Since(begin).Seconds(), out.failed
	fmt.Printf("learnt %s %s in %.1f s\n", t.Package, t.Name, t.Seconds)
	f, err := os.Open(reach)
	if err != nil {
		return // it comes by none
	}
	defer f.Close() //nolint:errcheck // it was only read
	for s := bufio.NewScanner(f); s.Scan(); {
		if n, err := strconv.Atoi(s.Text()); err == nil && n < len(r.tree.mutants) {
			t.Reached = append(t.Reached, r.tree.mutants[n].Name)
		}
	}
}

// outcome of a run of tests.
type outcome struct {
	failed, timedOut, noStatement bool
	first                         string // the test that failed
}

var (
	failing     = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	noStatement = regexp.MustCompile(`SQL logic error|no query solution|SQLSTATE 42|unable to use function`)
)

func (r *runner) run(pkg, tests string, most time.Duration, env []string, args ...string) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), most+time.Minute)
	defer cancel()
	if r.rapid[pkg] {
		args = append(args, "-rapid.nofailfile") // what fails here is no failure to keep
	}
	c := exec.CommandContext(ctx, r.binary(pkg), append([]string{"-test.run", tests, "-test.failfast", "-test.timeout", most.String()}, args...)...)
	c.Dir = filepath.Join(r.tree.root, pkg)
	c.Env = append(append(c.Environ(), "GOMAXPROCS=1", "GOGC=400", "TMPDIR="+r.temp, "GATEHOUSE_MUTANT_SCHEMA="+filepath.Join(r.temp, "schema.db")), env...)
	c.WaitDelay = 10 * time.Second
	out, err := c.CombinedOutput()
	if err == nil {
		return outcome{}
	}
	o := outcome{failed: true, noStatement: noStatement.Match(out)}
	o.timedOut = ctx.Err() != nil || bytes.Contains(out, []byte("panic: test timed out"))
	if m := failing.FindSubmatch(out); m != nil {
		o.first = string(m[1])
	} else if m := regexp.MustCompile(`(?m)^panic: .*`).Find(out); m != nil {
		o.first = tests + " " + string(m)
	} else {
		o.first = tests
	}
	return o
}

// try runs the tests that come by a mutant until one fails: those of its package first, quick ones before slow ones;
// then those of the others, then both engines. With near it stops after its package.
func (r *runner) try(m *mutant) (verdict, error) {
	env := []string{"GATEHOUSE_MUTANT=" + strconv.Itoa(m.id)}
	if m.rule == "sql" {
		env = append(env, "GATEHOUSE_MUTANT_PLAN=without an index")
	}
	var order []string
	for _, pkg := range []string{m.Package, "store", "web"} {
		if !slices.Contains(order, pkg) && (pkg == m.Package || !r.near && m.Package != "web") {
			order = append(order, pkg)
		}
	}
	for _, pkg := range order {
		if err := r.open(pkg); err != nil {
			return verdict{}, err
		}
		if m.door != "" {
			if v, done := r.judge(m, "web", r.run("web", "^TestAccess$/^sqlite$", 10*time.Minute, env, "-door", m.door)); done {
				return v, nil
			}
		}
		for _, batch := range r.batches(m, pkg) {
			if v, done := r.judge(m, pkg, r.run(pkg, batch.pattern, time.Minute+time.Duration(15*batch.seconds)*time.Second, env)); done {
				return v, nil
			}
		}
	}
	if m.Package != "store" || r.near {
		return verdict{Verdict: survived}, nil
	}
	env = append(env, "GATEHOUSE_MUTANT_ENGINE=postgres")
	for _, batch := range r.batches(m, "store") {
		if v, done := r.judge(m, "store", r.run("store", batch.pattern, 5*time.Minute+time.Duration(30*batch.seconds)*time.Second, env), "GATEHOUSE_MUTANT_ENGINE=postgres"); done {
			return v, nil
		}
	}
	return verdict{Verdict: survived}, nil
}

// judge says what a run tells of a mutant. A test that fails without a mutant as well tells nothing, and is not asked again.
func (r *runner) judge(m *mutant, pkg string, o outcome, env ...string) (verdict, bool) {
	name, _, _ := strings.Cut(o.first, "/")
	switch {
	case !o.failed:
		return verdict{}, false
	case strings.HasPrefix(name, "Test") && m.door == "" && !r.sound(pkg, name, env):
		return verdict{}, false
	case o.timedOut:
		return verdict{Verdict: timedOut, By: o.first}, true
	case o.noStatement && m.rule == "sql":
		return verdict{Verdict: broken, By: o.first}, true
	}
	return verdict{Verdict: killed, By: o.first}, true
}

// sound reports whether a test that failed passes without a mutant; asked once of each.
func (r *runner) sound(pkg, name string, env []string) bool {
	key := pkg + " " + name + strings.Join(env, " ")
	is, asked := r.passes[key]
	if !asked {
		is = !r.run(pkg, "^"+name+"$", 10*time.Minute, env).failed
		r.passes[key] = is
		if !is {
			fmt.Println("fails by itself and is not asked:", pkg, name)
			r.tests = slices.DeleteFunc(r.tests, func(t *test) bool { return t.Package == pkg && t.Name == name })
		}
	}
	return is
}

type batch struct {
	pattern string
	seconds float64
}

// batches are the tests of a package that come by a mutant; of a mutant that is new, or belongs to the start, all of
// them. Tests of the file's own name come first, then the quick ones.
func (r *runner) batches(m *mutant, pkg string) (out []batch) {
	var tests []*test
	reached := slices.ContainsFunc(r.tests, func(t *test) bool { return t.reached[m.Name] })
	for _, t := range r.tests {
		if t.Package == pkg && (t.reached[m.Name] || !reached || pkg == "domain") { // domain's take no time
			tests = append(tests, t)
		}
	}
	base, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(m.file.path), ".go"), "_")
	near := func(t *test) float64 {
		cost := t.Seconds / float64(1+3*r.kills[m.file.path+" "+t.Name])
		if strings.HasPrefix(t.file, base) {
			return cost / 3
		}
		return cost
	}
	slices.SortStableFunc(tests, func(a, b *test) int { return cmp.Compare(near(a), near(b)) })
	most := 3.0
	var names []string
	sum := 0.0
	flush := func() {
		if len(names) > 0 {
			out = append(out, batch{"^(" + strings.Join(names, "|") + ")$", sum})
		}
		names, sum = nil, 0
	}
	total := 0.0
	for _, t := range tests {
		if total += t.Seconds; total > r.patience {
			break
		}
		if len(names) > 0 && sum+t.Seconds > most {
			flush()
			most = min(60, 3*most)
		}
		names, sum = append(names, t.Name), sum+t.Seconds
	}
	flush()
	return out
}
