package plain

import "testing"

func TestVisibleHidesNothing(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{\n  \"a\": \"Übung 🎉\"\n}": "{\n  \"a\": \"Übung 🎉\"\n}",
		"a\u202Eb\u200Bc":            `a\u202eb\u200bc`,
		"x\U000E0041":                `x\U000e0041`,
		"\t\r\x1b[31m":               `\u0009\u000d\u001b[31m`,
		"a\u00a0b":                   `a\u00a0b`,
		"\xff":                       "\uFFFD",
		"":                           "",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}
