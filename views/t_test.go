package views

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// message is one text of the locale files: its plural forms, "" being the only one.
type message map[string]string

var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// texts reads the locale files as they are, without the library that uses them.
func texts(t *testing.T) map[string]map[string]message {
	t.Helper()
	all := map[string]map[string]message{}
	files, err := filepath.Glob("locales/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no locale files", err)
	}
	for _, file := range files {
		var tree map[string]any
		if _, err := toml.DecodeFile(file, &tree); err != nil {
			t.Fatal(file, err)
		}
		parts := strings.Split(filepath.Base(file), ".")
		if all[parts[1]] == nil {
			all[parts[1]] = map[string]message{}
		}
		flatten(t, all[parts[1]], file, "", tree)
	}
	return all
}

func flatten(t *testing.T, into map[string]message, file, prefix string, tree map[string]any) {
	for name, v := range tree {
		key := strings.TrimPrefix(prefix+"."+name, ".")
		switch v := v.(type) {
		case string:
			if slices.Contains(pluralForms, name) || slices.Contains([]string{"id", "description", "hash", "leftdelim", "rightdelim"}, name) {
				t.Errorf("%s: %q cannot be a key's last part", file, key)
			}
			if into[key] != nil {
				t.Errorf("%s: %s stands twice", file, key)
			}
			into[key] = message{"": v}
		case map[string]any:
			if other, ok := v["other"].(string); ok && other != "" {
				into[key] = message{}
				for form, text := range v {
					into[key][form] = fmt.Sprint(text)
				}
				continue
			}
			flatten(t, into, file, key, v)
		default:
			t.Errorf("%s: %s is neither a text nor a table", file, key)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(m message) []string {
	set := map[string]bool{}
	for _, text := range m {
		for _, p := range placeholder.FindAllStringSubmatch(text, -1) {
			set[p[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	all := texts(t)
	for _, l := range Languages {
		for key, english := range all["en"] {
			m := all[l.Code][key]
			if m == nil {
				t.Errorf("%s: %s is missing", l.Code, key)
				continue
			}
			if got, want := placeholders(m), placeholders(english); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the placeholders %v, in English %v", l.Code, key, got, want)
			}
			forms := []string{"one", "many", "other"}
			if l.Code == "en" {
				forms = []string{"one", "other"}
			}
			if english[""] != "" {
				forms = []string{""}
			}
			if got := slices.Sorted(maps.Keys(m)); !slices.Equal(got, slices.Sorted(slices.Values(forms))) {
				t.Errorf("%s: %s has the forms %v, want %v", l.Code, key, got, forms)
			}
			for form, text := range m {
				if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) {
					t.Errorf("%s: %s %s is empty or has space around it", l.Code, key, form)
				}
			}
		}
		for key := range all[l.Code] {
			if all["en"][key] == nil {
				t.Errorf("%s: %s does not exist in English", l.Code, key)
			}
		}
	}
}

// use is one call of T in the sources.
type use struct {
	file  string
	key   string // or, with prefix, what it begins with
	part  bool
	given []string // names of the placeholders it fills
	any   bool     // the values come from elsewhere
}

// uses finds the calls of T with a literal key, or a literal beginning, and all string literals: a key
// may also stand in a table.
func uses(t *testing.T) (found []use, literals map[string]bool) {
	t.Helper()
	literals = map[string]bool{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		// The generated *_templ.go hold the calls of the templ files too.
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if u, ok := useOf(call); ok {
					u.file = path
					found = append(found, u)
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				value, _ := strconv.Unquote(lit.Value)
				literals[value] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, literals
}

func useOf(call *ast.CallExpr) (use, bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); !ok || x.Name != "views" {
			return use{}, false
		}
	}
	if name != "T" && name != "localize" || len(call.Args) < 2 {
		return use{}, false
	}
	u := use{any: name == "localize" || call.Ellipsis.IsValid()}
	key := call.Args[1]
	if sum, ok := key.(*ast.BinaryExpr); ok {
		for {
			left, ok := sum.X.(*ast.BinaryExpr)
			if !ok {
				break
			}
			sum = left
		}
		key, u.part = sum.X, true
	}
	lit, ok := key.(*ast.BasicLit)
	if !ok {
		return use{}, false
	}
	u.key, _ = strconv.Unquote(lit.Value)
	for i := 2; i < len(call.Args); i += 2 {
		if lit, ok := call.Args[i].(*ast.BasicLit); ok {
			given, _ := strconv.Unquote(lit.Value)
			u.given = append(u.given, given)
		}
	}
	return u, true
}

func TestTextsAndTheirUsesAgree(t *testing.T) {
	english := texts(t)["en"]
	used := map[string]bool{}
	calls, literals := uses(t)
	for _, u := range calls {
		if u.part {
			if !strings.HasSuffix(u.key, ".") {
				t.Errorf("%s: the literal part of %q+… must end with a dot", u.file, u.key)
			}
			for key := range english {
				if strings.HasPrefix(key, u.key) {
					used[key] = true
				}
			}
			continue
		}
		m := english[u.key]
		if m == nil {
			t.Errorf("%s: no text %q", u.file, u.key)
			continue
		}
		used[u.key] = true
		want := placeholders(m)
		if m["other"] != "" && !slices.Contains(want, "Count") {
			want = append(want, "Count")
		}
		slices.Sort(want)
		if got := slices.Sorted(slices.Values(u.given)); !u.any && !slices.Equal(got, want) {
			t.Errorf("%s: %s is given %v, wants %v", u.file, u.key, got, want)
		}
	}
	if len(used) < 50 {
		t.Fatalf("found only %d used keys: the search is broken", len(used))
	}
	for key := range english {
		if !used[key] && !literals[key] {
			t.Errorf("%s is never used", key)
		}
	}
}

func TestPluralFollowsCount(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 thing to correct"},
		{"en", 2, "2 things to correct"},
		{"en", 0, "0 things to correct"},
		{"es", 1, "1 dato que corregir"},
		{"es", 3, "3 datos que corregir"},
		{"es", 1000000, "1.000.000 datos que corregir"},
		{"it", 1, "1 dato da correggere"},
		{"it", 12, "12 dati da correggere"},
		{"it", 1000000, "1.000.000 dati da correggere"},
	} {
		if got := T(reader(t, c.lang), "common.to-correct", "Count", c.n); got != c.want {
			t.Errorf("%s, %d: %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestMissingTextOrValueFailsTests(t *testing.T) {
	for name, f := range map[string]func(){
		"key":   func() { T(reader(t, "en"), "common.no-such-text") },
		"value": func() { T(reader(t, "en"), "common.remove-named") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("nothing happened")
				}
			}()
			f()
		})
	}
}

func TestUnknownLocaleReadsEnglish(t *testing.T) {
	ctx := WithLocale(context.Background(), Locale{Lang: "tlh"})
	if got := T(ctx, "common.close"); got != "Close" {
		t.Errorf("got %q", got)
	}
	if got := T(context.Background(), "common.close"); got != "Close" {
		t.Errorf("without a locale: %q", got)
	}
}

func TestMatchLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"":                                     "en",
		"it":                                   "it",
		"es-MX,es;q=0.9,en;q=0.5":              "es",
		"de-DE,de;q=0.9":                       "en",
		"de,it;q=0.4,es;q=0.2":                 "it",
		"en-GB":                                "en",
		"*":                                    "en",
		"\x00;;q=zz":                           "en",
		strings.Repeat("x", 5000):              "en",
		"es," + strings.Repeat("de-DE,", 5000): "es",
		strings.Repeat("de-DE,", 5000) + "it":  "en",
	} {
		if got := MatchLanguage(header); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}

// DOS-03: a header of 100 kB costs what its first 1 kB costs, in memory as in time; a busy machine may be slow four times.
func TestAcceptLanguageIsBounded_DOS03(t *testing.T) {
	for _, header := range []string{strings.Repeat("es-x-", 20_000), strings.Repeat("a,", 50_000), strings.Repeat("-", 100_000), strings.Repeat("en;q=0.1,", 11_000)} {
		best := time.Hour
		for range 5 {
			start := time.Now()
			MatchLanguage(header)
			best = min(best, time.Since(start))
		}
		if best > 100*time.Millisecond {
			t.Errorf("%.12q…: %v", header, best)
		}
		cost := func(of string) float64 { return testing.AllocsPerRun(5, func() { MatchLanguage(of) }) }
		if whole, part := cost(header), cost(header[:1<<10]); whole > 2*part+10 {
			t.Errorf("%.12q…: %v allocations, %v for its first part", header, whole, part)
		}
	}
}
