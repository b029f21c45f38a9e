package alloy

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestOnlyAlloysHostIsDialled(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://Alloy.Example/x")
	if err != nil {
		t.Fatal(err)
	}
	hosts := &hostList{base: hostPort(base)}
	for address, want := range map[string]bool{
		"https://alloy.example/": true, "https://ALLOY.example:443/y": true, "https://alloy-user-files.s3.us-east-1.amazonaws.com/a": true,
		"https://alloy.example:8443/": false, "http://alloy.example/": false, "https://evil.example/": false, "http://s3.amazonaws.com/": false,
		"https://s3.amazonaws.com:444/": false, "https://amazonaws.com/": false, "https://alloy.example.evil.example/": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := hosts.permits(u); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	for _, address := range []string{"evil.example:443", "127.0.0.1:443", "alloy.example:80", "[::1]:443"} {
		conn, err := hosts.dial(t.Context(), "tcp", address)
		if !errors.Is(err, errHostRefused) {
			t.Errorf("%s: %v, %v", address, conn, err)
		}
	}
}

func TestSpecialAddressesAreRefusedForStorage(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.31.0.1", "100.64.0.1", "0.0.0.0", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "2002:7f00:1::", "64:ff9b::a00:1", "::ffff:10.0.0.1", "ff02::1", "2001:db8::1", "192.0.2.1",
	} {
		if err := refuseSpecialAddress(t.Context(), "tcp", net.JoinHostPort(address, "443"), nil); !errors.Is(err, errHostRefused) {
			t.Errorf("%s was accepted: %v", address, err)
		}
	}
	for _, address := range []string{"52.216.0.1", "3.5.0.1", "2600:1fa0::1", "8.8.8.8"} {
		if err := refuseSpecialAddress(t.Context(), "tcp", net.JoinHostPort(address, "443"), nil); err != nil {
			t.Errorf("%s was refused: %v", address, err)
		}
	}
	if err := refuseSpecialAddress(t.Context(), "tcp", "nonsense", nil); err == nil {
		t.Error("nonsense was accepted")
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("followed: %s %v", r.URL, r.Header) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		f := newFake(t).reply(answerWith(status, ``, "Location", elsewhere.URL))
		for name, err := range everyCall(t.Context(), f.client, f.user()) {
			if e := asError(err); e == nil || e.Kind != KindRoute && e.Kind != KindRejected {
				t.Errorf("%d, %s: %v", status, name, err)
			}
		}
	}
}

func TestCookiesAreNotKept(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, okConnectors, "Set-Cookie", "session=1"))
	for range 2 {
		if _, err := f.client.Connectors(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.seen()[1].header.Get("Cookie"); got != "" {
		t.Errorf("Cookie: %s", got)
	}
}

func TestABadCertificateIsNeverAccepted(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Listener = &countingListener{server.Listener, &n}
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := New(Config{BaseURL: server.URL, Key: StaticKey(NewSecret(testKey))})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Connectors(t.Context())
	if e := wantError(t, err, KindUnavailable); e.Outcome != OutcomeNotSent || !strings.Contains(e.Message, "certificate") {
		t.Errorf("%+v", e)
	}
	if n.Load() != 1 {
		t.Errorf("%d connections, want 1: trying again does not make it valid", n.Load())
	}
}

type countingListener struct {
	net.Listener
	n *atomic.Int32
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return conn, err
}

func TestWritesOverHTTP1HaveConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(answerWith(200, success.body)))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c, err := New(Config{BaseURL: server.URL, Key: StaticKey(NewSecret(testKey))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	for _, test := range []struct {
		class string
		want  int32
	}{{"read", 1}, {"read", 1}, {"write", 2}, {"write", 3}, {"read", 3}, {"link", 4}, {"execute read", 4}} {
		if err := theCalls(t, c)[test.class](t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := opened.Load(); got != test.want {
			t.Errorf("after a %s: %d connections, want %d", test.class, got, test.want)
		}
	}
}

func TestWritesOverHTTP2ShareTheConnection(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(answerWith(200, success.body)))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := New(Config{BaseURL: server.URL, Key: StaticKey(NewSecret(testKey))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	for _, rt := range []http.RoundTripper{c.wires.shared, c.wires.single} {
		rt.(*http.Transport).TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	for _, class := range []string{"read", "write", "write", "read"} {
		if err := theCalls(t, c)[class](t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if opened.Load() != 1 || !c.http2.Load() {
		t.Errorf("%d connections, HTTP/2 %v", opened.Load(), c.http2.Load())
	}
}

func TestAProxyIsUsedForAlloyOnly(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.URL.String()
		answerWith(200, okConnectors)(w, r)
	}))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{BaseURL: "http://127.0.0.1:1/b", Key: StaticKey(NewSecret(testKey)), Proxy: func(*http.Request) (*url.URL, error) { return address, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	if _, err := c.Connectors(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got != "http://127.0.0.1:1/b/connectors" {
		t.Errorf("the proxy saw %q", got)
	}
}

func TestARefusedConnectionToThisMachineNamesTheLocalServer(t *testing.T) {
	t.Parallel()
	refuse := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})
	for base, local := range map[string]bool{
		"http://127.0.0.1:1/b": true, "http://localhost:1": true, "http://[::1]:1": true, "https://127.0.0.1:1": true,
		"": false, "https://alloy.example.com": false,
	} {
		c, err := New(Config{BaseURL: base, Key: StaticKey(NewSecret(testKey)), Transport: refuse})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Connectors(t.Context())
		e := wantError(t, err, KindUnavailable)
		if e.Outcome != OutcomeNotSent || strings.Contains(e.Advice, "alloy-mcp simulate") != local || strings.Contains(e.Advice, statusPage) == local {
			t.Errorf("%s: %v", base, err)
		}
	}
}
