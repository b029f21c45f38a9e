package tools_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/internal/golden"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Limits that clients and model vendors set; docs/clients.md says who.
const (
	maxName        = 21 // a client prefixes names and cuts at 64
	maxDescription = 1_024
	maxTool        = 4_000
	maxListWords   = 7_000
	maxList        = 12_000
)

// One test walks all tools and asks of each what clients ask.
func TestEveryToolKeepsTheRulesOfClients(t *testing.T) {
	t.Parallel()
	set := newBench(t, nil).set
	nameForm := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for _, tool := range set.Tools() {
		t.Run(tool.Name, func(t *testing.T) {
			if !nameForm.MatchString(tool.Name) || (len(tool.Name) > maxName && tool.Name != "get_credential_metadata") {
				t.Errorf("name %q", tool.Name)
			}
			if seen[strings.ToLower(tool.Name)] {
				t.Error("the name is taken")
			}
			seen[strings.ToLower(tool.Name)] = true
			if tool.Title == "" || tool.Description == "" || utf8.RuneCountInString(tool.Description) > maxDescription {
				t.Errorf("title %q, description of %d characters", tool.Title, utf8.RuneCountInString(tool.Description))
			}
			if tool.Hints.ReadOnly && (tool.Hints.Destructive || !tool.Hints.Idempotent) {
				t.Errorf("hints contradict each other: %+v", tool.Hints)
			}
			if n := len(tool.Name) + len(tool.Description) + len(tool.InputSchema); n > maxTool {
				t.Errorf("%d bytes, at most %d", n, maxTool)
			}
			checkPortable(t, tool.InputSchema, true)
			if tool.OutputSchema != nil {
				checkPortable(t, tool.OutputSchema, false)
			}
			for _, name := range regexp.MustCompile(`[a-z]+_[a-z_]+`).FindAllString(tool.Description, -1) {
				if !isArgument(set, name) && !slices.ContainsFunc(set.Tools(), func(other tools.Tool) bool { return other.Name == name }) {
					t.Errorf("the description names %q, which is neither a tool nor an argument", name)
				}
			}
		})
	}
}

func isArgument(set *tools.Set, name string) bool {
	return slices.ContainsFunc(set.Tools(), func(tool tools.Tool) bool {
		return strings.Contains(string(tool.InputSchema), `"`+name+`":`)
	})
}

// checkPortable asks of a schema what every client accepts.
func checkPortable(t *testing.T, text json.RawMessage, described bool) {
	t.Helper()
	root := rootOf(t, text)
	if !described && root["required"] != nil {
		t.Error("an output schema requires keys that a status answer lacks")
	}
	walk(t, "", root, described)
}

func rootOf(t *testing.T, schema json.RawMessage) map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Fatalf("the schema is no object: %v", err)
	}
	if root["type"] != "object" || root["properties"] == nil {
		t.Errorf("the root is %v", root)
	}
	return root
}

func walk(t *testing.T, path string, node map[string]any, described bool) {
	t.Helper()
	allowed := []string{"type", "properties", "required", "items", "enum", "description"}
	for keyword := range node {
		if !slices.Contains(allowed, keyword) {
			t.Errorf("%s: keyword %s is not portable", path, keyword)
		}
	}
	kind, _ := node["type"].(string)
	if kind == "" {
		t.Errorf("%s has no single type", path)
	}
	if words, _ := node["description"].(string); described && path != "" && !strings.HasSuffix(path, "[]") && words == "" {
		t.Errorf("%s is not described", path)
	}
	properties, _ := node["properties"].(map[string]any)
	for name, property := range properties {
		if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`).MatchString(name) {
			t.Errorf("%s: property name %q", path, name)
		}
		child, _ := property.(map[string]any)
		walk(t, strings.TrimPrefix(path+"."+name, "."), child, described)
	}
	required, _ := node["required"].([]any)
	for _, name := range required {
		if properties[name.(string)] == nil {
			t.Errorf("%s requires %v, which it does not have", path, name)
		}
	}
	values, _ := node["enum"].([]any)
	for _, value := range values {
		if _, ok := value.(string); !ok {
			t.Errorf("%s: enum value %v is no string", path, value)
		}
	}
	if kind == "array" {
		items, ok := node["items"].(map[string]any)
		if !ok {
			t.Fatalf("%s: an array without items", path)
		}
		walk(t, path+"[]", items, described)
	}
}

// listed is the list as a client gets it.
func listed(t *testing.T, set *tools.Set) []byte {
	t.Helper()
	type annotations struct {
		Title           string `json:"title"`
		ReadOnlyHint    bool   `json:"readOnlyHint"`
		DestructiveHint bool   `json:"destructiveHint"`
		IdempotentHint  bool   `json:"idempotentHint"`
		OpenWorldHint   bool   `json:"openWorldHint"`
	}
	type entry struct {
		Name         string          `json:"name"`
		Title        string          `json:"title"`
		Description  string          `json:"description"`
		InputSchema  json.RawMessage `json:"inputSchema"`
		OutputSchema json.RawMessage `json:"outputSchema,omitempty"`
		Annotations  annotations     `json:"annotations"`
	}
	var list []entry
	for _, tool := range set.Tools() {
		list = append(list, entry{
			tool.Name, tool.Title, tool.Description, tool.InputSchema, tool.OutputSchema,
			annotations{tool.Title, tool.Hints.ReadOnly, tool.Hints.Destructive, tool.Hints.Idempotent, tool.Hints.OpenWorld},
		})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTheListIsSmallAndTheSameEveryTime(t *testing.T) {
	t.Parallel()
	first := newBench(t, nil).set
	words := 0
	for _, tool := range first.Tools() {
		words += len(tool.Name) + len(tool.Description) + len(tool.InputSchema)
	}
	list := listed(t, first)
	if words > maxListWords || len(list) > maxList {
		t.Errorf("names, descriptions and input schemas are %d bytes (at most %d), the list is %d (at most %d)", words, maxListWords, len(list), maxList)
	}
	if again := listed(t, newBench(t, nil).set); !bytes.Equal(list, again) {
		t.Error("two starts list different bytes")
	}
}

func TestToolsAsListed(t *testing.T) {
	t.Parallel()
	for _, tool := range newBench(t, nil).set.Tools() {
		text, err := json.MarshalIndent(tool, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "tools/"+tool.Name+".json", append(text, '\n'))
	}
}

// The list needs neither network nor key nor user.
func TestTheListNeedsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if len(b.set.Tools()) == 0 || len(b.sim.Journal()) != 0 {
		t.Errorf("%d tools, %d requests to Alloy", len(b.set.Tools()), len(b.sim.Journal()))
	}
}
