package alloy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheErrorCatalogue(t *testing.T) {
	t.Parallel()
	wrap := func(code, message, details string) string {
		return `{"error":{"source":"CONNECTIVITY_API","code":"` + code + `","message":"` + message + `","details":` + details + `}}`
	}
	for _, test := range []struct {
		name    string
		status  int
		body    string
		kind    Kind
		fault   Fault
		retry   bool
		outcome Outcome
		has     string
	}{
		{"E1", 401, `{"message":"Invalid Authorization"}`, KindUnauthorized, FaultOperator, false, OutcomeRejected, "Invalid Authorization"},
		{"E1 under another status", 400, `{"message":"Invalid Authorization"}`, KindUnauthorized, FaultOperator, false, OutcomeRejected, "Check the API key"},
		{"E2 text", 401, `Unauthorized, Wrong API Key`, KindUnauthorized, FaultOperator, false, OutcomeRejected, "Wrong API Key"},
		{"E2 JSON", 401, `{"message":"Unauthorized"}`, KindUnauthorized, FaultOperator, false, OutcomeRejected, ""},
		{"401 empty", 401, ``, KindUnauthorized, FaultOperator, false, OutcomeRejected, "401 Unauthorized"},
		{"E3", 404, `{"errorHtml":"<!DOCTYPE html>\n<html><head><title>Error</title></head><body><pre>Cannot GET /connectors&#x2F;x</pre></body></html>"}`, KindRoute, FaultOperator, false, OutcomeRejected, "Cannot GET /connectors/x"},
		{"E3 raw", 404, `<!DOCTYPE html><html><body><pre>Cannot POST /x</pre></body></html>`, KindRoute, FaultOperator, false, OutcomeRejected, "Cannot POST /x"},
		{"E4", 404, wrap("INVALID_USER", "User not found", `{"userId":"u1"}`), KindUnknownUser, FaultOperator, false, OutcomeRejected, "userId: u1"},
		{"E5", 400, wrap("INVALID_INPUT", "Credential not found", `{}`), KindCredentialNotFound, FaultPerson, false, OutcomeRejected, "ran as Alloy user " + testUser},
		{"E5 as 401", 401, wrap("INVALID_INPUT", "Credential not found", `{}`), KindCredentialNotFound, FaultPerson, false, OutcomeRejected, ""},
		{"E6", 400, wrap("INVALID_CREDENTIAL", "Credential not found or has been revoked", `{"credentialId":"c1"}`), KindCredentialRevoked, FaultPerson, false, OutcomeRejected, "connect the app again"},
		{"E6 as 401", 401, wrap("INVALID_CREDENTIAL", "Credential not found or has been revoked", `{}`), KindCredentialRevoked, FaultPerson, false, OutcomeRejected, ""},
		{"E7", 400, `{"error":{"code":"INVALID_INPUT","message":"Invalid input","details":[{"properties":"userId","message":"userId must be a valid ID"}]}}`, KindInvalidInput, FaultCaller, false, OutcomeRejected, "userId: userId must be a valid ID"},
		{"E8", 404, `{"code":"AUTHENTICATION_NOT_FOUND","message":"No such authentication"}`, KindAuthTypeNotFound, FaultCaller, false, OutcomeRejected, "metadata"},
		{"E9", 403, `{"message":"no"}`, KindForbidden, FaultOperator, false, OutcomeRejected, "permission"},
		{"E10", 429, ``, KindRateLimited, FaultUpstream, true, OutcomeRejected, "wait"},
		{"E11", 503, `<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>`, KindUnavailable, FaultUpstream, true, OutcomeRejected, "status.runalloy.com"},
		{"E12", 400, `{"message":"userId is required"}`, KindInvalidInput, FaultCaller, false, OutcomeRejected, "userId is required"},
		{"flat error", 404, `{"error":"Not Found","message":"no such thing"}`, KindNotFound, FaultCaller, false, OutcomeRejected, "Not Found: no such thing"},
		{"redirect", 302, ``, KindRoute, FaultOperator, false, OutcomeRejected, "redirect"},
		{"unknown 4xx", 418, `teapot`, KindRejected, FaultCaller, false, OutcomeRejected, "support@runalloy.com"},
		{"method", 405, ``, KindRoute, FaultOperator, false, OutcomeRejected, ""},
		{"unknown action", 404, `{"message":"Action not found"}`, KindNotFound, FaultCaller, false, OutcomeRejected, "Action not found"},
		{"a list as body", 400, `["x"]`, KindInvalidInput, FaultCaller, false, OutcomeRejected, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(test.status, test.body, "Location", "https://elsewhere.example/"))
			e := search()
			_, err := f.user().Execute(t.Context(), e)
			got := wantError(t, err, test.kind)
			if got.Fault != test.fault || got.Retryable != test.retry || got.Outcome != test.outcome || got.Status != test.status {
				t.Errorf("fault %s, retryable %v, outcome %s, status %d", got.Fault, got.Retryable, got.Outcome, got.Status)
			}
			if !strings.Contains(err.Error(), test.has) {
				t.Errorf("%q does not say %q", err, test.has)
			}
		})
	}
}

func TestAServersErrorLeavesAWriteUnknown(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Outcome{
		500: OutcomeUnknown, 502: OutcomeUnknown, 503: OutcomeUnknown, 504: OutcomeUnknown, 408: OutcomeUnknown, 303: OutcomeUnknown,
		307: OutcomeRejected, 425: OutcomeRejected, 429: OutcomeRejected, 400: OutcomeRejected, 409: OutcomeRejected,
	} {
		f := newFake(t).reply(answerWith(status, ``))
		e := search()
		e.Effect = EffectWrite
		_, err := f.user().Execute(t.Context(), e)
		var got *Error
		if !errors.As(err, &got) || got.Outcome != want {
			t.Errorf("%d: %v, want outcome %s", status, err, want)
		}
		if want == OutcomeUnknown && (got.Retryable || !strings.Contains(err.Error(), "Check whether it took effect")) {
			t.Errorf("%d: retryable %v: %v", status, got.Retryable, err)
		}
	}
}

func TestNoErrorShowsASecret(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiYSJ9.c2lnbmF0dXJl"
	secrets := `key ` + testKey + ` and ` + jwt + ` at https://api.runalloy.com/x?token=abc123def&y=1 Bearer sk_live_0123456 secret_0123456789ab ntn_0123456789ab`
	for _, body := range []string{
		`{"message":"` + secrets + `"}`,
		`{"error":{"source":"CONNECTIVITY_API","code":"` + testKey + `","message":"` + secrets + `","details":[{"properties":"` + testKey + `","message":"` + secrets + `"}]}}`,
		`{"errorHtml":"<pre>Cannot GET /x?token=abc123def</pre>"}`,
		`<html><body>` + secrets + `</body></html>`,
		`{"object":"error","status":400,"code":"` + testKey + `","message":"` + secrets + `","request_id":"` + testKey + `"}`,
	} {
		f := newFake(t).reply(answerWith(400, body))
		for name, err := range everyCall(t.Context(), f.client, f.user()) {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: %v", name, err)
			}
			all := err.Error()
			if e.Provider != nil {
				all += string(e.Provider.Body)
			}
			for _, secret := range []string{testKey, jwt, "abc123def", "sk_live_0123456", "secret_0123456789ab", "ntn_0123456789ab"} {
				if strings.Contains(all, secret) {
					t.Errorf("%s shows %s: %s", name, secret, all)
				}
			}
		}
	}
	f := newFake(t).reply(answerWith(200, `{"`+testKey+`":[]}`))
	_, err := f.client.Connectors(t.Context())
	if e := wantError(t, err, KindEnvelope); !cmp.Equal(e.Keys, []string{redacted}) {
		t.Errorf("keys %q", e.Keys)
	}
}
