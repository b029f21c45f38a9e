package alloy

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const credentialRows = `[
	{"credentialId":"66bb00000000000000000001","name":"A","type":"notion-oauth2","createdAt":"2025-11-03T09:00:00.000Z","updatedAt":"2025-11-04T10:30:00.000Z"},
	{"id":"66bb00000000000000000002","name":"B","type":"slack-oauth2","createdAt":"2025-11-05T09:00:00Z"},
	{"_id":"66bb00000000000000000003","name":"C","type":"notion","createdAt":"garbage"},
	{"credentialId":"66bb00000000000000000004","name":"D","type":"notion-oauth2","createdAt":"2025-11-06T09:00:00Z","accessToken":"canary"},
	{"credentialId":"66bb00000000000000000005","type":"notion-calendar-oauth2","createdAt":"2025-11-07T09:00:00Z"}]`

func ids(credentials []Credential) []string {
	out := []string{}
	for _, c := range credentials {
		out = append(out, c.ID[len(c.ID)-1:])
	}
	return out
}

func TestCredentialsAreNormalisedAndSorted(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"data": `{"data":` + credentialRows + `}`, "credentials": `{"credentials":` + credentialRows + `}`, "bare": credentialRows} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, body))
			got, err := f.user().Credentials(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"5", "4", "2", "1", "3"}, ids(got)); diff != "" {
				t.Error("order -want +got\n" + diff)
			}
			want := Credential{
				ID: testCred, Name: "A", Type: "notion-oauth2", ConnectorID: "notion", AuthType: AuthOAuth2,
				CreatedAt: time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC), UpdatedAt: time.Date(2025, 11, 4, 10, 30, 0, 0, time.UTC),
			}
			if diff := cmp.Diff(want, got[3]); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			f.want("GET /users/" + testUser + "/credentials")
			if f.seen()[0].header.Get("X-Alloy-Userid") != testUser {
				t.Error("the user's header is missing")
			}
		})
	}
}

func TestCredentialsOfAConnectorFallBackAndFilter(t *testing.T) {
	t.Parallel()
	byConnector, byUser, sister := "GET /connectors/notion/credentials", "GET /users/"+testUser+"/credentials", "GET /credentials/users/"+testUser
	none := answerWith(404, `{"errorHtml":"<pre>Cannot GET /x</pre>"}`)
	for _, test := range []struct {
		name                        string
		connector, user, sisterBody string
		want, requests              []string
	}{
		{"by connector", `{"credentials":` + credentialRows + `}`, "", "", []string{"4", "1", "3"}, []string{byConnector}},
		{"by connector, empty is empty", `{"credentials":[]}`, "", "", []string{}, []string{byConnector}},
		{"by connector, types that tell nothing", `{"credentials":[{"credentialId":"1"},{"credentialId":"2","type":"oauth2"},{"credentialId":"3","type":"slack-oauth2"},{"credentialId":"4","type":"Notion_OAuth"}]}`, "", "", []string{"1", "2", "4"}, []string{byConnector}},
		{"by user", "", `{"data":` + credentialRows + `}`, "", []string{"4", "1", "3"}, []string{byConnector, byUser}},
		{"the sister's path", "", "", `{"data":` + credentialRows + `}`, []string{"4", "1", "3"}, []string{byConnector, byUser, sister}},
		{"the old meaning of the path", `{"metadata":[]}`, `{"data":` + credentialRows + `}`, "", []string{"4", "1", "3"}, []string{byConnector, byUser}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(none)
			for route, body := range map[string]string{byConnector: test.connector, byUser: test.user, sister: test.sisterBody} {
				if body != "" {
					f.route(route, answerWith(200, body))
				}
			}
			got, err := f.user().ConnectorCredentials(t.Context(), "notion")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, ids(got)); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			for _, c := range got {
				if c.ConnectorID != "notion" {
					t.Errorf("connector %q", c.ConnectorID)
				}
			}
			f.want(test.requests...)
		})
	}
}

func TestARejectedKeyIsAskedOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(401, `{"message":"Invalid Authorization"}`))
	for name, err := range everyCall(t.Context(), f.client, f.user()) {
		e := wantError(t, err, KindUnauthorized)
		if e.Retryable || e.Fault != FaultOperator {
			t.Errorf("%s: retryable %v, fault %s", name, e.Retryable, e.Fault)
		}
	}
	asked := map[string]int{}
	for _, s := range f.seen() {
		asked[s.method+" "+s.path]++
	}
	for _, once := range []string{"GET /connectors", "GET /users", "POST /users", "POST /connectors/notion/actions/post-search/execute", "POST /connectors/notion/credentials"} {
		if asked[once] != 1 {
			t.Errorf("%s was asked %d times", once, asked[once])
		}
	}
	if asked["POST /connectors/trello/credentials"] != 0 {
		t.Error("a secret was sent with a key that had just been refused")
	}
}

func TestAKeyThatIsRefusedUnderUsersOnlyStillLists(t *testing.T) {
	t.Parallel()
	f := newFake(t).route("GET /credentials/users/"+testUser, answerWith(200, `{"data":`+credentialRows+`}`)).
		reply(answerWith(401, `{"message":"Unauthorized"}`))
	if got, err := f.user().Connection(t.Context(), testCred); err != nil || got.ID != testCred {
		t.Errorf("%v, %v", got, err)
	}
	f.want("GET /users/"+testUser+"/credentials", "GET /credentials/users/"+testUser)
}

func TestWithoutAUserNothingIsSent(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{}`))
	nobody := f.client.As(UserID{})
	if !nobody.ID().IsZero() {
		t.Fatal("not nobody")
	}
	before := len(f.seen())
	for name, err := range userCalls(t.Context(), nobody) {
		if !errors.Is(err, ErrNoUser) {
			t.Errorf("%s: %v", name, err)
		}
		wantKind(t, err, KindNoUser)
	}
	if len(f.seen()) != before {
		t.Error("something was sent")
	}
}

func TestEveryUserScopedRequestNamesTheUser(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(404, `{"message":"no"}`))
	userCalls(t.Context(), f.user())
	if len(f.seen()) == 0 {
		t.Fatal("nothing was sent")
	}
	for _, s := range f.seen() {
		if got := s.header.Get("X-Alloy-Userid"); got != testUser {
			t.Errorf("%s %s: x-alloy-userid is %q", s.method, s.path, got)
		}
	}
}
