package schemas_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestFromObjectChecksFields(t *testing.T) {
	t.Parallel()
	schema, err := schemas.FromObject(json.RawMessage(`{"type":"object","required":["accessToken"],"properties":{
		"accessToken":{"type":"string","minLength":3},"api-key":{"type":"string","pattern":"^k_"},"port":{"type":"integer"},
		"region":{"enum":["eu","us"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		in      map[string]any
		want    map[string]any
		problem string
	}{
		{"as it should be", map[string]any{"accessToken": "abc", "api-key": "k_1", "region": "eu"}, map[string]any{"accessToken": "abc", "api-key": "k_1", "region": "eu"}, ""},
		{"a number as text", map[string]any{"accessToken": "abc", "port": "80"}, map[string]any{"accessToken": "abc", "port": json.Number("80")}, ""},
		{"too short", map[string]any{"accessToken": "ab"}, nil, "accessToken"},
		{"missing", map[string]any{"region": "eu"}, nil, "accessToken"},
		{"not listed", map[string]any{"accessToken": "abc", "region": "mars"}, nil, "region"},
		{"does not match", map[string]any{"accessToken": "abc", "api-key": "secret-value"}, nil, "api-key"},
		{"unknown", map[string]any{"accessToken": "abc", "token": "x"}, nil, "token"},
	} {
		got, err := schema.Check(test.in)
		var violated *schemas.Violations
		switch {
		case test.problem == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.problem == "":
			if diff := cmp.Diff(test.want, got.Args); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		case !errors.As(err, &violated) || violated.Problems[0].Path != test.problem:
			t.Errorf("%s: %v, want a problem of %s", test.name, err, test.problem)
		case strings.Contains(err.Error(), "secret-value"):
			t.Errorf("%s: the error repeats a value: %v", test.name, err)
		}
	}
}

func TestFromObjectRefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{}`, `[]`, `{"type":"string"}`, `nonsense`, ``} {
		if _, err := schemas.FromObject(json.RawMessage(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
