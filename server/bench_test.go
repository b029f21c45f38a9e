package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// TestMain runs the tests, or where a benchmark asks for it serves in their stead.
func TestMain(m *testing.M) {
	role := flag.String("serve", "", "be a server for a benchmark: ours-stdio, bare-stdio, ours-http or bare-http")
	flag.Parse()
	if *role != "" {
		if err := benchServer(*role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// benchServer serves a tool that does nothing until its input ends.
func benchServer(role string) error {
	ours, err := New(Config{Tools: fakeTools{{name: "noop", readOnly: true, run: func(context.Context, json.RawMessage) tools.Answer {
		return tools.Answer{JSON: json.RawMessage(`{"ok":true}`)}
	}}}})
	if err != nil {
		return err
	}
	bare := newBare()
	bare.AddTool(mcp.NewToolWithRawSchema("noop", "Does noop.", json.RawMessage(anyObject)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(`{"ok":true}`), nil
	})
	ctx := context.Background()
	switch role {
	case "ours-stdio":
		return ours.ServeStdio(ctx, os.Stdin, os.Stdout)
	case "bare-stdio":
		return mcpserver.NewStdioServer(bare).Listen(ctx, os.Stdin, os.Stdout)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr()) //nolint:forbidigo // not stdio
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if role == "ours-http" {
		return ours.Serve(ctx, listener)
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcpserver.NewStreamableHTTPServer(bare))
	web := &http.Server{Handler: mux}
	go func() {
		<-ctx.Done()
		_ = web.Close()
	}()
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func start(tb testing.TB, role string) *process {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), os.Args[0], "-serve="+role)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	return &process{command: command, in: in, out: bufio.NewReaderSize(out, 1<<20)}
}

func (p *process) stop(tb testing.TB) {
	tb.Helper()
	_ = p.in.Close()
	if err := p.command.Wait(); err != nil {
		tb.Error(err)
	}
}

// cpu is the time that all threads of the process have run.
func (p *process) cpu(tb testing.TB) time.Duration {
	tb.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	if err != nil || len(threads) == 0 {
		tb.Skip("CPU time of a process is read from /proc")
	}
	var sum time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		n, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}

func (p *process) residentMB(tb testing.TB) float64 {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		tb.Skip("memory of a process is read from /proc")
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(kb) / 1024
}

// overPipe keeps c calls in flight on stdio for a time and returns how many were answered.
func overPipe(tb testing.TB, p *process, c int, span time.Duration) int {
	tb.Helper()
	message := []byte(call(1, "noop", `{}`) + "\n")
	for range c {
		if _, err := p.in.Write(message); err != nil {
			tb.Fatal(err)
		}
	}
	end := time.Now().Add(span)
	answered, open := 0, c
	for open > 0 {
		line, err := p.out.ReadSlice('\n')
		if err != nil || !strings.Contains(string(line), `"result"`) {
			tb.Fatalf("%v: %s", err, line)
		}
		answered++
		if time.Now().After(end) {
			open--
			continue
		}
		if _, err := p.in.Write(message); err != nil {
			tb.Fatal(err)
		}
	}
	return answered
}

// overHTTP keeps c calls in flight on as many connections.
func overHTTP(tb testing.TB, address string, c int, span time.Duration, modern bool) int {
	tb.Helper()
	end := time.Now().Add(span)
	counts := make([]int, c)
	var callers sync.WaitGroup
	for i := range c {
		callers.Go(func() {
			conn, err := new(net.Dialer).DialContext(tb.Context(), "tcp", address)
			if err != nil {
				tb.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			reader := bufio.NewReader(conn)
			message, header := call(1, "noop", `{}`), ""
			if modern {
				message = modernCall(1, "noop", `{}`)
				header = "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: noop\r\n"
			} else {
				id, err := exchangeHTTP(conn, reader, address, "", initialize)
				if err != nil {
					tb.Error(err)
					return
				}
				header = "Mcp-Session-Id: " + id + "\r\nMcp-Protocol-Version: 2025-11-25\r\n"
			}
			for time.Now().Before(end) {
				if _, err := exchangeHTTP(conn, reader, address, header, message); err != nil {
					tb.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	callers.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

func exchangeHTTP(conn io.Writer, reader *bufio.Reader, address, header, body string) (session string, err error) {
	_, err = fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n%sContent-Length: %d\r\n\r\n%s",
		address, header, len(body), body)
	if err != nil {
		return "", err
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !strings.Contains(string(text), `"result"`)) {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return response.Header.Get(mcp.HeaderSessionID), err
}

// BenchmarkAgainstBareLibrary compares this server, with every guard on and a
// tool that does nothing, with the library and the same tool: CPU time of the
// server per call and calls per second, each server in its own process, in turns.
// A ratio is the median over the rounds; what matters is that CPU stays below 2.
func BenchmarkAgainstBareLibrary(b *testing.B) {
	const rounds, span = 7, 300 * time.Millisecond
	for _, mode := range []struct {
		name, role string
		clients    int
		modern     bool
	}{
		{"stdio/1", "stdio", 1, false},
		{"stdio/32", "stdio", 32, false},
		{"http_legacy/1", "http", 1, false},
		{"http_legacy/32", "http", 32, false},
		{"http_modern/1", "http", 1, true},
		{"http_modern/32", "http", 32, true},
	} {
		b.Run(mode.name, func(b *testing.B) {
			servers := [2]*process{start(b, "ours-"+mode.role), start(b, "bare-"+mode.role)}
			var address [2]string
			for i, p := range servers {
				defer p.stop(b)
				if mode.role == "http" {
					line, err := p.out.ReadString('\n')
					if err != nil {
						b.Fatal(err)
					}
					address[i] = strings.TrimSpace(line)
				}
			}
			measure := func(i int, span time.Duration) (cpu, rate float64) {
				before, began := servers[i].cpu(b), time.Now()
				var calls int
				if mode.role == "http" {
					calls = overHTTP(b, address[i], mode.clients, span, mode.modern)
				} else {
					calls = overPipe(b, servers[i], mode.clients, span)
				}
				return float64((servers[i].cpu(b) - before).Nanoseconds()) / float64(calls) / 1000, float64(calls) / time.Since(began).Seconds()
			}
			for i := range servers { // warm up
				measure(i, span/3)
			}
			for b.Loop() {
				var cpus, rates, ownCPU, ownRate []float64
				for round := range rounds {
					var cpu, rate [2]float64
					for turn := range servers {
						i := (turn + round) % 2
						cpu[i], rate[i] = measure(i, span)
					}
					cpus, rates = append(cpus, cpu[0]/cpu[1]), append(rates, rate[0]/rate[1])
					ownCPU, ownRate = append(ownCPU, cpu[0]), append(ownRate, rate[0])
				}
				b.ReportMetric(median(cpus), "CPU-ratio")
				b.ReportMetric(median(rates), "calls/s-ratio")
				b.ReportMetric(median(ownCPU), "µs-CPU/call")
				b.ReportMetric(median(ownRate), "calls/s")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// firstList starts a server and returns how long its first tools/list took, from
// the start of the process.
func firstList(tb testing.TB) (time.Duration, float64) {
	tb.Helper()
	began := time.Now()
	p := start(tb, "ours-stdio")
	defer p.stop(tb)
	for _, message := range []string{initialize, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`} {
		if _, err := io.WriteString(p.in, message+"\n"); err != nil {
			tb.Fatal(err)
		}
	}
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			tb.Fatal(err)
		}
		if strings.Contains(line, `"id":2,`) {
			return time.Since(began), p.residentMB(tb)
		}
	}
}

// A client that starts the server waits for its tools at once.
func TestFirstListIsQuick(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	best, memory := time.Hour, 0.0
	for range 20 { // the best of many, since other processes run as well
		took, resident := firstList(t)
		best, memory = min(best, took), max(memory, resident)
	}
	t.Logf("first tools/list after %v, %.1f MB resident", best, memory)
	if limit := 25 * time.Millisecond; best > limit && !raceEnabled {
		t.Errorf("the first tools/list took %v, want less than %v", best, limit)
	}
	if memory > 25 && !raceEnabled {
		t.Errorf("%.1f MB resident, want less than 25", memory)
	}
}
