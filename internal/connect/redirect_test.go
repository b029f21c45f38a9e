package connect

import (
	"strings"
	"testing"
)

func TestRedirectURI(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, configured, base, want string }{
		{"by default ours", "", "http://localhost:3000", "http://localhost:3000/oauth/callback/N"},
		{"ours, spelt out", "http://localhost:3000/oauth/callback", "http://localhost:3000", "http://localhost:3000/oauth/callback/N"},
		{"ours with a slash", "http://localhost:3000/oauth/callback/", "http://localhost:3000", "http://localhost:3000/oauth/callback/N"},
		{"ours below a path", "https://x.example/alloy/oauth/callback", "https://x.example/alloy", "https://x.example/alloy/oauth/callback/N"},
		{"another port", "http://localhost:4000/oauth/callback", "http://localhost:3000", "http://localhost:4000/oauth/callback"},
		{"another path", "http://localhost:3000/back", "http://localhost:3000", "http://localhost:3000/back"},
		{"another scheme", "https://localhost:3000/oauth/callback", "http://localhost:3000", "https://localhost:3000/oauth/callback"},
		{"with a query", "http://localhost:3000/oauth/callback?a=b", "http://localhost:3000", "http://localhost:3000/oauth/callback?a=b"},
	} {
		got, ours := redirectURI(test.configured, test.base, "N")
		if got != test.want || ours != strings.HasSuffix(test.want, "/N") {
			t.Errorf("%s: %s (ours: %v), want %s", test.name, got, ours, test.want)
		}
	}
}
