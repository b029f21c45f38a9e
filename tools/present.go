package tools

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// runOut is the answer of a run that went well, or of a part of it.
type runOut struct {
	Outcome      string `json:"outcome"`
	RequestID    string `json:"request_id"`
	ConnectionID string `json:"connection_id,omitempty"`
	*shape.Part
	NextCursor string `json:"next_cursor,omitempty"`
	Pages      *pages `json:"pages,omitempty"`
	notes
	// Duplicate says that an equal call was made before, whose outcome this is.
	Duplicate bool   `json:"duplicate,omitempty"`
	Hint      string `json:"hint,omitempty"`
	Next      *Next  `json:"next,omitempty"`
}

// ownChars is what a runOut needs beside its part and what the part may leave to it.
const ownChars = 300

// view is how a caller wants to see a result.
type view struct {
	fields   []string
	maxChars int
	as       string
	cursor   string
	again    bool // an equal call was made before
}

// continuation is where a result goes on.
type continuation struct {
	from   shape.Position
	fields []string
}

// maxContinuations bounds the cursors of one result.
const maxContinuations = 2_000

// goOn makes a cursor, which is good as long as the result is kept.
func (c *call) goOn(at continuation) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.continuations == nil || len(c.continuations) >= maxContinuations {
		c.continuations = make(map[string]continuation)
	}
	cursor := rand.Text()
	c.continuations[cursor] = at
	return cursor
}

func (c *call) at(cursor string) (continuation, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.continuations[cursor]
	return at, ok
}

// present answers with what an ended call brought.
func (s *Set) present(c *call, view view) (any, error) {
	if c.err != nil {
		return nil, &failedRun{err: c.err, outcome: c.outcome, effect: c.effect, requestID: c.id}
	}
	out, err := c.part(view)
	if err != nil {
		return nil, misshaped(c, err)
	}
	return out, nil
}

// part is the part of an ended call's result that the view is of. The errors are
// those of [shape.Shape].
func (c *call) part(view view) (runOut, error) {
	out := runOut{Outcome: string(c.outcome), RequestID: c.id, ConnectionID: c.connectionID, notes: c.notes, Pages: c.pages, Duplicate: view.again}
	switch {
	case c.notes.Lost != "":
		out.Hint = "The action was carried out; its answer was too long or not readable and is lost. Do not repeat it: read what you need with another action, in smaller pages or with fewer fields."
	case view.again:
		out.Hint = "An equal call was made a moment ago and this is its outcome; nothing was sent again. To make the change once more, pass a new idempotency_key."
	}
	if c.data == nil {
		return out, nil
	}
	value, err := shape.Decode(c.data)
	if err != nil {
		return runOut{}, fmt.Errorf("read the app's answer: %w", err)
	}
	from := continuation{fields: view.fields}
	if view.cursor != "" {
		var ok bool
		if from, ok = c.at(view.cursor); !ok {
			return runOut{}, shape.ErrPosition
		}
	}
	part, err := shape.Shape(value, shape.Options{
		Fields: from.fields, MaxChars: min(cmp.Or(view.maxChars, shape.DefaultMaxChars), shape.HardMaxChars) - ownChars, Envelope: shape.MaxEnvelope,
		As: shape.Form(cmp.Or(view.as, string(shape.JSON))), Verbatim: c.verbatim,
	}, from.from)
	if err != nil {
		return runOut{}, err
	}
	out.Part = &part
	if part.Truncated {
		out.NextCursor = c.goOn(continuation{from: part.Next, fields: from.fields})
		if out.Hint == "" {
			out.Hint = "There is more: get_result continues it without calling the app again, and shows only what fields names."
		}
		out.Next = next("get_result", "request_id", c.id, "cursor", out.NextCursor)
		if view.as != "" {
			out.Next.Arguments["as"] = view.as
		}
		if view.maxChars != 0 && !c.verbatim { // those of notion_search are not its caller's
			out.Next.Arguments["max_chars"] = view.maxChars
		}
	}
	return out, nil
}

// misshaped explains why a result cannot be shown as it was asked for. It is kept,
// so that it can be asked for in another way.
func misshaped(c *call, err error) error {
	var field *shape.FieldError
	answer := &Error{Code: CodeInvalidArguments, RequestID: c.id, Next: next("get_result", "request_id", c.id)}
	switch {
	case errors.As(err, &field):
		answer.Message, answer.Hint = sentence(field.Error()), "Name paths that exist, or leave fields out; get_result has the result already, so do not call the app again."
	case errors.Is(err, shape.ErrPosition):
		answer.Message, answer.Hint = "The cursor does not belong to this result, or is too old.", "Begin again without a cursor."
	default:
		return fmt.Errorf("shape the app's answer: %w", err)
	}
	return answer
}
