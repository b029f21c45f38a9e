package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/pace"
)

// simulated runs a local Alloy and returns the settings that lead to it.
func simulated(t *testing.T, path string) []string {
	t.Helper()
	p := start(t, nil, path, "simulate", "--addr", "127.0.0.1:0")
	return []string{p.line(t), p.line(t), p.line(t)}
}

// A call costs at most twice the CPU time that the library alone needs to answer
// the same text, with every guard on and whatever the transport. Both are measured
// in turns, and the median of many rounds counts; where it is above the limit, more
// are measured, since other programs run beside this one.
func TestCallCostsAtMostTwiceTheLibrary(t *testing.T) {
	path := program(t)
	env := simulated(t, path)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	answer := "-answer=" + answerOf(t, start(t, env, path, "serve"))
	web := start(t, env, path, "serve", "--transport", "http", "--addr", "127.0.0.1:0")
	bareWeb := start(t, nil, self, "-bare=http", answer)
	address, bareAddress := web.address(t), bareWeb.line(t)
	for name, mode := range map[string]struct {
		clients      int
		http, modern bool
	}{
		"stdio/1":        {clients: 1},
		"stdio/32":       {clients: 32},
		"http_legacy/1":  {clients: 1, http: true},
		"http_legacy/32": {clients: 32, http: true},
		"http_modern/1":  {clients: 1, http: true, modern: true},
		"http_modern/32": {clients: 32, http: true, modern: true},
	} {
		t.Run(name, func(t *testing.T) {
			var ours, bare measured
			if mode.http {
				ours = measured{web, overHTTP(t, address, mode.clients, mode.modern)}
				bare = measured{bareWeb, overHTTP(t, bareAddress, mode.clients, mode.modern)}
			} else {
				p, q := start(t, env, path, "serve"), start(t, nil, self, "-bare=stdio", answer)
				ours, bare = measured{p, overPipe(p, mode.clients)}, measured{q, overPipe(q, mode.clients)}
			}
			compare(t, ours, bare)
		})
	}
}

// measured is a server under load.
type measured struct {
	process *process
	load    load
}

// perCall is the CPU time of a call, in microseconds.
func (m measured) perCall(t *testing.T, span time.Duration) float64 {
	t.Helper()
	before := m.process.cpu(t)
	calls := m.load(t, span)
	return float64((m.process.cpu(t) - before).Nanoseconds()) / float64(calls) / 1000
}

func compare(t *testing.T, ours, bare measured) {
	t.Helper()
	const limit, rounds, tries, span = 2.0, 9, 5, 80 * time.Millisecond
	ours.perCall(t, span) // fills the catalogue, and grows stacks
	bare.perCall(t, span)
	var ratios, own []float64
	for try := 0; try < tries && (try == 0 || median(ratios) > limit); try++ {
		for range rounds {
			a, b := ours.perCall(t, span), bare.perCall(t, span)
			ratios, own = append(ratios, a/b), append(own, a)
		}
	}
	t.Logf("%.2f times the library's CPU time in %d rounds, %.0f µs a call", median(ratios), len(ratios), median(own))
	if got := median(ratios); got > limit {
		t.Errorf("a call costs %.2f times what the library alone costs, want at most %.1f", got, limit)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// A client that starts the program waits for its tools at once.
func TestStartIsQuick(t *testing.T) {
	const (
		quick = 25 * time.Millisecond
		tries = 40 // one suffices, since other programs run beside this one
	)
	path := program(t)
	env := simulated(t, path)
	var times, work []time.Duration
	for range tries {
		p, took := firstList(t, env, path, "serve")
		// Where other programs never leave a core free, the time that the start
		// itself took is what counts.
		times, work = append(times, took), append(work, p.cpu(t))
		p.stop()
		if took <= quick {
			t.Logf("first tools/list after %v (start %d)", took, len(times))
			return
		}
	}
	least := slices.Min(work)
	if least > pace.Stretch(t, quick, least) && least > 2*bareStart(t) {
		t.Errorf("of %d starts, the quickest listed its tools after %v and %v of work, want %v", tries, slices.Min(times), least, quick)
	}
}

// After the start a client keeps the program running all day.
func TestIdleIsSmall(t *testing.T) {
	const (
		own   = 12.0 // MB that the program has taken
		small = 25.0 // MB with the pages of its file
		tries = 5    // one suffices, since the system keeps more or fewer of those pages
		idle  = 2 * time.Second
	)
	path := program(t)
	env := simulated(t, path)
	var all []float64
	for range tries {
		p, _ := firstList(t, env, path, "serve")
		<-time.After(idle)
		taken, resident := p.memoryMB(t, "RssAnon"), p.memoryMB(t, "VmRSS")
		p.stop()
		t.Logf("%.1f MB of its own and %.1f MB resident when idle", taken, resident)
		if taken > own {
			t.Errorf("%.1f MB of its own when idle, want at most %.0f", taken, own)
		}
		if all = append(all, resident); resident <= small {
			return
		}
	}
	t.Errorf("%.1f MB resident when idle, want at most %.0f", all, small)
}

// bareStart is the work of starting the library alone, the least of several, for systems
// on which a start costs more than computing does.
func bareStart(t *testing.T) time.Duration {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	least := time.Hour
	for range 10 {
		p, _ := firstList(t, nil, self, "-bare=stdio", "-answer=x")
		least = min(least, p.cpu(t))
		p.stop()
	}
	return least
}

// firstList starts the program and asks for its tools, as clients do.
func firstList(t *testing.T, env []string, path string, arguments ...string) (*process, time.Duration) {
	t.Helper()
	began := time.Now()
	p := start(t, env, path, arguments...)
	for _, message := range []string{initialize, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`} {
		if _, err := io.WriteString(p.in, message+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	for !strings.Contains(p.line(t), `"id":2,`) { // answers may change places
	}
	return p, time.Since(began)
}
