package connect

import (
	"strings"
	"testing"
)

func TestSandboxesAreNamedOutsideProduction(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ environment, connector, want string }{
		{"", "notion", ""},
		{"production", "notion", ""},
		{"Prod", "hubspot", ""},
		{"staging", "notion", "Notion workspace"},
		{"development", "salesforce", "sandbox"},
		{"staging", "nobody-knows", ""},
	} {
		f := New(Config{Environment: test.environment})
		t.Cleanup(f.Close)
		if got := f.Sandbox(test.connector); (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s in %q: %q, want %q", test.connector, test.environment, got, test.want)
		}
	}
	if Revocation("notion") == Revocation("nobody-knows") || Revocation("nobody-knows") == "" {
		t.Errorf("revoking: %q and %q", Revocation("notion"), Revocation("nobody-knows"))
	}
}
