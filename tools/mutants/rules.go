package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Which checks are taken out.
//
//	guard    if … { return a refusal }: the refusal is never given. Failures of the database are no refusals.
//	case     a case of a switch without a subject: never taken
//	operand  one side of && or ||: left out
//	answer   what a predicate returns: always yes
//	sql      one condition of a statement: holds for every row; one side of "or": for none
//	door     a row's privilege: a weaker one
//	proof    s.proven around a handler: taken off
//	layer    a middleware of the server: left out

// guarded are web's files whose checks are taken out: who asks, from where, and with what proof.
var guarded = []string{"web/guard.go", "web/actor.go", "web/sessions.go", "web/proofs.go", "web/routes.go"}

func (t *tree) find(f *file) {
	for _, d := range f.syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body == nil {
				continue
			}
			if f.pkg != "web" || slices.Contains(guarded, f.path) {
				t.inFunction(f, d.Name.Name, d.Type, d.Body)
			}
			if f.pkg == "web" {
				t.inServer(f, d)
			}
			if f.pkg == "store" {
				t.inStatements(f, d.Name.Name, d)
			}
		case *ast.GenDecl:
			if f.pkg == "store" {
				t.inStatements(f, "-", d)
			}
		}
	}
}

func hasResult(f *ast.FuncType, of string) bool {
	return f.Results != nil && slices.ContainsFunc(f.Results.List, func(r *ast.Field) bool {
		id, ok := r.Type.(*ast.Ident)
		return ok && id.Name == of
	})
}

// never and always switch an expression off or on.
func (t *tree) never(f *file, in, rule string, e ast.Expr) {
	t.add(f, in, rule, e, "false", "(!mutant(%d) && (", "))")
}

func (t *tree) always(f *file, in, rule string, e ast.Expr) {
	t.add(f, in, rule, e, "true", "(mutant(%d) || (", "))")
}

// inFunction takes out the checks of one function.
func (t *tree) inFunction(f *file, in string, of *ast.FuncType, body *ast.BlockStmt) {
	predicate := hasResult(of, "bool")
	decides := predicate || hasResult(of, "error")
	before := map[ast.Stmt]ast.Stmt{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			t.inFunction(f, in, n.Type, n.Body)
			return false
		case *ast.BlockStmt:
			for i := 1; i < len(n.List); i++ {
				before[n.List[i]] = n.List[i-1]
			}
		case *ast.IfStmt:
			if n.Init != nil {
				before[n] = n.Init
			}
			if f.pkg == "web" && returns(n.Body) || decides && t.refusal(f, n.Body, n.Cond) {
				t.condition(f, in, "guard", n.Cond, before[n])
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				t.cases(f, in, n, decides)
			}
		case *ast.ReturnStmt:
			if predicate || f.pkg == "web" {
				t.answer(f, in, of, n)
			}
		}
		return true
	})
}

// cases takes out each case of a switch that decides.
func (t *tree) cases(f *file, in string, n *ast.SwitchStmt, decides bool) {
	for _, c := range n.Body.List {
		c := c.(*ast.CaseClause)
		body := &ast.BlockStmt{List: c.Body}
		for _, e := range c.List {
			if f.pkg != "store" || decides && t.refusal(f, body, e) {
				t.condition(f, in, "case", e, nil)
			}
		}
	}
}

// condition takes out a condition, and each of its operands.
func (t *tree) condition(f *file, in, rule string, e ast.Expr, before ast.Stmt) {
	if failed(e) && (f.pkg == "web" || !t.asksDomain(f, before)) {
		return
	}
	t.never(f, in, rule, e)
	t.operands(f, in, e)
}

// operands takes out each side of && and of ||.
func (t *tree) operands(f *file, in string, e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		t.operands(f, in, e.X)
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			t.operands(f, in, e.X)
		}
	case *ast.BinaryExpr:
		if e.Op != token.LAND && e.Op != token.LOR {
			return
		}
		for _, side := range []ast.Expr{e.X, e.Y} {
			b, ok := side.(*ast.BinaryExpr)
			switch chain := ok && b.Op == e.Op; {
			case chain || failed(side):
			case e.Op == token.LAND:
				t.always(f, in, "operand", side)
			default:
				t.never(f, in, "operand", side)
			}
			t.operands(f, in, side)
		}
	}
}

// answer lets a predicate say yes. Of several results it is the one that is a bool.
func (t *tree) answer(f *file, in string, of *ast.FuncType, n *ast.ReturnStmt) {
	place, at := -1, 0
	for _, r := range resultTypes(of) {
		if id, ok := r.(*ast.Ident); ok && id.Name == "bool" {
			place = at
		}
		at++
	}
	if place < 0 || len(n.Results) != at {
		return
	}
	e := n.Results[place]
	if b, ok := e.(*ast.BinaryExpr); ok && (b.Op == token.LAND || b.Op == token.LOR) {
		t.operands(f, in, e)
		return
	}
	if id, ok := e.(*ast.Ident); f.pkg == "domain" && at == 1 && (!ok || id.Name != "true") {
		t.always(f, in, "answer", e)
	}
}

func resultTypes(of *ast.FuncType) (out []ast.Expr) {
	if of.Results == nil {
		return nil
	}
	for _, r := range of.Results.List {
		for range max(1, len(r.Names)) {
			out = append(out, r.Type)
		}
	}
	return out
}

// failed is "err != nil": in store mostly the database's failure, which no test can bring about at each place.
func failed(e ast.Expr) bool {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ {
		return false
	}
	x, one := b.X.(*ast.Ident)
	y, two := b.Y.(*ast.Ident)
	return one && two && y.Name == "nil" && strings.HasPrefix(x.Name, "e")
}

// asksDomain: the error is domain's answer, a refusal.
func (t *tree) asksDomain(f *file, before ast.Stmt) bool {
	if f.pkg == "domain" {
		return true
	}
	a, ok := before.(*ast.AssignStmt)
	if !ok || len(a.Rhs) != 1 {
		return false
	}
	call, ok := a.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !t.refuses[s.Sel.Name] {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && !slices.Contains([]string{"s", "c", "t", "f", "r"}, x.Name)
}

func returns(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	_, ok := b.List[len(b.List)-1].(*ast.ReturnStmt)
	return ok
}

var refusals = regexp.MustCompile(`^(Err[A-Z]\w*|Problems|Wait|Refusal|forbidden|stale|refuse\w*|false)$`)

// refusal: the block ends with a no. An error that is handed on counts where the condition is that there is one.
func (t *tree) refusal(f *file, b *ast.BlockStmt, cond ast.Expr) bool {
	if !returns(b) {
		return false
	}
	if f.pkg == "domain" || failed(cond) {
		return true
	}
	no := false
	ast.Inspect(b.List[len(b.List)-1], func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && refusals.MatchString(id.Name) {
			no = true
		}
		return true
	})
	return no
}

// inServer takes out privileges, proofs and middleware.
func (t *tree) inServer(f *file, d *ast.FuncDecl) {
	ast.Inspect(d.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if f.path == "web/routes.go" && len(n.Elts) == 4 {
				t.row(f, n)
			}
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			if ok && s.Sel.Name == "Use" && f.path == "web/server.go" {
				for _, layer := range n.Args {
					if text := string(f.src[t.at(layer.Pos()):t.at(layer.End())]); strings.HasPrefix(text, "s.") {
						t.add(f, d.Name.Name, "layer", layer, "no"+text[1:], "mutantPick(%d, ", ", mutantPass)")
					}
				}
			}
			if ok && s.Sel.Name == "Can" && d.Name.Name == "door" && len(n.Args) == 1 {
				from, to := t.at(n.Args[0].Pos()), t.at(n.Args[0].End())
				f.wraps = append(f.wraps, wrap{nil, from, to, "mutantMay(route.Method, route.Path, ", ")"})
			}
		}
		return true
	})
}

// row weakens a row of the route table and takes off its proof.
func (t *tree) row(f *file, n *ast.CompositeLit) {
	method, one := t.text(n.Elts[0])
	path, two := t.text(n.Elts[1])
	may, three := n.Elts[2].(*ast.SelectorExpr)
	if !one || !two || !three {
		return
	}
	door := method + " " + path
	if may.Sel.Name != "Anyone" {
		weaker := map[string]string{"Enter": "SignedIn", "SignedIn": "Anyone"}[may.Sel.Name]
		if weaker == "" {
			weaker = "Enter"
		}
		m := t.add(f, "routes", "door", n.Elts[2], "domain."+weaker, "", "")
		m.Name, m.door = f.path+" door "+door+" asks for "+weaker, door
		f.wraps[len(f.wraps)-1] = wrap{m, t.at(n.Elts[0].Pos()), t.at(n.Elts[0].End()), "mutantDoor(%d, ", ", " + strconv.Quote(path) + ")"}
	}
	if call, ok := n.Elts[3].(*ast.CallExpr); ok && len(call.Args) == 1 {
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "proven" {
			inner := string(f.src[t.at(call.Args[0].Pos()):t.at(call.Args[0].End())])
			m := t.add(f, "routes", "proof", call, inner, "mutantPick(%d, ", ", "+inner+")")
			m.Name, m.door = f.path+" proof "+door, door
		}
	}
}
