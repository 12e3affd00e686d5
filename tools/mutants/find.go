package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packages are where checks are taken out, in the order of trying: the quickest tests first.
var packages = []string{"domain", "web", "store"}

// engines are files of store that open a database: what they check is the machine's state, not who may what.
var engines = []string{"store/sqlite.go", "store/postgres.go", "store/migrate.go"}

// A mutant is one check that is not made.
type mutant struct {
	Name    string // stays the same while the check does: file, function, rule, text
	Package string
	id      int
	file    *file
	from    int // in the file
	to      int
	was     string
	now     string
	rule    string
	door    string // of a row of the route table: "GET /profile"
	sum     string // of the file: what was found for another content is not known
}

// wrap is what a mutant writes around a piece of the file; %d is its id.
type wrap struct {
	m             *mutant
	from, to      int
	before, after string
}

// file is a source file and what is written into its copy.
type file struct {
	path    string // below the root
	pkg     string
	src     []byte
	syntax  *ast.File
	wraps   []wrap
	replace map[int]string // "const" that must be a variable, by its place
	sum     string
}

type tree struct {
	root    string
	fset    *token.FileSet
	files   []*file
	mutants []*mutant
	refuses map[string]bool   // names of domain's functions that return an error
	texts   map[string]string // web's constants
}

func readTree(root string) (*tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	t := &tree{root: root, fset: token.NewFileSet(), refuses: map[string]bool{}, texts: map[string]string{}}
	for _, pkg := range packages {
		names, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if base := filepath.Base(name); strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "demo") || slices.Contains(engines, pkg+"/"+base) {
				continue
			}
			f := &file{path: pkg + "/" + filepath.Base(name), pkg: pkg, replace: map[int]string{}}
			if f.src, err = os.ReadFile(name); err != nil {
				return nil, err
			}
			f.sum = fmt.Sprintf("%x", sha256.Sum256(f.src))[:16]
			if f.syntax, err = parser.ParseFile(t.fset, name, f.src, parser.ParseComments|parser.SkipObjectResolution); err != nil {
				return nil, err
			}
			t.files = append(t.files, f)
		}
	}
	t.learn()
	for _, f := range t.files {
		t.find(f)
	}
	t.name()
	return t, nil
}

// learn notes which functions of domain refuse, and the texts of web's constants.
func (t *tree) learn() {
	for _, f := range t.files {
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if f.pkg == "domain" && hasResult(d.Type, "error") {
					t.refuses[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && f.pkg == "web" && d.Tok == token.CONST {
						t.remember(v)
					}
				}
			}
		}
	}
}

func (t *tree) remember(v *ast.ValueSpec) {
	for i, name := range v.Names {
		if i < len(v.Values) {
			if s, ok := t.text(v.Values[i]); ok {
				t.texts[name.Name] = s
			}
		}
	}
}

// text is the value of a constant expression of strings.
func (t *tree) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		s, ok := t.texts[e.Name]
		return s, ok
	case *ast.BinaryExpr:
		a, one := t.text(e.X)
		b, two := t.text(e.Y)
		return a + b, one && two && e.Op == token.ADD
	case *ast.SelectorExpr: // http.MethodGet
		return strings.ToUpper(strings.TrimPrefix(e.Sel.Name, "Method")), strings.HasPrefix(e.Sel.Name, "Method")
	}
	return "", false
}

func (t *tree) at(p token.Pos) int { return t.fset.Position(p).Offset }

// add makes a mutant of a piece of the file. now is how it reads then.
func (t *tree) add(f *file, in, rule string, n ast.Node, now, before, after string) *mutant {
	from, to := t.at(n.Pos()), t.at(n.End())
	was := string(f.src[from:to])
	m := &mutant{Name: f.path + " " + in + " " + rule + " " + squeeze(was), Package: f.pkg, file: f, from: from, to: to, was: was, now: now, rule: rule, sum: f.sum}
	t.mutants = append(t.mutants, m)
	f.wraps = append(f.wraps, wrap{m, from, to, before, after})
	return m
}

// name numbers the mutants, and tells those of one name apart.
func (t *tree) name() {
	seen := map[string]int{}
	for i, m := range t.mutants {
		m.id = i
		seen[m.Name]++
		if n := seen[m.Name]; n > 1 {
			m.Name += " #" + strconv.Itoa(n)
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// diff shows a mutant as a change of its lines.
func (m *mutant) diff() string {
	src := m.file.src
	from := strings.LastIndexByte(string(src[:m.from]), '\n') + 1
	to := len(src)
	if i := strings.IndexByte(string(src[m.to:]), '\n'); i >= 0 {
		to = m.to + i
	}
	line := 1 + strings.Count(string(src[:m.from]), "\n")
	lines := func(mark, s string) string { return mark + strings.ReplaceAll(s, "\n", "\n"+mark) }
	return fmt.Sprintf("\n%s\n%s:%d\n%s\n%s", m.Name, m.file.path, line,
		lines("-", string(src[from:to])), lines("+", string(src[from:m.from])+m.now+string(src[m.to:to])))
}

// choose takes the mutants asked for, of each package as many as the sample has, in the order of a lot that the seed
// throws: a larger sample of the same seed holds the smaller one, and what has been tried at any time is a sample too.
func choose(all []*mutant, o options) []*mutant {
	lot := map[*mutant]string{}
	var out []*mutant
	for _, m := range all {
		if strings.Contains(m.Name, o.only) {
			lot[m] = fmt.Sprintf("%x", sha256.Sum256([]byte(o.seed+m.Name)))
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(slices.Index(packages, a.Package), slices.Index(packages, b.Package)), strings.Compare(lot[a], lot[b]))
	})
	if o.sample == 0 {
		return out
	}
	taken := map[string]int{}
	return slices.DeleteFunc(out, func(m *mutant) bool {
		taken[m.Package]++
		return taken[m.Package] > o.sample
	})
}

// readReasons reads the mutants that change nothing, each followed by an indented line that says why.
func readReasons(root string) (map[string]string, error) {
	raw, err := os.ReadFile(filepath.Join(root, "tools", "mutants", "equivalent.txt"))
	if err != nil {
		return nil, err
	}
	out, name := map[string]string{}, ""
	for line := range strings.Lines(string(raw)) {
		switch text := strings.TrimSpace(line); {
		case text == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "):
			out[name] = text
		default:
			if name = text; out[name] != "" {
				return nil, fmt.Errorf("equivalent.txt names it twice: %s", name)
			}
			out[name] = ""
		}
	}
	for name, why := range out {
		if why == "" {
			return nil, fmt.Errorf("equivalent.txt gives no reason for: %s", name)
		}
	}
	return out, nil
}
