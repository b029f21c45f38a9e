package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A program begins, its person goes through the pages and is sent back, and the
// program sees the connection and ends it.
func TestAProgramConnectsItsPerson(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(app.Close)
	sim, env := newSimulator(t)
	env["MCP_TRANSPORT"], env["ENV_FILE"], env["CONNECT_RETURN_TO"] = "http", "/dev/null", app.URL+"/done?tab=1"
	r := start(t, env, "serve")
	base := strings.TrimSuffix(r.endpoint(), "/mcp")

	var started struct {
		RequestID string `json:"request_id"`
		URL       string `json:"url"`
	}
	_, text, _ := strings.Cut(post(t, base+"/api/oauth/initiate", `{"connector_id":"notion","return_to":"`+app.URL+`/done?tab=1"}`), " ")
	if err := json.Unmarshal([]byte(text), &started); err != nil || started.URL == "" {
		t.Fatalf("%v: %s", err, text)
	}
	consent := press(t, started.URL, url.Values{"choice": {"accept"}})
	if back, want := press(t, consent, url.Values{"decision": {"approve"}, "pages": {"all"}}), app.URL+"/done?request_id="+started.RequestID+"&status=connected&tab=1"; back != want {
		t.Errorf("the browser ends at %s, want %s", back, want)
	}
	var list struct {
		Connections []struct {
			ConnectionID string `json:"connection_id"`
		} `json:"connections"`
	}
	_, text = get(t, base+"/api/connections", nil)
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Connections) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, base+"/api/connections/"+list.Connections[0].ConnectionID, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if deleted := fmt.Sprint(sim.Writes().ByAction); response.StatusCode != http.StatusNoContent || !strings.Contains(deleted, "delete") {
		t.Errorf("disconnecting: %s; Alloy saw %s", response.Status, deleted)
	}
	if got := post(t, base+"/api/oauth/initiate", `{"connector_id":"notion","return_to":"`+app.URL+`"}`); !strings.HasPrefix(got, "400 ") {
		t.Errorf("another address: %s", got)
	}
}
