package tools_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTokensAreDescribedAndNeverShown(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for connector, kind := range map[string]string{"notion": "oauth2", "shipStation": "apiKey", "jira": "http"} {
		id := b.connectTo(t, connector)
		answer := b.ok(t, "get_tokens", `{"connection_id":"`+id+`"}`)
		if note := fmt.Sprint(answer["note"]); !strings.Contains(note, "does not hand them out") || !strings.Contains(note, "connection_id") {
			t.Errorf("%s: note: %s", connector, note)
		}
		if _, err := time.Parse(time.RFC3339, fmt.Sprint(answer["updated_at"])); err != nil {
			t.Errorf("%s: updated_at: %v", connector, err)
		}
		delete(answer, "note")
		delete(answer, "updated_at")
		want := map[string]any{"connection_id": id, "connector_id": connector, "type": kind, "managed_by": "alloy", "expires_at": "unknown"}
		if diff := cmp.Diff(want, answer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", connector, diff)
		}
	}
}

// What Alloy does not say of a connection is not made up.
func TestWhatAlloyDoesNotSayOfTokensIsUnknown(t *testing.T) {
	t.Parallel()
	list := `{"credentials":[{"credentialId":"` + foreignID + `"},{"credentialId":"66bb00000000000000000002","type":"app-oauth2","expiresAt":"2030-01-02T03:04:05.678+02:00","updatedAt":"2026-01-02T03:04:05Z"}]}`
	set := newSet(t, scripted{"/users/" + foreignUser + "/credentials": list}, foreignKey, foreignUser, nil)
	for id, want := range map[string]map[string]any{
		foreignID:                  {"type": "unknown", "expires_at": "unknown", "updated_at": nil},
		"66bb00000000000000000002": {"type": "oauth2", "expires_at": "2030-01-02T01:04:05Z", "updated_at": "2026-01-02T03:04:05Z"},
	} {
		answer, isError := call(t, set, "get_tokens", `{"connection_id":"`+id+`"}`)
		for key, value := range want {
			if isError || answer[key] != value {
				t.Errorf("%s is %v, want %v: %v", key, answer[key], value, answer)
			}
		}
	}
}
