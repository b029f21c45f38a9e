package policy

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkListing decides about 30,000 actions with 50 rules, as one search over
// everything does.
func BenchmarkListing(b *testing.B) {
	const connectors, actions = 500, 60
	var text strings.Builder
	text.WriteString("default: allow\nrules:\n")
	for i := range 50 {
		fmt.Fprintf(&text, "  - name: r%d\n    decision: %s\n", i, []string{"deny", "confirm", "allow"}[i%3])
		switch i % 5 {
		case 0:
			fmt.Fprintf(&text, "    actions: ['connector%d.*delete*', '*.chat_%d*:write']\n", i, i)
		case 1:
			fmt.Fprintf(&text, "    connectors: ['connector%d*']\n    effects: [destructive]\n", i)
		case 2:
			fmt.Fprintf(&text, "    actions: ['*.purge?%d*']\n    subjects: [{group: g%d}, {group: staff}]\n", i, i)
		case 3:
			fmt.Fprintf(&text, "    actions: ['*update*Contact%d']\n    when: {amount: {min: 100}}\n", i)
		case 4:
			fmt.Fprintf(&text, "    actions: ['*:destructive']\n    except: [{group: staff}]\n    unless: {to: {max_items: 3}}\n")
		}
	}
	f := file(b, text.String())
	p := New(Settings{Deny: patterns(b, "*.secret*,*:destructive"), Allow: patterns(b, "connector1*,*")}, f)
	var requests []Request
	for c := range connectors {
		for a := range actions {
			requests = append(requests, Request{
				Principal: "token:alice", Groups: []string{"staff", "sales", "emea"}, ConnectorID: fmt.Sprintf("connector%d", c),
				ActionID: fmt.Sprintf("crm/v3/objects/updateContact_%d", a), Effect: []string{Read, Write}[a%2],
			})
		}
	}
	allowed := 0
	b.ReportAllocs()
	for b.Loop() {
		for i := range requests {
			if p.Decide(requests[i]).Allowed {
				allowed++
			}
		}
	}
	if allowed == 0 {
		b.Error("nothing was allowed")
	}
}
