package accounts

import (
	"encoding/json"
	"testing"
)

func TestComplaintsAreToldFromData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, data string
		complains  bool
		rejects    bool
	}{
		{"jira", `{"message":"Client must be authenticated to access this resource.","status-code":401}`, true, true},
		{"jira, lists", `{"errorMessages":["You are not authenticated."],"errors":{}}`, true, true},
		{"shipStation", `{"Message":"Authorization has been denied for this request."}`, true, true},
		{"shippo", `{"detail":"Token does not exist"}`, true, true},
		{"hubspot", `{"status":"error","message":"The request failed.","correlationId":"x","category":"INVALID_AUTHENTICATION"}`, true, true},
		{"stripe", `{"error":{"message":"Invalid API Key provided: sk_test_1","type":"invalid_request_error"}}`, true, true},
		{"google", `{"error":{"code":401,"message":"Request had bad values.","status":"UNAUTHENTICATED","details":[]}}`, true, true},
		{"salesforce", `[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`, true, true},
		{"zoho", `{"code":"INVALID_TOKEN","details":{},"message":"failed","status":"error"}`, true, true},
		{"a status alone", `{"message":"no","statusCode":401}`, true, true},
		{"a permission", `{"message":"You do not have permission to list orders."}`, true, false},
		{"a limit", `{"message":"API rate limit exceeded","code":429}`, true, false},
		{"an error as text", `{"error":"something"}`, true, false},
		{"data", `{"accountId":"1","displayName":"Robin","message":"hello"}`, false, false},
		{"a healthy message", `{"status":"ok","message":"pong"}`, false, false},
		{"success", `{"success":true,"message":"done"}`, false, false},
		{"a list", `[{"message":"a"},{"message":"b"}]`, false, false},
		{"nothing said", `{"status":"error"}`, false, false},
		{"empty", `{}`, false, false},
		{"an empty list", `[]`, false, false},
		{"text", `"unauthorized"`, false, false},
		{"no JSON", ``, false, false},
	} {
		got := complaint(json.RawMessage(test.data))
		if (got != nil) != test.complains || got != nil && RejectsAccount(got) != test.rejects {
			t.Errorf("%s: %s is read as %v; complains %v, rejects %v", test.name, test.data, got, test.complains, test.rejects)
		}
	}
}

func FuzzComplaint(f *testing.F) {
	f.Add([]byte(`{"error":{"error":{"error":[["invalid key"]]}}}`))
	f.Add([]byte(`[{"message":401}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := complaint(data); got != nil && got.Message == "" {
			t.Errorf("%q is a complaint that says nothing", data)
		}
	})
}
