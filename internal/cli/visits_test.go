package cli

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestAVisitIsFinishedBeforeTheCommandEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pages []time.Duration // how long each takes; the next comes shortly after
		want  time.Duration
	}{
		"nobody came":      {nil, 0},
		"one page":         {[]time.Duration{time.Second}, time.Second + redirectTime},
		"sent to another":  {[]time.Duration{3 * time.Second, time.Second}, 4*time.Second + 100*time.Millisecond + redirectTime},
		"one that is hung": {[]time.Duration{time.Hour}, farewell},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				takes := time.Duration(0)
				v := &visits{pages: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					select {
					case <-time.After(takes):
					case <-ctx.Done():
					}
				})}
				gone := make(chan struct{})
				go func() {
					defer close(gone)
					for _, takes = range test.pages {
						v.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/connect/x", nil))
						<-time.After(100 * time.Millisecond)
					}
				}()
				synctest.Wait()
				began := time.Now()
				v.finish(ctx)
				if took := time.Since(began); took < test.want || took > test.want+redirectTime/5 {
					t.Errorf("it ended after %v, want %v", took, test.want)
				}
				cancel()
				<-gone
			})
		})
	}
}

func TestAnInterruptedCommandWaitsForNoVisit(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := new(visits)
	v.count(1)
	began := time.Now()
	if v.finish(ctx); time.Since(began) > farewell/2 {
		t.Errorf("it took %v", time.Since(began))
	}
}
