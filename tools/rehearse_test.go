package tools

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A dry run shows what would be sent, but for what looks like a secret.
func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ given, want string }{
		{`{"name":"a","n":1,"ok":true,"none":null}`, `{"name":"a","n":1,"ok":true,"none":null}`},
		{`{"api_token":"x","secret":["a",["b"]],"credentials":{"user":"u","pass":"p","n":7,"on":true}}`, `{"api_token":"[redacted]","secret":["[redacted]",["[redacted]"]],"credentials":{"user":"[redacted]","pass":"[redacted]","n":"[redacted]","on":true}}`},
		{`{"text":"use password=hunter2hunter2 there","list":["Bearer abc123def456"]}`, `{"text":"use password=[redacted] there","list":["Bearer [redacted]"]}`},
		{`{"url":"https://h.example/?token=abcdefabcdef","body":"{\"token\":\"abcdefabcdef\"}"}`, `{"url":"https://h.example/?token=[redacted]","body":"{\"token\":\"[redacted]\"}"}`},
		{`{"url":"https://user:s3cretpass@h.example/"}`, `{"url":"https://user:[redacted]@h.example/"}`},
		{`{"page_token":"p","status_code":"c","passenger":"x"}`, `{"page_token":"p","status_code":"c","passenger":"x"}`},
	} {
		var given map[string]any
		if err := json.Unmarshal([]byte(test.given), &given); err != nil {
			t.Fatal(err)
		}
		text, err := marshal(without(given))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if json.Unmarshal(text, &got) != nil || json.Unmarshal([]byte(test.want), &want) != nil {
			t.Fatal(test.want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.given, diff)
		}
	}
}
