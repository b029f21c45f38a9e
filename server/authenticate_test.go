package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// knocker sends requests of one token after the other from any address.
type knocker struct {
	s       *Server
	checked atomic.Int32 // how often a token was looked at
	revoked atomic.Bool
}

func newKnocker(t *testing.T) *knocker {
	t.Helper()
	k := &knocker{}
	k.s = newTest(t, Config{Authenticate: Bearer(func(ctx context.Context, token string) (tools.Principal, error) {
		k.checked.Add(1)
		if k.revoked.Load() {
			return tools.Principal{}, ErrInvalidToken
		}
		return whose(ctx, token)
	})})
	return k
}

// knock returns the status, 200 where the request was let in, and Retry-After.
func (k *knocker) knock(address, token string) (status, retryAfter int) {
	r := httptest.NewRequest(http.MethodPost, "/mcp", nil)
	r.RemoteAddr = address
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	if _, ok := k.s.authenticate(recorder, r); ok {
		return http.StatusOK, 0
	}
	retryAfter, _ = strconv.Atoi(recorder.Header().Get("Retry-After"))
	return recorder.Code, retryAfter
}

func (k *knocker) expect(t *testing.T, what, address, token string, status, retryAfter int) {
	t.Helper()
	if got, after := k.knock(address, token); got != status || after != retryAfter {
		t.Errorf("%s: %d with Retry-After %d, want %d and %d", what, got, after, status, retryAfter)
	}
}

func TestAnAddressThatFailsTooOftenHasToWait(t *testing.T) {
	t.Parallel()
	for name, addresses := range map[string]struct{ failing, same, other string }{
		"IPv4":         {"192.0.2.1:1000", "192.0.2.1:2000", "192.0.2.2:1000"},
		"IPv4 in IPv6": {"[::ffff:192.0.2.1]:1000", "192.0.2.1:2000", "[::ffff:192.0.2.2]:1000"},
		"IPv6":         {"[2001:db8::1]:1000", "[2001:db8::ffff:ffff:ffff:ffff]:1", "[2001:db8:0:1::1]:1000"},
		"zones":        {"[fe80::1%eth0]:1000", "[fe80::2%eth1]:1000", "[fe81::1%eth0]:1000"},
		"no TCP":       {"@", "", "192.0.2.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := newKnocker(t)
				k.expect(t, "a good token", addresses.failing, "alice-token", http.StatusOK, 0)
				for range 20 {
					k.expect(t, "no token", addresses.failing, "", http.StatusUnauthorized, 0)
					k.expect(t, "a token that nobody can check", addresses.failing, "broken", http.StatusServiceUnavailable, 2)
				}
				for range 20 {
					k.expect(t, "a wrong token", addresses.failing, "wrong", http.StatusUnauthorized, 0)
				}
				checked := k.checked.Load()
				k.expect(t, "the next one", addresses.same, "wrong", http.StatusTooManyRequests, 3)
				k.expect(t, "without a token", addresses.failing, "", http.StatusTooManyRequests, 3)
				k.expect(t, "a good one that never was here", addresses.failing, "bob-token", http.StatusTooManyRequests, 3)
				if got := k.checked.Load(); got != checked {
					t.Errorf("%d tokens were looked at", got-checked)
				}
				k.expect(t, "one that was", addresses.same, "alice-token", http.StatusOK, 0)
				k.expect(t, "from elsewhere", addresses.other, "bob-token", http.StatusOK, 0)
				k.revoked.Store(true)
				k.expect(t, "a revoked one that was", addresses.same, "alice-token", http.StatusUnauthorized, 0)
				k.expect(t, "the same again", addresses.same, "alice-token", http.StatusTooManyRequests, 3)
				k.revoked.Store(false)
				time.Sleep(3 * time.Second)
				k.expect(t, "three seconds later", addresses.failing, "wrong", http.StatusUnauthorized, 0)
				k.expect(t, "and once more", addresses.failing, "wrong", http.StatusTooManyRequests, 3)
				time.Sleep(time.Minute)
				for range 20 {
					k.expect(t, "a minute later", addresses.failing, "wrong", http.StatusUnauthorized, 0)
				}
			})
		})
	}
}

func TestAPrincipalMaySendSoMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKnocker(t)
		burst := func(size int) {
			for i := range size {
				if status, _ := k.knock("192.0.2.1:"+strconv.Itoa(i), "alice-token"); status != http.StatusOK {
					t.Fatalf("request %d of %d gets %d", i+1, size, status)
				}
			}
			k.expect(t, "one more", "198.51.100.1:1", "alice-token", http.StatusTooManyRequests, 1)
		}
		burst(200)
		k.expect(t, "somebody else", "192.0.2.1:1", "bob-token", http.StatusOK, 0)
		time.Sleep(time.Second)
		burst(20)
		time.Sleep(time.Minute)
		burst(200)
	})
}

func TestWithoutAuthenticationThereIsNoRate(t *testing.T) {
	t.Parallel()
	k := &knocker{s: newTest(t, Config{})}
	for range 2000 {
		if status, _ := k.knock("192.0.2.1:1", ""); status != http.StatusOK {
			t.Fatal(status)
		}
	}
}

func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	b := buckets[netip.Addr]{perMinute: 60, burst: 3}
	address := netip.MustParseAddr("10.0.0.0")
	for range 3 * maxBuckets {
		b.take(address)
		address = address.Next()
	}
	if got := len(b.of); got > maxBuckets {
		t.Errorf("%d addresses are remembered", got)
	}
}

func TestWhoUsedUpIsRememberedLongest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := buckets[netip.Addr]{perMinute: 60, burst: 3}
		first := netip.MustParseAddr("10.0.0.0")
		address := first
		for range maxBuckets {
			b.take(address)
			address = address.Next()
		}
		time.Sleep(time.Minute)
		for range 3 {
			b.take(first)
		}
		b.take(address)
		if got := len(b.of); got != 2 {
			t.Errorf("%d addresses are remembered, want those of the last minute", got)
		}
		if wait := b.take(first); wait != time.Second {
			t.Errorf("somebody who used all up waits %v", wait)
		}
	})
}

func TestRegularsAreBounded(t *testing.T) {
	t.Parallel()
	g := newRegulars()
	for i := range 3 * maxRegulars {
		g.add("Bearer " + strconv.Itoa(i))
	}
	if len(g.seen) > maxRegulars || !g.know("Bearer "+strconv.Itoa(3*maxRegulars-1)) || g.know("Bearer x") || g.know("") {
		t.Errorf("%d are remembered", len(g.seen))
	}
}

// Streams are open for hours, so that their holder is asked for again and again.
func TestStreamsEndWhenTheirTokenIsRevoked(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	var logged syncBuffer
	s := newListening(t, Config{Authenticate: byBearer(), Logger: logged.logger(), Valid: func(_ context.Context, p tools.Principal) bool {
		return p.ID != "token:mallory" || !gone.Load()
	}})
	base := serveOdd(t, s)
	var streams [2][]*stream
	for i, who := range []string{"Bearer mallory-token", "Bearer alice-token"} {
		c := newCaller(t, base+"/mcp", "Authorization", who)
		streams[i] = []*stream{
			open(t, newCaller(t, base+"/sse", "Authorization", who), http.MethodGet, ""),
			open(t, c.session(), http.MethodGet, ""),
			open(t, c.modern("subscriptions/listen", ""), http.MethodPost, listen),
		}
	}
	for _, st := range append(streams[0], streams[1]...) {
		if st.status != http.StatusOK {
			t.Fatal(st.status)
		}
	}
	revoked := time.Now()
	gone.Store(true)
	for i, st := range streams[0] {
		if line := st.until("\x00", patience); line != "" || time.Since(revoked) > patience/2 {
			t.Errorf("stream %d did not end: %q", i, line)
		}
	}
	for i, st := range streams[1] {
		select {
		case _, still := <-st.lines:
			for still && len(st.lines) > 0 {
				_, still = <-st.lines
			}
			if !still {
				t.Errorf("stream %d of somebody else ended", i)
			}
		default:
		}
	}
	if !strings.Contains(logged.String(), "ended a stream whose credentials no longer count") {
		t.Errorf("log:\n%s", logged.String())
	}
}
