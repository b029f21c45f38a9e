package alloy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// seeds are answers of every kind that was observed or is to be feared.
func seeds(f *testing.F) {
	for _, status := range []int{200, 201, 204, 302, 400, 401, 404, 429, 500, 503} {
		for _, body := range []string{
			``, `{}`, `[]`, `null`, `{"connectors":[{"id":"notion","name":"Notion","group":["output"],"category":"crm"}]}`,
			`{"resources":[{"name":"r","actions":[{"id":"a","name":"A"}]}]}`, `{"actions":[{"id":"a"}]}`,
			`{"action":{"id":"a","httpMethod":"post","path":"/x/{id}","parameters":[{"name":"id","in":"path","required":true}],"requestBody":{"properties":{}}}}`,
			`{"metadata":[{"authenticationType":"oauth2","authConfigRequired":false,"inputSchema":{}}]}`, `{"metadata":{"inputSchema":{"properties":{"authenticationType":{"const":"http"}}}}}`,
			`{"credentials":` + credentialRows + `}`, `{"data":` + credentialRows + `}`,
			`{"oauthUrl":"https://api.runalloy.com/x?token=a.b.c"}`, `{"credentialId":"66bb00000000000000000001"}`,
			`{"data":[{"userId":"66aa00000000000000000001","username":"ann"}]}`, `{"userId":"66aa00000000000000000001"}`, `{"success":true}`, `{"success":false}`,
			`{"presignedUrl":{"md5":"x","presignedUrl":"https://a.s3.amazonaws.com/x","type":"new","s3Key":"k"}}`, `{"files":[{"s3Key":"k","size":3}]}`,
			`{"executionId":"1","status":"s","responseData":{"object":"list","results":[{"object":"page","id":"p"}],"has_more":true,"next_cursor":"c"}}`,
			`{"responseData":{"object":"error","status":404,"code":"object_not_found","message":"m","request_id":"r"}}`, `{"responseData":{"ok":false,"error":"x"}}`,
			`{"responseData":{"errors":[{"message":"m"}],"data":null}}`, `{"success":true,"result":{}}`,
			`{"error":{"source":"CONNECTIVITY_API","code":"INVALID_INPUT","message":"m","details":[{"properties":"userId","message":"m"}]}}`,
			`{"error":{"code":"INVALID_USER","details":{"userId":"x"}}}`, `{"error":"Not Found","message":"m"}`, `{"code":"AUTHENTICATION_NOT_FOUND"}`,
			`{"errorHtml":"<pre>Cannot GET /x</pre>"}`, `<html><body>Bad Gateway</body></html>`, "\xef\xbb\xbf{\"a\":\"\xff\"}", `{"a":` + strings.Repeat("[", 70),
		} {
			f.Add(status, []byte(body))
		}
	}
}

// FuzzDecoders gives any answer to every call. Whatever comes, a call ends
// with a result or with a complete *Error that shows no secret.
func FuzzDecoders(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		status = 200 + (status%400+400)%400
		c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		c.guard.quota.spent = quotaFull // no second attempts: they would wait
		for name, err := range everyCall(t.Context(), c, c.As(mustUser(t))) {
			if err == nil {
				continue
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: %v is not an *Error", name, err)
			}
			text := e.Error()
			if e.Kind == "" || e.Op == "" || e.Message == "" || e.Fault == "" || e.Outcome == "" || e.Advice == "" {
				t.Fatalf("%s: incomplete: %#v", name, e)
			}
			if strings.Contains(text, testKey) || strings.ContainsAny(text, "\n\r\x1b") || !utf8.ValidString(text) || len(text) > 12_000 {
				t.Fatalf("%s: unfit: %q", name, text)
			}
			if e.Provider != nil && e.Provider.Body != nil && !json.Valid(e.Provider.Body) {
				t.Errorf("%s: the provider's body is not JSON: %s", name, e.Provider.Body)
			}
			if (e.Outcome == OutcomeUnknown || e.Outcome == OutcomeCompleted) && e.Retryable && !strings.HasPrefix(name, "Delete") && name != "CreateUser" && name != "StartOAuth" {
				t.Errorf("%s: %s and retryable", name, e.Outcome)
			}
		}
	})
}

// FuzzExecution checks what a read hands out: always JSON.
func FuzzExecution(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, _ int, body []byte) {
		for _, class := range []class{classExecuteRead, classWrite} {
			result, failure := decodeExecution(&call{class: class, execute: true}, &answer{status: 200, body: cleanText(body)})
			switch {
			case failure != nil:
			case result.Data != nil && (result.Truncated || result.Unreadable):
				t.Errorf("data beside a lost answer: %+v", result)
			case class == classExecuteRead && !json.Valid(result.Data), result.Data != nil && !json.Valid(result.Data):
				t.Errorf("not JSON: %q from %q", result.Data, body)
			}
		}
	})
}

// FuzzCheckJSON holds the bounds against the parser.
func FuzzCheckJSON(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, _ int, body []byte) {
		if err := checkJSON(body); err == nil && !json.Valid(body) {
			t.Error("accepted what is not JSON")
		} else if errors.Is(err, errNotJSON) && json.Valid(body) {
			t.Error("refused JSON")
		} else if err == nil && deep(body) > maxDepth {
			t.Error("too deep")
		}
	})
}

// deep measures with the parser's own tokens.
func deep(body []byte) int {
	d, depth, most := json.NewDecoder(bytes.NewReader(body)), 0, 0
	for {
		token, err := d.Token()
		if err != nil {
			return most
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
			most = max(most, depth)
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "7", "-1", "+5", "1.5", "99999999999999999999", "soon", " 3 ", "Mon, 01 Jan 2001 00:00:09 GMT", "Monday, 01-Jan-01 00:00:09 GMT", "Mon Jan  1 00:00:09 2001"} {
		f.Add(value)
	}
	now := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if got := parseRetryAfter(value, now); got < 0 || got > maxRetryAfter {
			t.Errorf("%q: %s", value, got)
		}
	})
}

func TestRetryAfterBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, " 3 ": 3 * time.Second, "60": time.Minute, "61": time.Minute, "99999999999999999999": time.Minute,
		"-1": 0, "+5": 0, "1.5": 0, "soon": 0, "0x10": 0, "Mon, 01 Jan 2001 00:00:09 GMT": 9 * time.Second, "Mon Jan  1 00:00:09 2001": 9 * time.Second,
		"Sun, 31 Dec 2000 00:00:00 GMT": 0, "Tue, 02 Jan 2001 00:00:00 GMT": time.Minute,
	} {
		if got := parseRetryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// FuzzPath checks that an id stays one element of the path, whatever it holds.
func FuzzPath(f *testing.F) {
	for _, id := range []string{"notion", "zohoCRM", "..", ".", "", "../x", "a/b", `a\b`, "%2e%2e", "%2f", "a?b", "a#b", "a;b", "a b", "ä", "\xc0\xae\xc0\xae", "a\r\nHost: x", "a\x00b", "//evil.example", "http://evil.example", "a%", ":", "@"} {
		f.Add(id, "x")
	}
	base, err := checkBaseURL("https://alloy.example/odd%2Fbase/x/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		c := &Client{base: base}
		u, err := c.endpoint([]string{"connectors", one, "actions", two})
		if err != nil {
			return
		}
		parsed, err := url.ParseRequestURI(u.String())
		if err != nil {
			t.Fatalf("%q, %q: %v", one, two, err)
		}
		parts := strings.Split(parsed.EscapedPath(), "/")
		if parsed.Host != "alloy.example" || parsed.RawQuery != "" || parsed.Fragment != "" || len(parts) != 7 || parts[1] != "odd%2Fbase" {
			t.Fatalf("%q, %q: %s", one, two, u)
		}
		for i, want := range map[int]string{4: one, 6: two} {
			if got, err := url.PathUnescape(parts[i]); err != nil || got != want {
				t.Fatalf("%q became %q (%v)", want, got, err)
			}
		}
	})
}

// FuzzScrub plants secrets in any text: none may survive, and what is done
// twice changes nothing more.
func FuzzScrub(f *testing.F) {
	f.Add("before ", " after", "\n")
	f.Add(`{"message":"`, `"}`, "token=")
	f.Add("https://x/?token=", "&y", "Bearer ")
	f.Add("eyJ", ".", "secret_")
	f.Fuzz(func(t *testing.T, before, after, middle string) {
		s := scrubber{}
		s.know(testKey)
		const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiYSJ9.c2lnbmF0dXJl"
		got := s.text(before + testKey + middle + jwt + middle + testKey + after)
		if strings.Contains(got, testKey) || strings.Contains(got, "c2lnbmF0dXJl") {
			t.Errorf("a secret survived: %q", got)
		}
	})
}

// FuzzPageText and its line are what people see of a web page.
func FuzzPageText(f *testing.F) {
	for _, page := range []string{`<pre>Cannot GET /x</pre>`, `<html><head><title>502</title></head></html>`, `<script>alert(1)</script>a<b`, `&lt;b&gt;`, "\x1b[31mred", "a\u202eb\U000e0041", strings.Repeat("0", maxHTML) + " 0"} {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		text, route := pageText(page)
		for _, s := range []string{text, route} {
			if n := utf8.RuneCountInString(s); n > maxHTML+1 {
				t.Errorf("%d characters", n)
			}
			for _, r := range s {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
					t.Errorf("%q holds %U", s, r)
				}
			}
		}
		if again := oneLine(text, maxHTML+1); again != text {
			t.Errorf("not stable: %q, %q", text, again)
		}
	})
}
