package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// door is a tool that needs a connection: it answers with a link until the person
// has opened it as often as it takes.
type door struct {
	takes   int32 // how many resumed calls are still told to wait
	started atomic.Int32
	agent   atomic.Value
}

func (d *door) tool() fakeTool {
	return fakeTool{name: "door", readOnly: true, run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		d.agent.Store(tools.AgentFrom(ctx))
		link := &tools.Link{RequestID: "R1", URL: "http://localhost:3000/connect/R1", ConnectorID: "notion", Message: "No notion account is connected yet."}
		switch id := tools.ResumeFrom(ctx); {
		case id == "":
			d.started.Add(1)
		case id != "R1":
			return tools.Answer{JSON: json.RawMessage(`{"code":"not_found"}`), IsError: true}
		case atomic.AddInt32(&d.takes, -1) < 0:
			return tools.Answer{JSON: json.RawMessage(`{"results":["found"]}`)}
		}
		return tools.Answer{JSON: json.RawMessage(`{"status":"connect_required","url":"http://localhost:3000/connect/R1","request_id":"R1"}`), Link: link}
	}}
}

func chooser() fakeTool {
	return fakeTool{name: "choose", readOnly: true, run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		if id := tools.ChosenFrom(ctx); id != "" {
			return tools.Answer{JSON: json.RawMessage(fmt.Sprintf(`{"used":%q}`, id))}
		}
		return tools.Answer{JSON: json.RawMessage(`{"status":"choose_connection"}`), Choice: &tools.Choice{
			Message: "Which one?", Options: []tools.Option{{ConnectionID: "c1", Label: "Ann's"}, {ConnectionID: "c2", Label: "Bob's"}},
		}}
	}}
}

const (
	askingURL  = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{"url":{}}},"clientInfo":{"name":"test-agent","version":"1"}}}`
	askingForm = asking
)

// asked is a question that a client got.
type asked struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	Params struct {
		Mode            string `json:"mode"`
		Message         string `json:"message"`
		URL             string `json:"url"`
		ElicitationID   string `json:"elicitationId"`
		RequestedSchema any    `json:"requestedSchema"`
	} `json:"params"`
}

func question(t *testing.T, line string) asked {
	t.Helper()
	var q asked
	if err := json.Unmarshal([]byte(line), &q); err != nil || q.Method != "elicitation/create" {
		t.Fatalf("expected a question, got %s", line)
	}
	return q
}

func TestALegacyClientIsGivenTheURL(t *testing.T) {
	t.Parallel()
	d := &door{takes: 1}
	p := startStdio(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))
	p.send(askingURL)
	p.next()
	p.send(call(1, "door", `{}`))
	for range 2 { // the first acceptance was too early: the person is asked again
		q := question(t, p.next())
		if q.Params.Mode != "url" || q.Params.URL != "http://localhost:3000/connect/R1" || q.Params.ElicitationID == "" || q.Params.RequestedSchema != nil {
			t.Fatalf("asked %+v", q)
		}
		p.send(`{"jsonrpc":"2.0","id":"` + q.ID + `","result":{"action":"accept"}}`)
	}
	got := []string{p.next(), p.next(), p.next()} // two notifications that the page is done, and the answer
	all := strings.Join(got, "\n")
	if !strings.Contains(all, `\"found\"`) || strings.Count(all, "notifications/elicitation/complete") != 2 {
		t.Errorf("after accepting:\n%s", all)
	}
	if d.started.Load() != 1 || d.agent.Load() != "test-agent" {
		t.Errorf("started %d times for %v", d.started.Load(), d.agent.Load())
	}
}

func TestWhoeverCannotOpenURLsGetsTheLinkAsText(t *testing.T) {
	t.Parallel()
	for name, hello := range map[string]string{"nothing declared": initialize, "forms only": askingForm} {
		d := &door{}
		p := startStdio(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))
		p.send(hello)
		p.next()
		p.send(call(1, "door", `{}`))
		if line := p.next(); !strings.Contains(line, "connect_required") || !strings.Contains(line, "/connect/R1") {
			t.Errorf("%s: %s", name, line)
		}
	}
}

func TestAPersonWhoDeclinesIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"decline", "cancel"} {
		d := &door{}
		p := startStdio(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))
		p.send(askingURL)
		p.next()
		p.send(call(1, "door", `{}`))
		q := question(t, p.next())
		p.send(`{"jsonrpc":"2.0","id":"` + q.ID + `","result":{"action":"` + action + `"}}`)
		if line := p.next(); !strings.Contains(line, "declined") || strings.Contains(line, "/connect/") || !strings.Contains(line, "connect_required") {
			t.Errorf("%s: %s", action, line)
		}
	}
}

func TestAClientThatNeverRepliesGetsTheLinkInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &door{}
		p := startStdio(t, newTest(t, Config{Tools: fakeTools{d.tool()}, Limits: Limits{Call: enough + time.Second}}))
		p.send(askingURL)
		p.next()
		began := time.Now()
		p.send(call(1, "door", `{}`))
		question(t, p.next())
		if line := p.next(); !strings.Contains(line, "/connect/R1") || time.Since(began) > enough+time.Second {
			t.Errorf("after %v: %s", time.Since(began), line)
		}
	})
}

func TestThePersonChoosesAnAccount(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{Tools: fakeTools{chooser()}}))
	p.send(askingForm)
	p.next()
	p.send(call(1, "choose", `{}`))
	q := question(t, p.next())
	if schema := fmt.Sprint(q.Params.RequestedSchema); !strings.Contains(schema, "c1 c2") || !strings.Contains(schema, "Bob's") {
		t.Errorf("asked with %s", schema)
	}
	p.send(`{"jsonrpc":"2.0","id":"` + q.ID + `","result":{"action":"accept","content":{"connection_id":"c2"}}}`)
	if line := p.next(); !strings.Contains(line, `"used\":\"c2\"`) {
		t.Errorf("answer: %s", line)
	}
}

// carryingCall is a call of 2026-07-28, with the capabilities and what follows the
// arguments.
func carryingCall(tool, arguments, capabilities, more string) string {
	return `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + more +
		`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":` + capabilities +
		`,"io.modelcontextprotocol/clientInfo":{"name":"modern-agent","version":"1"}}}}`
}

// round is the result of one round trip.
type round struct {
	Error *struct {
		Code int `json:"code"`
	} `json:"error"`
	Result struct {
		ResultType        string           `json:"resultType"`
		RequestState      string           `json:"requestState"`
		InputRequests     map[string]asked `json:"inputRequests"`
		StructuredContent json.RawMessage  `json:"structuredContent"`
	} `json:"result"`
}

func (r round) question() asked { return r.Result.InputRequests[questionID] }

func postCarrying(t *testing.T, c *caller, tool, body string) round {
	t.Helper()
	status, text := c.with("Mcp-Method", "tools/call").with("Mcp-Name", tool).with("MCP-Protocol-Version", "2026-07-28").post(body)
	var r round
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%d: %s", status, text)
	}
	return r
}

func accepted(state string) string {
	return `,"requestState":"` + state + `","inputResponses":{"` + questionID + `":{"action":"accept"}}`
}

func TestAStatelessClientMakesRoundTrips(t *testing.T) {
	t.Parallel()
	d := &door{takes: 1}
	c := newCaller(t, serveOdd(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))+"/mcp")
	const able = `{"elicitation":{"url":{}}}`
	first := postCarrying(t, c, "door", carryingCall("door", `{"q":1,"b":2}`, able, ""))
	if q := first.question(); first.Result.ResultType != "input_required" || q.Params.Mode != "url" || q.Params.ElicitationID != "" || !strings.HasSuffix(q.Params.URL, "/connect/R1") {
		t.Fatalf("first: %+v", first)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(first.Result.RequestState); err != nil || bytes.Contains(raw, []byte("door")) {
		t.Errorf("the state can be read: %v", err)
	}
	// The same arguments in another order are the same call.
	second := postCarrying(t, c, "door", carryingCall("door", `{"b":2, "q":1}`, able, accepted(first.Result.RequestState)))
	if second.Result.ResultType != "input_required" {
		t.Fatalf("too early: %+v", second)
	}
	third := postCarrying(t, c, "door", carryingCall("door", `{"q":1,"b":2}`, able, accepted(second.Result.RequestState)))
	if !strings.Contains(string(third.Result.StructuredContent), "found") {
		t.Errorf("third: %+v", third)
	}
	if d.started.Load() != 1 || d.agent.Load() != "modern-agent" {
		t.Errorf("started %d times for %v", d.started.Load(), d.agent.Load())
	}
}

func TestAPersonIsAskedThreeTimesAtMost(t *testing.T) {
	t.Parallel()
	d := &door{takes: 100}
	c := newCaller(t, serveOdd(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))+"/mcp")
	more := ""
	for i := range 4 {
		r := postCarrying(t, c, "door", carryingCall("door", `{}`, `{"elicitation":{"url":{}}}`, more))
		if asks := r.Result.ResultType == "input_required"; asks != (i < maxRounds) {
			t.Fatalf("round %d: %+v", i+1, r)
		}
		if i == maxRounds && !strings.Contains(string(r.Result.StructuredContent), "/connect/R1") {
			t.Errorf("at last: %s", r.Result.StructuredContent)
		}
		more = accepted(r.Result.RequestState)
	}
}

// Only whoever was asked can go on, with the same call, unchanged and in time.
func TestWhatAClientCarriesIsSealed(t *testing.T) {
	t.Parallel()
	d := &door{takes: 100}
	s := newTest(t, Config{Tools: fakeTools{d.tool(), echo()}, Authenticate: byToken})
	url := serveOdd(t, s) + "/mcp"
	alice := newCaller(t, url, "X-Who", "alice")
	const able = `{"elicitation":{"url":{}}}`
	state := postCarrying(t, alice, "door", carryingCall("door", `{"a":1}`, able, "")).Result.RequestState
	late, err := s.sealer.seal("alice", carried{Tool: "door", Arguments: hashOf(json.RawMessage(`{"a":1}`)), RequestID: "R1", Expires: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(state)
	flipped[len(flipped)/2] ^= 1
	for name, try := range map[string]struct {
		who             *caller
		tool, args, got string
	}{
		"somebody else":   {newCaller(t, url, "X-Who", "mallory"), "door", `{"a":1}`, state},
		"other arguments": {alice, "door", `{"a":2}`, state},
		"another tool":    {alice, "echo", `{"a":1}`, state},
		"changed":         {alice, "door", `{"a":1}`, string(flipped)},
		"cut":             {alice, "door", `{"a":1}`, state[:len(state)-2]},
		"too old":         {alice, "door", `{"a":1}`, late},
		"made up":         {alice, "door", `{"a":1}`, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"},
	} {
		if r := postCarrying(t, try.who, try.tool, carryingCall(try.tool, try.args, able, accepted(try.got))); r.Error == nil || r.Error.Code != -32602 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := postCarrying(t, alice, "door", carryingCall("door", `{"a":1}`, able, accepted(state))); r.Error != nil {
		t.Errorf("as it was: %+v", r)
	}
}

func TestAStatelessClientThatDeclines(t *testing.T) {
	t.Parallel()
	d := &door{}
	c := newCaller(t, serveOdd(t, newTest(t, Config{Tools: fakeTools{d.tool()}}))+"/mcp")
	state := postCarrying(t, c, "door", carryingCall("door", `{}`, `{"elicitation":{"url":{}}}`, "")).Result.RequestState
	r := postCarrying(t, c, "door", carryingCall("door", `{}`, `{"elicitation":{"url":{}}}`, `,"requestState":"`+state+`","inputResponses":{"`+questionID+`":{"action":"decline"}}`))
	if text := string(r.Result.StructuredContent); !strings.Contains(text, "declined") || strings.Contains(text, "/connect/") {
		t.Errorf("%s", text)
	}
	if r := postCarrying(t, c, "door", carryingCall("door", `{}`, `{"elicitation":{}}`, "")); r.Result.ResultType == "input_required" {
		t.Error("a client that has forms alone is given a URL")
	}
}

func FuzzOpenSealed(f *testing.F) {
	s, err := newSealer(nil) // a key of its own for every process that fuzzes
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	good, err := s.seal("alice", carried{Tool: "t", Arguments: hashOf(nil), Expires: now.Add(time.Minute)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "alice")
	f.Add(good, "mallory")
	f.Add("", "alice")
	f.Fuzz(func(t *testing.T, sealed, principal string) {
		if _, err := s.open(principal, sealed, "t", nil, now); err == nil && (sealed != good || principal != "alice") {
			t.Errorf("%q was opened for %q", sealed, principal)
		}
	})
}
