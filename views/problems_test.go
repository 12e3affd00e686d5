package views

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gatehouse/domain"
)

// domain names problems and refusals by code; each code needs its words here.
func TestEveryCodeOfDomainHasWords(t *testing.T) {
	english := texts(t)["en"]
	files, err := filepath.Glob("../domain/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no domain", err)
	}
	found := map[string]bool{}
	need := func(prefix string, e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		code, _ := strconv.Unquote(lit.Value)
		if code == "" {
			return
		}
		found[prefix+code] = true
		if english[prefix+code] == nil {
			t.Errorf("no text %q", prefix+code)
		}
	}
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch f := n.Fun.(type) {
			case *ast.Ident:
				if (f.Name == "forbidden" || f.Name == "stale") && len(n.Args) > 0 {
					need("refusal.", n.Args[0])
				}
			case *ast.SelectorExpr:
				if f.Sel.Name == "Add" && len(n.Args) > 1 {
					need("problem.", n.Args[1])
				}
			}
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Code" {
				need("problem.", n.Value)
			}
		case *ast.FuncDecl:
			codes(n, func(e ast.Expr) { need("problem.", e) })
		}
		return true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, look)
	}
	for key := range english {
		_, code, ok := strings.Cut(key, ".")
		if ok && (strings.HasPrefix(key, "problem.") || strings.HasPrefix(key, "refusal.")) && !found[key] && !quoted(t, code) {
			t.Errorf("%s: neither domain nor store has such a code", key)
		}
	}
}

// quoted reports whether a code stands as a string in the rules or in what calls them: tables of codes are no calls.
func quoted(t *testing.T, code string) bool {
	t.Helper()
	for _, pattern := range []string{"../domain/*.go", "../store/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") && strings.Contains(string(b), strconv.Quote(code)) {
				return true
			}
		}
	}
	return false
}

// codes calls f for what a function returns as its result named code.
func codes(fn *ast.FuncDecl, f func(ast.Expr)) {
	if fn.Type.Results == nil || fn.Body == nil {
		return
	}
	at, n := -1, 0
	for _, r := range fn.Type.Results.List {
		for _, name := range r.Names {
			if name.Name == "code" {
				at = n
			}
			n++
		}
	}
	if at < 0 {
		return
	}
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		if r, ok := node.(*ast.ReturnStmt); ok && len(r.Results) == n {
			f(r.Results[at])
		}
		return true
	})
}

func TestProblemAndRefusalSpeakTheReadersLanguage(t *testing.T) {
	problems := domain.Problems{}
	problems.Add("phone", "phone_us")
	if got := ProblemText(reader(t, "it"), problems, "phone"); got != "Solo +1 e dieci cifre: senza spazi, trattini né parentesi." {
		t.Errorf("got %q", got)
	}
	if got := ProblemText(reader(t, "it"), problems, "email"); got != "" {
		t.Errorf("a field without a problem says %q", got)
	}
	for lang, want := range map[string][2]string{
		"en": {"Only 1 is available.", "Only 1,500 are available."}, "es": {"Solo hay 1 disponible.", "Solo hay 1500 disponibles."},
		"it": {"Ne è disponibile solo 1.", "Ne sono disponibili solo 1.500."},
	} {
		for i, left := range []int64{1, 1500} {
			var short domain.Problems
			if errors.As(domain.Ledger{Added: left}.Short(left+1), &short); ProblemText(reader(t, lang), short, "amount") != want[i] {
				t.Errorf("%s: %q, want %q", lang, ProblemText(reader(t, lang), short, "amount"), want[i])
			}
		}
	}
	if got := RefusalText(reader(t, "es"), &domain.Refusal{Code: "already_accepted", Kind: domain.ErrStale}); got != "Ya aceptada" {
		t.Errorf("got %q", got)
	}
}
