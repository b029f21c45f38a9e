package server

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// slow is a tool that ends when it is let go.
func slow(release <-chan struct{}) fakeTool {
	return fakeTool{name: "slow", readOnly: true, run: func(context.Context, json.RawMessage) tools.Answer {
		<-release
		return tools.Answer{JSON: json.RawMessage(`{"done":true}`)}
	}}
}

const withToken = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","arguments":{},"_meta":{"progressToken":"p7"}}}`

func TestAClientThatAsksHearsOfProgress(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newTest(t, Config{Tools: fakeTools{slow(release)}})
	s.progressEvery = 10 * time.Millisecond
	p := startStdio(t, s)
	p.send(initialize)
	p.next()
	p.send(withToken)
	last := -1.0
	for range 3 {
		var told struct {
			Method string `json:"method"`
			Params struct {
				ProgressToken string  `json:"progressToken"`
				Progress      float64 `json:"progress"`
			} `json:"params"`
		}
		line := p.next()
		if err := json.Unmarshal([]byte(line), &told); err != nil || told.Method != "notifications/progress" || told.Params.ProgressToken != "p7" || told.Params.Progress <= last {
			t.Fatalf("%s, %v", line, err)
		}
		last = told.Params.Progress
	}
	close(release)
	for {
		line := p.next()
		if strings.Contains(line, `"id":1`) {
			break
		}
		if !strings.Contains(line, "notifications/progress") {
			t.Fatalf("%s", line)
		}
	}
}

func TestAClientThatDoesNotAskHearsNothing(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newTest(t, Config{Tools: fakeTools{slow(release)}})
	s.progressEvery = time.Millisecond
	p := startStdio(t, s)
	p.send(initialize)
	p.next()
	p.send(call(1, "slow", `{}`))
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	if line := p.next(); !strings.Contains(line, `"id":1`) {
		t.Errorf("%s", line)
	}
}
