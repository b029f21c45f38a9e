package policy

import (
	"os"
	"strings"
	"testing"
)

// The examples of the documentation are what they say.
func TestTheDocumentedExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, part := range strings.Split(string(page), "```yaml\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of YAML, want a policy and its cases", len(blocks))
	}
	p := New(Settings{}, file(t, blocks[0]))
	cases, err := ParseCases([]byte(blocks[1]), "local")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if d := p.Decide(c.Request); !c.Agrees(d) {
			t.Errorf("%s (line %d): %+v, want %s by %q", c.Name, c.Line, d, c.Expect, c.Rule)
		}
	}
}
