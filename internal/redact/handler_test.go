package redact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const keyCanary = "sk-live-canary-123456"

// logged returns what a JSON handler writes behind ours, and a text handler.
func logged(t *testing.T, write func(*slog.Logger)) (asJSON, asText string) {
	t.Helper()
	scrubber := New(func() []string { return []string{keyCanary, canary} })
	var jsonOut, textOut bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	write(slog.New(NewHandler(slog.NewJSONHandler(&jsonOut, options), scrubber)))
	write(slog.New(NewHandler(slog.NewTextHandler(&textOut, options), scrubber)))
	return jsonOut.String(), textOut.String()
}

type valuer struct{ value slog.Value }

func (v valuer) LogValue() slog.Value { return v.value }

type stringer string

func (s stringer) String() string { return string(s) }

type panics struct{}

func (*panics) Error() string { panic(keyCanary) }

func TestNoSecretPassesTheHandler(t *testing.T) {
	t.Parallel()
	type request struct {
		URL    string
		Header http.Header
		Body   []byte
		hidden string
	}
	tests := map[string]func(*slog.Logger){
		"message": func(l *slog.Logger) { l.Info("key " + keyCanary) },
		"string":  func(l *slog.Logger) { l.Info("m", "a", "x"+keyCanary+"y") },
		"attribute key": func(l *slog.Logger) {
			l.Info("m", keyCanary, "v") //nolint:sloglint // no such key is written; one that came from outside must not leak
		},
		"error": func(l *slog.Logger) {
			l.Info("m", "error", fmt.Errorf("call: %w", &url.Error{Op: "Get", URL: "https://h/?k=" + url.QueryEscape(canary), Err: errors.New(canary)}))
		},
		"error that panics": func(l *slog.Logger) { l.Info("m", "error", (*panics)(nil)) },
		"group":             func(l *slog.Logger) { l.Info("m", slog.Group("g", slog.Group("h", "a", keyCanary))) },
		"inlined group":     func(l *slog.Logger) { l.Info("m", slog.Group("", "a", keyCanary)) },
		"log valuer":        func(l *slog.Logger) { l.Info("m", "a", valuer{slog.StringValue(keyCanary)}) },
		"log valuer of a group": func(l *slog.Logger) {
			l.Info("m", "a", valuer{slog.GroupValue(slog.Any("b", valuer{slog.StringValue(keyCanary)}))})
		},
		"stringer":      func(l *slog.Logger) { l.Info("m", "a", stringer(keyCanary)) },
		"bytes":         func(l *slog.Logger) { l.Info("m", "a", []byte(keyCanary)) },
		"raw JSON":      func(l *slog.Logger) { l.Info("m", "a", json.RawMessage(`{"x":["`+keyCanary+`"]}`)) },
		"map key":       func(l *slog.Logger) { l.Info("m", "a", map[string]int{keyCanary: 1}) },
		"slice":         func(l *slog.Logger) { l.Info("m", "a", []string{"b", keyCanary}) },
		"struct":        func(l *slog.Logger) { l.Info("m", "a", request{URL: "https://h/" + keyCanary, hidden: keyCanary}) },
		"bytes inside":  func(l *slog.Logger) { l.Info("m", "a", request{Body: []byte("x" + keyCanary)}) },
		"pointer":       func(l *slog.Logger) { l.Info("m", "a", &request{URL: keyCanary}) },
		"no JSON":       func(l *slog.Logger) { l.Info("m", "a", map[string]any{"f": func() {}, "k": keyCanary}) },
		"with":          func(l *slog.Logger) { l.With("a", keyCanary).Info("m") },
		"with group":    func(l *slog.Logger) { l.WithGroup("g").With("a", keyCanary).Info("m", "b", keyCanary) },
		"group name":    func(l *slog.Logger) { l.WithGroup(keyCanary).Info("m", "b", 1) },
		"debug":         func(l *slog.Logger) { l.Debug("m", "a", keyCanary) },
		"unknown value": func(l *slog.Logger) { l.Info("m", "password", "canary") },
		"unknown header": func(l *slog.Logger) {
			l.Info("m", "a", http.Header{"Authorization": {"canary"}, "X-Other": {"1"}})
		},
		"unknown member":     func(l *slog.Logger) { l.Info("m", "a", map[string]any{"client_secret": map[string]any{"v": "canary"}}) },
		"secret group":       func(l *slog.Logger) { l.Info("m", slog.Group("cookies", "a", "canary", "b", 123456)) },
		"secret open group":  func(l *slog.Logger) { l.WithGroup("token").With("a", "canary").Info("m", "b", "canary") },
		"secret number":      func(l *slog.Logger) { l.Info("m", "code", 123456, "a", "b") },
		"secret error":       func(l *slog.Logger) { l.Info("m", "secret", errors.New("canary")) },
		"secret by position": func(l *slog.Logger) { l.Info("m", "a", []string{"token=canary"}) },
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asJSON, asText := logged(t, write)
			for _, out := range []string{asJSON, asText} {
				if strings.Contains(out, "canary") || strings.Contains(out, "123456") || strings.Contains(out, "Y2FuYX") {
					t.Errorf("a secret survives: %s", out)
				}
				if strings.Count(out, "\n") != 1 {
					t.Errorf("want one line, got %q", out)
				}
			}
			if !json.Valid([]byte(asJSON)) {
				t.Errorf("not JSON: %s", asJSON)
			}
		})
	}
}

func TestHandlerKeepsWhatIsNoSecret(t *testing.T) {
	t.Parallel()
	asJSON, _ := logged(t, func(l *slog.Logger) {
		l.With("connector", "notion").WithGroup("g").Info("started",
			"n", 3, "ok", true, "took", time.Second, "list", []string{"a", "b"}, "nothing", nil,
			"header", http.Header{"Accept": {"x"}, "Cookie": {"y"}}, "level", slog.LevelWarn, "key_fingerprint", "0123abcd",
			"next_cursor", "abc", "err", errors.New("no such page"))
	})
	var got map[string]any
	if err := json.Unmarshal([]byte(asJSON), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{
		"level": "INFO", "msg": "started", "connector": "notion",
		"g": map[string]any{
			"n": 3.0, "ok": true, "took": 1e9, "list": []any{"a", "b"}, "nothing": nil,
			"header": map[string]any{"Accept": []any{"x"}, "Cookie": Mask}, "level": "WARN",
			"key_fingerprint": "0123abcd", "next_cursor": "abc", "err": "no such page",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestHandlerKeepsTheRulesOfSlog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	handler := NewHandler(slog.NewJSONHandler(&out, nil), New(nil))
	err := slogtest.TestHandler(handler, func() []map[string]any {
		var records []map[string]any
		for line := range bytes.Lines(out.Bytes()) {
			var record map[string]any
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatal(err)
			}
			records = append(records, record)
		}
		return records
	})
	if err != nil {
		t.Error(err)
	}
}

func TestHandlerAsksTheNextOneForItsLevel(t *testing.T) {
	t.Parallel()
	next := slog.NewJSONHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelWarn})
	handler := NewHandler(next, New(nil))
	if handler.Enabled(context.Background(), slog.LevelInfo) || !handler.Enabled(context.Background(), slog.LevelWarn) {
		t.Error("Enabled does not follow the next handler's level")
	}
}

// FuzzHandler writes a canary as message, value, error, group and member.
func FuzzHandler(f *testing.F) {
	f.Add("a", "b", uint8(0))
	f.Add(`{"x":"`, `"}`, uint8(1))
	f.Add("token=", "&a=b", uint8(2))
	f.Fuzz(func(t *testing.T, before, after string, place uint8) {
		text := before + keyCanary + after
		asJSON, asText := logged(t, func(l *slog.Logger) {
			switch place % 6 {
			case 0:
				l.Info(text) //nolint:sloglint // the message is what is tested
			case 1:
				l.Info("m", "a", text)
			case 2:
				l.Info("m", "a", errors.New(text))
			case 3:
				l.WithGroup("g").Info("m", slog.Group("h", "a", valuer{slog.StringValue(text)}))
			case 4:
				l.Info("m", "a", map[string]any{before: []string{text}, after: text})
			default:
				l.With("a", []byte(text)).Info("m", "b", json.RawMessage(text))
			}
		})
		if strings.Contains(asJSON, keyCanary) || strings.Contains(asText, keyCanary) {
			t.Errorf("the canary survives:\n%s%s", asJSON, asText)
		}
		if !json.Valid([]byte(asJSON)) {
			t.Errorf("not JSON: %s", asJSON)
		}
	})
}
