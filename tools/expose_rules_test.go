package tools_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// catalogueFiles are the contents of the catalogues, by connector.
var catalogueFiles = sync.OnceValues(func() (map[string][]byte, error) {
	paths, err := filepath.Glob("../schemas/testdata/catalogs/*.json")
	files := make(map[string][]byte, len(paths))
	for _, path := range paths {
		if files[strings.TrimSuffix(filepath.Base(path), ".json")], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return files, err
})

// catalogueActions are all actions of the catalogues by their whole ids.
func catalogueActions(t *testing.T) map[string]alloy.Action {
	t.Helper()
	files, err := catalogueFiles()
	if err != nil {
		t.Fatal(err)
	}
	actions := make(map[string]alloy.Action)
	for connector, text := range files {
		var file struct {
			Actions map[string]json.RawMessage `json:"actions"`
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, raw := range file.Actions {
			action, err := pinned.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			actions[connector+"."+action.ID] = action
		}
	}
	if len(actions) != 896 {
		t.Fatalf("%d actions", len(actions))
	}
	return actions
}

// forty are patterns that name forty actions of six connectors.
const forty = "notion.*page*,slack.chat_*,jira.*ssue*,shippo.Create*,hubspot.*sociations*Batch*,shipStation.create*,hubspot.batchArchiveC*"

// benchOfAll is a bench whose Alloy has all catalogues, with tools of its own for what
// the patterns name.
func benchOfAll(t *testing.T, expose string, change func(*wiring)) *bench {
	t.Helper()
	files, err := catalogueFiles()
	if err != nil {
		t.Fatal(err)
	}
	var config simulator.Config
	for _, text := range files {
		config.Catalogs = append(config.Catalogs, text)
	}
	sim, err := simulator.New(config)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), change)}
	if err := b.set.Expose(t.Context(), patternsOf(t, expose)); err != nil {
		t.Fatal(err)
	}
	return b
}

func patternsOf(t *testing.T, text string) []policy.Pattern {
	t.Helper()
	patterns, err := policy.ParsePatterns(text)
	if err != nil {
		t.Fatal(err)
	}
	return patterns
}

func exposedOf(set *tools.Set) []tools.Tool {
	return slices.DeleteFunc(set.Tools(), func(tool tools.Tool) bool { return tool.ActionID == "" })
}

// With forty actions of six connectors exposed, every rule of clients holds, in both
// profiles, and the names and their order are those of the golden file.
func TestExposedToolsKeepTheRulesOfClients(t *testing.T) {
	t.Parallel()
	for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			b := benchOfAll(t, forty, func(w *wiring) { w.Profile = profile })
			exposed := exposedOf(b.set)
			if len(exposed) != 40 {
				t.Errorf("%d tools are exposed, want 40", len(exposed))
			}
			checkTools(t, b.set.Tools(), profile)
			var names strings.Builder
			for _, tool := range exposed {
				fmt.Fprintf(&names, "%-40s %s %s\n", tool.Name, tool.ActionID, hintWords(tool.Hints))
			}
			golden.Equal(t, "exposed.txt", []byte(names.String()))
			if again := listed(t, benchOfAll(t, forty, func(w *wiring) { w.Profile = profile }).set); string(again) != string(listed(t, b.set)) {
				t.Error("two starts list different bytes")
			}
			if b.sim.Writes().Total != 0 || len(b.sim.Journal()) > 60 {
				t.Errorf("%d requests to Alloy", len(b.sim.Journal()))
			}
		})
	}
}

func hintWords(h tools.Hints) string {
	switch h {
	case tools.Hints{ReadOnly: true, Idempotent: true, OpenWorld: true}:
		return "read"
	case tools.Hints{OpenWorld: true}:
		return "write"
	case tools.Hints{Destructive: true, OpenWorld: true}:
		return "destructive"
	}
	return fmt.Sprintf("%+v", h)
}

// Every action of the catalogues, and those that are worse, can be a tool of its own.
func TestEveryActionCanBeExposed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	actions := catalogueActions(t)
	for id, rest := range nastyActions() {
		action, err := pinned.Decode(fmt.Appendf(nil, `{"id":%q,%s}`, id, rest))
		if err != nil {
			t.Fatal(err)
		}
		actions["app."+id] = action
	}
	for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			set, err := tools.New(tools.Config{Profile: profile, Logger: slog.New(slog.NewTextHandler(testLog{t}, nil))})
			if err != nil {
				t.Fatal(err)
			}
			set.ExposeAll(t.Context(), actions)
			if got := len(exposedOf(set)); got != len(actions) {
				t.Errorf("%d of %d actions are exposed", got, len(actions))
			}
			checkTools(t, set.Tools(), profile)
		})
	}
}

// testLog fails a test with what is logged.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Errorf("logged: %s", line)
	return len(line), nil
}

// checkTools asks of tools, fixed and exposed, what clients ask.
func checkTools(t *testing.T, list []tools.Tool, profile schemas.Profile) {
	t.Helper()
	nameForm := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for _, tool := range list {
		if !nameForm.MatchString(tool.Name) || len(tool.Name) > 40 || seen[tool.Name] {
			t.Errorf("the name %q of %s is no name, too long or taken", tool.Name, tool.ActionID)
		}
		seen[tool.Name] = true
		if tool.Title == "" || tool.Description == "" || utf8.RuneCountInString(tool.Description) > maxDescription || len(tool.Title) > 160 {
			t.Errorf("%s: title %q, description of %d characters", tool.Name, tool.Title, utf8.RuneCountInString(tool.Description))
		}
		if n := len(tool.Name) + len(tool.Description) + len(tool.InputSchema); n > maxTool {
			t.Errorf("%s: %d bytes, at most %d", tool.Name, n, maxTool)
		}
		if tool.Hints.ReadOnly && tool.Hints.Destructive || !tool.Hints.OpenWorld && tool.ActionID != "" {
			t.Errorf("%s: hints %+v", tool.Name, tool.Hints)
		}
		if profile == schemas.Strict {
			checkStrict(t, tool.Name, tool.InputSchema)
		} else {
			t.Run(tool.Name, func(t *testing.T) { walk(t, "", rootOf(t, tool.InputSchema), tool.ActionID == "") })
		}
	}
}

// checkStrict asks of a schema what clients ask that close open objects.
func checkStrict(t *testing.T, name string, text json.RawMessage) {
	t.Helper()
	walkStrict(t, name, rootOf(t, text))
}

func walkStrict(t *testing.T, at string, node map[string]any) {
	t.Helper()
	for keyword := range node {
		if !slices.Contains([]string{"type", "properties", "required", "items", "enum", "description", "additionalProperties"}, keyword) {
			t.Errorf("%s: keyword %s", at, keyword)
		}
	}
	kind, nullable := kindIn(node["type"])
	if values, ok := node["enum"].([]any); ok && nullable != slices.Contains(values, nil) {
		t.Errorf("%s: null is in only one of type and enum", at)
	}
	switch kind {
	case "array":
		items, _ := node["items"].(map[string]any)
		walkStrict(t, at+"[]", items)
	case "object":
		properties, _ := node["properties"].(map[string]any)
		required, _ := node["required"].([]any)
		if node["additionalProperties"] != false || properties == nil || len(required) != len(properties) {
			t.Errorf("%s is open, or requires %d of %d properties", at, len(required), len(properties))
		}
		for property, child := range properties {
			if !slices.Contains(required, any(property)) || !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`).MatchString(property) {
				t.Errorf("%s.%s is not required, or has a name that is none", at, property)
			}
			walkStrict(t, at+"."+property, child.(map[string]any))
		}
	case "string", "integer", "number", "boolean":
	default:
		t.Errorf("%s: type %v", at, node["type"])
	}
}

func kindIn(value any) (kind string, nullable bool) {
	if list, ok := value.([]any); ok && len(list) == 2 && list[1] == "null" {
		kind, _ = list[0].(string)
		return kind, true
	}
	kind, _ = value.(string)
	return kind, false
}
