package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

const canaryToken = "amcp_CANARYcanary.~+/-_1=="

// byBearer lets "alice-token" and "mallory-token" in, and the canary as canary.
func byBearer() func(*http.Request) (tools.Principal, error) { return Bearer(whose) }

func whose(_ context.Context, token string) (tools.Principal, error) {
	name, ok := strings.CutSuffix(token, "-token")
	switch {
	case token == canaryToken:
		return tools.Principal{ID: "token:canary"}, nil
	case token == "broken":
		return tools.Principal{}, errors.New("no file")
	case !ok:
		return tools.Principal{}, ErrInvalidToken
	}
	return tools.Principal{ID: "token:" + name}, nil
}

// challengeForm is what RFC 6750 allows in the header, as far as it is used here.
var challengeForm = regexp.MustCompile(`^Bearer realm="[\w-]+"(?:, error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+")?$`)

func TestBearerTokensComeInOneHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers   []string
		query     string
		want      int
		challenge string // a part of it; "" where there is to be no error code
	}{
		"good":                    {headers: []string{"Bearer " + canaryToken}, want: 0},
		"lower case":              {headers: []string{"bearer " + canaryToken}, want: 0},
		"odd case, spaces":        {headers: []string{"bEARER   " + canaryToken}, want: 0},
		"another query":           {headers: []string{"Bearer " + canaryToken}, query: "?sessionId=x&token=y", want: 0},
		"none":                    {want: 401},
		"empty":                   {headers: []string{""}, want: 401},
		"no token":                {headers: []string{"Bearer"}, want: 401},
		"a space for a token":     {headers: []string{"Bearer  "}, want: 401},
		"another scheme":          {headers: []string{"Basic " + canaryToken}, want: 401},
		"the token alone":         {headers: []string{canaryToken}, want: 401},
		"unknown":                 {headers: []string{"Bearer x" + canaryToken}, want: 401, challenge: "unknown, revoked or expired"},
		"two headers":             {headers: []string{"Bearer " + canaryToken, "Bearer " + canaryToken}, want: 401, challenge: "several Authorization headers"},
		"a good and an empty one": {headers: []string{"Bearer " + canaryToken, ""}, want: 401, challenge: "several Authorization headers"},
		"two in one":              {headers: []string{"Bearer " + canaryToken + ", Bearer " + canaryToken}, want: 401, challenge: "one token and nothing else"},
		"a parameter behind it":   {headers: []string{"Bearer " + canaryToken + " x"}, want: 401, challenge: "one token and nothing else"},
		"a tab":                   {headers: []string{"Bearer\t" + canaryToken}, want: 401},
		"no ASCII":                {headers: []string{"Bearer " + canaryToken + "ä"}, want: 401, challenge: "one token and nothing else"},
		"in the query":            {query: "?access_token=" + canaryToken, want: 401, challenge: "a token in the URL is not accepted"},
		"in header and query":     {headers: []string{"Bearer " + canaryToken}, query: "?access_token=" + canaryToken, want: 401, challenge: "a token in the URL is not accepted"},
		"cannot be checked":       {headers: []string{"Bearer broken"}, want: 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged syncBuffer
			s := newTest(t, Config{Authenticate: byBearer(), Logger: logged.logger()})
			for _, at := range []string{"POST /mcp", "GET /mcp", "DELETE /mcp", "GET /sse", "POST /message"} {
				method, path, _ := strings.Cut(at, " ")
				request := httptest.NewRequestWithContext(closed(t), method, "http://localhost"+path+test.query, strings.NewReader("access_token="+canaryToken))
				request.Header["Authorization"] = test.headers
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				recorder := httptest.NewRecorder()
				s.Handler().ServeHTTP(recorder, request)
				got := recorder.Code
				if test.want == 0 && (got == 401 || got == 429 || got == 503) || test.want != 0 && got != test.want {
					t.Errorf("%s: %d %s", at, got, recorder.Body)
				}
				challenge := recorder.Header().Get("WWW-Authenticate")
				if (challenge != "") != (got == 401) || got == 401 && !challengeForm.MatchString(challenge) ||
					strings.Contains(challenge, "error=") != (test.challenge != "") || !strings.Contains(challenge, test.challenge) {
					t.Errorf("%s: the challenge is %q", at, challenge)
				}
				if got == 503 && recorder.Header().Get("Retry-After") == "" {
					t.Errorf("%s: nothing tells when to try again", at)
				}
				if _, left := request.Header["Authorization"]; left {
					t.Errorf("%s: the header is still there for others to see", at)
				}
				if strings.Contains(recorder.Body.String()+challenge, "CANARY") {
					t.Errorf("%s: the answer shows the token: %s %s", at, challenge, recorder.Body)
				}
			}
			if text := logged.String(); strings.Contains(text, "CANARY") || test.want != 0 && !strings.Contains(text, "reason=") {
				t.Errorf("log:\n%s", text)
			}
		})
	}
}

// closed is a context that is over, so that no stream stays open.
func closed(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Without authentication nothing looks at the header, and nobody else sees it.
func TestACredentialThatNobodyAskedForIsDropped(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	request := httptest.NewRequest(http.MethodDelete, "http://localhost/mcp", nil)
	request.Header.Set("Authorization", "Bearer x")
	s.Handler().ServeHTTP(httptest.NewRecorder(), request)
	if got := request.Header.Get("Authorization"); got != "" {
		t.Errorf("the header is still %q", got)
	}
}

// What one token opened, another cannot use.
func TestTwoTokensShareNothing(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	s := newTest(t, Config{Tools: fakeTools{echo(), block.tool()}, Authenticate: byBearer()})
	base := serveOdd(t, s)
	const alice, mallory = "Bearer alice-token", "Bearer mallory-token"

	own := newCaller(t, base+"/mcp", "Authorization", alice).session()
	if _, body := own.post(call(1, "echo", `{}`)); !strings.Contains(body, `"who":"token:alice"`) {
		t.Errorf("alice is %s", body)
	}
	stolen := newCaller(t, base+"/mcp", "Authorization", mallory, mcp.HeaderSessionID, own.header.Get(mcp.HeaderSessionID))
	post, _ := stolen.post(call(1, "echo", `{}`))
	remove, _ := read(t, stolen.do(t.Context(), http.MethodDelete, ""))
	if get := openStream(t, stolen); post != 404 || get != 404 || remove != 404 {
		t.Errorf("with alice's session mallory gets %d, %d and %d", post, get, remove)
	}
	status, body := cancelOther(t, block, own, call(7, "block", `{}`), newCaller(t, base+"/mcp", "Authorization", mallory))
	if status != http.StatusAccepted || !strings.Contains(body, "released") {
		t.Errorf("mallory's cancellation got %d, alice's call %s", status, body)
	}

	stream := openSSE(t, base, "Authorization", alice)
	if status, _ := newCaller(t, stream.url, "Authorization", mallory).post(call(1, "echo", `{}`)); status != 404 {
		t.Errorf("on alice's stream mallory gets %d", status)
	}
	if status, _ := newCaller(t, stream.url).post(call(1, "echo", `{}`)); status != 401 {
		t.Errorf("on alice's stream nobody gets %d", status)
	}
	if got := stream.ask(call(2, "echo", `{}`)); !strings.Contains(got, `"who":"token:alice"`) {
		t.Errorf("alice's stream answers %s", got)
	}
}
