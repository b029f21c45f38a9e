package simulator_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestExecuteRefusesWhatIsNotTheUsers(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	notFound := map[string]any{"error": map[string]any{
		"source": "CONNECTIVITY_API", "code": "INVALID_INPUT", "message": "Credential not found", "details": map[string]any{},
	}}
	other, err := b.AddUser("other@example.com", "Other")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := b.AddCredential(other, "notion")
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{
		"an unknown id": strings.Repeat("0", 24), "somebody else's": theirs, "another connector's": b.connect("shippo"),
	} {
		got := b.run("notion", "post-search", id, nil)
		if diff := cmp.Diff(notFound, got.data()); got.status != 400 || diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", name, got.status, diff)
		}
	}
	for _, id := range []string{"", "cred_1"} {
		if got := b.run("notion", "post-search", id, nil); got.at("error", "details", 0, "properties") != "credentialId" {
			t.Errorf("id %q: %s", id, got.body)
		}
	}
}

func TestRevokedCredentialsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	if err := b.RevokeAtProvider(id); err != nil {
		t.Fatal(err)
	}
	got := b.run("notion", "post-search", id, nil)
	if got.status != 200 || got.at("responseData", "object") != "error" || got.at("responseData", "code") != "unauthorized" {
		t.Errorf("revoked at the provider: %d %s", got.status, got.body)
	}
	if err := b.Revoke(id); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"error": map[string]any{
		"source": "CONNECTIVITY_API", "code": "INVALID_CREDENTIAL", "message": "Credential not found or has been revoked",
		"details": map[string]any{"credentialId": id},
	}}
	got = b.run("notion", "post-search", id, nil)
	if diff := cmp.Diff(want, got.data()); got.status != 400 || diff != "" {
		t.Errorf("revoked at Alloy: %d (-want +got):\n%s", got.status, diff)
	}
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.at("credentials", 0, "credentialId") != id {
		t.Errorf("a revoked credential left the list: %s", got.body)
	}
	if err := b.Revoke("nothing"); err == nil {
		t.Error("an unknown credential was revoked")
	}
}

func TestUnknownConnectorsAndActionsAreJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	for call, code := range map[string]string{
		"GET /connectors/Notion":                                 "CONNECTOR_NOT_FOUND",
		"GET /connectors/nothing/resources":                      "CONNECTOR_NOT_FOUND",
		"GET /connectors/nothing/actions":                        "CONNECTOR_NOT_FOUND",
		"GET /connectors/nothing/actions/x":                      "CONNECTOR_NOT_FOUND",
		"GET /connectors/nothing/credentials":                    "CONNECTOR_NOT_FOUND",
		"GET /connectors/nothing/credentials/metadata":           "CONNECTOR_NOT_FOUND",
		"POST /connectors/nothing/credentials":                   "CONNECTOR_NOT_FOUND",
		"POST /connectors/nothing/actions/x/execute":             "CONNECTOR_NOT_FOUND",
		"GET /connectors/notion/actions/get-page":                "ACTION_NOT_FOUND",
		"POST /connectors/notion/actions/query-database/execute": "ACTION_NOT_FOUND",
	} {
		method, path, _ := strings.Cut(call, " ")
		if got := b.do(method, path, map[string]any{"credentialId": id}); got.status != 404 || got.at("code") != code {
			t.Errorf("%s: %d %s", call, got.status, got.body)
		}
	}
}

func TestEnvelopeFollowsTheModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	bad := map[string]any{"pathParams": map[string]any{"page_id": strings.Repeat("0", 32)}}
	type shape struct {
		status int
		keys   string
		code   any // of the provider's error
	}
	for _, test := range []struct {
		name  string
		modes simulator.Modes
		parts map[string]any
		want  shape
		path  []any
	}{
		{"usual", simulator.Modes{}, nil, shape{200, "executionId responseData status", nil}, []any{"responseData"}},
		{"bare", simulator.Modes{BareExecution: true}, nil, shape{200, "responseData", nil}, []any{"responseData"}},
		{"result", simulator.Modes{ResultWrapper: true}, nil, shape{200, "result success", nil}, []any{"result"}},
		{"error inside", simulator.Modes{}, bad, shape{200, "executionId responseData status", "object_not_found"}, []any{"responseData"}},
		{"error inside a result", simulator.Modes{ResultWrapper: true}, bad, shape{200, "result success", "object_not_found"}, []any{"result"}},
		{"error as status", simulator.Modes{ProviderErrors: "status"}, bad, shape{404, "executionId responseData status", "object_not_found"}, []any{"responseData"}},
		{"error bare", simulator.Modes{ProviderErrors: "bare"}, bad, shape{404, "code message object request_id status", "object_not_found"}, nil},
	} {
		set(t, b, test.modes)
		action := "get-self"
		if test.parts != nil {
			action = "retrieve-a-page"
		}
		got := b.run("notion", action, id, test.parts)
		have := shape{got.status, keys(got.data()), got.at(append(test.path, "code")...)}
		if have != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, have, test.want)
		}
	}
	set(t, b, simulator.Modes{})
	got := b.run("notion", "get-self", id, nil)
	if text, _ := got.at("executionId").(string); !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(text) {
		t.Errorf("executionId %q", text)
	}
}

func TestOnlyDocumentedFieldsReachTheProvider(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{RequireNotionVersion: true}})
	id := b.connect("notion")
	version := map[string]any{"notion-version": "2022-06-28"}
	size := map[string]any{"page_size": 1}
	for name, test := range map[string]struct {
		parts map[string]any
		n     int
	}{
		"requestBody": {map[string]any{"requestBody": size, "additionalHeaders": version}, 1},
		"input":       {map[string]any{"input": size, "additionalHeaders": version}, 100},
		"parameters":  {map[string]any{"parameters": size, "additionalHeaders": version}, 100},
		"headers":     {map[string]any{"requestBody": size, "headers": version}, 0},
	} {
		got := b.run("notion", "post-search", id, test.parts)
		list, _ := got.at("responseData", "results").([]any)
		if len(list) != test.n {
			t.Errorf("%s: %d results, want %d", name, len(list), test.n)
		}
		if test.n == 0 && got.at("responseData", "code") != "missing_version" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
}

func TestMissingPathParameterIsRefusedBeforeTheProvider(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	got := b.run("notion", "retrieve-a-page", b.connect("notion"), map[string]any{"pathParams": map[string]any{"page_id": ""}})
	if got.status != 400 || got.at("error", "details", 0, "properties") != "pathParams.page_id" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestReadOnlyNotionRefusesWrites(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{NotionReadsOnly: true, ProviderErrors: simulator.ProviderErrorsStatus}})
	id := b.connect("notion")
	got := b.run("notion", "post-page", id, body(map[string]any{"parent": map[string]any{"workspace": true}, "properties": map[string]any{}}))
	if got.status != 403 || got.at("responseData", "code") != "restricted_resource" || b.Writes().Total != 0 {
		t.Errorf("a write: %d %s", got.status, got.body)
	}
	if got := b.run("notion", "post-search", id, nil); got.status != 200 {
		t.Errorf("a read: %d %s", got.status, got.body)
	}
}

func TestNotionModesReachTheWorkspace(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{NotionRateLimit: true, NotionIndexDelay: time.Minute, NothingShared: true}})
	id := b.connect("notion")
	if list, _ := b.run("notion", "post-search", id, nil).at("responseData", "results").([]any); len(list) != 0 {
		t.Errorf("nothing shared, %d found", len(list))
	}
	if err := b.ShareEverything(id); err != nil {
		t.Fatal(err)
	}
	title := map[string]any{"title": []any{map[string]any{"text": map[string]any{"content": "Quokka"}}}}
	b.run("notion", "post-page", id, body(map[string]any{"parent": map[string]any{"workspace": true}, "properties": map[string]any{"title": title}}))
	find := func() answer { return b.run("notion", "post-search", id, body(map[string]any{"query": "quokka"})) }
	if list, _ := find().at("responseData", "results").([]any); len(list) != 0 {
		t.Error("a page was found before it was indexed")
	}
	if got := find(); got.at("responseData", "code") != "rate_limited" || got.at("status") != "failed" {
		t.Errorf("the fourth call: %s", got.body)
	}
	set(t, b, simulator.Modes{NotionRateLimit: true, ProviderErrors: simulator.ProviderErrorsStatus})
	if got := find(); got.status != 429 || got.header.Get("Retry-After") != "1" {
		t.Errorf("the fifth call: %d %v", got.status, got.header)
	}
	b.clock.pass(time.Minute)
	if list, _ := find().at("responseData", "results").([]any); len(list) != 1 {
		t.Error("the page was not found after it was indexed")
	}
}

func TestActionMetadataFollowsTheNotionVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for version, want := range map[string][2]any{"": {"2022-06-28", "database"}, "2025-09-03": {"2025-09-03", "data_source"}} {
		set(t, b, simulator.Modes{NotionVersion: version})
		a := b.do("GET", "/connectors/notion/actions/post-search", nil)
		got := [2]any{
			a.at("action", "parameters", 0, "schema", "default"),
			a.at("action", "requestBody", "properties", "filter", "properties", "value", "enum", 1),
		}
		if got != want {
			t.Errorf("version %q: %v, want %v", version, got, want)
		}
		found := b.run("notion", "post-search", b.connect("notion"), map[string]any{"requestBody": map[string]any{
			"filter": map[string]any{"property": "object", "value": want[1]}, "page_size": 1,
		}})
		if found.at("responseData", "results", 0, "object") != want[1] {
			t.Errorf("version %q: the advertised filter value fails: %s", version, found.body)
		}
	}
}

func keys(m map[string]any) string {
	var list []string
	for key := range m {
		list = append(list, key)
	}
	return strings.Join(sorted(list), " ")
}
