package alloy

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func noRoute(method, path string) func(http.ResponseWriter, *http.Request) {
	return answerWith(404, `{"errorHtml":"<!DOCTYPE html><pre>Cannot `+method+` `+path+`</pre>"}`)
}

func TestCredentialMetadataAcceptsBothGenerations(t *testing.T) {
	t.Parallel()
	newer := `{"authenticationType":"oauth2","authConfigRequired":true,"inputSchema":{"type":"object"},"sampleInput":{"a":1}}`
	want := []AuthMethod{{Type: AuthOAuth2, AuthConfigRequired: true, InputSchema: []byte(`{"type":"object"}`), SampleInput: []byte(`{"a":1}`)}}
	older := `{"inputSchema":{"properties":{"authenticationType":{"const":"apiKey"}}}}`
	wantOlder := []AuthMethod{{Type: AuthAPIKey, InputSchema: []byte(`{"properties":{"authenticationType":{"const":"apiKey"}}}`)}}
	for _, test := range []struct {
		name, body string
		want       []AuthMethod
	}{
		{"a list", `{"metadata":[` + newer + `]}`, want},
		{"one object", `{"metadata":` + newer + `}`, want},
		{"older", `{"metadata":[` + older + `]}`, wantOlder},
		{"none", `{"metadata":[]}`, []AuthMethod{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, test.body))
			got, err := f.client.CredentialMetadata(t.Context(), "notion")
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			f.want("GET /connectors/notion/credentials/metadata")
		})
	}
	t.Run("the old path", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(noRoute("GET", "/x"), answerWith(200, `{"metadata":[`+newer+`]}`))
		got, err := f.client.CredentialMetadata(t.Context(), "notion")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		f.want("GET /connectors/notion/credentials/metadata", "GET /connectors/notion/credentials")
	})
	t.Run("the old path lists credentials", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(noRoute("GET", "/x"), answerWith(200, `{"credentials":[]}`))
		_, err := f.client.CredentialMetadata(t.Context(), "notion")
		wantKind(t, err, KindRoute)
	})
}

func TestStartOAuthSendsTheUserTwiceAndChecksTheLink(t *testing.T) {
	t.Parallel()
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"user":{"_id":"u"},"exp":1900000000}`))
	for _, test := range []struct{ name, link, problem string }{
		{"Alloy's", "https://api.runalloy.com/api/strategy/connector/notion/authorize?userId=u&token=a." + claims + ".c", ""},
		{"the base URL's", "BASE/authorize?token=x", ""},
		{"plain http", "http://api.runalloy.com/x", "foreign host"},
		{"another port", "https://api.runalloy.com:8443/x", "foreign host"},
		{"the bare domain's look-alike", "https://evilrunalloy.com/x", "foreign host"},
		{"a suffix", "https://api.runalloy.com.evil.example/x", "foreign host"},
		{"user info", "https://api.runalloy.com@evil.example/x", "not a URL"},
		{"javascript", "javascript:alert(1)", "not a URL"},
		{"another loopback port", "http://127.0.0.1:1/x", "foreign host"},
		{"no link", "", "a credential instead"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			link := strings.ReplaceAll(test.link, "BASE", f.server.URL)
			body := fmt.Sprintf(`{"oauthUrl":%q}`, link)
			if link == "" {
				body = `{"credentialId":"` + testCred + `"}`
			}
			f.reply(answerWith(200, body))
			got, err := f.user().StartOAuth(t.Context(), OAuthRequest{ConnectorID: "notion", RedirectURI: "http://localhost:8080/callback/n", AuthConfigID: "cfg", Data: map[string]any{"shopName": "s"}})
			if test.problem != "" {
				if e := wantError(t, err, KindEnvelope); !strings.Contains(e.Message, test.problem) || e.Outcome != OutcomeCompleted {
					t.Errorf("%v, %s", e, e.Outcome)
				}
				return
			}
			if err != nil || got.URL.Reveal() != link || strings.Contains(fmt.Sprintf("%+v", got), "token") {
				t.Fatalf("%v, %v", got, err)
			}
			if test.name == "Alloy's" && got.ExpiresAt.Unix() != 1900000000 && time.Now().Unix() > 1900000000-48*3600 {
				t.Errorf("expires %s", got.ExpiresAt)
			}
			want := `{"userId":"` + testUser + `","authenticationType":"oauth2","redirectUri":"http://localhost:8080/callback/n","authConfigId":"cfg","data":{"shopName":"s"}}`
			if diff := cmp.Diff(want, f.seen()[0].body); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			f.want("POST /connectors/notion/credentials")
		})
	}
	f := newFake(t)
	for _, uri := range []string{"", "/callback", "localhost:8080", "http://%zz"} {
		_, err := f.user().StartOAuth(t.Context(), OAuthRequest{ConnectorID: "notion", RedirectURI: uri})
		wantKind(t, err, KindInvalidInput)
	}
	f.want()
}

func TestLinkExpiryComesFromTheTokenWithinReason(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for _, test := range []struct {
		claims string
		want   time.Time
	}{
		{`{"exp":1800003600}`, time.Unix(1_800_003_600, 0)},
		{`{"exp":1700000000}`, time.Unix(1_700_000_000, 0)},
		{`{"exp":99999999999}`, now.Add(time.Hour)},
		{`{"exp":"x"}`, now.Add(time.Hour)},
		{`not json`, now.Add(time.Hour)},
	} {
		c := &Client{}
		c.base, _ = checkBaseURL(DefaultBaseURL)
		u, problem := c.checkLink("https://api.runalloy.com/x?token=a." + base64.RawURLEncoding.EncodeToString([]byte(test.claims)) + ".c")
		if problem != "" {
			t.Fatal(problem)
		}
		if got := linkExpiry(u, now); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", test.claims, got, test.want)
		}
	}
}

func TestCreateSendsTheDocumentedFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		create func(*fake) (string, error)
		want   string
	}{
		{"apiKey", func(f *fake) (string, error) { return f.user().CreateAPIKey(t.Context(), "c", NewSecret("k1")) }, `"authenticationType":"apiKey","data":{"apiKey":"k1"}}`},
		{"bearer", func(f *fake) (string, error) { return f.user().CreateBearer(t.Context(), "c", NewSecret("t1")) }, `"authenticationType":"http","data":{"accessToken":"t1"}}`},
		{"basic", func(f *fake) (string, error) {
			return f.user().CreateBasic(t.Context(), "c", Basic{Username: "u", Password: NewSecret("p"), Extra: map[string]any{"domain": "acme"}})
		}, `"authenticationType":"http","data":{"domain":"acme","password":"p","username":"u"}}`},
		{"any", func(f *fake) (string, error) {
			return f.user().CreateCredential(t.Context(), "c", "custom", map[string]any{"a": []any{NewSecret("deep")}, "b": map[string]any{"c": NewSecret("deeper")}})
		}, `"authenticationType":"custom","data":{"a":["deep"],"b":{"c":"deeper"}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).route("GET /connectors/c/credentials", answerWith(200, `{"credentials":[]}`)).
				reply(answerWith(201, `{"credentialId":"`+testCred+`"}`))
			id, err := test.create(f)
			if err != nil || id != testCred {
				t.Fatalf("%q, %v", id, err)
			}
			f.want("GET /connectors/c/credentials", "POST /connectors/c/credentials")
			if got, want := f.seen()[1].body, `{"userId":"`+testUser+`",`+test.want; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestCreateFallsThroughOnlyWhereThereIsNoRoute(t *testing.T) {
	t.Parallel()
	first, second, third := "POST /connectors/c/credentials", "POST /users/connectors/c/credentials", "POST /users/"+testUser+"/credentials"
	ok := answerWith(200, `{"credentialId":"`+testCred+`"}`)
	missing := noRoute("POST", "/x")
	for _, test := range []struct {
		name     string
		replies  map[string]func(http.ResponseWriter, *http.Request)
		kind     Kind
		requests []string
	}{
		{"first", map[string]func(http.ResponseWriter, *http.Request){first: ok}, "", []string{first}},
		{"second", map[string]func(http.ResponseWriter, *http.Request){first: missing, second: ok}, "", []string{first, second}},
		{"third", map[string]func(http.ResponseWriter, *http.Request){first: missing, second: missing, third: ok}, "", []string{first, second, third}},
		{"none", map[string]func(http.ResponseWriter, *http.Request){first: missing, second: missing, third: missing}, KindRoute, []string{first, second, third}},
		{"405 with a page", map[string]func(http.ResponseWriter, *http.Request){first: answerWith(405, `<pre>Cannot POST /x</pre>`), second: ok}, "", []string{first, second}},
		{"an answer", map[string]func(http.ResponseWriter, *http.Request){first: answerWith(404, `{"code":"AUTHENTICATION_NOT_FOUND"}`)}, KindAuthTypeNotFound, []string{first}},
		{"JSON 404", map[string]func(http.ResponseWriter, *http.Request){first: answerWith(404, `{"message":"Connector not found"}`)}, KindNotFound, []string{first}},
		{"405 without a page", map[string]func(http.ResponseWriter, *http.Request){first: answerWith(405, ``)}, KindRoute, []string{first}},
		{"403", map[string]func(http.ResponseWriter, *http.Request){first: answerWith(403, ``)}, KindForbidden, []string{first}},
		{"an answer from the second", map[string]func(http.ResponseWriter, *http.Request){first: missing, second: answerWith(400, `{"message":"no"}`)}, KindInvalidInput, []string{first, second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).route("GET /connectors/c/credentials", answerWith(200, `{"credentials":[]}`))
			for route, reply := range test.replies {
				f.route(route, reply)
			}
			id, err := f.user().CreateAPIKey(t.Context(), "c", NewSecret("app-key-123"))
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil || id != testCred {
				t.Errorf("%q, %v", id, err)
			}
			f.want(append([]string{"GET /connectors/c/credentials"}, test.requests...)...)
		})
	}
}

func TestCreateUsesTheOlderFieldNameOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t).route("GET /connectors/c/credentials", answerWith(200, `{"credentials":[]}`)).
		reply(answerWith(400, `{"error":{"code":"INVALID_INPUT","message":"bad","details":[{"properties":"credentialType","message":"credentialType is required"}]}}`),
			answerWith(200, `{"credentialId":"`+testCred+`"}`))
	if _, err := f.user().CreateAPIKey(t.Context(), "c", NewSecret("app-key-123")); err != nil {
		t.Fatal(err)
	}
	if body := f.seen()[2].body; !strings.Contains(body, `"credentialType":"apiKey"`) || !strings.Contains(body, `"authenticationType":"apiKey"`) {
		t.Error(body)
	}
	if strings.Contains(f.seen()[1].body, "credentialType") {
		t.Error("sent at first already")
	}
}

func TestALostCreationIsFoundByComparing(t *testing.T) {
	t.Parallel()
	row := func(id string) string { return `{"credentialId":"` + id + `","type":"c-apiKey"}` }
	for _, test := range []struct {
		name, after string
		reply       func(http.ResponseWriter, *http.Request)
		want        string
		outcome     Outcome
	}{
		{"stored, 500", row("old") + "," + row("new"), answerWith(500, ``), "new", ""},
		{"stored, unreadable", row("old") + "," + row("new"), answerWith(200, `{"cred`), "new", ""},
		{"stored, unknown shape", row("old") + "," + row("new"), answerWith(200, `{"ok":1}`), "new", ""},
		{"stored, not an id", row("old") + "," + row("new"), answerWith(200, `{"credentialId":"not what it used to be"}`), "new", ""},
		{"not stored, unreadable", row("old"), answerWith(200, ``), "", OutcomeUnknown},
		{"not stored", row("old"), answerWith(500, ``), "", OutcomeUnknown},
		{"two at once", row("old") + "," + row("new") + "," + row("newer"), answerWith(500, ``), "", OutcomeUnknown},
		{"refused", row("old") + "," + row("new"), answerWith(400, ``), "", OutcomeRejected},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			lists := 0
			f.route("GET /connectors/c/credentials", func(w http.ResponseWriter, r *http.Request) {
				body := row("old")
				if lists++; lists > 1 {
					body = test.after
				}
				answerWith(200, `{"credentials":[`+body+`]}`)(w, r)
			}).route("POST /connectors/c/credentials", test.reply)
			id, err := f.user().CreateAPIKey(t.Context(), "c", NewSecret("app-key-123"))
			if id != test.want {
				t.Errorf("got %q, %v; want %q", id, err, test.want)
			}
			if e := asError(err); test.outcome != "" && (e == nil || e.Outcome != test.outcome) {
				t.Errorf("got %v, want outcome %s", err, test.outcome)
			}
			posts := 0
			for _, s := range f.seen() {
				if s.method == http.MethodPost {
					posts++
				}
			}
			if posts != 1 {
				t.Errorf("%d creations were sent, want 1", posts)
			}
		})
	}
}

func TestTheSecretsOfACreationAreInNoError(t *testing.T) {
	t.Parallel()
	f := newFake(t).route("GET /connectors/c/credentials", answerWith(200, `{"credentials":[]}`)).
		reply(answerWith(400, `{"message":"the key app-secret-123 and plain-456 is wrong","details":{"apiKey":"app-secret-123"}}`))
	_, err := f.user().CreateCredential(t.Context(), "c", AuthAPIKey, map[string]any{"apiKey": NewSecret("app-secret-123"), "token": "plain-456"})
	e := wantError(t, err, KindInvalidInput)
	if text := e.Error(); strings.Contains(text, "app-secret-123") || strings.Contains(text, "plain-456") {
		t.Error(text)
	}
}

func TestDeleteUsesBothForms(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]func(http.ResponseWriter, *http.Request){
		"success": answerWith(200, `{"success":true}`), "empty": answerWith(200, ``), "no content": answerWith(204, ``), "odd": answerWith(200, `deleted`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(reply)
			if err := f.user().DeleteCredential(t.Context(), "notion", testCred); err != nil {
				t.Error(err)
			}
			if err := f.user().DeleteUserCredential(t.Context(), testCred); err != nil {
				t.Error(err)
			}
			f.want("DELETE /connectors/notion/credentials/"+testCred, "DELETE /users/"+testUser+"/credentials/"+testCred)
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(answerWith(200, `{"success":false,"message":"no"}`))
		wantKind(t, f.user().DeleteCredential(t.Context(), "notion", testCred), KindRejected)
		wantKind(t, f.user().DeleteCredential(t.Context(), "notion", "x"), KindInvalidInput)
	})
	t.Run("no route", func(t *testing.T) {
		t.Parallel()
		f := newFake(t).reply(noRoute("DELETE", "/x"), answerWith(200, `{"success":true}`))
		if err := f.user().DeleteCredential(t.Context(), "notion", testCred); err != nil {
			t.Error(err)
		}
		f.want("DELETE /connectors/notion/credentials/"+testCred, "DELETE /users/"+testUser+"/credentials/"+testCred)
	})
}
