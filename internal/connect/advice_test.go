package connect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// A person reads what is the matter with Alloy and what to do, on the page they are
// on, and can press the button again.
func TestTroubleAtAlloyIsSaidInWordsForPeople(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault simulator.Fault
		want  string
	}{
		{"reset", simulator.Fault{Kind: simulator.FaultReset}, "Alloy cannot be reached"},
		{"503", simulator.Fault{Kind: simulator.FaultStatus, Status: 503}, "Alloy cannot be reached"},
		{"a proxy", simulator.Fault{Kind: simulator.FaultHTML}, "Alloy cannot be reached"},
		{"a limit", simulator.Fault{Kind: simulator.FaultRateLimit}, "Too much is asked of Alloy"},
		{"the key", simulator.Fault{Kind: simulator.FaultStatus, Status: 401, Body: `{"message":"Invalid Authorization"}`}, "own API key for Alloy is rejected"},
		{"a permission", simulator.Fault{Kind: simulator.FaultStatus, Status: 403, Body: `{"message":"no"}`}, "lacks a permission"},
		{"a refusal", simulator.Fault{Kind: simulator.FaultStatus, Status: 400, Body: `{"code":"INVALID_INPUT","message":"bad shop name"}`}, "Bad shop name."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			request := b.start(t, "notion")
			if err := b.sim.SetFault(test.fault); err != nil {
				t.Fatal(err)
			}
			_, page := b.browse(t, http.MethodPost, request.URL, url.Values{})
			if !strings.Contains(page, strings.ReplaceAll(test.want, "'", "&#39;")) || !strings.Contains(page, `<button type="submit">`) {
				t.Errorf("the page lacks %q or its button\n%s", test.want, page)
			}
			b.sim.ClearFaults()
			if at := b.goOn(t, request.URL); !strings.Contains(at.Path, "/authorize") {
				t.Errorf("pressing it again leads to %s", at)
			}
		})
	}
}
