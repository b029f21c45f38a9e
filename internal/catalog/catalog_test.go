package catalog_test

import (
	"context"
	"errors"
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
