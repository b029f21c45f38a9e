package server

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// remover is a tool that needs its person's approval.
func remover() fakeTool {
	return fakeTool{name: "remove", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		switch id, approved := tools.DecisionFrom(ctx); {
		case id != "A1":
			return tools.Answer{
				JSON:     json.RawMessage(`{"status":"confirmation_required","request_id":"A1","url":"http://localhost:3000/confirm/A1"}`),
				Approval: &tools.Approval{RequestID: "A1", Message: "Remove it?"},
			}
		case approved:
			return tools.Answer{JSON: json.RawMessage(`{"outcome":"completed"}`)}
		}
		return tools.Answer{JSON: json.RawMessage(`{"status":"denied"}`)}
	}}
}

// decisions are the replies that a client can give, and what they come to.
var decisions = map[string]struct{ reply, want string }{
	"allowed":         {`{"action":"accept","content":{"allow":true}}`, `\"completed\"`},
	"the box is open": {`{"action":"accept","content":{"allow":false}}`, `\"denied\"`},
	"no box":          {`{"action":"accept","content":{}}`, `\"denied\"`},
	"a text":          {`{"action":"accept","content":{"allow":"true"}}`, `\"denied\"`},
	"declined":        {`{"action":"decline","content":{"allow":true}}`, `\"denied\"`},
	"put away":        {`{"action":"cancel"}`, `/confirm/A1`},
}

func TestALegacyClientAsksForApproval(t *testing.T) {
	t.Parallel()
	for name, d := range decisions {
		p := startStdio(t, newTest(t, Config{Tools: fakeTools{remover()}}))
		p.send(askingForm)
		p.next()
		p.send(call(1, "remove", `{}`))
		q := question(t, p.next())
		if q.Params.Message != "Remove it?" || q.Params.URL != "" {
			t.Errorf("asked %+v", q)
		}
		p.send(`{"jsonrpc":"2.0","id":"` + q.ID + `","result":` + d.reply + `}`)
		if line := p.next(); !strings.Contains(line, d.want) {
			t.Errorf("%s: %s", name, line)
		}
	}
}

func TestAStatelessClientAsksForApproval(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveOdd(t, newTest(t, Config{Tools: fakeTools{remover()}}))+"/mcp")
	const able = `{"elicitation":{"form":{}}}`
	for name, d := range decisions {
		first := postCarrying(t, c, "remove", carryingCall("remove", `{"id":7}`, able, ""))
		if first.Result.ResultType != "input_required" || first.question().Params.Message != "Remove it?" {
			t.Fatalf("%+v", first)
		}
		second := postCarrying(t, c, "remove", carryingCall("remove", `{"id":7}`, able,
			`,"requestState":"`+first.Result.RequestState+`","inputResponses":{"`+questionID+`":`+d.reply+`}`))
		if text := string(second.Result.StructuredContent); !strings.Contains(text, strings.ReplaceAll(d.want, `\`, ``)) {
			t.Errorf("%s: %+v", name, second)
		}
		other := postCarrying(t, c, "remove", carryingCall("remove", `{"id":8}`, able,
			`,"requestState":"`+first.Result.RequestState+`","inputResponses":{"`+questionID+`":`+d.reply+`}`))
		if other.Error == nil || other.Error.Code != -32602 {
			t.Errorf("%s: the word for one call counts for another: %+v", name, other)
		}
	}
}

func TestWhoeverCannotAskGetsThePage(t *testing.T) {
	t.Parallel()
	for name, hello := range map[string]string{"nothing declared": initialize, "URLs only": askingURL} {
		p := startStdio(t, newTest(t, Config{Tools: fakeTools{remover()}}))
		p.send(hello)
		p.next()
		p.send(call(1, "remove", `{}`))
		if line := p.next(); !strings.Contains(line, "/confirm/A1") {
			t.Errorf("%s: %s", name, line)
		}
	}
}
