package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawRule draws a rule as YAML, of few words so that they often meet.
func drawRule(t *rapid.T, decisions ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "decision: %s", rapid.SampledFrom(decisions).Draw(t, "decision"))
	if rapid.Bool().Draw(t, "has actions") {
		fmt.Fprintf(&b, ", actions: ['%s']", drawPattern(t))
	}
	if rapid.Bool().Draw(t, "has effects") {
		fmt.Fprintf(&b, ", effects: [%s]", rapid.SampledFrom([]string{Read, Write, Destructive}).Draw(t, "effect"))
	}
	if rapid.Bool().Draw(t, "has subjects") {
		fmt.Fprintf(&b, ", %s: [{group: %s}]", rapid.SampledFrom([]string{"subjects", "except"}).Draw(t, "who"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group"))
	}
	for _, part := range []string{"when", "unless"} {
		if rapid.Bool().Draw(t, "has "+part) {
			fmt.Fprintf(&b, ", %s: {'%s': {%s}}", part, rapid.SampledFrom([]string{"n", "l[]"}).Draw(t, "path"),
				rapid.SampledFrom([]string{"max: 2", "min: 2", "equals: 1", "present: true", "present: false", "in: [1, x], optional: true"}).Draw(t, "test"))
		}
	}
	return b.String()
}

func drawPattern(t *rapid.T) string {
	return rapid.SampledFrom([]string{"*", "x.*", "x.a", "*.b:write", "y.?:read", "*:destructive"}).Draw(t, "pattern")
}

func drawRequest(t *rapid.T) Request {
	r := Request{
		ConnectorID: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "connector"), ActionID: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "action"),
		Effect: rapid.SampledFrom([]string{Read, Write, Destructive, ""}).Draw(t, "effect"),
		Groups: rapid.SliceOf(rapid.SampledFrom([]string{"a", "b"})).Draw(t, "groups"),
	}
	r.Arguments = rapid.SampledFrom([]map[string]any{
		nil, {}, {"n": 1.0}, {"n": 3.0}, {"n": "x"}, {"n": nil}, {"l": []any{1.0, 3.0}, "n": 2.0}, {"l": []any{}}, {"l": "x"}, {"l": []any{"x", 1.0}},
	}).Draw(t, "arguments")
	return r
}

func drawPolicy(t *rapid.T) (Settings, string, []string) {
	s := Settings{ReadOnly: rapid.IntRange(0, 5).Draw(t, "read only") == 0}
	draw := func(label string) (list []Pattern) {
		for range rapid.IntRange(0, 2).Draw(t, label) {
			p, err := ParsePattern(drawPattern(t))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, p)
		}
		return list
	}
	s.Allow, s.Deny = draw("allow"), draw("deny")
	var rules []string
	for range rapid.IntRange(0, 6).Draw(t, "rules") {
		rules = append(rules, drawRule(t, outcomeAllow, outcomeConfirm, outcomeDeny))
	}
	return s, rapid.SampledFrom([]string{outcomeAllow, outcomeConfirm, outcomeDeny}).Draw(t, "default"), rules
}

func build(t *rapid.T, s Settings, fallback string, rules []string) *Policy {
	var text strings.Builder
	text.WriteString("default: " + fallback + "\n")
	if len(rules) > 0 {
		text.WriteString("rules:\n")
	}
	for i, rule := range rules {
		fmt.Fprintf(&text, "  - {name: r%d, %s}\n", i, rule)
	}
	f, err := ParseFile([]byte(text.String()))
	if err != nil {
		t.Fatalf("%s: %v", text.String(), err)
	}
	return New(s, f)
}

// strictness orders decisions.
func strictness(d Decision) int {
	return slices.Index([]string{outcomeAllow, outcomeConfirm, outcomeDeny}, d.Outcome())
}

func TestARuleThatDeniesNeverAllowsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, fallback, rules := drawPolicy(t)
		r := drawRequest(t)
		before := build(t, s, fallback, rules).Decide(r)
		at := rapid.IntRange(0, len(rules)).Draw(t, "at")
		after := build(t, s, fallback, slices.Insert(slices.Clone(rules), at, drawRule(t, outcomeDeny))).Decide(r)
		if strictness(after) < strictness(before) || after.MayRun() && !before.MayRun() {
			t.Errorf("before %+v, after %+v", before, after)
		}
		s.Deny = append(slices.Clone(s.Deny), patternOf(t))
		if after := build(t, s, fallback, rules).Decide(r); strictness(after) < strictness(before) {
			t.Errorf("before %+v, with one more pattern %+v", before, after)
		}
	})
}

func patternOf(t *rapid.T) Pattern {
	p, err := ParsePattern(drawPattern(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDenyBeatsAllow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, fallback, rules := drawPolicy(t)
		r := drawRequest(t)
		s.Deny = append(s.Deny, Pattern{text: "all", glob: compileGlob(r.ConnectorID + "." + r.ActionID), effects: allEffects})
		if d := build(t, s, fallback, rules).Decide(r); d.Allowed {
			t.Errorf("%+v", d)
		}
		s.Deny = nil
		rules = append(rules, "decision: deny, actions: ['"+r.ConnectorID+"."+r.ActionID+"']")
		if d := build(t, s, fallback, rules).Decide(r); d.Allowed {
			t.Errorf("%+v", d)
		}
	})
}

func TestTheOrderOfRulesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, fallback, rules := drawPolicy(t)
		r := drawRequest(t)
		one := build(t, s, fallback, rules).Decide(r)
		s.Allow, s.Deny = rapid.Permutation(s.Allow).Draw(t, "allow"), rapid.Permutation(s.Deny).Draw(t, "deny")
		other := build(t, s, fallback, rapid.Permutation(rules).Draw(t, "order")).Decide(r)
		if one.Outcome() != other.Outcome() || one.Tentative != other.Tentative {
			t.Errorf("%+v, %+v", one, other)
		}
	})
}

// What is shown without arguments is never stricter than what some arguments get,
// and where it is not tentative every call gets the same.
func TestWhatIsSeenIsTheMildest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, fallback, rules := drawPolicy(t)
		r := drawRequest(t)
		p := build(t, s, fallback, rules)
		ran := r
		if ran.Arguments == nil {
			ran.Arguments = map[string]any{}
		}
		r.Arguments = nil
		seen, run := p.Decide(r), p.Decide(ran)
		if strictness(seen) > strictness(run) {
			t.Errorf("seen %+v, run %+v", seen, run)
		}
		if !seen.Tentative && seen.Outcome() != run.Outcome() {
			t.Errorf("seen %+v for certain, run %+v", seen, run)
		}
		if run.Tentative {
			t.Errorf("run %+v", run)
		}
	})
}

// A connector is refused only where each of its actions is.
func TestAConnectorIsRefusedWithAllItsActions(t *testing.T) {
	t.Parallel()
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		s, fallback, rules := drawPolicy(t)
		r := drawRequest(t)
		p := build(t, s, fallback, rules)
		whole := p.DecideConnector(r)
		if d := p.Decide(r); d.Allowed && !whole.Allowed {
			t.Errorf("the action %+v, the connector %+v", d, whole)
		}
		if !whole.Allowed {
			refused++
			if whole.Rule == "" || whole.Reason == "" {
				t.Errorf("refused without a rule: %+v", whole)
			}
		}
	})
	if refused == 0 {
		t.Error("no connector was refused")
	}
}
