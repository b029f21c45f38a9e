package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestDiffTellsWhatChanged(t *testing.T) {
	t.Parallel()
	base := func() alloy.Action {
		return post(`{"type":"object","required":["a"],"properties":{"a":{"type":"string","enum":["x","y"],"description":"old"},"b":{"type":"object","properties":{"c":{"type":"integer"},"d":{"type":"string"}}},
			"l":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string"}}}}}}`,
			param("query", "q", str), param("header", "H", str))
	}
	for name, row := range map[string]struct {
		change func(*alloy.Action)
		want   schemas.Drift
	}{
		"nothing": {func(*alloy.Action) {}, schemas.Drift{}},
		"words only": {func(a *alloy.Action) {
			a.Description, a.Parameters[0].Description = "new", "new"
			a.RequestBody = replaced(a.RequestBody, `"old"`, `"new"`)
		}, schemas.Drift{}},
		"a parameter more": {func(a *alloy.Action) { a.Parameters = append(a.Parameters, param("query", "z", str)) }, schemas.Drift{Added: []string{"query z"}}},
		"a parameter less": {func(a *alloy.Action) { a.Parameters = a.Parameters[1:] }, schemas.Drift{Removed: []string{"query q"}}},
		"another place":    {func(a *alloy.Action) { a.Parameters[0].In = "path" }, schemas.Drift{Added: []string{"path q"}, Removed: []string{"query q"}}},
		"required now":     {func(a *alloy.Action) { a.Parameters[0].Required = true }, schemas.Drift{Changed: []string{"query q (optional, now required)"}}},
		"another method":   {func(a *alloy.Action) { a.Method = "PUT" }, schemas.Drift{Changed: []string{"method (post, now put)"}}},
		"another path":     {func(a *alloy.Action) { a.Path = "/v2" }, schemas.Drift{Changed: []string{"path (/things, now /v2)"}}},
		"nested": {func(a *alloy.Action) {
			a.RequestBody = replaced(a.RequestBody, `"c":{"type":"integer"},"d"`, `"c":{"type":["integer","null"]},"e"`)
		}, schemas.Drift{Added: []string{"b.e"}, Removed: []string{"b.d"}, Changed: []string{"b.c (integer, now integer or null)"}}},
		"in a list": {
			func(a *alloy.Action) { a.RequestBody = replaced(a.RequestBody, `"k"`, `"kk"`) },
			schemas.Drift{Added: []string{"l[].kk"}, Removed: []string{"l[].k"}},
		},
		"an enum": {
			func(a *alloy.Action) { a.RequestBody = replaced(a.RequestBody, `["x","y"]`, `["y","z","zz"]`) },
			schemas.Drift{Changed: []string{"a (1 values less, 2 more)"}},
		},
		"an enum gone": {
			func(a *alloy.Action) { a.RequestBody = replaced(a.RequestBody, `"enum":["x","y"],`, ``) },
			schemas.Drift{Changed: []string{"a (2 values, now any)"}},
		},
		"no body": {func(a *alloy.Action) { a.RequestBody = nil }, schemas.Drift{Removed: []string{"the body"}}},
		"a list as body": {
			func(a *alloy.Action) { a.RequestBody = json.RawMessage(`{"type":"array"}`) },
			schemas.Drift{Removed: []string{"a", "b", "l"}, Changed: []string{"the body (object, now array)"}},
		},
	} {
		live := base()
		row.change(&live)
		got := schemas.Diff(base(), live)
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if got.Empty() != (got.String() == "no change") || strings.Contains(got.String(), "\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func replaced(raw json.RawMessage, old, with string) json.RawMessage {
	return json.RawMessage(strings.ReplaceAll(string(raw), old, with))
}

func TestDiffOfEveryActionWithItselfIsEmpty(t *testing.T) {
	t.Parallel()
	for _, e := range catalogue(t) {
		if d := schemas.Diff(e.action, e.action); !d.Empty() {
			t.Errorf("%s: %s", e, d)
		}
	}
}
