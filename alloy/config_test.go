package alloy

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestNewChecksTheBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, has string }{
		{"", ""},
		{"https://production.runalloy.com", ""},
		{"https://alloy.example/base/", ""},
		{"http://localhost:9090", ""},
		{"http://127.0.0.1:9090/x", ""},
		{"http://127.8.9.1", ""},
		{"http://[::1]:80", ""},
		{"http://alloy.example", "must be https"},
		{"http://localhost.evil.example", "must be https"},
		{"http://10.0.0.1", "must be https"},
		{"ftp://alloy.example", "must be https"},
		{"alloy.example", "scheme and a host"},
		{"https://", "scheme and a host"},
		{"https://me:hunter2@alloy.example", "must not hold a user name"},
		{"https://alloy.example?x=1", "query"},
		{"https://alloy.example#f", "query"},
		{"https://api.notion.com", "alloy-mcp simulate"},
		{"https://NOTION.so/v1", "alloy-mcp simulate"},
		{"https://sandbox.notion.com", "alloy-mcp simulate"},
		{"https://notnotion.com", ""},
		{"https://a b:hunter2@x", "not a URL"},
		{"https://x:hunter2", "not a URL"},
	} {
		_, err := New(Config{BaseURL: test.url, Key: StaticKey(NewSecret("k"))})
		switch {
		case test.has == "" && err != nil:
			t.Errorf("%q: %v", test.url, err)
		case test.has != "" && (err == nil || !strings.Contains(err.Error(), test.has)):
			t.Errorf("%q: got %v, want %q", test.url, err, test.has)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%q: the error shows the password", test.url)
		}
	}
}

func TestNewChecksTheRest(t *testing.T) {
	t.Parallel()
	for _, config := range []Config{{}, {Key: StaticKey(NewSecret("k")), Version: "2025\r\n"}, {Key: StaticKey(NewSecret("k")), UserAgent: "a\nb"}} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v was accepted", config)
		}
	}
}

func TestTheKeyIsAskedForEveryRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"connectors":[]}`))
	f.t = t
	n := 0
	c := f.newClient(Config{Key: func(context.Context) (Secret, error) { n++; return NewSecret(testKey), nil }})
	for range 3 {
		if _, err := c.Connectors(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3 {
		t.Errorf("asked %d times, want 3", n)
	}
}

func TestABadKeyIsNeverSentNorShown(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	broken := errors.New("file is gone")
	for name, key := range map[string]func(context.Context) (Secret, error){
		"none":       StaticKey(Secret{}),
		"line break": StaticKey(NewSecret(testKey + "\n")),
		"space":      StaticKey(NewSecret(testKey + " x")),
		"error":      func(context.Context) (Secret, error) { return Secret{}, broken },
	} {
		_, err := f.newClient(Config{Key: key}).Connectors(t.Context())
		if e := wantError(t, err, KindUnauthorized); e.Outcome != OutcomeNotSent || e.Fault != FaultOperator {
			t.Errorf("%s: %v %v", name, e.Outcome, e.Fault)
		}
		if name == "error" && !errors.Is(err, broken) {
			t.Error("the cause is lost")
		}
	}
	f.want()
}
