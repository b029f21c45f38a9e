package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

// shelf is an Alloy that offers the catalogues in testdata, as often as wanted.
type shelf struct {
	connectors []alloy.Connector
	resources  map[string][]alloy.Resource
	actions    map[string]map[string]alloy.Action
}

func readShelf(tb testing.TB, times int) *shelf {
	tb.Helper()
	files, err := filepath.Glob("../../schemas/testdata/catalogs/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no catalogues: %v", err)
	}
	s := &shelf{resources: map[string][]alloy.Resource{}, actions: map[string]map[string]alloy.Action{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		var c struct {
			Connector struct {
				ID, Name string
				Category []string
			}
			Resources []alloy.Resource
			Actions   map[string]struct {
				DisplayName, Description, Path string
				Method                         string `json:"httpMethod"`
				Parameters                     []alloy.Parameter
				RequestBody                    json.RawMessage
			}
		}
		if err := json.Unmarshal(text, &c); err != nil {
			tb.Fatal(err)
		}
		for i := range times {
			id := c.Connector.ID
			if i > 0 {
				id = fmt.Sprint(id, i)
			}
			s.connectors = append(s.connectors, alloy.Connector{ID: id, Name: c.Connector.Name, Categories: c.Connector.Category})
			s.actions[id] = map[string]alloy.Action{}
			for _, r := range c.Resources {
				r.Name = strings.Clone(r.Name)
				var list []alloy.ActionSummary
				for _, a := range r.Actions {
					list = append(list, alloy.ActionSummary{ID: strings.Clone(a.ID), Name: strings.Clone(a.Name), Description: strings.Clone(a.Description)})
				}
				r.Actions = list
				s.resources[id] = append(s.resources[id], r)
			}
			for action, a := range c.Actions {
				s.actions[id][action] = alloy.Action{
					ID: action, DisplayName: a.DisplayName, Description: a.Description, Method: a.Method, Path: a.Path, Parameters: a.Parameters, RequestBody: a.RequestBody,
				}
			}
		}
	}
	return s
}

func (s *shelf) Connectors(context.Context) ([]alloy.Connector, error) { return s.connectors, nil }

func (s *shelf) Resources(_ context.Context, id string) ([]alloy.Resource, error) {
	return s.resources[id], nil
}

func (s *shelf) Action(_ context.Context, id, action string) (alloy.Action, error) {
	if a, ok := s.actions[id][action]; ok {
		return a, nil
	}
	return alloy.Action{}, errors.New("no such action")
}

func (s *shelf) CredentialMetadata(context.Context, string) ([]alloy.AuthMethod, error) {
	return nil, nil
}

// Every action of the catalogues comes through, by name and in full, into a file
// and back.
func TestRealCataloguesComeThroughWhole(t *testing.T) {
	t.Parallel()
	s := readShelf(t, 1)
	dir := t.TempDir()
	files := func() catalog.Option {
		return catalog.KeepIn(kept.New(dir, func() kept.Identity { return kept.Identity{BaseURL: "u", Key: "k", Version: "v"} }, nil))
	}
	c := catalog.New(s, files())
	before := c.Snapshot(t.Context())
	wrong := 0
	for _, doc := range before.Docs {
		d, err := c.Details(t.Context(), doc.ConnectorID, doc.ActionID)
		if err != nil {
			t.Errorf("%s.%s: %v", doc.ConnectorID, doc.ActionID, err)
		}
		if !doc.Guessed || doc.Name == "" {
			t.Errorf("%+v", doc)
		}
		if d.Effect != doc.Effect {
			wrong++
		}
	}
	c.Close()
	t.Logf("%d actions; %d guesses differ from what the details say", len(before.Docs), wrong)
	if len(before.Docs) != 896 || wrong > 40 {
		t.Errorf("%d docs, %d wrong guesses", len(before.Docs), wrong)
	}
	again := catalog.New(&world{fail: func(string) error { return errDown }}, files())
	defer again.Close()
	after := again.Snapshot(t.Context())
	if len(after.Docs) != len(before.Docs) || after.Detailed != len(before.Docs) {
		t.Fatalf("%d docs came back, %d in full", len(after.Docs), after.Detailed)
	}
	for _, doc := range after.Docs {
		d, err := again.Details(t.Context(), doc.ConnectorID, doc.ActionID)
		first, _ := c.Known(doc.ConnectorID, doc.ActionID)
		if err != nil || d.Hash != first.Hash || d.Effect != first.Effect || d.Effect != doc.Effect {
			t.Errorf("%s.%s: %s %s, was %s %s, is shown as %s: %v", doc.ConnectorID, doc.ActionID, d.Hash, d.Effect, first.Hash, first.Effect, doc.Effect, err)
		}
	}
}

// Names of thirty thousand actions are small, quick to gather and quick to read
// from files.
func TestThirtyThousandActionsAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("gathers thirty thousand actions")
	}
	s := readShelf(t, 34)
	dir := t.TempDir()
	files := func() catalog.Option {
		return catalog.KeepIn(kept.New(dir, func() kept.Identity { return kept.Identity{BaseURL: "u", Key: "k", Version: "v"} }, nil))
	}
	before := heap()
	c := catalog.New(s, files())
	began := time.Now()
	n := gathers(t, c)
	gathered, used := time.Since(began), heap()-before
	c.Close()
	runtime.KeepAlive(s)
	began = time.Now()
	again := catalog.New(&world{fail: func(string) error { return errDown }}, files())
	m := gathers(t, again)
	read := time.Since(began)
	again.Close()
	t.Logf("%d actions gathered in %s, %.1f MB; %d read from files in %s", n, gathered.Round(time.Millisecond), float64(used)/1e6, m, read.Round(time.Millisecond))
	if n < 30_000 || m != n || used > 60e6 {
		t.Errorf("%d actions, %d from files, %.1f MB", n, m, float64(used)/1e6)
	}
}

// gathers waits for the names of thirty thousand actions, on a busy machine more than
// once, and returns how many there are.
func gathers(t *testing.T, c *catalog.Catalog) (n int) {
	t.Helper()
	for range 12 {
		if n = len(c.Snapshot(t.Context()).Docs); n >= 30_000 {
			break
		}
		time.Sleep(time.Second)
	}
	return n
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// Everything at once, for the race detector.
func TestManyUseTheCatalogueAtOnce(t *testing.T) {
	t.Parallel()
	s := readShelf(t, 1)
	c := catalog.New(s, catalog.KeepIn(kept.New(t.TempDir(), func() kept.Identity { return kept.Identity{Key: "k"} }, nil)))
	view := catalog.NewView(c, time.Millisecond, func(s catalog.Snapshot) int { return len(s.Docs) })
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 40 {
				snapshot := c.Snapshot(t.Context())
				doc := snapshot.Docs[(i*97+j*13)%len(snapshot.Docs)]
				if _, err := c.Details(t.Context(), doc.ConnectorID, doc.ActionID); err != nil {
					t.Error(err)
				}
				c.Prefer(doc.ConnectorID)
				c.Known(doc.ConnectorID, doc.ActionID)
				if n, _ := view.Get(t.Context()); n == 0 {
					t.Error("an empty view")
				}
				c.Changes()
			}
		})
	}
	all.Wait()
	c.Close()
}
