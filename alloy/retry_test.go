package alloy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestTheRetryTable says for each class how many requests a failure costs
// that lasts for ever.
func TestTheRetryTable(t *testing.T) {
	t.Parallel()
	classes := []string{"read", "execute read", "write", "put", "create", "link", "delete", "upload"}
	for _, test := range []struct {
		name string
		play play
		want [8]int
	}{
		{"refused connection", play{err: syscall.ECONNREFUSED, unsent: true}, [8]int{3, 2, 3, 3, 3, 3, 3, 3}},
		{"reset after writing", play{err: errReset}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"no answer", play{forever: true}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"429", play{status: 429}, [8]int{3, 2, 1, 3, 1, 3, 3, 3}},
		{"429, retry after 2", play{status: 429, header: map[string]string{"Retry-After": "2"}}, [8]int{3, 2, 3, 3, 1, 3, 3, 3}},
		{"429, retry after 6", play{status: 429, header: map[string]string{"Retry-After": "6"}}, [8]int{3, 2, 1, 3, 1, 3, 3, 3}},
		{"500", play{status: 500}, [8]int{3, 1, 1, 1, 1, 1, 3, 3}},
		{"502", play{status: 502, body: "<html><body>Bad Gateway</body></html>"}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"503", play{status: 503}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"504", play{status: 504}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"522", play{status: 522}, [8]int{3, 2, 1, 1, 1, 1, 3, 3}},
		{"501", play{status: 501}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"400", play{status: 400}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"401", play{status: 401, body: `{"message":"Invalid Authorization"}`}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"403", play{status: 403}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"404", play{status: 404, body: `{"message":"x"}`}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"409", play{status: 409}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"302", play{status: 302}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
		{"broken JSON", play{status: 200, body: `{"x`}, [8]int{2, 2, 1, 1, 1, 1, 1, 1}},
		{"unknown shape", play{status: 200, body: `[1]`}, [8]int{1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		for i, class := range classes {
			t.Run(test.name+"/"+class, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c, w := wiredClient(t, test.play)
					err := theCalls(t, c)[class](t.Context())
					if got := len(w.at); got != test.want[i] {
						t.Errorf("%d requests, want %d (%v)", got, test.want[i], err)
					}
				})
			})
		}
	}
}

func TestARetryThatSucceedsIsASuccess(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"read", "execute read", "write", "put", "create", "link", "delete", "upload"} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, w := wiredClient(t, play{err: syscall.ECONNREFUSED, unsent: true}, success)
				if err := theCalls(t, c)[class](t.Context()); err != nil || len(w.at) != 2 {
					t.Errorf("%v after %d requests", err, len(w.at))
				}
				if w.bodys[0] != w.bodys[1] {
					t.Errorf("the second body differs: %q, %q", w.bodys[0], w.bodys[1])
				}
			})
		})
	}
}

func TestBackoffGrowsWithinItsBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		play     play
		first    time.Duration
		min, max time.Duration
	}{
		{play{status: 503}, 0, 0, 50 * time.Millisecond},
		{play{status: 429}, 0, 0, time.Second},
		{play{status: 429, header: map[string]string{"Retry-After": "7"}}, 0, 7 * time.Second, 7 * time.Second},
		{play{status: 503, header: map[string]string{"Retry-After": "Mon, 01 Jan 2000 00:00:09 GMT"}}, 0, 9 * time.Second, 9 * time.Second},
		{play{status: 503, header: map[string]string{"Retry-After": "-5"}}, 0, 0, 50 * time.Millisecond},
		{play{status: 503, header: map[string]string{"Retry-After": "soon"}}, 0, 0, 50 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) { // its clock starts at 2000-01-01 00:00:00 UTC
			c, w := wiredClient(t, test.play, play{status: 200, body: okConnectors})
			if _, err := c.Connectors(t.Context()); err != nil {
				t.Fatal(err)
			}
			if gap := w.gaps()[0]; gap < test.min || gap > test.max {
				t.Errorf("%v: waited %s, want %s to %s", test.play, gap, test.min, test.max)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		longest := [2]time.Duration{}
		for range 200 {
			c, w := wiredClient(t, play{status: 503})
			if _, err := c.Connectors(t.Context()); err == nil {
				t.Fatal("no error")
			}
			for i, gap := range w.gaps() {
				longest[i] = max(longest[i], gap)
			}
		}
		for i, limit := range []time.Duration{50 * time.Millisecond, 100 * time.Millisecond} {
			if longest[i] > limit || longest[i] < limit/2 {
				t.Errorf("longest wait %d of 200 is %s, want nearly %s", i, longest[i], limit)
			}
		}
	})
}

func TestAWaitThatDoesNotFitIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for after, want := range map[string]time.Duration{"50": 50 * time.Second, "36000": time.Minute} {
			c, w := wiredClient(t, play{status: 429, header: map[string]string{"Retry-After": after}})
			ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
			began := time.Now()
			_, err := c.Connectors(ctx)
			cancel()
			e := wantError(t, err, KindRateLimited)
			if e.RetryAfter != want || !e.Retryable || len(w.at) != 1 || time.Since(began) != 0 {
				t.Errorf("%s: retry after %s, retryable %v, %d requests, %s", after, e.RetryAfter, e.Retryable, len(w.at), time.Since(began))
			}
		}
	})
}

func TestReadsAreGivenUpAndWritesAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{status: 200, body: success.body, delay: 60 * time.Second})
		if err := theCalls(t, c)["write"](t.Context()); err != nil {
			t.Error(err)
		}
		began := time.Now()
		err := theCalls(t, c)["read"](t.Context())
		if took := time.Since(began); took < 60*time.Second || took > 61*time.Second || len(w.at) != 4 {
			t.Errorf("took %s, %d requests", took, len(w.at))
		}
		e := wantError(t, err, KindUnavailable)
		if !errors.Is(err, context.DeadlineExceeded) || e.Message != "Alloy did not answer in time" {
			t.Error(err)
		}
		began = time.Now()
		c, _ = wiredClient(t, play{forever: true})
		err = theCalls(t, c)["write"](t.Context())
		if took := time.Since(began); took != 90*time.Second {
			t.Errorf("a write without a deadline took %s", took)
		}
		if e := wantError(t, err, KindUnavailable); e.Outcome != OutcomeUnknown || e.Retryable {
			t.Error(e)
		}
	})
}

func TestTheContextsErrorIsPreferred(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, p := range map[string]play{"no answer": {forever: true}, "waiting to try again": {status: 503, header: map[string]string{"Retry-After": "9"}}} {
			for _, class := range []string{"read", "write"} {
				c, _ := wiredClient(t, p)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(3*time.Second, cancel)
				err := theCalls(t, c)[class](ctx)
				cancel()
				if class == "write" && name != "no answer" {
					wantKind(t, err, KindUnavailable) // it was not tried again, so there was nothing to cancel
					continue
				}
				e := wantError(t, err, KindCanceled)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
				if want := map[string]Outcome{"read": OutcomeRejected, "write": OutcomeUnknown}[class]; e.Outcome != want {
					t.Errorf("%s, %s: outcome %s", name, class, e.Outcome)
				}
			}
		}
		c, w := wiredClient(t, success)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.plays[0].forever, w.plays[0].unsent = true, true
		if e := wantError(t, theCalls(t, c)["write"](ctx), KindCanceled); e.Outcome != OutcomeNotSent {
			t.Error(e)
		}
	})
}

func TestAnAnswerThatCameBeforeTheEndCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{plays: []play{{status: 400, body: `{"message":"bad"}`}}}
		ctx, cancel := context.WithCancel(t.Context())
		c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := w.RoundTrip(r)
			cancel() // after the answer came
			return resp, err
		})})
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, theCalls(t, c)["write"](ctx), KindInvalidInput)
	})
}

func TestADeletionThatMayHaveWorkedIsDone(t *testing.T) {
	t.Parallel()
	missing := play{status: 404, body: `{"error":{"source":"CONNECTIVITY_API","code":"INVALID_INPUT","message":"Credential not found","details":{}}}`}
	for name, test := range map[string]struct {
		plays []play
		done  bool
	}{
		"reset, then not found":   {[]play{{err: errReset}, missing}, true},
		"500, then not found":     {[]play{{status: 500}, missing}, true},
		"refused, then not found": {[]play{{err: syscall.ECONNREFUSED, unsent: true}, missing}, false},
		"limited, then not found": {[]play{{status: 429}, missing}, false},
		"not found at once":       {[]play{missing}, false},
		"reset, then no route":    {[]play{{err: errReset}, {status: 404, body: `<pre>Cannot DELETE /x</pre>`}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _ := wiredClient(t, test.plays...)
				if err := theCalls(t, c)["delete"](t.Context()); (err == nil) != test.done {
					t.Errorf("got %v, want done %v", err, test.done)
				}
			})
		})
	}
}

func TestAProvidersLimitInsideASuccessIsWaitedForByReads(t *testing.T) {
	t.Parallel()
	limited := play{status: 200, body: `{"responseData":{"object":"error","status":429,"code":"rate_limited","message":"slow","request_id":"r"}}`, header: map[string]string{"Retry-After": "2"}}
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, limited, success)
		if err := theCalls(t, c)["execute read"](t.Context()); err != nil || w.gaps()[0] != 2*time.Second {
			t.Error(err, w.gaps())
		}
		c, w = wiredClient(t, limited)
		e := wantError(t, theCalls(t, c)["write"](t.Context()), KindProvider)
		if len(w.at) != 1 || e.RetryAfter != 2*time.Second || !e.Retryable || e.Provider.RequestID != "r" {
			t.Errorf("%d requests, %+v", len(w.at), e)
		}
	})
}

func TestTheQuotaEndsRetriesWhenEverythingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := wiredClient(t, play{status: 408}) // which no breaker counts
		for range 40 {
			if _, err := c.Connectors(t.Context()); err == nil {
				t.Fatal("no error")
			}
		}
		if want := 40 + quotaFull/quotaCost; len(w.at) != want {
			t.Errorf("%d requests, want %d", len(w.at), want)
		}
		w.plays = []play{{status: 200, body: okConnectors}}
		for range quotaCost {
			if _, err := c.Connectors(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.plays, w.at = []play{{status: 408}, {status: 200, body: okConnectors}}, nil
		if _, err := c.Connectors(t.Context()); err != nil {
			t.Error("successes did not fill the quota again:", err)
		}
	})
}

func TestEveryAttemptAsksForTheKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := []string{"canary-old-key-1", "canary-new-key-2"}
		n := 0
		var sent []string
		c, err := New(Config{
			Key: func(context.Context) (Secret, error) { n++; return NewSecret(keys[min(n, len(keys))-1]), nil },
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.Header.Get("Authorization"))
				body := `{"message":"` + strings.Join(keys, " ") + `"}`
				return &http.Response{StatusCode: 503, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(body))}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Connectors(t.Context())
		if len(sent) != 3 || sent[0] != "Bearer "+keys[0] || sent[1] != "Bearer "+keys[1] {
			t.Error(sent)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Error("a key of an earlier attempt is shown:", err)
		}
	})
}
