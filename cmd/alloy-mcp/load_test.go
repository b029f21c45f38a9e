package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// tool needs nothing from Alloy once its answer is in the catalogue.
const tool = "get_credential_metadata"

const (
	initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`
	params     = `"name":"` + tool + `","arguments":{"connector_id":"notion"}`
	legacyCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + params + `}}`
	modernCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},` + params + `}}`
)

// answerOf calls the tool once and returns the text of its answer.
func answerOf(t *testing.T, p *process) string {
	t.Helper()
	if _, err := io.WriteString(p.in, legacyCall+"\n"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Result struct {
			IsError bool `json:"isError"`
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		} `json:"result"`
	}
	line := p.line(t)
	if err := json.Unmarshal([]byte(line), &got); err != nil || got.Result.IsError || len(got.Result.Content) != 1 {
		t.Fatalf("%v: %s", err, line)
	}
	return got.Result.Content[0].Text
}

// load keeps calls in flight for a time and returns how many were answered.
type load func(t *testing.T, span time.Duration) int

// overPipe keeps c calls in flight on stdio.
func overPipe(p *process, c int) load {
	return func(t *testing.T, span time.Duration) int {
		t.Helper()
		call := func() {
			if _, err := io.WriteString(p.in, legacyCall+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		for range c {
			call()
		}
		end := time.Now().Add(span)
		answered := 0
		for open := c; open > 0; answered++ {
			line, err := p.out.ReadSlice('\n')
			if err != nil || !strings.Contains(string(line), `"result"`) {
				t.Fatalf("%v: %s", err, line)
			}
			if time.Now().After(end) {
				open--
			} else {
				call()
			}
		}
		return answered
	}
}

// connection is one HTTP client.
type connection struct {
	conn    net.Conn
	reader  *bufio.Reader
	request string
}

// overHTTP keeps c calls in flight on as many connections, which stay open.
func overHTTP(t *testing.T, address string, c int, modern bool) load {
	t.Helper()
	clients := make([]*connection, c)
	for i := range clients {
		clients[i] = connect(t, address, modern)
	}
	return func(t *testing.T, span time.Duration) int {
		t.Helper()
		end := time.Now().Add(span)
		counts := make([]int, c)
		var callers sync.WaitGroup
		for i, client := range clients {
			callers.Go(func() {
				for first := true; first || time.Now().Before(end) && !t.Failed(); first = false {
					if _, err := client.ask(client.request); err != nil {
						t.Error(err)
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
}

func connect(t *testing.T, address string, modern bool) *connection {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := &connection{conn: conn, reader: bufio.NewReader(conn)}
	if modern {
		c.request = requestText(address, "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: "+tool+"\r\n", modernCall)
		return c
	}
	session, err := c.ask(requestText(address, "", initialize))
	if err != nil {
		t.Fatal(err)
	}
	c.request = requestText(address, "Mcp-Session-Id: "+session+"\r\nMcp-Protocol-Version: 2025-11-25\r\n", legacyCall)
	return c
}

func requestText(address, header, body string) string {
	return fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n%sContent-Length: %d\r\n\r\n%s",
		address, header, len(body), body)
}

// ask sends a request and reads its response.
func (c *connection) ask(request string) (session string, err error) {
	if _, err := io.WriteString(c.conn, request); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !strings.Contains(string(text), `"result"`)) {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return response.Header.Get("Mcp-Session-Id"), err
}
