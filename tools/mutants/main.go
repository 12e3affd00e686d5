// Command mutants asks how strong the tests are: it takes one check at a time out of domain, store and web, and runs the
// tests that come by it until one fails. What no test notices is printed, and fails the run when it is too much.
//
// Here belong finding the checks (find.go, rules.go, sql.go), building them in so that each can be switched off
// (overlay.go), and running the tests (run.go). Here do not belong tests, nor reasons why one is not needed: those
// stand in equivalent.txt.
//
// The tree is never changed: all mutants are compiled at once into test binaries by an overlay, and a variable of the
// environment switches one of them on. Everything written lies in bin/mutants, and a stop loses nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// enough is the share of mutants that must be killed.
const enough = 0.98

func main() {
	o := options{}
	flag.StringVar(&o.root, "root", "..", "the repository")
	flag.StringVar(&o.only, "only", "", "take only mutants whose name contains this")
	flag.IntVar(&o.sample, "sample", 0, "take this many mutants of each package, chosen by the seed; 0 takes all")
	flag.StringVar(&o.seed, "seed", "1", "chooses the sample")
	flag.Float64Var(&o.longest, "longest", 60, "do not ask tests that take more seconds than this: what only they would notice counts as survived")
	flag.Float64Var(&o.patience, "patience", 300, "ask a package's tests for no more seconds than this, the likeliest and quickest first: what only a later one would notice counts as survived")
	flag.BoolVar(&o.fresh, "fresh", false, "forget what earlier runs have found")
	flag.BoolVar(&o.again, "again", false, "try those that survived an earlier run again; without it only those of changed files are")
	flag.BoolVar(&o.near, "near", false, "ask only the tests of a mutant's own package, on SQLite: quick, and says too often that one survived")
	flag.BoolVar(&o.list, "list", false, "list the mutants and do nothing")
	flag.BoolVar(&o.report, "report", false, "report what earlier runs have found, and run nothing")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

type options struct {
	root, only, seed                 string
	sample                           int
	longest, patience                float64
	fresh, again, near, list, report bool
}

func run(o options) error {
	t, err := readTree(o.root)
	if err != nil {
		return err
	}
	chosen := choose(t.mutants, o)
	if o.list {
		for _, m := range chosen {
			fmt.Println(m.Name)
		}
		fmt.Println(len(chosen), "of", len(t.mutants), "mutants")
		return nil
	}
	reasons, err := readReasons(o.root)
	if err != nil {
		return err
	}
	r, err := newRunner(t, o)
	if err != nil {
		return err
	}
	if !o.report {
		defer r.end()
		if err := r.prepare(); err != nil {
			return err
		}
		begin := time.Now()
		for i, m := range chosen {
			if _, equal := reasons[m.Name]; equal || r.known(m) {
				continue
			}
			v, err := r.try(m)
			if err != nil {
				return err
			}
			if err := r.keep(m, v); err != nil {
				return err
			}
			fmt.Printf("%d/%d %s %-9s %s  %s\n", i+1, len(chosen), time.Since(begin).Round(time.Second), v.Verdict, m.Name, v.By)
		}
	}
	return report(t, r, chosen, reasons)
}

// report counts, prints the survivors, and says whether that is good enough.
func report(t *tree, r *runner, chosen []*mutant, reasons map[string]string) error {
	count := map[string]int{}
	perPackage := map[string]map[string]int{}
	for _, m := range chosen {
		verdict := "not tried"
		if _, equal := reasons[m.Name]; equal {
			verdict = equivalent
		} else if v, ok := r.results[m.Name]; ok && v.Sum == m.sum {
			verdict = v.Verdict
		}
		count[verdict]++
		if perPackage[m.Package] == nil {
			perPackage[m.Package] = map[string]int{}
		}
		perPackage[m.Package][verdict]++
		if verdict == survived {
			fmt.Println(m.diff())
		}
	}
	for name := range reasons {
		if !slices.ContainsFunc(t.mutants, func(m *mutant) bool { return m.Name == name }) {
			return fmt.Errorf("equivalent.txt names what is not there: %s", name)
		}
	}
	verdicts := []string{killed, timedOut, survived, equivalent, broken, "not tried"}
	for _, name := range packages {
		var parts []string
		for _, v := range verdicts {
			parts = append(parts, fmt.Sprintf("%d %s", perPackage[name][v], v))
		}
		fmt.Printf("%-7s %s\n", name, strings.Join(parts, ", "))
	}
	dead := count[killed] + count[timedOut]
	all := dead + count[survived]
	if all == 0 {
		return fmt.Errorf("nothing was tried")
	}
	share := float64(dead) / float64(all)
	fmt.Printf("of %d mutants %d killed: %.1f %%; %d survived; not counted: %d equivalent, %d that are no valid statement, %d not tried; seed %s\n",
		all, dead, 100*share, count[survived], count[equivalent], count[broken], count["not tried"], r.seed)
	if share < enough {
		return fmt.Errorf("%.1f %% is under %.0f %%", 100*share, 100*enough)
	}
	return nil
}
