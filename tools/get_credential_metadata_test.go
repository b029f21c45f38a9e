package tools_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
)

// One connector of each way to connect; what is said of each is a golden file.
func TestHowToConnectIsToldAsAlloyStatesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for _, connector := range []string{"notion", "jira", "shippo", "shipStation"} {
		var indented strings.Builder
		encoder := json.NewEncoder(&indented)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(b.ok(t, "get_credential_metadata", `{"connector_id":"`+connector+`"}`)); err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "metadata/"+connector+".json", []byte(indented.String()))
	}
}

// withMetadata is a bench with an app that is connected as the metadata says.
func withMetadata(t *testing.T, metadata string) *bench {
	t.Helper()
	file := `{"connector":{"id":"app","name":"App"},"metadata":` + metadata + `,"resources":[],"actions":{}}`
	sim, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte(file)}})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), nil)}
}

func TestWaysToConnect(t *testing.T) {
	t.Parallel()
	data := func(properties string) string {
		return `{"properties":{"data":{"required":["a"],"properties":{` + properties + `}}}}`
	}
	for _, test := range []struct{ name, metadata, want string }{
		{
			"several methods, one with an OAuth app of one's own", `[{"authenticationType":"oauth2","authConfigRequired":true},{"authenticationType":"apiKey","inputSchema":` + data(`"a":{}`) + `}]`,
			`[{"method":"oauth2","needs_own_oauth_app":true,"fields":[]},{"method":"apiKey","fields":[{"name":"a","required":true}]}]`,
		},
		{
			"bearer by the name token", `[{"authenticationType":"http","inputSchema":` + data(`"token":{}`) + `}]`,
			`[{"method":"http","scheme":"bearer","fields":[{"name":"token","secret":true}]}]`,
		},
		{
			"neither scheme", `[{"authenticationType":"http","inputSchema":` + data(`"site":{}`) + `}]`,
			`[{"method":"http","fields":[{"name":"site"}]}]`,
		},
		{
			"a password elsewhere is no scheme", `[{"authenticationType":"apiKey","inputSchema":` + data(`"password":{}`) + `}]`,
			`[{"method":"apiKey","fields":[{"name":"password","secret":true}]}]`,
		},
		{
			"values and words", `[{"authenticationType":"apiKey","inputSchema":` + data(`"region":{"enum":["eu","us"],"description":"Where\u202e it\n is."}`) + `}]`,
			`[{"method":"apiKey","fields":[{"name":"region","description":"Where it is.","enum":["eu","us"]}]}]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := withMetadata(t, test.metadata).ok(t, "get_credential_metadata", `{"connector_id":"app"}`)
			var want any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, answer["methods"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// scripted is an Alloy that answers each path with a text.
type scripted map[string]string

func (s scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, ok := s[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, text)
}

func TestWhatCannotBeConnectedOrReadIsSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		metadata string
		isError  bool
		want     map[string]any
	}{
		{`[]`, false, map[string]any{"connector_id": "app", "name": "App", "methods": []any{}, "hint": "Alloy states no way to connect this app."}},
		{`[{"authenticationType":"apiKey","inputSchema":{"properties":[]}}]`, true, map[string]any{
			"code": "upstream_error", "message": "Alloy describes how to connect this app in a form that cannot be read.",
			"hint": "Tell the person; support@runalloy.com can help.",
		}},
	} {
		set := newSet(t, scripted{
			"/connectors": `{"connectors":[{"id":"app","name":"App"}]}`, "/connectors/app/credentials/metadata": `{"metadata":` + test.metadata + `}`,
		}, foreignKey, foreignUser, nil)
		answer, isError := call(t, set, "get_credential_metadata", `{"connector_id":"app"}`)
		if diff := cmp.Diff(test.want, answer); diff != "" || isError != test.isError {
			t.Errorf("%s: error %v (-want +got):\n%s", test.metadata, isError, diff)
		}
		if answer, isError := call(t, set, "get_credential_metadata", `{"connector_id":"App"}`); !isError || answer["code"] != "unknown_connector" || path(answer, "next", "arguments", "query") != "app" {
			t.Errorf("an unknown connector: %v", answer)
		}
	}
}
