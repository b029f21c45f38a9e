package catalog_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// source is an Alloy that counts what it is asked.
type source struct {
	asked atomic.Int32
	delay time.Duration
	err   error
}

func (s *source) Connectors(ctx context.Context) ([]alloy.Connector, error) {
	s.asked.Add(1)
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return []alloy.Connector{{ID: "notion", Name: "Notion"}, {ID: "zohoCRM", Name: "Zoho CRM"}, {ID: "shipStation", Name: "ShipStation"}}, s.err
}

func (s *source) Resources(context.Context, string) ([]alloy.Resource, error) {
	s.asked.Add(1)
	return nil, s.err
}

func (s *source) Action(_ context.Context, _, actionID string) (alloy.Action, error) {
	s.asked.Add(1)
	return alloy.Action{ID: actionID}, s.err
}

func (s *source) CredentialMetadata(context.Context, string) ([]alloy.AuthMethod, error) {
	s.asked.Add(1)
	return nil, s.err
}

func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &source{delay: time.Second}
		c := catalog.New(src)
		defer c.Close()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := c.Connectors(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := src.asked.Load(); got != 1 {
			t.Errorf("50 callers at once asked Alloy %d times, want 1", got)
		}
	})
}

func TestACallerThatGivesUpDoesNotSpoilTheFetchForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &source{delay: time.Second}
		c := catalog.New(src)
		defer c.Close()
		hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := c.Connectors(hasty); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hasty caller got %v, want its own deadline", err)
		}
		list, err := c.Connectors(t.Context())
		if err != nil || len(list) != 3 {
			t.Errorf("the patient caller got %d connectors, error %v", len(list), err)
		}
		if got := src.asked.Load(); got != 1 {
			t.Errorf("Alloy was asked %d times, want 1", got)
		}
	})
}

func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	src := &source{err: errors.New("down")}
	c := catalog.New(src)
	t.Cleanup(c.Close)
	for range 2 {
		if _, err := c.Connector(t.Context(), "notion"); !errors.Is(err, src.err) {
			t.Fatalf("error = %v, want the source's", err)
		}
	}
	if got := src.asked.Load(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

func TestUnknownConnectorNamesTheNearest(t *testing.T) {
	t.Parallel()
	c := catalog.New(&source{})
	t.Cleanup(c.Close)
	for _, test := range []struct {
		id   string
		want []string
	}{
		{"Notion", []string{"notion"}},
		{"notoin", []string{"notion"}},
		{"zohocrm", []string{"zohoCRM"}},
		{"zoho", []string{"zohoCRM"}},
		{"Ship Station", []string{"shipStation"}},
		{"quickbooks", nil},
		{"", nil},
	} {
		_, err := c.Connector(t.Context(), test.id)
		var unknown *catalog.UnknownConnectorError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: error %v is no UnknownConnectorError", test.id, err)
			continue
		}
		if diff := cmp.Diff(test.want, unknown.Nearest); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.id, diff)
		}
	}
}

func TestUnknownConnectorIsDescribedInShort(t *testing.T) {
	t.Parallel()
	c := catalog.New(&source{})
	t.Cleanup(c.Close)
	for id, want := range map[string]string{
		"quickbooks": `there is no connector "quickbooks"`, "notoin": `there is no connector "notoin"; did you mean notion?`,
		strings.Repeat("q", 300): `there is no connector "` + strings.Repeat("q", 80) + `"`,
	} {
		if _, err := c.Connector(t.Context(), id); err == nil || err.Error() != want {
			t.Errorf("%.20s: error %v, want %s", id, err, want)
		}
	}
	two := &catalog.UnknownConnectorError{ID: "x", Nearest: []string{"a", "b"}}
	if got := two.Error(); got != `there is no connector "x"; did you mean a, b?` {
		t.Errorf("two: %s", got)
	}
}

// An answer is fresh for ten minutes. After that it is handed out at once while
// it is fetched anew, and after a day it is gone.
func TestStaleAnswersAreHandedOutWhileTheyAreFetchedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &source{delay: time.Second}
		c := catalog.New(src)
		defer c.Close()
		ask := func(name string, wait time.Duration, asked int32) {
			t.Helper()
			began := time.Now()
			list, err := c.Connectors(t.Context())
			if took := time.Since(began); err != nil || len(list) != 3 || took != wait {
				t.Errorf("%s: %d connectors after %s, error %v", name, len(list), took, err)
			}
			time.Sleep(5 * time.Second)
			if got := src.asked.Load(); got != asked {
				t.Errorf("%s: asked %d times, want %d", name, got, asked)
			}
		}
		ask("the first time", time.Second, 1)
		time.Sleep(9 * time.Minute)
		ask("while it is fresh", 0, 1)
		time.Sleep(2 * time.Minute)
		ask("when it is stale", 0, 2)
		time.Sleep(25 * time.Hour)
		ask("when it is gone", time.Second, 3)
	})
}

// While Alloy is down, what is known serves on.
func TestAFailedRefreshChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &failing{}
		c := catalog.New(src)
		defer c.Close()
		for i := range 5 {
			src.down.Store(i > 0)
			if methods, err := c.Methods(t.Context(), "notion"); err != nil || len(methods) != 1 {
				t.Errorf("question %d: %d methods, error %v", i, len(methods), err)
			}
			time.Sleep(11 * time.Minute)
		}
	})
}

// failing is a source that can go down.
type failing struct {
	source

	down atomic.Bool
}

func (f *failing) CredentialMetadata(context.Context, string) ([]alloy.AuthMethod, error) {
	if f.down.Load() {
		return nil, errors.New("down")
	}
	return []alloy.AuthMethod{{Type: alloy.AuthOAuth2}}, nil
}

// Each question is kept under all that it depends on.
func TestAnswersAreNotMixedUp(t *testing.T) {
	t.Parallel()
	src := &source{}
	c := catalog.New(src)
	t.Cleanup(c.Close)
	for range 2 {
		for _, key := range [][2]string{{"a", "x"}, {"a", "y"}, {"b", "x"}} {
			action, err := c.Action(t.Context(), key[0], key[1])
			if err != nil || action.ID != key[1] {
				t.Errorf("%v: %+v, error %v", key, action, err)
			}
		}
	}
	if got := src.asked.Load(); got != 3 {
		t.Errorf("asked %d times, want 3", got)
	}
}
