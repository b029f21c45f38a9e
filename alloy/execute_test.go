package alloy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestExecuteUnwrapsByTheRule(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, id, status, want string }{
		{"responseData", `{"executionId":"66cc","status":"done","responseData":{"data":[1]}}`, "66cc", "done", `{"data":[1]}`},
		{"responseData alone", `{"responseData":{"object":"list","results":[]}}`, "", "", `{"object":"list","results":[]}`},
		{"responseData null", `{"responseData":null}`, "", "", `null`},
		{"responseData a list", `{"responseData":[1,2]}`, "", "", `[1,2]`},
		{"executionId and data", `{"executionId":"66cc","data":{"x":1}}`, "66cc", "", `{"x":1}`},
		{"success and result", `{"success":true,"result":{"messageId":"m"}}`, "", "", `{"messageId":"m"}`},
		{"data alone is the provider's", `{"data":{"orders":[]}}`, "", "", `{"data":{"orders":[]}}`},
		{"result with other keys is the provider's", `{"result":1,"jsonrpc":"2.0"}`, "", "", `{"result":1,"jsonrpc":"2.0"}`},
		{"bare list", `[{"id":1}]`, "", "", `[{"id":1}]`},
		{"big number kept", `{"responseData":{"n":12345678901234567890}}`, "", "", `{"n":12345678901234567890}`},
		{"a provider's message is no refusal", `{"responseData":{"message":"hello","code":"x"}}`, "", "", `{"message":"hello","code":"x"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, test.body))
			got, err := f.user().Execute(t.Context(), search())
			if err != nil {
				t.Fatal(err)
			}
			if got.ExecutionID != test.id || got.Status != test.status || string(got.Data) != test.want {
				t.Errorf("got %q %q %s", got.ExecutionID, got.Status, got.Data)
			}
		})
	}
}

func TestExecuteSendsTheFourFieldsAndTheUser(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"responseData":{}}`))
	_, err := f.user().Execute(t.Context(), Execution{
		ConnectorID: "zoho/CRM", ActionID: "up?date#1", CredentialID: testCred,
		RequestBody: map[string]any{"html": "<b>&"}, QueryParameters: map[string]any{"limit": 2},
		PathParams: map[string]any{"id": "1"}, AdditionalHeaders: map[string]string{"Notion-Version": "2022-06-28"},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.want("POST /connectors/zoho%2FCRM/actions/up%3Fdate%231/execute")
	want := `{"credentialId":"` + testCred + `","requestBody":{"html":"<b>&"},"queryParameters":{"limit":2},"pathParams":{"id":"1"},"additionalHeaders":{"Notion-Version":"2022-06-28"}}`
	if diff := cmp.Diff(want, f.seen()[0].body); diff != "" {
		t.Error("-want +got\n" + diff)
	}
	if got := f.seen()[0].header.Get("X-Alloy-Userid"); got != testUser {
		t.Errorf("x-alloy-userid is %q", got)
	}
}

func TestExecuteRefusesBeforeSending(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for _, name := range []string{
		"authorization", "Cookie", "HOST", "proxy-connection", "X-Alloy-UserId", "x-api-version", "content-length", "Transfer-Encoding",
		"connection", "te", "upgrade", "x-forwarded-for", "Forwarded", "bad name", "", "x\r\ny",
	} {
		e := search()
		e.AdditionalHeaders = map[string]string{name: "v"}
		_, err := f.user().Execute(t.Context(), e)
		if got := wantError(t, err, KindInvalidInput); got.Outcome != OutcomeNotSent || got.Fault != FaultCaller {
			t.Errorf("%q: %v %v", name, got.Outcome, got.Fault)
		}
	}
	for what, change := range map[string]func(*Execution){
		"header value":     func(e *Execution) { e.AdditionalHeaders = map[string]string{"X-Ok": "a\r\nb"} },
		"credential":       func(e *Execution) { e.CredentialID = "cred_1" },
		"empty connector":  func(e *Execution) { e.ConnectorID = "" },
		"dots":             func(e *Execution) { e.ActionID = ".." },
		"dot":              func(e *Execution) { e.ActionID = "." },
		"long":             func(e *Execution) { e.ActionID = strings.Repeat("a", 10<<10) },
		"body is not JSON": func(e *Execution) { e.RequestBody = make(chan int) },
	} {
		e := search()
		change(&e)
		_, err := f.user().Execute(t.Context(), e)
		if got := wantError(t, err, KindInvalidInput); got.Outcome != OutcomeNotSent {
			t.Errorf("%s: %v", what, got.Outcome)
		}
	}
	f.want()
}

func TestExecuteFindsTheProvidersErrors(t *testing.T) {
	t.Parallel()
	notion := func(status, code string) string {
		return `{"object":"error","status":` + status + `,"code":"` + code + `","message":"words","request_id":"req-1"}`
	}
	for _, test := range []struct {
		name       string
		httpStatus int
		body       string
		want       ProviderError
		fault      Fault
		outcome    Outcome
	}{
		{"Notion inside 200", 200, `{"responseData":` + notion("404", "object_not_found") + `}`, ProviderError{Status: 404, Code: "object_not_found", Message: "words", RequestID: "req-1"}, FaultPerson, OutcomeRejected},
		{"Notion as 404", 404, notion("404", "object_not_found"), ProviderError{Status: 404, Code: "object_not_found", Message: "words", RequestID: "req-1"}, FaultPerson, OutcomeRejected},
		{"Notion's 401 is not the key's", 401, notion("401", "unauthorized"), ProviderError{Status: 401, Code: "unauthorized", Message: "words", RequestID: "req-1"}, FaultPerson, OutcomeRejected},
		{"Notion wrapped in 400", 400, `{"executionId":"1","responseData":` + notion("400", "validation_error") + `}`, ProviderError{Status: 400, Code: "validation_error", Message: "words", RequestID: "req-1"}, FaultCaller, OutcomeRejected},
		{"Notion 500 inside 200", 200, `{"responseData":` + notion("500", "internal_server_error") + `}`, ProviderError{Status: 500, Code: "internal_server_error", Message: "words", RequestID: "req-1"}, FaultProvider, OutcomeUnknown},
		{"Slack inside 200", 200, `{"responseData":{"ok":false,"error":"missing_scope","needed":"chat:write"}}`, ProviderError{Code: "missing_scope", Message: "missing_scope; needed: chat:write"}, FaultCaller, OutcomeRejected},
		{"Slack token", 200, `{"responseData":{"ok":false,"error":"token_revoked"}}`, ProviderError{Code: "token_revoked", Message: "token_revoked"}, FaultPerson, OutcomeRejected},
		{"Slack that broke", 200, `{"responseData":{"ok":false,"error":"fatal_error"}}`, ProviderError{Code: "fatal_error", Message: "fatal_error"}, FaultProvider, OutcomeUnknown},
		{"Slack that ran out of time", 200, `{"responseData":{"ok":false,"error":"request_timeout"}}`, ProviderError{Code: "request_timeout", Message: "request_timeout"}, FaultProvider, OutcomeUnknown},
		{"GraphQL that broke", 200, `{"responseData":{"errors":[{"message":"oops","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}}`, ProviderError{Code: "INTERNAL_SERVER_ERROR", Message: "oops"}, FaultProvider, OutcomeUnknown},
		{"GraphQL that broke, without a code", 200, `{"responseData":{"errors":[{"message":"Internal server error"}]}}`, ProviderError{Message: "Internal server error"}, FaultProvider, OutcomeUnknown},
		{"GraphQL without data", 200, `{"responseData":{"errors":[{"message":"bad first","extensions":{"code":"argumentLiteralsIncompatible"}},{"message":"x"}]}}`, ProviderError{Code: "argumentLiteralsIncompatible", Message: "bad first (and 1 more)"}, FaultCaller, OutcomeRejected},
		{"GraphQL with data", 200, `{"responseData":{"data":{"a":null},"errors":[{"message":"half"}]}}`, ProviderError{Message: "half"}, FaultCaller, OutcomeUnknown},
		{"a foreign 401", 401, `{"message":"token has expired","correlationId":"c-1"}`, ProviderError{Status: 401, Message: "token has expired", RequestID: "c-1"}, FaultPerson, OutcomeRejected},
		{"a flat foreign 401", 401, `{"message":"token has expired"}`, ProviderError{Status: 401, Message: "token has expired"}, FaultPerson, OutcomeRejected},
		{"Google's error object", 404, `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`, ProviderError{Status: 404, Code: "404", Message: "Requested entity was not found."}, FaultCaller, OutcomeRejected},
		{"HubSpot's inside 200", 200, `{"executionId":"1","status":"completed","responseData":{"status":"error","message":"Property is not valid","correlationId":"c","category":"VALIDATION_ERROR"}}`, ProviderError{Code: "VALIDATION_ERROR", Message: "Property is not valid", RequestID: "c"}, FaultCaller, OutcomeRejected},
		{"an execution that failed on a status", 200, `{"executionId":"1","status":"failed","responseData":{"statusCode":404,"message":"nope"}}`, ProviderError{Status: 404, Message: "nope"}, FaultCaller, OutcomeRejected},
		{"an execution that failed for a reason", 200, `{"executionId":"1","status":"FAILED","responseData":{"message":"nope"}}`, ProviderError{Message: "nope"}, FaultProvider, OutcomeUnknown},
		{"an execution that failed, in text", 200, `{"executionId":"1","status":"failed","responseData":"oops"}`, ProviderError{Message: "Alloy says that the execution is failed, and nothing says why"}, FaultProvider, OutcomeUnknown},
		{"Jira's inside a failed one", 200, `{"executionId":"1","status":"error","responseData":{"errorMessages":["no such project"],"errors":{}}}`, ProviderError{Message: "no such project"}, FaultCaller, OutcomeRejected},
		{"an execution that goes on", 200, `{"executionId":"1","status":"running","responseData":null}`, ProviderError{Message: "Alloy says that the execution is running, and there is no result"}, FaultProvider, OutcomeUnknown},
		{"an execution that goes on, with an empty result", 200, `{"executionId":"1","status":"pending","responseData":{}}`, ProviderError{Message: "Alloy says that the execution is pending, and there is no result"}, FaultProvider, OutcomeUnknown},
		{"a timeout of the app's", 200, `{"responseData":` + notion("408", "request_timeout") + `}`, ProviderError{Status: 408, Code: "request_timeout", Message: "words", RequestID: "req-1"}, FaultProvider, OutcomeUnknown},
		{"a failed one that ran out of time", 200, `{"executionId":"1","status":"failed","responseData":{"code":"TIME_LIMIT_EXCEEDED","message":"late"}}`, ProviderError{Code: "TIME_LIMIT_EXCEEDED", Message: "late"}, FaultProvider, OutcomeUnknown},
		{"a failed one with an answer that nobody understands", 200, `{"executionId":"1","status":"failed","responseData":{"code":"INVALID_RESPONSE","message":"odd"}}`, ProviderError{Code: "INVALID_RESPONSE", Message: "odd"}, FaultProvider, OutcomeUnknown},
		{"a failed one whose code has a word in a word", 200, `{"executionId":"1","status":"failed","responseData":{"code":"GENERATE_FAILED","message":"half"}}`, ProviderError{Code: "GENERATE_FAILED", Message: "half"}, FaultProvider, OutcomeUnknown},
		{"a failed one that came too often", 200, `{"executionId":"1","status":"failed","responseData":{"code":"RATE_LIMITED","message":"slow"}}`, ProviderError{Code: "RATE_LIMITED", Message: "slow"}, FaultCaller, OutcomeRejected},
		{"HubSpot's", 409, `{"status":"error","message":"Contact already exists","correlationId":"c","category":"CONFLICT"}`, ProviderError{Status: 409, Code: "CONFLICT", Message: "Contact already exists", RequestID: "c"}, FaultCaller, OutcomeRejected},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(test.httpStatus, test.body))
			e := search()
			e.Effect = EffectWrite
			_, err := f.user().Execute(t.Context(), e)
			got := wantError(t, err, KindProvider)
			if got.Fault != test.fault || got.Outcome != test.outcome || got.Status != test.httpStatus {
				t.Errorf("fault %s, outcome %s, status %d", got.Fault, got.Outcome, got.Status)
			}
			if len(got.Provider.Body) == 0 {
				t.Error("the provider's body is missing")
			}
			got.Provider.Body = nil
			if diff := cmp.Diff(&test.want, got.Provider, cmpopts.IgnoreUnexported(ProviderError{})); diff != "" {
				t.Error("-want +got\n" + diff)
			}
		})
	}
}

func TestListsThatHoldAnErrorsFieldAreNotErrors(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`{"status":"COMPLETE","results":[],"errors":[{"message":"one row"}]}`, `{"data":{},"errors":[]}`, `{"object":"list","results":[]}`, `{"ok":true,"error":"x"}`,
	} {
		f := newFake(t).reply(answerWith(200, `{"responseData":`+data+`}`))
		got, err := f.user().Execute(t.Context(), search())
		if err != nil || string(got.Data) != data {
			t.Errorf("%s: got %s, %v", data, got.Data, err)
		}
	}
}

func TestAWriteWhoseAnswerIsLostIsCompleted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		reply func(http.ResponseWriter, *http.Request)
		want  ExecutionResult
	}{
		{"not JSON", answerWith(200, `{"responseData":{"id":`), ExecutionResult{Unreadable: true}},
		{"a page", answerWith(200, `<html><body>ok</body></html>`), ExecutionResult{Unreadable: true}},
		{"shorter than promised", answerWith(200, `{"resp`, "Content-Length", "100"), ExecutionResult{Unreadable: true}},
		{"too large", answerWith(201, `"`+strings.Repeat("a", 9<<20)+`"`), ExecutionResult{Truncated: true}},
		{"too deep", answerWith(200, strings.Repeat("[", 100)+strings.Repeat("]", 100)), ExecutionResult{Truncated: true}},
		{"empty", answerWith(200, ``), ExecutionResult{}},
		{"no content", answerWith(204, ``), ExecutionResult{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(test.reply)
			e := search()
			e.Effect = EffectWrite
			got, err := f.user().Execute(t.Context(), e)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if n := len(f.seen()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}
