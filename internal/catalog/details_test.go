package catalog_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

func TestDetailsOfConnectedAppsAreReadInTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 5, actions: 50, delay: slowly(0)}
		c := catalog.New(w)
		defer c.Close()
		before := c.Snapshot(t.Context())
		w.set(func(w *world) { w.most = 0 })
		c.Prefer("app1", "app4", "nothing")
		began := time.Now()
		for c.Snapshot(t.Context()).Detailed < 100 && time.Since(began) < time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		took := time.Since(began)
		details, most := w.total()
		if details != 100 || most > 4 || took < 9*time.Second || took > 12*time.Second {
			t.Errorf("%d requests, %d at once, in %s; want 100, four at once, ten a second", details, most, took)
		}
		s := c.Snapshot(t.Context())
		if s.Version == before.Version || s.Detailed != 100 {
			t.Errorf("%d details are seen, version %d after %d", s.Detailed, s.Version, before.Version)
		}
		for _, doc := range s.Docs {
			if connected := doc.ConnectorID == "app1" || doc.ConnectorID == "app4"; doc.Guessed == connected {
				t.Errorf("%s.%s: guessed %t", doc.ConnectorID, doc.ActionID, doc.Guessed)
			} else if connected && !cmp.Equal(doc.Parameters, []string{"limit", "filter", "name"}) {
				t.Errorf("parameters %q", doc.Parameters)
			}
		}
		if before.Docs[50].Guessed == false {
			t.Error("an older snapshot changed")
		}
		if d, ok := c.Known("app1", "listThings7"); !ok || d.Hash == "" || d.Effect != catalog.Read {
			t.Errorf("known: %v %+v", ok, d)
		}
		if _, ok := c.Known("app0", "listThings7"); ok {
			t.Error("details are at hand that nobody asked for")
		}
		c.Prefer("app1")
		time.Sleep(time.Hour)
		if again, _ := w.total(); again != details {
			t.Errorf("%d more requests", again-details)
		}
	})
}

func TestTheBackgroundStopsWhereAlloyAsksForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 30, delay: slowly(0)}
		c := catalog.New(w)
		defer c.Close()
		c.Prefer("app0")
		c.Snapshot(t.Context())
		time.Sleep(time.Second)
		w.set(func(w *world) { w.fail = func(string) error { return tooMany(20 * time.Second) } })
		time.Sleep(2 * time.Second)
		before, _ := w.total()
		time.Sleep(15 * time.Second)
		if after, _ := w.total(); after != before {
			t.Errorf("%d requests while Alloy asks to wait", after-before)
		}
		w.set(func(w *world) { w.fail = nil })
		time.Sleep(time.Minute)
		if s := c.Snapshot(t.Context()); s.Detailed != 30 {
			t.Errorf("%d details after the wait, want 30", s.Detailed)
		}
	})
}

// While Alloy is down the requests become rare; later use goes on.
func TestTheBackgroundGivesUpAndGoesOnLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 10}
		c := catalog.New(w)
		defer c.Close()
		c.Snapshot(t.Context())
		w.set(func(w *world) {
			w.fail = func(string) error { return &alloy.Error{Kind: alloy.KindUnavailable, Op: "read", Message: "down"} }
		})
		c.Prefer("app0")
		time.Sleep(time.Minute)
		if n, _ := w.total(); n == 0 || n > 16 {
			t.Errorf("%d requests in the first minute of an outage", n)
		}
		time.Sleep(2 * time.Hour)
		if n, _ := w.total(); n == 0 || n > 50 {
			t.Errorf("%d requests in two hours of outage", n)
		}
		w.set(func(w *world) { w.fail = nil })
		for range 4 { // somebody searches now and then
			c.Prefer("app0")
			time.Sleep(5 * time.Minute)
		}
		if s := c.Snapshot(t.Context()); s.Detailed != 10 {
			t.Errorf("%d details after the outage", s.Detailed)
		}
	})
}

func TestOneBadActionDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 20, fail: only(&alloy.Error{Kind: alloy.KindNotFound, Op: "read", Message: "gone"}, "app0/listThings3")}
		c := catalog.New(w)
		defer c.Close()
		c.Prefer("app0")
		c.Snapshot(t.Context())
		time.Sleep(10 * time.Second)
		if s := c.Snapshot(t.Context()); s.Detailed != 19 {
			t.Errorf("%d details, want 19", s.Detailed)
		}
		if n := w.count("app0/listThings3"); n != 1 {
			t.Errorf("the bad action was asked for %d times", n)
		}
	})
}

// Somebody who waits goes before the background.
func TestTheBackgroundYields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 2, actions: 100, delay: slowly(4*time.Second, "app1/listThings0")}
		c := catalog.New(w)
		defer c.Close()
		c.Prefer("app0")
		c.Snapshot(t.Context())
		time.Sleep(time.Second)
		before, _ := w.total()
		took(t, "details on demand", 4*time.Second, func() {
			if _, err := c.Details(t.Context(), "app1", "listThings0"); err != nil {
				t.Error(err)
			}
		})
		if after, _ := w.total(); after-before > 6 {
			t.Errorf("%d requests in the background while somebody waited", after-before-1)
		}
	})
}

func TestDetailsOnDemandAreAskedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 1, delay: slowly(0)}
		c := catalog.New(w)
		defer c.Close()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if d, err := c.Details(t.Context(), "app0", "listThings0"); err != nil || d.Action.Path != "/things" {
					t.Errorf("%+v, error %v", d, err)
				}
			})
		}
		all.Wait()
		if n := w.count("app0/listThings0"); n != 1 {
			t.Errorf("asked %d times", n)
		}
		if n := w.count("connectors"); n != 0 {
			t.Error("details on demand gather the catalogue")
		}
	})
}

func TestAChangedActionIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		w := &world{connectors: 1, actions: 2}
		c := catalog.New(w, catalog.LogTo(d.log()))
		defer c.Close()
		read := func() catalog.Details {
			details, err := c.Details(t.Context(), "app0", "listThings0")
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return details
		}
		c.Snapshot(t.Context())
		first := read()
		version := c.Snapshot(t.Context()).Version
		time.Sleep(11 * time.Minute)
		if read(); len(c.Changes()) != 0 || strings.Contains(d.String(), "changed") {
			t.Errorf("nothing changed: %+v", c.Changes())
		}
		w.set(func(w *world) { w.method = "delete" })
		time.Sleep(11 * time.Minute)
		read() // the old one, while it is read anew
		second := read()
		if second.Hash == first.Hash || len(second.Hash) != 32 || second.Effect != catalog.Destructive {
			t.Errorf("hash %s after %s, effect %s", second.Hash, first.Hash, second.Effect)
		}
		want := []catalog.Change{{At: second.ReadAt, ConnectorID: "app0", ActionID: "listThings0", OldHash: first.Hash, NewHash: second.Hash}}
		if diff := cmp.Diff(want, c.Changes()); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		for _, part := range []string{`"msg":"an action changed"`, `"connector_id":"app0"`, `"action_id":"listThings0"`, `"old_hash":"` + first.Hash, `"new_hash":"` + second.Hash} {
			if strings.Count(d.String(), part) != 1 {
				t.Errorf("the log has %d times %s", strings.Count(d.String(), part), part)
			}
		}
		if s := c.Snapshot(t.Context()); s.Version == version || s.Docs[0].Effect != catalog.Destructive {
			t.Errorf("the search still sees %s", s.Docs[0].Effect)
		}
	})
}

func TestChangesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 1}
		c := catalog.New(w)
		defer c.Close()
		for i := range 150 {
			w.set(func(w *world) { w.describe = func(string) string { return fmt.Sprint("Lists things ", i) } })
			if _, err := c.Details(t.Context(), "app0", "listThings0"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(11 * time.Minute)
		}
		if n := len(c.Changes()); n != 100 {
			t.Errorf("%d changes are kept, want 100", n)
		}
	})
}

func TestAViewIsBuiltWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{connectors: 1, actions: 5}
		c := catalog.New(w)
		defer c.Close()
		built := 0
		view := catalog.NewView(c, 5*time.Second, func(s catalog.Snapshot) int {
			built++
			time.Sleep(time.Second)
			return len(s.Docs)
		})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if n, of := view.Get(t.Context()); n != 5 || of.Loaded != 1 {
					t.Errorf("built of %d docs, %d connectors", n, of.Loaded)
				}
			})
		}
		all.Wait()
		if built != 1 {
			t.Fatalf("built %d times for ten callers", built)
		}
		time.Sleep(time.Minute)
		took(t, "an unchanged view", 0, func() { view.Get(t.Context()) })
		if built != 1 {
			t.Error("built again without a change")
		}
		w.set(func(w *world) { w.actions = 7 })
		time.Sleep(11 * time.Minute)
		view.Get(t.Context())
		time.Sleep(time.Second)
		took(t, "a view that is being built", 0, func() {
			if n, _ := view.Get(t.Context()); n != 5 {
				t.Errorf("%d docs before it is built", n)
			}
		})
		time.Sleep(2 * time.Second)
		if n, of := view.Get(t.Context()); n != 7 || built != 2 || len(of.Docs) != 7 {
			t.Errorf("%d docs, built %d times", n, built)
		}
	})
}
