package main

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

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

// apart are tests that are run by themselves: the matrix for doors, and what would find every mutant by asking for the
// plan of a statement, or takes minutes.
var apart = regexp.MustCompile(`Plan|^TestAccess$|^TestCrawl|Fuzz`)

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
