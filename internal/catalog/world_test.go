package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// world is an Alloy with as many connectors and actions as a test wants, which
// can be slow, fail and complain.
type world struct {
	mu         sync.Mutex
	connectors int
	actions    int                             // of each connector
	delay      func(what string) time.Duration // nil is none
	fail       func(what string) error         // nil is none
	describe   func(actionID string) string
	method     string

	asked   map[string]int
	last    map[string]time.Time
	now     int // requests under way
	most    int
	details int // requests for details
}

func (w *world) visit(ctx context.Context, what string) error {
	w.mu.Lock()
	if w.asked == nil {
		w.asked, w.last = make(map[string]int), make(map[string]time.Time)
	}
	w.asked[what]++
	w.last[what] = time.Now()
	w.now++
	w.most = max(w.most, w.now)
	if strings.Contains(what, "/") {
		w.details++
	}
	delay, fail := w.delay, w.fail
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.now--
		w.mu.Unlock()
	}()
	if delay != nil {
		select {
		case <-time.After(delay(what)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail(what)
	}
	return nil
}

func (w *world) set(change func(*world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

func (w *world) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[what]
}

func (w *world) total() (details, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.details, w.most
}

func (w *world) Connectors(ctx context.Context) ([]alloy.Connector, error) {
	if err := w.visit(ctx, "connectors"); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []alloy.Connector
	for i := range w.connectors {
		list = append(list, alloy.Connector{ID: fmt.Sprintf("app%d", i), Name: fmt.Sprintf("App %d", i), Categories: []string{"crm"}})
	}
	return list, nil
}

func (w *world) Resources(ctx context.Context, connectorID string) ([]alloy.Resource, error) {
	if err := w.visit(ctx, connectorID); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := alloy.Resource{Name: "things"}
	for i := range w.actions {
		id := fmt.Sprintf("listThings%d", i)
		r.Actions = append(r.Actions, alloy.ActionSummary{ID: id, Name: "List things", Description: w.described(id)})
	}
	return []alloy.Resource{r}, nil
}

func (w *world) described(id string) string {
	if w.describe == nil {
		return "Lists things."
	}
	return w.describe(id)
}

func (w *world) Action(ctx context.Context, connectorID, actionID string) (alloy.Action, error) {
	if err := w.visit(ctx, connectorID+"/"+actionID); err != nil {
		return alloy.Action{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	method := w.method
	if method == "" {
		method = "get"
	}
	return alloy.Action{
		ID: actionID, DisplayName: "List things", Description: w.described(actionID), Method: method, Path: "/things",
		Parameters:  []alloy.Parameter{{Name: "limit", In: "query", Schema: json.RawMessage(`{"type":"integer"}`)}},
		RequestBody: json.RawMessage(`{"type":"object","properties":{"filter":{"type":"object","properties":{"name":{}}}}}`),
	}, nil
}

func (w *world) CredentialMetadata(context.Context, string) ([]alloy.AuthMethod, error) {
	return nil, nil
}

var errDown = errors.New("down")

func tooMany(after time.Duration) error {
	return &alloy.Error{Kind: alloy.KindRateLimited, Op: "read", Message: "too many", RetryAfter: after}
}

// diary keeps log lines.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func (d *diary) log() *slog.Logger {
	return slog.New(slog.NewJSONHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// only fails for some questions.
func only(err error, what ...string) func(string) error {
	return func(asked string) error {
		if slices.Contains(what, asked) {
			return err
		}
		return nil
	}
}

func slowly(d time.Duration, what ...string) func(string) time.Duration {
	return func(asked string) time.Duration {
		if slices.Contains(what, asked) {
			return d
		}
		return 100 * time.Millisecond
	}
}

func took(t *testing.T, name string, want time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if got := time.Since(began); got != want {
		t.Errorf("%s took %s, want %s", name, got, want)
	}
}
