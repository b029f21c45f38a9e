package server

import (
	"net/http"
	"strings"
	"testing"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

// G9 and G10: Origin and Host.

func TestBareOriginIsNotChecked(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare(), mcpserver.WithStateLess(true))))
	for _, origin := range []string{"https://evil.example", "null"} {
		if status, _ := c.with("Origin", origin).post(initialize); status != http.StatusOK {
			t.Errorf("Origin %s now gets %d", origin, status)
		}
	}
	if status, _ := c.with("Host", "mcp.example.com").post(initialize); status != http.StatusForbidden {
		t.Errorf("behind a proxy on the same host, the library now answers %d", status)
	}
}

func TestOnlyOwnPagesMayCall(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{PublicURL: "https://mcp.example.com", AllowedOrigins: []string{"https://app.example.com:8443"}, AllowedHosts: []string{"inside:3000"}})
	url := serveOdd(t, s) + "/mcp"
	own := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/odd/base/mcp")
	port := own[strings.LastIndex(own, ":"):]
	for name, test := range map[string]struct {
		header []string
		want   int
	}{
		"no origin":                       {nil, http.StatusOK},
		"own origin":                      {[]string{"Origin", "http://" + own}, http.StatusOK},
		"localhost":                       {[]string{"Host", "localhost" + port, "Origin", "http://localhost" + port}, http.StatusOK},
		"IPv6 loopback":                   {[]string{"Host", "[::1]" + port}, http.StatusOK},
		"localhost at its address":        {[]string{"Origin", "http://localhost" + port}, http.StatusOK},
		"IPv6 loopback at localhost":      {[]string{"Host", "localhost" + port, "Origin", "http://[::1]" + port}, http.StatusOK},
		"IPv4 loopback at IPv6":           {[]string{"Host", "[::1]" + port, "Origin", "http://" + own}, http.StatusOK},
		"own address by https":            {[]string{"Origin", "https://" + own}, http.StatusForbidden},
		"localhost by https":              {[]string{"Host", "localhost" + port, "Origin", "https://localhost" + port}, http.StatusForbidden},
		"this machine, port left out":     {[]string{"Origin", "http://localhost"}, http.StatusForbidden},
		"public host behind a proxy":      {[]string{"Host", "mcp.example.com", "Origin", "https://mcp.example.com"}, http.StatusOK},
		"public host, upper case":         {[]string{"Host", "MCP.example.com"}, http.StatusOK},
		"allowed origin":                  {[]string{"Origin", "https://app.example.com:8443"}, http.StatusOK},
		"allowed host":                    {[]string{"Host", "inside:3000"}, http.StatusOK},
		"foreign origin":                  {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"null origin":                     {[]string{"Origin", "null"}, http.StatusForbidden},
		"empty origin":                    {[]string{"Origin", ""}, http.StatusForbidden},
		"two origins":                     {[]string{"Origin", "http://" + own, "Origin", "http://" + own}, http.StatusForbidden},
		"two in one":                      {[]string{"Origin", "http://" + own + " https://evil.example"}, http.StatusForbidden},
		"origin that begins as localhost": {[]string{"Origin", "http://localhost.evil"}, http.StatusForbidden},
		"another port of this machine":    {[]string{"Origin", "http://localhost:1"}, http.StatusForbidden},
		"user in the origin":              {[]string{"Origin", "http://" + own + "@evil.example"}, http.StatusForbidden},
		"own host as the user":            {[]string{"Origin", "http://evil@" + own}, http.StatusForbidden},
		"path in the origin":              {[]string{"Origin", "http://" + own + "/"}, http.StatusForbidden},
		"fragment in the origin":          {[]string{"Origin", "http://" + own + "#"}, http.StatusForbidden},
		"another scheme":                  {[]string{"Origin", "file://" + own}, http.StatusForbidden},
		"allowed origin, other scheme":    {[]string{"Origin", "http://app.example.com:8443"}, http.StatusForbidden},
		"rebound name":                    {[]string{"Host", "evil.example" + port}, http.StatusForbidden},
		"rebound name, with its origin":   {[]string{"Host", "evil.example" + port, "Origin", "http://evil.example" + port}, http.StatusForbidden},
		"host that begins as localhost":   {[]string{"Host", "localhost.evil.example"}, http.StatusForbidden},
		"host that begins as 127.0.0.1":   {[]string{"Host", "127.0.0.1.evil.example"}, http.StatusForbidden},
		"host with another port":          {[]string{"Host", "inside:3001"}, http.StatusForbidden},
		"another machine's address":       {[]string{"Host", "192.0.2.1"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/mcp", "/sse", "/message"} {
				c := newCaller(t, strings.TrimSuffix(url, "/mcp")+path, test.header...)
				status, body := c.post(initialize)
				if path == "/mcp" && status != test.want {
					t.Errorf("%s: %d, want %d: %s", path, status, test.want, body)
				}
				if path != "/mcp" && (status == http.StatusForbidden) != (test.want == http.StatusForbidden) {
					t.Errorf("%s: %d, unlike /mcp", path, status)
				}
			}
		})
	}
}
