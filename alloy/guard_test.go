package alloy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheHostsBreakerOpensProbesAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{status: 501}) // a failure that is not tried again
		for range 20 {
			wantKind(t, theCalls(t, c)["read"](t.Context()), KindUnavailable)
		}
		before := len(w.at)
		e := wantError(t, theCalls(t, c)["write"](t.Context()), KindUnavailable)
		if e.Outcome != OutcomeNotSent || !e.Retryable || e.RetryAfter < 6*time.Second || e.RetryAfter > 13*time.Second || len(w.at) != before {
			t.Fatalf("%d requests, %+v", len(w.at)-before, e)
		}
		time.Sleep(14 * time.Second)
		if err := theCalls(t, c)["read"](t.Context()); err == nil || len(w.at) != before+1 {
			t.Fatalf("no probe was sent: %v", err)
		}
		wantKind(t, theCalls(t, c)["read"](t.Context()), KindUnavailable)
		wantKind(t, theCalls(t, c)["read"](t.Context()), KindUnavailable)
		w.plays = []play{{status: 200, body: okConnectors}}
		time.Sleep(14 * time.Second)
		for range 30 {
			if err := theCalls(t, c)["read"](t.Context()); err != nil {
				t.Fatal("it did not close:", err)
			}
		}
	})
}

func TestOnlyTheFarSidesTroubleOpensABreaker(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]play{
		"429": {status: 429}, "400": {status: 400}, "404": {status: 404}, "401": {status: 401}, "408": {status: 408}, "unreadable": {status: 200, body: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, w := wiredClient(t, p)
				for range 60 {
					if err := theCalls(t, c)["write"](t.Context()); p.status != 200 && err == nil {
						t.Fatal("no error")
					}
				}
				if len(w.at) != 60 {
					t.Errorf("%d requests", len(w.at))
				}
			})
		})
	}
	t.Run("impatient callers", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, w := wiredClient(t, play{forever: true})
			for range 60 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				wantKind(t, theCalls(t, c)["write"](ctx), KindUnavailable)
				cancel()
			}
			if len(w.at) != 60 {
				t.Errorf("%d requests", len(w.at))
			}
		})
	})
}

func TestAnAppsTroubleClosesThatAppOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{status: 200, body: `{"responseData":{"object":"error","status":500,"code":"internal_server_error","message":"x"}}`})
		for range 10 {
			wantKind(t, theCalls(t, c)["write"](t.Context()), KindProvider)
		}
		wantKind(t, theCalls(t, c)["write"](t.Context()), KindUnavailable)
		if len(w.at) != 10 {
			t.Errorf("%d requests", len(w.at))
		}
		e := search()
		e.ConnectorID, e.Effect = "slack", EffectWrite
		_, err := c.As(mustUser(t)).Execute(t.Context(), e)
		wantKind(t, err, KindProvider)
	})
}

func TestACanceledProbeDoesNotBlockABreakerForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{status: 501})
		for range 20 {
			wantKind(t, theCalls(t, c)["read"](t.Context()), KindUnavailable)
		}
		w.plays = []play{{forever: true}}
		time.Sleep(14 * time.Second)
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			if theCalls(t, c)["write"](ctx) == nil {
				t.Fatal("no error")
			}
		}
		w.plays = []play{{status: 200, body: okConnectors}}
		time.Sleep(14 * time.Second)
		for range 5 {
			if err := theCalls(t, c)["read"](t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestConnectorBreakersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBreakers(newFake(t).client.log)
	first := b.connector("0")
	for i := range 2 * maxConnectorBreakers {
		b.connector(fmt.Sprint(i))
		b.connector("0")
	}
	if len(b.byID) != maxConnectorBreakers || b.order.Len() != maxConnectorBreakers {
		t.Errorf("%d and %d breakers", len(b.byID), b.order.Len())
	}
	if b.connector("0") != first {
		t.Error("a breaker in use was thrown out")
	}
}

func TestCallsWaitForAPlaceAndTooManyAreTurnedAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Second)
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okConnectors))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		var done, refused atomic.Int32
		var wg sync.WaitGroup
		for range 300 {
			wg.Go(func() {
				began := time.Now()
				_, err := c.Connectors(t.Context())
				if err == nil {
					done.Add(1)
					return
				}
				if e := wantError(t, err, KindUnavailable); e.Outcome != OutcomeNotSent || e.RetryAfter == 0 || time.Since(began) != 0 {
					t.Errorf("%+v after %s", e, time.Since(began))
				}
				refused.Add(1)
			})
		}
		wg.Wait()
		if most.Load() > 20+5 || done.Load() != 220 || refused.Load() != 80 {
			t.Errorf("at most %d at once, %d done, %d refused", most.Load(), done.Load(), refused.Load())
		}
	})
}

func TestAWaitingCallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{forever: true})
		w.plays[0].unsent = false
		var lock sync.Mutex
		c.wires.shared = roundTrip(func(r *http.Request) (*http.Response, error) {
			lock.Lock()
			w.at = append(w.at, time.Now())
			lock.Unlock()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				_, err := c.Connectors(ctx)
				wantKind(t, err, KindUnavailable)
			})
		}
		wg.Wait()
		if len(w.at) != 20 {
			t.Errorf("%d requests", len(w.at))
		}
	})
}

func TestTheConfiguredRateIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{plays: []play{{status: 200, body: okConnectors}}}
		c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: w, Rate: 60})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 16 {
			if _, err := c.Connectors(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("16 calls at 60 a minute, 6 of them at once, took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err = c.Connectors(ctx)
		if e := wantError(t, err, KindRateLimited); e.Outcome != OutcomeNotSent || e.RetryAfter <= 0 {
			t.Errorf("%+v", e)
		}
		w.plays = []play{{status: 429, header: map[string]string{"Retry-After": "60"}}}
		ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := c.Connectors(ctx); err == nil {
			t.Fatal("no error")
		}
		if got := float64(c.guard.pace.limiter.Limit()); got != 0.5 {
			t.Errorf("after a 429 the rate is %v a second, want 0.5", got)
		}
		w.plays = []play{{status: 200, body: okConnectors}}
		time.Sleep(55 * time.Second)
		if _, err := c.Connectors(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := float64(c.guard.pace.limiter.Limit()); got < 0.74 || got > 0.76 {
			t.Errorf("55 s later the rate is %v a second, want 0.75", got)
		}
		time.Sleep(time.Hour)
		if _, err := c.Connectors(t.Context()); err != nil || c.guard.pace.limiter.Limit() != 1 {
			t.Error(err, c.guard.pace.limiter.Limit())
		}
	})
}

func TestLogLinesHoldNothingSecret(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(503, `{"message":"`+testKey+`"}`))
	log := &lockedBuffer{}
	c := f.newClient(Config{Logger: newJSONLogger(log)})
	for name := range everyCall(t.Context(), c, c.As(mustUser(t))) {
		_ = name
	}
	text := log.String()
	if !strings.Contains(text, `"msg":"attempt"`) || !strings.Contains(text, `"msg":"sending again"`) || !strings.Contains(text, `"msg":"circuit breaker changed"`) {
		t.Error("lines are missing")
	}
	for _, secret := range []string{testKey, "app-key-123", "app-token-123", "app-pass-123"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log shows %s", secret)
		}
	}
}
