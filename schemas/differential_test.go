package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	reference "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// The checker is our own because it must stop: a validator that walks a union of
// unions form by form takes minutes for a nested filter. What it decides must be
// what a validator of wide use decides.

type refuseLoader struct{}

func (refuseLoader) Load(string) (any, error) { return nil, errors.New("nothing is loaded") }

func referenceSchema(raw []byte) (*reference.Schema, error) {
	doc, err := reference.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return nil, err
	}
	c := reference.NewCompiler()
	c.UseLoader(refuseLoader{})
	if err := c.AddResource("mem:///s.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("mem:///s.json")
}

// randomSchema draws a schema of the keywords that are checked; sub-schemas may
// refer to three definitions, so that recursion occurs.
func randomSchema(t *rapid.T, depth int) any {
	if rapid.IntRange(0, 30).Draw(t, "bool schema") == 0 {
		return rapid.Bool().Draw(t, "bool")
	}
	s := map[string]any{}
	sub := func() any { return randomSchema(t, depth-1) }
	list := func() any {
		out := []any{}
		for range rapid.IntRange(1, 3).Draw(t, "forms") {
			out = append(out, sub())
		}
		return out
	}
	small := func(label string) int { return rapid.IntRange(0, 4).Draw(t, label) }
	name := func() string { return rapid.SampledFrom([]string{"a", "b", "c", "ab"}).Draw(t, "name") }
	for range rapid.IntRange(1, 4).Draw(t, "keywords") {
		keys := []string{
			"type", "types", "enum", "const", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
			"exclusiveMaximum", "multipleOf", "required", "minProperties", "maxProperties", "minItems", "maxItems", "uniqueItems",
			"dependentRequired", "closed",
		}
		if depth > 0 {
			keys = append(keys, "properties", "properties", "items", "prefixItems", "additionalProperties", "patternProperties",
				"propertyNames", "contains", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "ref")
		}
		kinds := []string{"null", "boolean", "integer", "number", "string", "array", "object"}
		switch key := rapid.SampledFrom(keys).Draw(t, "keyword"); key {
		case "type":
			s["type"] = rapid.SampledFrom(kinds).Draw(t, "type")
		case "types":
			s["type"] = []any{rapid.SampledFrom(kinds[:4]).Draw(t, "type"), rapid.SampledFrom(kinds[4:]).Draw(t, "type")}
		case "enum":
			s["enum"] = []any{randomValue(t, 1), randomValue(t, 1), randomValue(t, 0)}
		case "const":
			s["const"] = randomValue(t, 1)
		case "pattern":
			s["pattern"] = rapid.SampledFrom([]string{"^a", "b$", "^[ab]*$", "."}).Draw(t, "pattern")
		case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
			s[key] = rapid.SampledFrom([]any{-1, 0, 1, 1.5, 3}).Draw(t, key)
		case "multipleOf":
			s[key] = rapid.SampledFrom([]any{1, 2, 0.5}).Draw(t, key)
		case "required":
			s[key] = []any{name()}
		case "uniqueItems":
			s[key] = true
		case "closed":
			s["additionalProperties"] = false
		case "dependentRequired":
			s[key] = map[string]any{name(): []any{name()}}
		case "dependentSchemas":
			s[key] = map[string]any{name(): sub()}
		case "properties":
			s[key] = map[string]any{name(): sub(), name(): sub()}
		case "patternProperties":
			s[key] = map[string]any{rapid.SampledFrom([]string{"^a", "b$"}).Draw(t, "pattern"): sub()}
		case "items", "additionalProperties", "propertyNames", "contains", "not":
			s[key] = sub()
		case "prefixItems", "allOf", "anyOf", "oneOf":
			s[key] = list()
		case "if":
			s["if"], s["then"], s["else"] = sub(), sub(), sub()
		case "ref":
			s["$ref"] = rapid.SampledFrom([]string{"#/$defs/x", "#/$defs/y"}).Draw(t, "ref")
		default:
			s[key] = small(key)
		}
	}
	return s
}

func randomValue(t *rapid.T, depth int) any {
	most := 4
	if depth > 0 {
		most = 6
	}
	switch rapid.IntRange(0, most).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(rapid.SampledFrom([]string{"0", "1", "2", "-1", "3", "1.0", "2e0"}).Draw(t, "integer"))
	case 3:
		return json.Number(rapid.SampledFrom([]string{"0.5", "1.5", "2.25", "1e-1"}).Draw(t, "number"))
	case 4:
		return rapid.SampledFrom([]string{"", "a", "b", "ab", "aab", "ä"}).Draw(t, "text")
	case 5:
		out := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			out = append(out, randomValue(t, depth-1))
		}
		return out
	}
	out := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "keys") {
		out[rapid.SampledFrom([]string{"a", "b", "c", "ab"}).Draw(t, "key")] = randomValue(t, depth-1)
	}
	return out
}

// sample is a schema and values to check.
type sample struct {
	raw    []byte
	values []any
}

func randomSample(t *rapid.T) sample {
	root, ok := randomSchema(t, 3).(map[string]any)
	if !ok {
		root = map[string]any{}
	}
	root["$defs"] = map[string]any{"x": randomSchema(t, 2), "y": randomSchema(t, 2)}
	raw, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	s := sample{raw: raw}
	for range 8 {
		s.values = append(s.values, randomValue(t, 3))
	}
	return s
}

// disagreement says where the two validators differ, "" where they agree.
func disagreement(s sample, verdicts map[bool]int) string {
	want, err := referenceSchema(s.raw)
	if err != nil {
		return fmt.Sprintf("the reference refuses %s: %v", s.raw, err)
	}
	var n notes
	got := readSchema(s.raw, &n)
	if n.unvalidated {
		return "" // a cycle of references, cut by the linter
	}
	for _, v := range s.values {
		valid, expected := (&checker{}).valid(got, newItem(v)), want.Validate(v) == nil
		verdicts[valid]++
		if valid != expected {
			return fmt.Sprintf("%s\nwith %v: valid %v, the reference says %v", s.raw, v, valid, expected)
		}
		e := &explainer{checker: &checker{}, out: &Violations{}}
		e.explain(got, newItem(v), trail{})
		if valid == (len(e.out.Problems) > 0) {
			return fmt.Sprintf("%s\nwith %v: valid %v, but %d problems", s.raw, v, valid, len(e.out.Problems))
		}
	}
	return ""
}

func TestCheckerAgreesWithTheReferenceValidator(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	verdicts := map[bool]int{}
	samples := rapid.Custom(randomSample)
	for seed := range 4000 { // the same in every run
		if problem := disagreement(samples.Example(seed), verdicts); problem != "" {
			t.Fatal(problem)
		}
	}
	if verdicts[true] < 3000 || verdicts[false] < 3000 {
		t.Errorf("the draws are lopsided: %v", verdicts)
	}
	rapid.Check(t, func(t *rapid.T) {
		if problem := disagreement(samples.Draw(t, "sample"), verdicts); problem != "" {
			t.Fatal(problem)
		}
	})
}
