package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const canary = `sk/live+"canary"&1234<é>`

func TestScrubberRemovesKnownValuesInEveryForm(t *testing.T) {
	t.Parallel()
	inJSON := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tests := map[string]string{
		"plain":              "the key is " + canary + ".",
		"JSON":               inJSON(map[string]string{"message": "key " + canary}),
		"JSON in JSON":       inJSON(map[string]string{"body": inJSON([]string{canary})}),
		"JSON, slashes":      strings.ReplaceAll(inJSON(canary), "/", `\/`),
		"Go quoting":         fmt.Sprintf("%q", canary),
		"ASCII quoting":      strconv.QuoteToASCII(canary),
		"query":              "https://a.example/x?y=" + url.QueryEscape(canary),
		"query, lower case":  "?y=" + lowerEscapes(url.QueryEscape(canary)),
		"query in query":     "https://a.example/?u=" + url.QueryEscape("https://b.example/?k="+url.QueryEscape(canary)),
		"path":               "https://a.example/" + url.PathEscape(canary) + "/z",
		"HTML":               "<p>" + html.EscapeString(canary) + "</p>",
		"basic credentials":  base64.StdEncoding.EncodeToString([]byte("user:" + canary)),
		"base64, shifted":    base64.RawURLEncoding.EncodeToString([]byte("x" + canary + "yz")),
		"twice":              canary + canary,
		"an error about it":  fmt.Errorf("parse: %w", &url.Error{Op: "Get", URL: "https://h/?k=" + url.QueryEscape(canary), Err: fmt.Errorf("%s refused", canary)}).Error(),
		"twice, other forms": canary + " " + url.QueryEscape(canary),
	}
	scrubber := New(func() []string { return []string{canary, "another secret"} })
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scrubber.String(text)
			for _, part := range []string{"canary", "1234", "Y2FuYX", "NhbmFye", "jYW5hcn"} {
				if strings.Contains(got, part) {
					t.Errorf("%q survives: String(%q) = %q", part, text, got)
				}
			}
			if !strings.Contains(got, Mask) {
				t.Errorf("String(%q) = %q, want a mask in it", text, got)
			}
		})
	}
}

func TestScrubberRemovesWhatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	const hex = "0123456789abcdef0123456789abcdef"
	tests := []struct{ name, text, want string }{
		{"JSON Web Token", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_w now", "got [redacted] now"},
		{"encrypted token", "eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc", "[redacted]"},
		{"bearer", "Authorization: Bearer abc123def456", "Authorization: Bearer [redacted]"},
		{"bearer in JSON", `{"authorization":["Bearer abc123def456"]}`, `{"authorization":["[redacted]"]}`},
		{"bearer in a URL", "q=bearer%20abc123def456", "q=bearer%20[redacted]"},
		{"basic", "basic dXNlcjpwYXNz", "basic [redacted]"},
		{"Notion, old", "use secret_aB3dEfGhIjKlMnOp please", "use [redacted] please"},
		{"our own", `no amcp_ABCDEFGHIJKLMNOPQRSTUVWX23, sorry`, `no [redacted], sorry`},
		{"Notion, new", `{"k":"a\nntn_123456789aBcDeF"}`, `{"k":"a\n[redacted]"}`},
		{"token in a URL", "Get https://x.example/cb?token=abc&a=b: refused", "Get https://x.example/cb?token=[redacted]&a=b: refused"},
		{"token in a URL in a URL", "?u=https%3A%2F%2Fx%2F%3Ftoken%3Dabc%2Bd%26a%3Db", "?u=https%3A%2F%2Fx%2F%3Ftoken%3D[redacted]%26a%3Db"},
		{"password in a URL", "clone https://user:abc@x.example/a?b=c@d: refused", "clone https://user:[redacted]@x.example/a?b=c@d: refused"},
		{"OAuth code", "/oauth/callback?code=abc&state=def", "/oauth/callback?code=[redacted]&state=[redacted]"},
		{"assignment", "ALLOY_API_KEY=abc", "ALLOY_API_KEY=[redacted]"},
		{"header line", "authorization: abcdef123", "authorization: [redacted]"},
		{"cookie line", "Set-Cookie: a=b; Path=/\nnext", "Set-Cookie: [redacted]\nnext"},
		{"JSON member", `{"access_token":"a\"b","x":1}`, `{"access_token":"[redacted]","x":1}`},
		{"JSON member in a string", `"{\"accessToken\":\"a\\\"b\",\"x\":1}"`, `"{\"accessToken\":\"[redacted]\",\"x\":1}"`},
		{"oauth link", `{"oauthUrl":"https://a.runalloy.com/x"}`, `{"oauthUrl":"[redacted]"}`},
		{"hex behind token", "token: " + hex, "token: [redacted]"},
		{"a number stays JSON", `{"token":123456789012345678901234}`, `{"token":123456789012345678901234}`},
		{"hex behind the words", "the token is " + hex, "the token is [redacted]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var scrubber *Scrubber
			if diff := cmp.Diff(test.want, scrubber.String(test.text)); diff != "" {
				t.Errorf("String(%q) (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

func TestScrubberLeavesWordsAndIDsAlone(t *testing.T) {
	t.Parallel()
	texts := []string{
		"",
		"Send the Bearer token, or use Basic Authentication.",
		"alloy-mcp tokens 65f000000000000000000001",
		`{"type":"token","connection_id":"65f000000000000000000001"}`,
		`{"next_page_token":"abc123","nextPageToken":"CAUQAA","results":[]}`,
		`{"code":"not_found","message":"no such key","status_code":404}`,
		"ALLOY_API_KEY_FILE=/run/secrets/alloy is set",
		"secret_manager and ntn_something_else",
		"https://example.com/page?cursor=abc&key_id=4",
		"monkey business, cookies and passwords",
		"max_tokens=5",
		Mask,
		"Authorization: Bearer [redacted]",
	}
	scrubber := New(func() []string { return []string{"abc", "redact", "[redacted]", "", "  "} })
	for _, text := range texts {
		if diff := cmp.Diff(text, scrubber.String(text)); diff != "" {
			t.Errorf("String(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestScrubberFollowsAKeyThatWasExchanged(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	scrubber := New(secrets.List)
	const text = "old-key-1 new-key-2"
	for _, step := range []struct{ add, want string }{
		{"", "old-key-1 new-key-2"},
		{"old-key-1", "[redacted] new-key-2"},
		{"new-key-2", "[redacted] [redacted]"},
	} {
		secrets.Add(step.add)
		if diff := cmp.Diff(step.want, scrubber.String(text)); diff != "" {
			t.Errorf("after adding %q (-want +got):\n%s", step.add, diff)
		}
	}
}

func TestSecretsForgetTheOldestBeyondTheBound(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	for i := range maxSecrets + 3 {
		secrets.Add(fmt.Sprintf("secret-%d", i), "secret-0")
	}
	list := secrets.List()
	if len(list) != maxSecrets || list[len(list)-1] != fmt.Sprintf("secret-%d", maxSecrets+2) && list[len(list)-2] != fmt.Sprintf("secret-%d", maxSecrets+2) {
		t.Errorf("List() has %d values ending in %q, want %d ending with the newest", len(list), list[len(list)-1], maxSecrets)
	}
}

func TestBytesReturnsACleanTextItself(t *testing.T) {
	t.Parallel()
	scrubber := New(func() []string { return []string{canary} })
	text := []byte("nothing to see")
	if got := scrubber.Bytes(text); &got[0] != &text[0] {
		t.Error("Bytes copied a clean text")
	}
	dirty := []byte("see " + canary)
	if got := string(scrubber.Bytes(dirty)); got != "see "+Mask {
		t.Errorf("Bytes = %q", got)
	}
	if string(dirty) != "see "+canary {
		t.Error("Bytes changed its argument")
	}
}

func TestValuesRemovesKnownValuesOnlyAndKeepsJSON(t *testing.T) {
	t.Parallel()
	scrubber := New(func() []string { return []string{keyCanary, "123456789", `,"b":1`} })
	tests := []struct{ text, want string }{
		{`{"key":"PROJ-1","token":"abc","page":"Bearer abc123def456"}`, `{"key":"PROJ-1","token":"abc","page":"Bearer abc123def456"}`},
		{`{"a":"x` + keyCanary + `y"}`, `{"a":"x[redacted]y"}`},
		{`{"a":123456789}`, `"[redacted]"`},
		{`{"a":0,"b":1}`, `"[redacted]"`},
		{"no JSON " + keyCanary, "no JSON [redacted]"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, string(scrubber.Values([]byte(test.text)))); diff != "" {
			t.Errorf("Values(%s) (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestCleanTextsCostNoAllocation(t *testing.T) {
	scrubber := New(func() []string { return nil })
	text := strings.Repeat("a page about planning, with ids and 42 numbers. ", 100)
	if n := testing.AllocsPerRun(10, func() { scrubber.String(text) }); n != 0 {
		t.Errorf("String allocates %v times for a clean text, want 0", n)
	}
}

func TestSecretName(t *testing.T) {
	t.Parallel()
	secret := []string{
		"authorization", "Authorization", "Proxy-Authorization", "token", "access_token", "accessToken", "key",
		"api_key", "apiKey", "APIKey", "X-Api-Key", "secret", "client_secret", "clientSecret", "cookie",
		"Set-Cookie", "code", "auth_code", "oauthUrl", "oauth_url", "password", "tokens", "ALLOY_API_KEY",
	}
	open := []string{
		"", "-", "status_code", "error_code", "key_fingerprint", "token_type", "next_page_token", "nextPageToken",
		"max_tokens", "monkey", "url", "connector", "keyboard", "decode", "public_url",
	}
	for _, name := range secret {
		if !SecretName(name) {
			t.Errorf("SecretName(%q) = false", name)
		}
	}
	for _, name := range open {
		if SecretName(name) {
			t.Errorf("SecretName(%q) = true", name)
		}
	}
}

// FuzzScrubber hides a canary in a text of any kind and looks for it again.
func FuzzScrubber(f *testing.F) {
	for i, text := range []string{
		"", "a", "token=", `{"k":"`, "Bearer ", "%", `\`, `\u00`, "[redacted", "]", "&token=[redacted]x", "eyJhbGci.", "Cookie: ",
	} {
		f.Add(text, "sk-live-canary-123456", text, uint8(i))
		f.Add(text, canary, "x", uint8(i))
	}
	f.Fuzz(func(t *testing.T, before, secret, after string, form uint8) {
		trimmed := strings.TrimSpace(secret)
		if len(trimmed) < 12 || strings.Contains(Mask, trimmed) || strings.ToValidUTF8(trimmed, "?") != trimmed {
			return
		}
		hidden := hide(t, trimmed, form)
		scrubber := New(func() []string { return []string{secret} })
		got := scrubber.String(before + hidden + after)
		if strings.Contains(got, trimmed) || strings.Contains(got, hidden) {
			t.Errorf("the secret %q survives as %q in %q", trimmed, hidden, got)
		}
		values := scrubber.Values([]byte(before + hidden + after))
		if strings.Contains(string(values), trimmed) || strings.Contains(string(values), hidden) {
			t.Errorf("the secret %q survives as %q in the values of %q", trimmed, hidden, values)
		}
		if json.Valid([]byte(before+hidden+after)) && !json.Valid(values) {
			t.Errorf("Values broke JSON: %q became %q", before+hidden+after, values)
		}
		if again := scrubber.String(got); again != got {
			t.Errorf("not idempotent: %q, then %q", got, again)
		}
	})
}

// hide returns secret in one of the forms in which it may leave the process.
func hide(t *testing.T, secret string, form uint8) string {
	t.Helper()
	switch form % 7 {
	case 0:
		return url.QueryEscape(secret)
	case 1:
		return url.PathEscape(secret)
	case 2:
		text, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[1 : len(text)-1])
	case 3:
		text, err := json.Marshal(map[string]string{"k": jsonEscape(secret, true)})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(strings.TrimPrefix(string(text), `{"k":"`), `"}`)
	case 4:
		quoted := strconv.Quote(secret)
		return quoted[1 : len(quoted)-1]
	case 5:
		return html.EscapeString(secret)
	default:
		return secret
	}
}

func BenchmarkScrubberClean(b *testing.B) {
	scrubber := New(func() []string { return []string{"sk-live-canary-123456"} })
	text := strings.Repeat("a page about planning, with ids and 42 numbers. ", 340)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scrubber.String(text)
	}
}
