package catalog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

func keeping(dir, key string, d *diary) catalog.Option {
	return catalog.KeepIn(kept.New(dir, func() kept.Identity {
		return kept.Identity{BaseURL: "https://alloy.test", Key: key, Version: "2025-09"}
	}, d.log()))
}

// run is one process: it gathers, has the details of app1 read, and ends.
func run(t *testing.T, w *world, dir string) catalog.Snapshot {
	t.Helper()
	var d diary
	c := catalog.New(w, keeping(dir, "k", &d))
	defer c.Close()
	c.Prefer("app1")
	c.Snapshot(t.Context())
	time.Sleep(20 * time.Second)
	return c.Snapshot(t.Context())
}

func TestAColdStartSearchesAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 10, actions: 4}
		before := run(t, w, dir)
		if got := seen(before); got != [4]int{10, 10, 40, 4} {
			t.Fatalf("%v is seen", got)
		}
		time.Sleep(3 * time.Hour)
		var d diary
		again := &world{connectors: 10, actions: 4, delay: slowly(0)}
		c := catalog.New(again, catalog.LogTo(d.log()), keeping(dir, "k", &d))
		defer c.Close()
		if len(d.String()) > 0 || again.count("connectors") != 0 {
			t.Errorf("something happens before it is needed: %s", d.String())
		}
		var s catalog.Snapshot
		took(t, "a cold start", 0, func() { s = c.Snapshot(t.Context()) })
		if diff := cmp.Diff(before.Docs, s.Docs); diff != "" {
			t.Errorf("docs (-before +after):\n%s", diff)
		}
		if age := time.Since(s.Oldest); age < 3*time.Hour || age > 4*time.Hour {
			t.Errorf("the age is %s", age)
		}
		took(t, "kept details", 0, func() {
			details, err := c.Details(t.Context(), "app1", "listThings2")
			if err != nil || time.Since(details.ReadAt) < 3*time.Hour || len(details.Action.Parameters) != 1 {
				t.Errorf("%+v, error %v", details, err)
			}
		})
		time.Sleep(time.Second)
		took(t, "stale details", 0, func() {
			if _, err := c.Details(t.Context(), "app1", "listThings2"); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Minute)
		if s = c.Snapshot(t.Context()); time.Since(s.Oldest) > 2*time.Minute || again.count("app3") != 1 {
			t.Errorf("nothing is read anew: the oldest is from %s ago, app3 was asked %d times", time.Since(s.Oldest), again.count("app3"))
		}
		if len(c.Changes()) != 0 || again.count("app1/listThings2") != 1 || again.count("app1/listThings3") != 0 {
			t.Errorf("changes %v; stale details asked for %d times, others %d", c.Changes(), again.count("app1/listThings2"), again.count("app1/listThings3"))
		}
	})
}

// What changed while the program was not running is noticed too.
func TestAChangeBetweenTwoRunsIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		run(t, &world{connectors: 2, actions: 2}, dir)
		time.Sleep(48 * time.Hour)
		var d diary
		w := &world{connectors: 2, actions: 2, method: "delete"}
		c := catalog.New(w, catalog.LogTo(d.log()), keeping(dir, "k", &d))
		defer c.Close()
		c.Snapshot(t.Context())
		if _, err := c.Details(t.Context(), "app1", "listThings0"); err != nil {
			t.Fatal(err)
		}
		if changes := c.Changes(); len(changes) != 1 || changes[0].ActionID != "listThings0" {
			t.Errorf("changes: %+v", changes)
		}
		if !strings.Contains(d.String(), "an action changed") {
			t.Error("no line says so")
		}
	})
}

func TestAnotherKeyStartsWithNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		run(t, &world{connectors: 2, actions: 2}, dir)
		var d diary
		c := catalog.New(&world{fail: func(string) error { return errDown }}, keeping(dir, "other", &d))
		defer c.Close()
		if got := seen(c.Snapshot(t.Context())); got != [4]int{} {
			t.Errorf("another key sees %v", got)
		}
		same := catalog.New(&world{fail: func(string) error { return errDown }}, keeping(dir, "k", &d))
		defer same.Close()
		if got := seen(same.Snapshot(t.Context())); got != [4]int{2, 2, 4, 2} {
			t.Errorf("while Alloy is down the same key sees %v", got)
		}
	})
}

func TestWhatCannotBeKeptChangesNothingElse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var d diary
		c := catalog.New(&world{connectors: 3, actions: 2}, keeping(file, "k", &d))
		c.Prefer("app0", "app1")
		c.Snapshot(t.Context())
		time.Sleep(time.Minute)
		if got := seen(c.Snapshot(t.Context())); got != [4]int{3, 3, 6, 4} {
			t.Errorf("%v is seen", got)
		}
		c.Close()
		if n := strings.Count(d.String(), "\n"); n != 1 {
			t.Errorf("%d lines: %s", n, d.String())
		}
	})
}

// A second run that reads less does not lose what the first one kept.
func TestDetailsThatAreKeptStayKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		run(t, &world{connectors: 2, actions: 5}, dir)
		w := &world{connectors: 2, actions: 6}
		time.Sleep(time.Hour)
		run(t, w, dir)
		if details, _ := w.total(); details != 1 {
			t.Errorf("%d details were read again, want the new one alone", details)
		}
		third := &world{connectors: 2, actions: 6}
		if s := run(t, third, dir); s.Detailed != 6 {
			t.Errorf("%d details in the third run", s.Detailed)
		}
		if details, _ := third.total(); details != 0 {
			t.Errorf("%d details were read in the third run", details)
		}
	})
}
