package tools

import (
	"encoding/json"
	"testing"
)

// Arguments that mean the same are the same, however their numbers are written.
func TestWhatAnOrderIs(t *testing.T) {
	t.Parallel()
	what := func(number string) string {
		o := order{actionID: "app.do", args: map[string]any{"n": json.Number(number), "list": []any{json.Number(number)}}}
		text, err := o.what()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, same := range []string{"1.0", "1.00", "1e0", "10e-1"} {
		if what(same) != what("1") {
			t.Errorf("%s is not 1", same)
		}
	}
	for _, other := range []string{"2", "1.5", "9007199254740993", "9007199254740992", "12345678901234567890", "12345678901234567891"} {
		if what(other) == what("1") {
			t.Errorf("%s is 1", other)
		}
	}
	if what("9007199254740993") == what("9007199254740992") || what("12345678901234567890") == what("12345678901234567891") {
		t.Error("two large numbers are one")
	}
}
