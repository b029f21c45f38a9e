package alloy

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConnectorsDecodesTheObservedShape(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"connectors":[
		{"id":"notion","name":"Notion","icon":"https://cdn.runalloy.com/icons/notion.png","group":["output"],"category":["productivity"],"new":1},
		{"connectorId":"zohoCRM","name":"Zoho","category":"crm","actionCount":12}]}`))
	got, err := f.client.Connectors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Connector{
		{ID: "notion", Name: "Notion", IconURL: "https://cdn.runalloy.com/icons/notion.png", Groups: []string{"output"}, Categories: []string{"productivity"}},
		{ID: "zohoCRM", Name: "Zoho", Categories: []string{"crm"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n" + diff)
	}
	f.want("GET /connectors")
	if f.seen()[0].header.Get("X-Alloy-Userid") != "" {
		t.Error("a call without a user named one")
	}
}

func TestUnknownEnvelopesAreErrorsAndEmptyListsAreNot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		kind       Kind
		keys       []string
	}{
		{"empty list", `{"connectors":[]}`, "", nil},
		{"other key", `{"foo":[]}`, KindEnvelope, []string{"foo"}},
		{"no key", `{}`, KindEnvelope, nil},
		{"null", `{"connectors":null}`, KindEnvelope, []string{"connectors"}},
		{"object", `{"connectors":{}}`, KindEnvelope, []string{"connectors"}},
		{"a text", `"connectors"`, KindEnvelope, nil},
		{"null alone", `null`, KindEnvelope, nil},
		{"rows without ids", `{"connectors":[{"label":"x"}]}`, KindEnvelope, []string{"label"}},
		{"rows that are texts", `{"connectors":["notion"]}`, KindEnvelope, nil},
		{"nothing", ``, KindUnreadable, nil},
		{"white space", "  \n", KindUnreadable, nil},
		{"cut", `{"connectors":[{"id":"no`, KindUnreadable, nil},
		{"two values", `{"connectors":[]} {}`, KindUnreadable, nil},
		{"page", `<html><body>Welcome</body></html>`, KindUnreadable, nil},
		{"error inside", `{"error":{"source":"CONNECTIVITY_API","code":"INVALID_USER","message":"User not found","details":{"userId":"x"}}}`, KindUnknownUser, nil},
		{"page inside", `{"errorHtml":"<!DOCTYPE html><html><body><pre>Cannot GET /connectors</pre></body></html>"}`, KindRoute, nil},
		{"key refused inside", `{"message":"Invalid Authorization"}`, KindUnauthorized, nil},
		{"success false", `{"success":false,"message":"no"}`, KindRejected, nil},
		{"byte order mark and bad UTF-8", "\xef\xbb\xbf{\"connectors\":[],\"x\":\"\xff\"}", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, test.body))
			got, err := f.client.Connectors(t.Context())
			if test.kind == "" {
				if err != nil || got == nil || len(got) != 0 {
					t.Fatalf("got %v, %v; want an empty list", got, err)
				}
				return
			}
			e := wantError(t, err, test.kind)
			if diff := cmp.Diff(test.keys, e.Keys); diff != "" {
				t.Error("keys -want +got\n" + diff)
			}
		})
	}
}

func TestOneStrangeRowDoesNotCostTheList(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"connectors":[{"id":"notion"},17,{"name":"no id"}]}`))
	got, err := f.client.Connectors(t.Context())
	if err != nil || len(got) != 1 || got[0].ID != "notion" {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestConnectorAcceptsEveryFormAndFallsBackToTheList(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"named": `{"connector":{"id":"notion","name":"Notion"}}`,
		"data":  `{"data":{"id":"notion","name":"Notion"}}`,
		"bare":  `{"id":"notion","name":"Notion"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, body))
			got, err := f.client.Connector(t.Context(), "notion")
			if diff := cmp.Diff(Connector{ID: "notion", Name: "Notion"}, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).route("GET /connectors", answerWith(200, `{"connectors":[{"id":"slack"},{"id":"notion"}]}`)).
			reply(answerWith(404, `{"errorHtml":"<pre>Cannot GET /connectors/notion</pre>"}`))
		if got, err := f.client.Connector(t.Context(), "notion"); err != nil || got.ID != "notion" {
			t.Errorf("got %v, %v", got, err)
		}
		_, err := f.client.Connector(t.Context(), "Notion")
		wantKind(t, err, KindNotFound)
		f.want("GET /connectors/notion", "GET /connectors", "GET /connectors/Notion", "GET /connectors")
	})
}

func TestResourcesKeepsActionIDsAndFallsBackToActions(t *testing.T) {
	t.Parallel()
	want := []Resource{{Name: "search", Description: "Find.", Actions: []ActionSummary{{ID: "post-search", Name: "Search", Description: "d"}}}}
	f := newFake(t).reply(answerWith(200, `{"resources":[{"name":"search","description":"Find.","actions":[{"id":"post-search","name":"Search","description":"d","httpMethod":"post"},{"name":"x"}]}]}`))
	got, err := f.client.Resources(t.Context(), "notion")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for name, first := range map[string]string{"missing": "404", "empty": "200"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).route("GET /connectors/notion/actions", answerWith(200, `{"actions":[{"id":"post-search","displayName":"Search"}]}`))
			if first == "404" {
				f.reply(answerWith(404, `<pre>Cannot GET /x</pre>`))
			} else {
				f.reply(answerWith(200, `{"resources":[]}`))
			}
			got, err := f.client.Resources(t.Context(), "notion")
			want := []Resource{{Actions: []ActionSummary{{ID: "post-search", Name: "Search"}}}}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	t.Run("neither", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(answerWith(404, `{"message":"Connector not found"}`))
		_, err := f.client.Resources(t.Context(), "nope")
		wantKind(t, err, KindNotFound)
	})
	t.Run("really empty", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(answerWith(200, `{"resources":[]}`), answerWith(404, ``))
		if got, err := f.client.Resources(t.Context(), "notion"); err != nil || got == nil || len(got) != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestActionReadsEveryPlaceOfTheBodySchema(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"query":{"type":"string"}}}`
	for name, fields := range map[string]string{
		"requestBody is the schema":   `"requestBody":` + schema,
		"content":                     `"requestBody":{"content":{"application/json":{"schema":` + schema + `}}}`,
		"requestBody.schema":          `"requestBody":{"schema":` + schema + `}`,
		"inputSchema":                 `"inputSchema":` + schema,
		"schema":                      `"schema":` + schema,
		"a parameter in the body":     `"parameters":[{"name":"body","in":"body","schema":` + schema + `}]`,
		"null first, then input":      `"requestBody":null,"inputSchema":` + schema,
		"parameters of a wrong shape": `"parameters":{},"requestBody":` + schema,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, `{"action":{"id":"post-search","displayName":"Search","httpMethod":"POST","path":"/v1/search",`+fields+`}}`))
			got, err := f.client.Action(t.Context(), "notion", "post-search")
			want := Action{ID: "post-search", DisplayName: "Search", Method: "post", Path: "/v1/search", RequestBody: json.RawMessage(schema)}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestActionReadsParameters(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"action":{"description":"d","parameters":[
		{"name":"page_id","in":"path","required":true,"schema":{"type":"string"}},
		{"name":"limit","in":"query","required":"false","description":"how many"},{"in":"query"}],
		"sampleSuccessResponse":{"id":"string"}}}`))
	got, err := f.client.Action(t.Context(), "notion", "retrieve-a-page")
	want := Action{
		ID: "retrieve-a-page", Description: "d", SampleSuccessResponse: json.RawMessage(`{"id":"string"}`),
		Parameters: []Parameter{
			{Name: "page_id", In: "path", Required: true, Schema: json.RawMessage(`{"type":"string"}`)},
			{Name: "limit", In: "query", Description: "how many"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
