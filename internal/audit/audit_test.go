package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// open opens a log at path that must be right.
func open(t testing.TB, config Config) *Log {
	t.Helper()
	l, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// lines reads the lines of a log.
func lines(t testing.TB, path string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	for text := range strings.Lines(string(data)) {
		if text == "\n" {
			continue // as it may stand behind a line that was cut off
		}
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil || !strings.HasSuffix(text, "\n") {
			t.Fatalf("%q: %v", text, err)
		}
		list = append(list, line)
	}
	return list
}

func TestWhatALineHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := open(t, Config{
			Path: "-", Stderr: &out, Environment: "staging", Fingerprint: func() string { return "0a1b2c3d" },
			Scrub: func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("canary"), []byte("[redacted]")) },
		})
		full := Record{
			RequestID: "r1", Principal: "token:alice", AlloyUser: "u1", ConnectorID: "slack", ActionID: "chat.postMessage", ConnectionID: "c1", Effect: "write",
			Decision: "confirm", Rule: `POLICY_FILE rules[0] "asks"`, ArgumentsHash: "aa", IdempotencyKeyHash: "bb",
			Outcome: "completed", ErrorCode: "x", Duration: 1234567 * time.Microsecond, Confirm: "elicit", Transport: "http", Agent: "Claude canary <b>",
		}
		l.Read(t.Context(), Record{RequestID: "r0"})
		time.Sleep(1500 * time.Microsecond)
		l.Refused(t.Context(), Record{Rule: "ALLOY_READ_ONLY", ErrorCode: "refused_by_policy", Duration: time.Second})
		if err := l.Intent(t.Context(), full); err != nil {
			t.Fatal(err)
		}
		l.Outcome(t.Context(), full)
		const tail = `,"environment":"staging","key_fingerprint":"0a1b2c3d"}`
		const middle = `"request_id":"r1","principal":"token:alice","alloy_user":"u1","connector_id":"slack","action_id":"chat.postMessage","connection_id":"c1","effect":"write",` +
			`"decision":"confirm","rule":"POLICY_FILE rules[0] \"asks\"","arguments_hash":"aa","idempotency_key_hash":"bb","outcome":"completed","error_code":"x",`
		const end = `"confirm":"elicit","transport":"http","agent":"Claude [redacted] \u003cb\u003e"` + tail
		want := []string{
			`{"time":"2000-01-01T00:00:00.000Z","event":"read","request_id":"r0","duration_ms":0` + tail,
			`{"time":"2000-01-01T00:00:00.001Z","event":"refused","rule":"ALLOY_READ_ONLY","error_code":"refused_by_policy"` + tail,
			`{"time":"2000-01-01T00:00:00.001Z","event":"intent",` + middle + end,
			`{"time":"2000-01-01T00:00:00.001Z","event":"outcome",` + middle + `"duration_ms":1234,` + end,
			"",
		}
		if diff := cmp.Diff(want, strings.Split(out.String(), "\n")); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}

func TestTextsAreCleanedAndBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit")
	l := open(t, Config{Path: path})
	nasty := "a\nb\x1b[2J\u202e\x00\u2028\U000e0041\xff"
	l.Read(t.Context(), Record{Agent: nasty, ActionID: "v1/users/{id}#get:all.x"})
	for _, filler := range []string{"x", `"`, "\\", "é", "\u2028", "\xff", "<", "漢"} {
		long := strings.Repeat(filler, 10_000)
		l.Outcome(t.Context(), Record{long, long, long, long, long, long, long, long, long, long, long, long, long, 1, long, long, long})
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(data)) {
		if len(text) > maxLine {
			t.Errorf("a line has %d bytes", len(text))
		}
		if strings.ContainsFunc(strings.TrimSuffix(text, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("a line holds what cannot be seen: %.300q", text)
		}
	}
	list := lines(t, path)
	if got := list[0]["agent"]; got != "a b[2J \ufffd" {
		t.Errorf("agent %q", got)
	}
	if list[0]["action_id"] != "v1/users/{id}#get:all.x" || list[0]["truncated"] != nil {
		t.Errorf("line %v", list[0])
	}
	if list[2]["truncated"] != true {
		t.Errorf("the texts of quotes were not cut: %v", list[2])
	}
}

func TestHashes(t *testing.T) {
	t.Parallel()
	decode := func(text string) map[string]any {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var value map[string]any
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	same := [][]map[string]any{
		{nil, {}, decode("{}")},
		{decode(`{"b": [1, {"d": null, "c": "<é>"}], "a": 1.50}`), decode(`{"a":15e-1,"b":[1.0,{"c":"\u003cé\u003e","d":null}]}`), {"a": 1.5, "b": []any{1, map[string]any{"c": "<é>", "d": nil}}}},
		{decode(`{"n": 9007199254740993}`), {"n": int64(9007199254740993)}},
		{decode(`{"n": 9007199254740992}`)},
		{decode(`{"n": 123456789012345678901234567890}`)},
		{decode(`{"n": 123456789012345678901234567891}`)},
		{decode(`{"n": -0}`), {"n": 0}},
		{decode(`{"n": 1e999}`)},
		{decode(`{"n": "1"}`)},
		{decode(`{"n": [1, 2]}`)},
		{decode(`{"n": [2, 1]}`)},
	}
	seen := make(map[string]int)
	for i, group := range same {
		want := HashArguments(group[0])
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(want) {
			t.Errorf("group %d: hash %q", i, want)
		}
		if before, ok := seen[want]; ok {
			t.Errorf("groups %d and %d have the same hash", before, i)
		}
		seen[want] = i
		for _, arguments := range group {
			if got := HashArguments(arguments); got != want {
				t.Errorf("%v: %s, want %s", arguments, got, want)
			}
		}
	}
	if got := HashArguments(map[string]any{"a": make(chan int)}); got != "" {
		t.Errorf("what is no JSON: %q", got)
	}
	if HashKey("") != "" || HashKey("k") != "8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a" {
		t.Errorf("HashKey(k) = %q", HashKey("k"))
	}
}

func TestANilLogRecordsNothing(t *testing.T) {
	t.Parallel()
	var l *Log
	l.Read(t.Context(), Record{})
	l.Refused(t.Context(), Record{})
	l.Outcome(t.Context(), Record{})
	if err := errors.Join(l.Intent(t.Context(), Record{}), l.Close()); err != nil {
		t.Error(err)
	}
}

func TestTheFileIsForItsOwnerAloneAndAddedTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit")
	for range 2 {
		l := open(t, Config{Path: path})
		l.Read(t.Context(), Record{})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l.Read(t.Context(), Record{}) // is lost
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := lines(t, path); len(got) != 2 {
		t.Errorf("lines %v", got)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit")
	l := open(t, Config{Path: path, Required: true})
	intent := func(id string) {
		t.Helper()
		if err := l.Intent(t.Context(), Record{RequestID: id}); err != nil {
			t.Error(err)
		}
	}
	ids := func(path string) (list []string) {
		for _, line := range lines(t, path) {
			list = append(list, fmt.Sprint(line["request_id"]))
		}
		return list
	}
	intent("1")
	if err := os.Rename(path, path+".1"); err != nil { // as logrotate does it
		t.Fatal(err)
	}
	intent("2")
	intent("3")
	if err := errors.Join(os.Rename(path, path+".2"), os.WriteFile(path, nil, 0o600)); err != nil { // with `create`
		t.Fatal(err)
	}
	intent("4")
	if err := os.Truncate(path, 0); err != nil { // with `copytruncate`
		t.Fatal(err)
	}
	intent("5")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	intent("6")
	for file, want := range map[string][]string{path + ".1": {"1"}, path + ".2": {"2", "3"}, path: {"6"}} {
		if diff := cmp.Diff(want, ids(file)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// A line that a full disk cut off spoils none of those that follow.
func TestATornLineStaysAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit")
	l := open(t, Config{Path: path})
	l.Read(t.Context(), Record{RequestID: "1"})
	another, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := another.WriteString(`{"time":"20`); err != nil {
		t.Fatal(err)
	}
	l.Read(t.Context(), Record{RequestID: "2"})
	l.Read(t.Context(), Record{RequestID: "3"})
	data, err := os.ReadFile(path)
	if err != nil || another.Close() != nil {
		t.Fatal(err)
	}
	text := strings.Split(string(data), "\n")
	if len(text) != 5 || text[1] != `{"time":"20` || !json.Valid([]byte(text[2])) || !json.Valid([]byte(text[3])) {
		t.Errorf("lines %q", text)
	}
}

func TestLostLinesAreToldOnceAMinuteAndWhenItIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		out := &flaky{err: syscall.ENOSPC}
		l := open(t, Config{Path: "-", Stderr: out, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))})
		for range 130 {
			l.Read(t.Context(), Record{})
			time.Sleep(time.Second)
		}
		out.err = nil
		l.Read(t.Context(), Record{})
		l.Read(t.Context(), Record{})
		warning := func(lost int) string {
			return fmt.Sprintf("level=WARN msg=\"the audit log cannot be written\" path=- error=\"no space left on device\" lost_lines=%d changes_refused=false\n", lost)
		}
		want := warning(1) + warning(61) + warning(121) + "level=INFO msg=\"the audit log is written again\" lost_lines=130\n"
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

type flaky struct{ err error }

func (f *flaky) Write(text []byte) (int, error) { return len(text), f.err }

func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit")
	l := open(t, Config{Path: path})
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			for j := range 50 {
				l.Read(t.Context(), Record{RequestID: fmt.Sprintf("%d-%d", i, j)})
			}
		})
	}
	wait.Wait()
	seen := make(map[any]bool)
	for _, line := range lines(t, path) {
		seen[line["request_id"]] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d lines", len(seen))
	}
}
