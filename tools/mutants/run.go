package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
