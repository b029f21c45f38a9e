package simulator_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// catalogs are the published descriptions of six real connectors, 896 actions.
const catalogs = "../../schemas/testdata/catalogs"

type catalog struct {
	Connector map[string]any
	Metadata  []any
	Resources []any
	Actions   map[string]map[string]any
}

func readCatalogs(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	paths, err := filepath.Glob(catalogs + "/*.json")
	if err != nil || len(paths) != 6 {
		t.Fatalf("%d catalogs in %s, want 6 (%v)", len(paths), catalogs, err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(path), ".json")] = raw
	}
	return out
}

func TestCatalogsAreServedAsTheyAre(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	total := 0
	for id, raw := range readCatalogs(t) {
		if err := b.LoadCatalog(raw); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		var want catalog
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		base := "/connectors/" + id
		if diff := cmp.Diff(any(want.Connector), b.do("GET", base, nil).at("connector")); diff != "" {
			t.Errorf("%s: connector (-want +got):\n%s", id, diff)
		}
		if diff := cmp.Diff(any(want.Metadata), b.do("GET", base+"/credentials/metadata", nil).at("metadata")); diff != "" {
			t.Errorf("%s: metadata (-want +got):\n%s", id, diff)
		}
		if diff := cmp.Diff(any(want.Resources), b.do("GET", base+"/resources", nil).at("resources")); diff != "" {
			t.Errorf("%s: resources (-want +got):\n%s", id, diff)
		}
		if list, _ := b.do("GET", base+"/actions", nil).at("actions").([]any); len(list) != len(want.Actions) {
			t.Errorf("%s: %d actions are listed, want %d", id, len(list), len(want.Actions))
		}
		for name, action := range want.Actions {
			if diff := cmp.Diff(any(action), b.do("GET", base+"/actions/"+url.PathEscape(name), nil).at("action")); diff != "" {
				t.Errorf("%s.%s (-want +got):\n%s", id, name, diff)
			}
			total++
		}
	}
	if total != 896 {
		t.Errorf("%d actions were checked, want 896", total)
	}
	if list, _ := b.do("GET", "/connectors", nil).at("connectors").([]any); len(list) != 6 {
		t.Errorf("%d connectors are listed: loading one twice must replace it", len(list))
	}
}

func TestLoadedActionsAnswerTheirSamplesAndCountWrites(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for id, raw := range readCatalogs(t) {
		if id != "slack" && id != "hubspot" { // those without a back end
			continue
		}
		load(t, b, string(raw))
		var want catalog
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		credential := b.connect(id)
		writes := 0
		for name, action := range want.Actions {
			params := map[string]any{}
			for _, piece := range strings.Split(action["path"].(string), "{")[1:] {
				param, _, _ := strings.Cut(piece, "}")
				params[param] = "1"
			}
			got := b.run(id, name, credential, map[string]any{"pathParams": params})
			sample := action["sampleSuccessResponse"]
			if sample == nil {
				sample = map[string]any{}
			}
			if diff := cmp.Diff(sample, got.at("responseData")); got.status != 200 || diff != "" {
				t.Errorf("%s.%s: %d (-want +got):\n%s", id, name, got.status, diff)
			}
			counted := b.Writes().ByAction[id+"."+name]
			if want := action["httpMethod"] != "get"; want != (counted == 1) {
				t.Errorf("%s.%s (%v): counted %d", id, name, action["httpMethod"], counted)
			}
			writes += counted
		}
		if writes == 0 {
			t.Errorf("%s: no writes at all", id)
		}
		if err := b.RevokeAtProvider(credential); err != nil {
			t.Fatal(err)
		}
		for name := range want.Actions {
			if !strings.Contains(want.Actions[name]["path"].(string), "{") {
				if got := b.run(id, name, credential, nil); got.at("status") != "failed" {
					t.Errorf("%s.%s ran with a dead token: %s", id, name, got.body)
				}
				break
			}
		}
	}
}

func TestALoadedNotionStillWorks(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Catalogs: [][]byte{readCatalogs(t)["notion"]}})
	id := b.connect("notion")
	got := b.run("notion", "post-search", id, map[string]any{
		"requestBody":       map[string]any{"query": "bug", "filter": map[string]any{"property": "object", "value": "data_source"}},
		"additionalHeaders": map[string]any{"Notion-Version": "2025-09-03"},
	})
	source, _ := got.at("responseData", "results", 0, "id").(string)
	if got.at("responseData", "results", 0, "object") != "data_source" {
		t.Fatalf("search: %s", got.body)
	}
	got = b.run("notion", "query-data-source", id, map[string]any{
		"pathParams": map[string]any{"data_source_id": source}, "additionalHeaders": map[string]any{"Notion-Version": "2025-09-03"},
	})
	if list, _ := got.at("responseData", "results").([]any); len(list) != 8 {
		t.Errorf("query: %d rows, %s", len(list), got.body)
	}
	page := map[string]any{"page_id": strings.Repeat("0", 32)}
	if got := b.run("notion", "retrieve-page-markdown", id, map[string]any{"pathParams": page}); got.status != 200 || got.at("status") != "completed" {
		t.Errorf("an action without a back end: %s", got.body)
	}
}

func TestBadCatalogsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	const methods = `"metadata":[{"authenticationType":"oauth2"}]`
	for name, text := range map[string]string{
		"no JSON":                 `{`,
		"no connector":            `{` + methods + `,"resources":[],"actions":{}}`,
		"no id":                   `{"connector":{"name":"x"},` + methods + `,"resources":[],"actions":{}}`,
		"no metadata":             `{"connector":{"id":"x"},"resources":[],"actions":{}}`,
		"metadata without a type": `{"connector":{"id":"x"},"metadata":[{}],"resources":[],"actions":{}}`,
		"resources of no list":    `{"connector":{"id":"x"},` + methods + `,"resources":{},"actions":{}}`,
		"a listed stranger":       `{"connector":{"id":"x"},` + methods + `,"resources":[{"actions":[{"id":"a"}]}],"actions":{}}`,
		"an action of no object":  `{"connector":{"id":"x"},` + methods + `,"resources":[],"actions":{"a":1}}`,
	} {
		if err := b.LoadCatalog([]byte(text)); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if _, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte("{")}}); err == nil {
		t.Error("New took a bad catalog")
	}
	if err := b.ReadCatalog(strings.NewReader(`{"connector":{"id":"x"},` + methods + `,"resources":[],"actions":{}}`)); err != nil {
		t.Errorf("a small good one: %v", err)
	}
	if list, _ := b.do("GET", "/connectors", nil).at("connectors").([]any); len(list) != 5 {
		t.Errorf("%d connectors", len(list))
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
