package alloy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSearchNotionSendsWhatTheVersionKnows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		in   NotionSearch
		want string
	}{
		{"nothing", NotionSearch{}, `"requestBody":{},"additionalHeaders":{"Notion-Version":"2022-06-28"}`},
		{"all", NotionSearch{Query: "q", Object: "page", Order: "ascending", StartCursor: "c", PageSize: 5}, `"requestBody":{"filter":{"property":"object","value":"page"},"page_size":5,"query":"q","sort":{"direction":"ascending","timestamp":"last_edited_time"},"start_cursor":"c"},"additionalHeaders":{"Notion-Version":"2022-06-28"}`},
		{"data_source, old", NotionSearch{Object: "data_source"}, `"requestBody":{"filter":{"property":"object","value":"database"}},"additionalHeaders":{"Notion-Version":"2022-06-28"}`},
		{"database, new", NotionSearch{Object: "database", Version: "2025-09-03"}, `"requestBody":{"filter":{"property":"object","value":"data_source"}},"additionalHeaders":{"Notion-Version":"2025-09-03"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, `{"responseData":{"object":"list","results":[],"has_more":false,"next_cursor":null}}`))
			test.in.CredentialID = testCred
			got, err := f.user().SearchNotion(t.Context(), test.in)
			if err != nil || got.Items == nil || len(got.Items) != 0 || got.HasMore || got.NextCursor != "" {
				t.Errorf("%+v, %v", got, err)
			}
			if want := `{"credentialId":"` + testCred + `",` + test.want + `}`; f.seen()[0].body != want {
				t.Errorf("got  %s\nwant %s", f.seen()[0].body, want)
			}
		})
	}
}

func TestSearchNotionReadsPagesAndDatabases(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"responseData":{"object":"list","has_more":true,"next_cursor":"n","results":[
		{"object":"page","id":"p","url":"u","created_time":"2025-01-01T00:00:00.000Z","last_edited_time":"2025-01-02T00:00:00.000Z","archived":false,"in_trash":true,
		 "parent":{"type":"page_id","page_id":"pp"},"properties":{"x":{"type":"number","number":3},"Name":{"type":"title","title":[{"plain_text":"A "},{"plain_text":"B"}]}}},
		{"object":"database","id":"d","title":[{"plain_text":"D"}],"properties":{"Name":{"type":"title","title":{}}},"parent":{"type":"workspace","workspace":true}},
		{"object":"page","id":"e","properties":{}}]}}`))
	got, err := f.user().SearchNotion(t.Context(), NotionSearch{CredentialID: testCred})
	if err != nil {
		t.Fatal(err)
	}
	want := []NotionItem{
		{
			ID: "p", Object: "page", Title: "A B", URL: "u", ParentType: "page_id", ParentID: "pp", Archived: true,
			CreatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), EditedAt: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC),
		},
		{ID: "d", Object: "database", Title: "D", ParentType: "workspace"},
		{ID: "e", Object: "page"},
	}
	if diff := cmp.Diff(want, got.Items); diff != "" {
		t.Error("-want +got\n" + diff)
	}
	if got.NextCursor != "n" || !got.HasMore || !strings.Contains(string(got.Data), `"object":"list"`) {
		t.Errorf("%+v", got)
	}
}

func TestSearchNotionNeverMakesNothingOutOfAnUnknownShape(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`{}`, `[]`, `null`, `{"object":"list"}`, `{"results":{}}`, `{"results":[1]}`, `{"results":[{}]}`, `{"data":{"results":[]}}`} {
		f := newFake(t).reply(answerWith(200, `{"responseData":`+data+`}`))
		_, err := f.user().SearchNotion(t.Context(), NotionSearch{CredentialID: testCred})
		wantKind(t, err, KindEnvelope)
	}
}

func TestSearchNotionPicksTheOnlyConnection(t *testing.T) {
	t.Parallel()
	row := `{"credentialId":"` + testCred + `","type":"notion-oauth2","name":"A"}`
	for rows, kind := range map[string]Kind{row: "", "": KindCredentialNotFound, row + "," + strings.Replace(row, "001", "002", 1): KindInvalidInput} {
		f := newFake(t).route("GET /connectors/notion/credentials", answerWith(200, `{"credentials":[`+rows+`]}`)).
			reply(answerWith(200, `{"responseData":{"results":[]}}`))
		_, err := f.user().SearchNotion(t.Context(), NotionSearch{})
		if kind == "" && err != nil {
			t.Error(err)
		} else if kind != "" {
			wantKind(t, err, kind)
		}
	}
	f := newFake(t)
	for _, s := range []NotionSearch{{Object: "block"}, {Order: "up"}, {PageSize: 101}, {PageSize: -1}} {
		_, err := f.user().SearchNotion(t.Context(), s)
		wantKind(t, err, KindInvalidInput)
	}
	f.want()
}

func TestConnectionAndTokenInfoComeFromTheList(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"data":[{"credentialId":"`+testCred+`","name":"A","type":"notion-oauth2","createdAt":"2025-11-03T09:00:00Z","updatedAt":"2025-11-04T09:00:00Z","expiresAt":1900000000000,"status":"active","accessToken":"canary"}]}`))
	got, err := f.user().TokenInfo(t.Context(), testCred)
	want := TokenInfo{
		CredentialID: testCred, ConnectorID: "notion", Type: AuthOAuth2, ManagedBy: "alloy", CreatedAt: time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC),
		UpdatedAt: time.Date(2025, 11, 4, 9, 0, 0, 0, time.UTC), ExpiresAt: time.Unix(1900000000, 0).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if c, err := f.user().Connection(t.Context(), testCred); err != nil || c.Status != "active" {
		t.Error(c, err)
	}
	_, err = f.user().TokenInfo(t.Context(), "66bb00000000000000000009")
	if e := wantError(t, err, KindCredentialNotFound); !strings.Contains(e.Advice, testUser) {
		t.Error(e)
	}
}

func TestObserveShowsEveryAnswerWithoutSecrets(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(404, `{"message":"`+testKey+`","n":1}`, "X-Request-Id", "r", "X-Echo", testKey, "Set-Cookie", "a=b"))
	var got []Observation
	ctx := Observe(t.Context(), func(o Observation) { got = append(got, o) })
	if _, err := f.client.Users(ctx); err == nil {
		t.Fatal("no error")
	}
	if len(got) != 1 || got[0].Method != "GET" || got[0].Path != "/users" || got[0].Status != 404 || string(got[0].Body) != `{"message":"[redacted]","n":1}` {
		t.Errorf("%+v", got)
	}
	if h := got[0].Header; h.Get("X-Request-Id") != "r" || h.Get("X-Echo") != redacted || h.Get("Set-Cookie") != "" {
		t.Errorf("%v", h)
	}
	o, err := f.client.Probe(ctx, mustUser(t), map[string][]string{"connectorId": {"a b"}}, "users", "x/y", "credentials")
	if err != nil || o.Status != 404 || o.Path != "/users/x%2Fy/credentials" || len(got) != 2 {
		t.Errorf("%+v, %v, %d", o, err, len(got))
	}
	if last := f.seen()[1]; last.header.Get("X-Alloy-Userid") != testUser {
		t.Error("the user is missing")
	}
	if _, err := f.client.Probe(t.Context(), UserID{}, nil, ".."); err == nil {
		t.Error("no error")
	}
}
