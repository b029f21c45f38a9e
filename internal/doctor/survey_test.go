package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
)

// survey asks the fake and returns the page.
func survey(t *testing.T, f *fake, config Config, full bool) (*Survey, string) {
	t.Helper()
	s, err := Ask(t.Context(), config, full)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := s.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(f.url, "http://"), "/")
	return s, strings.ReplaceAll(page.String(), host, "127.0.0.1:9")
}

// notionThatChecks answers as a Notion does that gets every version through.
func notionThatChecks(action, _, _ string, body map[string]any) reply {
	headers, _ := body["additionalHeaders"].(map[string]any)
	version, _ := headers[notionHeader].(string)
	request, _ := body["requestBody"].(map[string]any)
	filter, _ := request["filter"].(map[string]any)
	value, _ := filter["value"].(string)
	switch {
	case action == "notion.retrieve-a-page":
		return reply{status: 200, body: `{"executionId":"66cc00000000000000000001","status":"failed","responseData":{"object":"error","status":404,"code":"object_not_found","message":"Could not find page with ID: 00000000-0000-4000-8000-000000000000."}}`}
	case value == "data_source" && version == "2022-06-28", value == "database" && version == "2025-09-03":
		return reply{status: 200, body: `{"responseData":{"object":"error","status":400,"code":"validation_error","message":"body.filter.value is not valid"}}`}
	}
	return page(`[{"object":"page","properties":{"Secret plans":{"id":"title"}}}]`)
}

func TestSurveyByReads(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.run = notionThatChecks
	s, page := survey(t, f, f.config(t), false)
	golden.Equal(t, "survey/reads.md", []byte(page))
	noPersonalData(t, page)
	if s.Exit() != ExitOK {
		t.Errorf("exit %d", s.Exit())
	}
	for _, call := range f.calls() {
		if !strings.HasPrefix(call, "GET ") && !strings.Contains(call, "/post-search/execute") && !strings.Contains(call, "/retrieve-a-page/execute") {
			t.Errorf("a report of reads called %s", call)
		}
	}
}

func TestFullSurveyCleansUp(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.run = notionThatChecks
	s, page := survey(t, f, f.config(t), true)
	golden.Equal(t, "survey/full.md", []byte(page))
	noPersonalData(t, page)
	if len(f.made) != 0 || len(f.removed) != 1 || s.Left != "" || s.Exit() != ExitOK {
		t.Errorf("users left: %v, removed: %v, said: %q, exit %d", f.made, f.removed, s.Left, s.Exit())
	}
	for _, call := range f.calls() {
		method, rest, _ := strings.Cut(call, " ")
		if method != "GET" && !strings.Contains(rest, "/execute ") && rest != "/users" && !strings.Contains(rest, f.removed[0]) {
			t.Errorf("a write outside of the throw-away user: %s", call)
		}
	}
}

// noPersonalData fails the test if the page tells more than it says.
func noPersonalData(t *testing.T, page string) {
	t.Helper()
	noSecrets(t, page)
	for _, private := range []string{alice, bob, "alice", "bob@", "Example", "Secret plans", "66bb0", "66cc0", "66dd0", "eyJ", "token=", canary} {
		if strings.Contains(page, private) {
			t.Errorf("the page holds %q", private)
		}
	}
}

func TestSurveyAnswersEveryQuestion(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.run = notionThatChecks
	s, _ := survey(t, f, f.config(t), true)
	if len(s.Answers) < 12 {
		t.Fatalf("%d answers", len(s.Answers))
	}
	for i, answer := range s.Answers {
		if answer.Number != i+1 {
			t.Errorf("answer %d has the number %d", i+1, answer.Number)
		}
		if len(answer.Facts) == 0 && answer.Open == "" {
			t.Errorf("question %d has neither facts nor a reason: %s", answer.Number, answer.Question)
		}
		if !slices.Contains([]int{askRedirect, askRedirectQuery, askInput}, answer.Number) && len(answer.Facts) == 0 {
			t.Errorf("question %d has no facts: %s", answer.Number, answer.Open)
		}
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	noPersonalData(t, string(data))
}

func TestSurveySaysWhatItCouldNotDelete(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.replies["DELETE /users/66dd00000000000000000001"] = reply{status: 403, body: `{"message":"Forbidden"}`}
	s, page := survey(t, f, f.config(t), true)
	if !strings.HasPrefix(s.Left, "alloy-mcp-report-") || s.Exit() != ExitProblem || !strings.Contains(page, s.Left) {
		t.Errorf("left %q, exit %d, page:\n%s", s.Left, s.Exit(), page)
	}
}

func TestSurveyDeletesTwoUsersWhereAlloyAllowsDuplicates(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.twins = true
	s, page := survey(t, f, f.config(t), true)
	if len(f.made) != 0 || len(f.removed) != 2 || s.Left != "" || !strings.Contains(page, "a second user of the same username was made") {
		t.Errorf("users left: %v, removed: %v\n%s", f.made, f.removed, page)
	}
}

func TestInterruptedFullSurveyStillDeletes(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.onCall = func(call string) {
		if strings.HasPrefix(call, "POST /connectors/notion/credentials") {
			cancel()
		}
	}
	if _, err := Ask(ctx, f.config(t), true); err != nil {
		t.Fatal(err)
	}
	if len(f.made) != 0 || len(f.removed) != 1 {
		t.Errorf("users left: %v, removed: %v", f.made, f.removed)
	}
}

func TestSurveyOfARefusedKeyTellsTheRefusal(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	config := f.config(t)
	config.Client = f.client(t, "another-key-1234567890")
	s, page := survey(t, f, config, true)
	if !strings.Contains(page, "GET /connectors: HTTP 401") || !strings.Contains(page, "Invalid Authorization") || len(f.calls()) != 1 || s.Exit() != ExitOK {
		t.Errorf("exit %d, calls %v, page:\n%s", s.Exit(), f.calls(), page)
	}
}

func TestSurveyWithoutUserOrAccounts(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	config := f.config(t)
	config.User = "nobody-here"
	_, page := survey(t, f, config, false)
	if !strings.Contains(page, "No Alloy user is set or found") || strings.Contains(page, "nobody-here") {
		t.Errorf("page:\n%s", page)
	}
	f.credentials = nil
	_, page = survey(t, f, f.config(t), false)
	if !strings.Contains(page, "No account is connected for the user") {
		t.Errorf("page:\n%s", page)
	}
}

func TestAskNeedsAClient(t *testing.T) {
	t.Parallel()
	if _, err := Ask(t.Context(), Config{SettingsError: "ALLOY_ENV is wrong"}, false); err == nil || !strings.Contains(err.Error(), "ALLOY_ENV is wrong") {
		t.Errorf("error %v", err)
	}
	if _, err := Ask(t.Context(), Config{}, false); err == nil || !strings.Contains(err.Error(), "no API key") {
		t.Errorf("error %v", err)
	}
}

func TestShapeTellsNoValues(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"connectors":[{"id":"notion","n":1,"b":true,"z":null,"e":[]}]}`: `{connectors: [1 of {b: boolean, e: [], id: text, n: number, z: null}]}`,
		`{"Mein Projekt":{"x":1},"66bb00000000000000000001":1,"ok":"v"}`:  `{ok: text, 2 other keys}`,
		`{"responseData":{"results":[{"a":"b"}],"properties":{"a":1}}}`:   `{responseData: {properties: {…}, results: [1 of {…}]}}`,
		`{"a":{"b":{"c":{"d":1}}}}`:                                       `{a: {b: {c: {…}}}}`,
		`[]`:                                                              `[]`,
		`"x"`:                                                             `text`,
		`{`:                                                               `an object`,
		``:                                                                `nothing`,
	}
	for body, want := range tests {
		if got := shape(json.RawMessage(body), "", 0); got != want {
			t.Errorf("shape(%s) = %s, want %s", body, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		values []string
		want   string
	}{
		{nil, "too few"},
		{[]string{"a"}, "too few"},
		{[]string{"a", "b"}, "ascending"},
		{[]string{"b", "a"}, "descending"},
		{[]string{"b", "a", "c"}, "neither"},
		{[]string{"a", "a"}, "all alike"},
	}
	for _, test := range tests {
		if got := order(test.values); !strings.HasPrefix(got, test.want) {
			t.Errorf("order(%v) = %q, want %q…", test.values, got, test.want)
		}
	}
}

func TestVeil(t *testing.T) {
	t.Parallel()
	v := newVeil(nil)
	v.hide("al", "alice", "Alice Example")
	got := v.over("alice Alice Example 66AA00000000000000000001 ann@example.com 01234567-89ab-cdef-0123-456789abcdef support@runalloy.com pal")
	want := "<name> <name> <id> <e-mail> <uuid> support@runalloy.com pal"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever Alloy answers, the description of a body is one bounded line without
// the values in it.
func FuzzDescribeBody(f *testing.F) {
	f.Add([]byte(`{"error":{"source":"S","code":"C","message":"m","details":[{"properties":"p","message":"n"}]}}`), 400)
	f.Add([]byte(`{"errorHtml":"<pre>Cannot GET /x</pre>"}`), 404)
	f.Add([]byte(`[[[[[[1]]]]]]`), 200)
	f.Add([]byte(`{"data":[{"name":"CANARYVALUE"}]}`), 200)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		text := describeBody(alloy.Observation{Status: status, Body: body})
		if status < 400 && json.Valid(body) {
			for _, value := range leaves(body) {
				if len(value) > 6 && strings.Contains(text, value) && !strings.Contains(string(body), strconv.Quote(value)+":") && value != "boolean" {
					t.Errorf("%q is told: %s", value, text)
				}
			}
		}
		_ = newVeil(nil).over(text)
	})
}

// leaves returns the texts in a JSON value that are no keys and look unlike our
// own words.
func leaves(body []byte) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var texts []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.HasPrefix(v, "CANARY") {
				texts = append(texts, v)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(value)
	return texts
}

// A refusal can quote the path, and with it the user's name.
func TestSurveyHidesQuotedNames(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.replies["GET /users/alice"] = cannotRoute("GET", "/users/alice")
	config := f.config(t)
	config.User = alice
	_, page := survey(t, f, config, false)
	if strings.Contains(page, "alice") || !strings.Contains(page, "Cannot GET /users/&lt;name&gt;") {
		t.Errorf("page:\n%s", page)
	}
}
