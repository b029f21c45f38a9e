package catalog

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestTheHashIsOfTheContent(t *testing.T) {
	t.Parallel()
	action := func() alloy.Action {
		return alloy.Action{
			ID: "a", DisplayName: "A", Description: "Does.", Method: "post", Path: "/x",
			Parameters: []alloy.Parameter{
				{Name: "p", In: "query", Description: "P", Schema: json.RawMessage(`{"type":"string","enum":["x","y"]}`)},
				{Name: "q", In: "path", Required: true},
			},
			RequestBody: json.RawMessage(`{"type":"object","properties":{"a":{},"b":{"maximum":1.0}}}`), SampleSuccessResponse: json.RawMessage(`{"id":1}`),
		}
	}
	want := hashOf(action())
	for name, change := range map[string]func(*alloy.Action){
		"order of parameters": func(a *alloy.Action) { slices.Reverse(a.Parameters) },
		"order of keys": func(a *alloy.Action) {
			a.RequestBody = json.RawMessage(`{"properties":{"b":{"maximum":1.0},"a":{}},"type":"object"}`)
		},
		"white space": func(a *alloy.Action) { a.SampleSuccessResponse = json.RawMessage("{ \"id\":\n1 }") },
	} {
		a := action()
		if change(&a); hashOf(a) != want {
			t.Errorf("the %s changes the hash", name)
		}
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(*alloy.Action){
		"id": func(a *alloy.Action) { a.ID = "b" }, "name": func(a *alloy.Action) { a.DisplayName = "B" }, "description": func(a *alloy.Action) { a.Description += "!" },
		"method": func(a *alloy.Action) { a.Method = "get" }, "path": func(a *alloy.Action) { a.Path = "/y" },
		"parameter's name": func(a *alloy.Action) { a.Parameters[0].Name = "r" }, "parameter's place": func(a *alloy.Action) { a.Parameters[0].In = "header" },
		"parameter's need": func(a *alloy.Action) { a.Parameters[0].Required = true }, "parameter's words": func(a *alloy.Action) { a.Parameters[0].Description = "" },
		"parameter's schema": func(a *alloy.Action) { a.Parameters[0].Schema = json.RawMessage(`{"type":"string","enum":["y","x"]}`) },
		"one less":           func(a *alloy.Action) { a.Parameters = a.Parameters[:1] },
		"body": func(a *alloy.Action) {
			a.RequestBody = json.RawMessage(`{"type":"object","properties":{"a":{},"b":{"maximum":2}}}`)
		},
		"no body":         func(a *alloy.Action) { a.RequestBody = nil },
		"broken body":     func(a *alloy.Action) { a.RequestBody = json.RawMessage(`{`) },
		"sample":          func(a *alloy.Action) { a.SampleSuccessResponse = json.RawMessage(`{"id":2}`) },
		"text that moved": func(a *alloy.Action) { a.DisplayName, a.Description = "AD", "oes." },
	} {
		a := action()
		change(&a)
		hash := hashOf(a)
		if other, taken := seen[hash]; taken {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[hash] = name
	}
}

func TestParametersAreNamedForTheSearch(t *testing.T) {
	t.Parallel()
	long := string(slices.Repeat([]byte("x"), 300))
	for _, test := range []struct {
		name   string
		action alloy.Action
		want   []string
	}{
		{"none", alloy.Action{}, nil},
		{"all places but headers", alloy.Action{Parameters: []alloy.Parameter{{Name: "b", In: "query"}, {Name: "a", In: "path"}, {Name: "Authorization", In: "header"}}}, []string{"b", "a"}},
		{"the body's, and what is in them", alloy.Action{RequestBody: json.RawMessage(`{"properties":{"z":{"properties":{"in":{}}},"y":true}}`)}, []string{"y", "z", "in"}},
		{"behind a reference", alloy.Action{RequestBody: json.RawMessage(`{"$ref":"#/$defs/T","$defs":{"T":{"properties":{"t":{}}}}}`)}, []string{"t"}},
		{"one name once, cleaned", alloy.Action{Parameters: []alloy.Parameter{{Name: "a\u200bb"}, {Name: "ab"}, {Name: "\u200b"}}}, []string{"ab"}},
		{"a reference to nothing", alloy.Action{RequestBody: json.RawMessage(`{"$ref":"#/$defs/T"}`)}, nil},
		{"no object", alloy.Action{RequestBody: json.RawMessage(`[1]`)}, nil},
	} {
		if diff := cmp.Diff(test.want, parametersOf(test.action)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	many := alloy.Action{Parameters: []alloy.Parameter{{Name: long}}}
	for i := range 100 {
		many.Parameters = append(many.Parameters, alloy.Parameter{Name: string(rune('a'+i%26)) + string(rune('a'+i/26))})
	}
	if got := parametersOf(many); len(got) != 40 || len(got[0]) > 70 {
		t.Errorf("%d names, the first of %d bytes", len(got), len(got[0]))
	}
}

// Details are bounded by their size, not by their number.
func TestDetailsAreBoundedByWeight(t *testing.T) {
	t.Parallel()
	cache := newWeighed[int](1<<20, weightOfDetails)
	defer cache.StopAllGoroutines()
	for i := range 1_000 {
		cache.Set(i, Details{Action: alloy.Action{RequestBody: make([]byte, 10_000)}})
	}
	cache.CleanUp()
	if n := cache.EstimatedSize(); n > 100 || n < 50 {
		t.Errorf("%d details of 10 kB are kept in 1 MB", n)
	}
}

// What is kept is bounded, whatever is asked for.
func TestTheCatalogueIsBounded(t *testing.T) {
	t.Parallel()
	cache := newCache[int, int](10)
	defer cache.StopAllGoroutines()
	for i := range 1_000 {
		cache.Set(i, i)
	}
	cache.CleanUp()
	if n := cache.EstimatedSize(); n > 10 {
		t.Errorf("%d entries are kept, at most 10", n)
	}
}

// Facts of actions that are gone are not carried along.
func TestWhatIsNotListedIsForgotten(t *testing.T) {
	t.Parallel()
	c := New(nil)
	defer c.Close()
	list := func(ids ...string) []alloy.Resource {
		r := alloy.Resource{}
		for _, id := range ids {
			r.Actions = append(r.Actions, alloy.ActionSummary{ID: id})
		}
		return []alloy.Resource{r}
	}
	now := time.Now()
	c.sight.setConnectors([]alloy.Connector{{ID: "app"}, {ID: "gone"}}, now)
	c.sight.setNames("app", list("a", "b"), now)
	c.sight.learnFact("app", "a", fact{effect: Read})
	c.sight.learnFact("app", "b", fact{effect: Read})
	c.sight.setNames("app", list("b"), now)
	if out, ok := c.sight.export("app"); !ok || len(out.Facts) != 1 {
		t.Errorf("facts: %v", out.Facts)
	}
	c.sight.setConnectors([]alloy.Connector{{ID: "app"}}, now)
	if s := c.sight.snapshot(); s.Total != 1 || len(s.Docs) != 1 || s.Detailed != 1 {
		t.Errorf("%d connectors, %d docs, %d in full", s.Total, len(s.Docs), s.Detailed)
	}
}
