package connect_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestLoopbackTakesAnotherPortWhenItsOwnIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	port := taken.Addr().(*net.TCPAddr).Port
	l := &connect.Loopback{Port: port, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })}
	t.Cleanup(func() { _ = l.Close(t.Context()) })
	base, err := l.Base(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := l.Base(t.Context()); err != nil || again != base {
		t.Errorf("a second call says %q, %v; the first said %q", again, err, base)
	}
	if strings.HasSuffix(base, taken.Addr().String()) || !strings.HasPrefix(base, "http://localhost:") {
		t.Fatalf("base is %q", base)
	}
	client := &http.Client{Timeout: time.Minute}
	response, err := client.Get(base)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "here" {
		t.Errorf("the page says %q, %v", body, err)
	}
	_ = response.Body.Close()
}

func TestLoopbackRefusesForeignHosts(t *testing.T) {
	t.Parallel()
	l := &connect.Loopback{Handler: http.NotFoundHandler()}
	t.Cleanup(func() { _ = l.Close(t.Context()) })
	base, err := l.Base(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"evil.example", "evil.example:80", "localhost.evil.example", "localhost"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/connect/x", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("Host %s is answered %s", host, response.Status)
		}
	}
}
