package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestParseArgumentsTakesObjectsAndTextThatHoldsOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]any{
		``:                            {},
		` `:                           {},
		`null`:                        {},
		`{}`:                          {},
		`""`:                          {},
		`"null"`:                      {},
		`{"a":1.50}`:                  {"a": json.Number("1.50")},
		`"{\"a\":12345678901234567}"`: {"a": json.Number("12345678901234567")},
		` {"a":[{"b":null}]} `:        {"a": []any{map[string]any{"b": nil}}},
		`{"a":"{\"b\":1}"}`:           {"a": `{"b":1}`},
	} {
		got, err := schemas.ParseArguments(json.RawMessage(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}

func TestParseArgumentsSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat(`{"a":`, 64) + `{}` + strings.Repeat(`}`, 64)
	for text, want := range map[string]string{
		`[]`:                  "the arguments must be a JSON object, not a list of 0",
		`5`:                   "the arguments must be a JSON object, not an integer",
		`"[1]"`:               "the arguments must be a JSON object, not a list of 1",
		`"text"`:              "the arguments are text, and it does not hold a JSON object: it is not valid JSON at byte 2: invalid character 'e' in literal true (expecting 'r')",
		`{"a":1`:              "the arguments could not be read: it is not valid JSON at byte 6: unexpected end of JSON input",
		`{"a":1} {"b":2}`:     "the arguments could not be read: it is not valid JSON at byte 9: invalid character '{' after top-level value",
		`{"a":{"b":1,"b":2}}`: `the arguments could not be read: the key "b" stands twice in one object`,
		nested:                "the arguments could not be read: it is nested more than 64 deep",
		`{"a":1e500}`:         "the arguments could not be read: a number has more than 64 digits or an exponent beyond 400",
		"{\"a\":\"\xff\"}":    "the arguments could not be read: it is not valid UTF-8",
		`{"a":[` + strings.TrimSuffix(strings.Repeat("0,", 200_001), ",") + `]}`: "the arguments could not be read: it holds more than 200000 values",
	} {
		_, err := schemas.ParseArguments(json.RawMessage(text))
		if err == nil || err.Error() != want {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
}
