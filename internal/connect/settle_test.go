package connect

import (
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestWhatABrowserBroughtIsAsOldAsItsReturn(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		created time.Time
		want    bool
	}{
		{"just before", at.Add(-time.Second), true},
		{"a clock behind", at.Add(-time.Minute), true},
		{"a clock ahead", at.Add(2 * time.Second), true},
		{"unknown", time.Time{}, true},
		{"an earlier attempt", at.Add(-5 * time.Minute), false},
		{"a later attempt", at.Add(5 * time.Second), false},
	} {
		if got := brought(alloy.Credential{CreatedAt: test.created}, at); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}
