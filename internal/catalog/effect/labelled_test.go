package effect_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
)

// labelled is an action and what running it does, as a person labelled it.
type labelled struct {
	connector string
	action    alloy.Action
	want      effect.Effect
}

// readLabels reads lines of tab-separated fields: a connector where there is
// one, id, method, path, effect.
func readLabels(t *testing.T, file string) []labelled {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []labelled
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) == 4 {
			fields = append([]string{""}, fields...)
		}
		if len(fields) != 5 {
			t.Fatalf("%s: not five fields: %q", file, line)
		}
		all = append(all, labelled{fields[0], alloy.Action{ID: fields[1], Method: fields[2], Path: fields[3]}, effect.Effect(fields[4])})
	}
	return all
}

// readCatalogue reads the actions of a catalogue by their ids.
func readCatalogue(t *testing.T, connector string) map[string]alloy.Action {
	t.Helper()
	text, err := os.ReadFile("../../../schemas/testdata/catalogs/" + connector + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Actions map[string]struct {
			DisplayName string `json:"displayName"`
			Description string `json:"description"`
			Method      string `json:"httpMethod"`
			Path        string `json:"path"`
		} `json:"actions"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	actions := make(map[string]alloy.Action, len(c.Actions))
	for id, a := range c.Actions {
		actions[id] = alloy.Action{ID: id, DisplayName: a.DisplayName, Description: a.Description, Method: a.Method, Path: a.Path}
	}
	return actions
}

// score counts how a classifier did.
type score struct {
	all, reads, cautious, writes, alarmed int
}

// compare holds one answer against the label. That a destructive action passes
// for less, or a write for a read, is an error; caution is counted.
func (s *score) compare(t *testing.T, l labelled, got effect.Effect) {
	t.Helper()
	s.all++
	switch l.want {
	case effect.Read:
		s.reads++
		if got != effect.Read {
			s.cautious++
			t.Logf("cautious: %s %s %s %s is called %s", l.connector, l.action.ID, l.action.Method, l.action.Path, got)
		}
	case effect.Write:
		s.writes++
		if got == effect.Destructive {
			s.alarmed++
			t.Logf("alarmed: %s %s %s %s is called %s", l.connector, l.action.ID, l.action.Method, l.action.Path, got)
		}
		if got == effect.Read {
			t.Errorf("%s %s %s %s is a write and called a read", l.connector, l.action.ID, l.action.Method, l.action.Path)
		}
	case effect.Destructive:
		if got != effect.Destructive {
			t.Errorf("%s %s %s %s is destructive and called a %s", l.connector, l.action.ID, l.action.Method, l.action.Path, got)
		}
	default:
		t.Errorf("%s: no effect: %q", l.action.ID, l.want)
	}
}

func (s *score) check(t *testing.T, name string, cautious, alarmed float64) {
	t.Helper()
	t.Logf("%s: %d actions; of %d reads %d are called more than that (%.1f %%), of %d writes %d are called destructive (%.1f %%)",
		name, s.all, s.reads, s.cautious, percent(s.cautious, s.reads), s.writes, s.alarmed, percent(s.alarmed, s.writes))
	if percent(s.cautious, s.reads) > cautious || percent(s.alarmed, s.writes) > alarmed {
		t.Errorf("%s: more caution than %.0f %% of the reads and %.0f %% of the writes", name, cautious, alarmed)
	}
}

func percent(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }

// The list holds every action of the catalogues that takes something away.
func TestNoDangerousActionPassesForLess(t *testing.T) {
	t.Parallel()
	labels := readLabels(t, "testdata/labelled.tsv")
	if len(labels) < 300 {
		t.Fatalf("%d labelled actions, want 300 at least", len(labels))
	}
	catalogues := map[string]map[string]alloy.Action{}
	var bare, full score
	for _, l := range labels {
		if catalogues[l.connector] == nil {
			catalogues[l.connector] = readCatalogue(t, l.connector)
		}
		action, ok := catalogues[l.connector][l.action.ID]
		if !ok || action.Method != l.action.Method || action.Path != l.action.Path {
			t.Errorf("%s %s %s %s is not in the catalogue", l.connector, l.action.ID, l.action.Method, l.action.Path)
		}
		bare.compare(t, l, effect.Of(l.action))
		full.compare(t, l, effect.Of(action))
	}
	bare.check(t, "by method, id and path", 5, 10)
	full.check(t, "with name and description", 5, 10)
}

func TestOtherAppsAreJudgedAsWell(t *testing.T) {
	t.Parallel()
	var s score
	for _, l := range readLabels(t, "testdata/elsewhere.tsv") {
		s.compare(t, l, effect.Of(l.action))
	}
	s.check(t, "other apps", 5, 10)
}

// What is guessed from id and words alone may be wrong, but not often.
func TestAGuessIsMostlyRight(t *testing.T) {
	t.Parallel()
	wrong, missed, all := 0, 0, 0
	catalogues := map[string]map[string]alloy.Action{}
	for _, l := range readLabels(t, "testdata/labelled.tsv") {
		if catalogues[l.connector] == nil {
			catalogues[l.connector] = readCatalogue(t, l.connector)
		}
		a := catalogues[l.connector][l.action.ID]
		got := effect.Guess(a.ID, a.DisplayName, a.Description)
		all++
		if got != l.want {
			wrong++
			t.Logf("%s %s %q is %s, the guess is %s", l.connector, a.ID, a.DisplayName, l.want, got)
		}
		if l.want == effect.Destructive && got != effect.Destructive || l.want == effect.Write && got == effect.Read {
			missed++
			t.Logf("^ too harmless")
		}
	}
	t.Logf("%d of %d guesses are wrong (%.1f %%), %d too harmless", wrong, all, percent(wrong, all), missed)
	if percent(wrong, all) > 10 || percent(missed, all) > 1 {
		t.Error("more wrong guesses than are worth showing")
	}
}
