package main

import (
	"slices"
	"testing"
)

func TestConditions(t *testing.T) {
	for sql, want := range map[string][]string{
		"delete from sessions where hash = $1": {"delete from sessions where (hash = $1 or true)"},
		"where a = 1 and (b = 0 or b > $2) and c in ($3, $4) order by a": {
			"where (a = 1 or true) and (b = 0 or b > $2) and c in ($3, $4) order by a",
			"where a = 1 and ((b = 0 and false) or b > $2) and c in ($3, $4) order by a",
			"where a = 1 and (b = 0 or (b > $2 and false)) and c in ($3, $4) order by a",
			"where a = 1 and ((b = 0 or b > $2) or true) and c in ($3, $4) order by a",
			"where a = 1 and (b = 0 or b > $2) and (c in ($3, $4) or true) order by a",
		},
		"where x between $1 and $2 and y = 'and'": {"where (x between $1 and $2 or true) and y = 'and'", "where x between $1 and $2 and (y = 'and' or true)"},
		"where not exists (select 1 from t where t.id = m.id)": {
			"where not exists (select 1 from t where (t.id = m.id or true))",
			"where (not exists (select 1 from t where t.id = m.id) or true)",
		},
		"m.account_id = ":                       {"'' <= "},
		" and m.id in (":                        {" and '' not in ("},
		"update t set a = 1, b = 2 where c > 0": {"update t set a = 1, b = 2 where (c > 0 or true)"},
		"select 1 from f where f match $1":      nil,
	} {
		var got []string
		for _, c := range conditions(sql) {
			got = append(got, sql[:c.from]+c.now+sql[c.to:])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %q\nwant %q", sql, got, want)
		}
	}
}

// Every package has mutants of every rule that is made for it, and no two have one name.
func TestTheTreeHasMutants(t *testing.T) {
	tree, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen, rules := map[string]bool{}, map[string]int{}
	for _, m := range tree.mutants {
		if seen[m.Name] {
			t.Errorf("twice: %s", m.Name)
		}
		seen[m.Name] = true
		rules[m.Package+" "+m.rule]++
	}
	for _, rule := range []string{
		"domain guard", "domain case", "domain operand", "domain answer", "store guard", "store operand", "store sql",
		"web guard", "web operand", "web door", "web proof", "web layer",
	} {
		if rules[rule] == 0 {
			t.Errorf("no mutant of %s", rule)
		}
	}
	if n := len(choose(tree.mutants, options{sample: 60, seed: "1"})); n != 60*len(packages) {
		t.Errorf("a sample of 60 of each package has %d", n)
	}
}
