package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// liveSource is a catalogue whose post-search the test changes.
type liveSource struct {
	catalog.Source

	asked atomic.Int32
	delay time.Duration

	mu     sync.Mutex
	action alloy.Action
	err    error
}

func (s *liveSource) Action(ctx context.Context, _, _ string) (alloy.Action, error) {
	s.asked.Add(1)
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return alloy.Action{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.action, s.err
}

func (s *liveSource) set(action alloy.Action, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.action, s.err = action, err
}

// pinnedAction is the pinned post-search with another body.
func pinnedAction(t *testing.T, change func(properties map[string]any)) alloy.Action {
	t.Helper()
	action, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		t.Fatal(err)
	}
	if change == nil {
		return action
	}
	var body map[string]any
	if err := json.Unmarshal(action.RequestBody, &body); err != nil {
		t.Fatal(err)
	}
	properties, _ := body["properties"].(map[string]any)
	change(properties)
	if action.RequestBody, err = json.Marshal(body); err != nil {
		t.Fatal(err)
	}
	return action
}

func withExtra(name string) func(map[string]any) {
	return func(properties map[string]any) { properties[name] = map[string]any{"type": "boolean"} }
}

// liveSearch runs a test against a search whose live action is src's, in a
// bubble of time. log is what was logged so far.
func liveSearch(t *testing.T, src *liveSource, test func(t *testing.T, n *notionSearch, log func() string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var text bytes.Buffer
		handler := slog.NewTextHandler(lockedWriter{&mu, &text}, &slog.HandlerOptions{Level: slog.LevelDebug})
		cat := catalog.New(src)
		defer cat.Close()
		n, err := newNotionSearch(cat, slog.New(handler))
		if err != nil {
			t.Fatal(err)
		}
		test(t, n, func() string {
			mu.Lock()
			defer mu.Unlock()
			return text.String()
		})
	})
}

type lockedWriter struct {
	mu   *sync.Mutex
	text *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// uses reports whether the search uses the live action, and how long it took to
// find out.
func uses(t *testing.T, n *notionSearch) (live bool, took time.Duration) {
	t.Helper()
	began := time.Now()
	current := n.current(t.Context())
	return current != n.pinned, time.Since(began)
}

func TestAQuickLiveActionDecides(t *testing.T) {
	t.Parallel()
	src := &liveSource{action: pinnedAction(t, withExtra("archived")), delay: time.Second}
	liveSearch(t, src, func(t *testing.T, n *notionSearch, log func() string) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if live, took := uses(t, n); !live || took != time.Second {
					t.Errorf("live %v after %s", live, took)
				}
			})
		}
		all.Wait()
		if live, took := uses(t, n); !live || took != 0 || src.asked.Load() != 1 {
			t.Errorf("the next call: live %v after %s, asked %d times", live, took, src.asked.Load())
		}
		if got := log(); strings.Count(got, "differs") != 1 || !strings.Contains(got, "added archived") {
			t.Errorf("logged: %s", got)
		}
	})
}

// A slow answer is waited for once, for as long as a caller bears, and counts
// when it is there.
func TestASlowLiveActionDecidesLater(t *testing.T) {
	t.Parallel()
	src := &liveSource{action: pinnedAction(t, nil), delay: 5 * time.Second}
	liveSearch(t, src, func(t *testing.T, n *notionSearch, log func() string) {
		for range 2 {
			if live, took := uses(t, n); live || took != liveWait {
				t.Errorf("live %v after %s", live, took)
			}
		}
		hasty, cancel := context.WithCancel(t.Context())
		cancel()
		if n.current(hasty) != n.pinned {
			t.Error("a caller that gives up gets something else than the pinned action")
		}
		time.Sleep(2 * time.Second)
		if live, took := uses(t, n); !live || took != 0 || src.asked.Load() != 1 {
			t.Errorf("later: live %v after %s, asked %d times", live, took, src.asked.Load())
		}
		if got := log(); strings.Contains(got, "differs") {
			t.Errorf("logged: %s", got)
		}
	})
}

// A question that fails is repeated no sooner than retryAfter, and nobody waits
// for an answer that is not expected.
func TestAFailedQuestionIsRepeatedLater(t *testing.T) {
	t.Parallel()
	src := &liveSource{err: errors.New("down"), delay: time.Second}
	liveSearch(t, src, func(t *testing.T, n *notionSearch, log func() string) {
		if live, took := uses(t, n); live || took != time.Second {
			t.Errorf("live %v after %s", live, took)
		}
		for range 3 {
			if live, took := uses(t, n); live || took != 0 {
				t.Errorf("live %v after %s", live, took)
			}
		}
		time.Sleep(retryAfter - time.Nanosecond)
		if live, took := uses(t, n); live || took != 0 || src.asked.Load() != 1 {
			t.Errorf("before the time: live %v after %s, asked %d times", live, took, src.asked.Load())
		}
		time.Sleep(time.Nanosecond)
		src.set(pinnedAction(t, nil), nil)
		if live, took := uses(t, n); !live || took != time.Second || src.asked.Load() != 2 {
			t.Errorf("after it: live %v after %s, asked %d times", live, took, src.asked.Load())
		}
		if got := log(); strings.Count(got, "not known") != 1 || !strings.Contains(got, "down") {
			t.Errorf("logged: %s", got)
		}
	})
}

// What is known is asked for again, behind the calls; each change is told once.
func TestAChangeOfTheLiveActionIsNoticed(t *testing.T) {
	t.Parallel()
	src := &liveSource{action: pinnedAction(t, withExtra("first")), delay: time.Second}
	liveSearch(t, src, func(t *testing.T, n *notionSearch, log func() string) {
		uses(t, n)
		src.set(pinnedAction(t, withExtra("second")), nil)
		for range 3 { // the catalogue hands out what it has while it looks again
			time.Sleep(recheckAfter)
			if live, took := uses(t, n); !live || took != 0 {
				t.Errorf("live %v after %s", live, took)
			}
			synctest.Wait()
		}
		src.set(alloy.Action{}, errors.New("down"))
		for range 3 {
			time.Sleep(recheckAfter)
			if live, took := uses(t, n); !live || took != 0 {
				t.Errorf("while Alloy is down: live %v after %s", live, took)
			}
			synctest.Wait()
		}
		if got := log(); strings.Count(got, "differs") != 2 || strings.Count(got, "added first") != 1 || strings.Count(got, "added second") != 1 {
			t.Errorf("logged: %s", got)
		}
		before := src.asked.Load()
		time.Sleep(recheckAfter - time.Second)
		uses(t, n)
		synctest.Wait()
		if asked := src.asked.Load() - before; asked != 0 {
			t.Errorf("asked %d times before it was due", asked)
		}
	})
}

func TestArgumentsAreTranslatedToTheVersion(t *testing.T) {
	t.Parallel()
	version := func(body, header string) *searchSchema {
		return &searchSchema{action: alloy.Action{RequestBody: json.RawMessage(body)}, headers: map[string]string{versionHeader: header}}
	}
	old, current := version(`{"enum":["page","database"]}`, "2025-09-03"), version(`{"enum":["page","data_source"]}`, "2022-06-28")
	for _, test := range []struct {
		name       string
		schema     *searchSchema
		args, want string
	}{
		{"nothing", old, `{"query":"x","page_size":3}`, `{"query":"x","page_size":3}`},
		{"old word, old version", old, `{"filter":{"value":"database"}}`, `{"filter":{"value":"database","property":"object"}}`},
		{"new word, old version", old, `{"filter":{"value":"data_source"}}`, `{"filter":{"value":"database","property":"object"}}`},
		{"old word, new version", current, `{"filter":{"value":"database"}}`, `{"filter":{"value":"data_source","property":"object"}}`},
		{"pages", current, `{"filter":{"value":"page"}}`, `{"filter":{"value":"page","property":"object"}}`},
		{"a property of the caller's", old, `{"filter":{"value":"page","property":"kind"}}`, `{"filter":{"value":"page","property":"kind"}}`},
		{"only a property", old, `{"filter":{"property":"object"}}`, `{"filter":{"property":"object"}}`},
		{"an empty filter", old, `{"filter":{}}`, `{"filter":{}}`},
		{"a filter as text", old, `{"filter":"{\"value\":\"data_source\"}"}`, `{"filter":{"value":"database","property":"object"}}`},
		{"no object as text", old, `{"filter":"page"}`, `{"filter":"page"}`},
		{"an empty text", old, `{"filter":""}`, `{"filter":""}`},
		{"a list", old, `{"filter":[1],"sort":7}`, `{"filter":[1],"sort":7}`},
		{"a direction", old, `{"sort":{"direction":"ascending"}}`, `{"sort":{"direction":"ascending","timestamp":"last_edited_time"}}`},
		{"a sort as text", old, `{"sort":"{\"direction\":\"ascending\"}"}`, `{"sort":{"direction":"ascending","timestamp":"last_edited_time"}}`},
		{"a timestamp of the caller's", old, `{"sort":{"direction":"ascending","timestamp":"x"}}`, `{"sort":{"direction":"ascending","timestamp":"x"}}`},
		{"no direction", old, `{"sort":{"timestamp":"x"}}`, `{"sort":{"timestamp":"x"}}`},
		{"an empty sort", old, `{"sort":{}}`, `{"sort":{}}`},
		{"both words, old version", version(`["database","data_source"]`, "2022-06-28"), `{"filter":{"value":"data_source","property":"object"}}`, `{"filter":{"value":"database","property":"object"}}`},
		{"both words, new version", version(`["database","data_source"]`, "2025-09-03"), `{"filter":{"value":"database","property":"object"}}`, `{"filter":{"value":"data_source","property":"object"}}`},
		{"neither word, new version", version(``, "2026-03-11"), `{"filter":{"value":"database","property":"object"}}`, `{"filter":{"value":"data_source","property":"object"}}`},
		{"neither word, old version", version(``, "2022-06-28"), `{"filter":{"value":"data_source","property":"object"}}`, `{"filter":{"value":"database","property":"object"}}`},
	} {
		args, _ := decoded(t, test.args).(map[string]any)
		got := test.schema.translate(args)
		if diff := cmp.Diff(decoded(t, test.want), any(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(decoded(t, test.args), any(args)); diff != "" {
			t.Errorf("%s changes the caller's arguments (-before +after):\n%s", test.name, diff)
		}
	}
}

// An action that states no version gets the one that its ids belong to.
func TestTheVersionHeaderIsNeverEmpty(t *testing.T) {
	t.Parallel()
	action := pinnedAction(t, nil)
	for _, parameters := range [][]alloy.Parameter{nil, {{Name: versionHeader, In: "header", Schema: json.RawMessage(`{"type":"string"}`)}}} {
		action.Parameters = parameters
		compiled, err := compileSearch(action)
		if err != nil {
			t.Fatal(err)
		}
		if got := compiled.headers; !cmp.Equal(got, map[string]string{versionHeader: alloy.NotionVersion}) {
			t.Errorf("headers %v", got)
		}
	}
}

func TestEveryRemovedArgumentIsNamed(t *testing.T) {
	t.Parallel()
	src := &liveSource{action: pinnedAction(t, func(properties map[string]any) {
		delete(properties, "sort")
		delete(properties, "filter")
		delete(properties, "query")
	})}
	liveSearch(t, src, func(t *testing.T, n *notionSearch, _ func() string) {
		for args, want := range map[string]*Error{
			`{"sort":{"direction":"ascending"},"filter":{"value":"page"}}`: {Code: CodeInvalidArguments, Message: "Alloy's post-search no longer takes filter, sort.", Hint: "Call again without it."},
			`{"query":"x","page_size":1}`:                                  {Code: CodeInvalidArguments, Message: "Alloy's post-search no longer takes query.", Hint: "Call again without it."},
		} {
			object, _ := decoded(t, args).(map[string]any)
			_, err := n.prepare(t.Context(), object)
			var got *Error
			if !errors.As(err, &got) || !cmp.Equal(want, got) {
				t.Errorf("%s: error %v", args, err)
			}
		}
		object, _ := decoded(t, `{"page_size":"many"}`).(map[string]any)
		if _, err := n.prepare(t.Context(), object); err == nil || strings.Contains(err.Error(), "no longer") {
			t.Errorf("a wrong value: %v", err)
		}
	})
}

// decoded is a JSON text as tools decode it.
func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
