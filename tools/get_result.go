package tools

import (
	"context"
	"errors"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
)

type getResultIn struct {
	RequestID   string   `json:"request_id" jsonschema_description:"From the earlier answer."`
	Cursor      string   `json:"cursor,omitempty" jsonschema_description:"From the earlier answer."`
	Fields      []string `json:"fields,omitempty" jsonschema_description:"Paths to keep, e.g. results[].id."`
	As          string   `json:"as,omitempty" jsonschema:"enum=json,enum=table,enum=markdown" jsonschema_description:"Form."`
	MaxChars    int      `json:"max_chars,omitempty" jsonschema:"minimum=1000,maximum=40000" jsonschema_description:"Default 16000."`
	WaitSeconds int      `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=45" jsonschema_description:"0 to 45."`
}

func getResult() (definition, error) {
	return define(Tool{
		Name:        "get_result",
		Title:       "Get the rest",
		Description: "Continues or reshapes a result that was cut, or gets the outcome of a call still running, without calling the app again.",
		Hints:       Hints{ReadOnly: true, Idempotent: true},
	}, runGetResult)
}

func runGetResult(ctx context.Context, s *Set, in getResultIn) (any, error) {
	principal, ok := PrincipalFrom(ctx)
	if !ok {
		return nil, &UserRequiredError{}
	}
	wait := min(time.Duration(in.WaitSeconds)*time.Second, untilAnswer(ctx))
	c, other, err := s.result(ctx, principal.ID, in.RequestID, wait)
	if c == nil {
		return other, err
	}
	return s.awaitFor(ctx, c, wait, view{fields: in.Fields, maxChars: in.MaxChars, as: in.As, cursor: in.Cursor})
}

// between is how often a request is looked at that waits for its person.
const between = 250 * time.Millisecond

// result finds a call of the owner's by its request id, or tells where a request
// stands that has none yet. It waits for the person's word, and for another process
// that works on the call.
func (s *Set) result(ctx context.Context, owner, id string, wait time.Duration) (*call, any, error) {
	patience := time.NewTimer(wait)
	defer patience.Stop()
	for {
		c, answer, err := s.stands(ctx, owner, id)
		if halt, asking := answer.(*stop); err != nil || c != nil && !c.elsewhere || asking && halt.Status != confirmationRequired {
			return c, answer, err
		}
		select {
		case <-time.After(between):
			continue
		case <-patience.C:
		case <-ctx.Done():
		}
		return c, answer, nil
	}
}

// stands tells what there is of a request now: its call, or the answer that there is
// none yet.
func (s *Set) stands(ctx context.Context, owner, id string) (*call, any, error) {
	if c := s.known(ctx, owner, id); c != nil {
		return c, nil, nil
	}
	request, status, err := s.config.Approvals.Get(ctx, owner, id)
	if errors.Is(err, approve.ErrUnknown) {
		err = &Error{
			Code: CodeNotFound, Message: "This request_id is not known: it is mistyped, or older than the 15 minutes that results are kept.",
			Hint: "For a read, make the call again. For a change, check with a read what became of it.",
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if status == approve.Approved {
		if c := s.approvedCall(ctx, request); c != nil {
			return c, nil, nil
		}
	}
	answer, err := s.unapproved(ctx, request, status)
	return nil, answer, err
}
