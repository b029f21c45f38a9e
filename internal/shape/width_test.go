package shape

import (
	"strings"
	"testing"
)

// width tells the length of what encoding/json writes, and stops beyond a limit.
func TestWidthIsThatOfTheEncoding(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `true`, `false`, `12.50`, `-1e400`, `""`, `"a"`, `[]`, `[1]`, `[[],{}]`, `{}`, `{"a":1}`, `{"a":{"b":[1,null]},"c":"d"}`,
		`"\"\\\n\r\t\b\f\u0001\u001f\u007f\u2028\u2029/<>&é🎉"`, `{"\"\n":"\u0000"}`,
	} {
		value := decoded(t, text)
		n, encoding := encoded(t, value)
		if got := Width(value, n); got != n {
			t.Errorf("%s: width %d, encoded in %d: %s", text, got, n, encoding)
		}
		for limit := range n {
			if got := Width(value, limit); got <= limit {
				t.Errorf("%s: width %d with a limit of %d", text, got, limit)
			}
		}
	}
	if got := Width(7.25, 100); got != 4 {
		t.Errorf("a float has width %d", got)
	}
	if got := Width(func() {}, 100); got != 101 {
		t.Errorf("what has no JSON has width %d", got)
	}
	for name, value := range map[string]any{
		"text": strings.Repeat("x", 1_000), "list": make([]any, 1_000), "key": map[string]any{strings.Repeat("x", 1_000): nil},
		"value": map[string]any{"k": strings.Repeat("x", 1_000)}, "inner": []any{[]any{make([]any, 1_000)}},
	} {
		if got := Width(value, 50); got <= 50 || got > 65 {
			t.Errorf("%s: width measures on to %d", name, got)
		}
	}
}
