package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// questions are the requests that were sent to clients and are not answered.
// An answer counts only if it comes on the session that was asked.
type questions struct {
	mu   sync.Mutex
	last uint64
	open map[questionKey]chan reply
}

type questionKey struct{ session, id string }

// reply is a client's answer to a request of ours.
type reply struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code int `json:"code"`
	} `json:"error"`
}

func (q *questions) add(session string) (questionKey, <-chan reply) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	key := questionKey{session: session, id: "ask-" + strconv.FormatUint(q.last, 10)}
	answered := make(chan reply, 1)
	if q.open == nil {
		q.open = map[questionKey]chan reply{}
	}
	q.open[key] = answered
	return key, answered
}

func (q *questions) remove(key questionKey) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.open, key)
}

// answer hands a client's response to whoever asked. One that nobody waits for,
// any longer or at all, is dropped.
func (q *questions) answer(session string, id, message []byte) {
	key := questionKey{session: session, id: stringValue(id)}
	q.mu.Lock()
	answered := q.open[key]
	delete(q.open, key)
	q.mu.Unlock()
	if answered == nil {
		return
	}
	var got reply
	if json.Unmarshal(message, &got) != nil {
		return
	}
	answered <- got
}

// ask sends one request to the client of a session and decodes the answer.
func ask[T any](ctx context.Context, q *questions, session string, send func([]byte) error, method mcp.MCPMethod, params any) (*T, error) {
	key, answered := q.add(session)
	defer q.remove(key)
	frame, err := json.Marshal(struct {
		JSONRPC string        `json:"jsonrpc"`
		ID      string        `json:"id"`
		Method  mcp.MCPMethod `json:"method"`
		Params  any           `json:"params,omitempty"`
	}{mcp.JSONRPC_VERSION, key.id, method, params})
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", method, err)
	}
	if err := send(frame); err != nil {
		return nil, fmt.Errorf("sending %s: %w", method, err)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-answered:
		if got.Error != nil {
			return nil, fmt.Errorf("the client refused %s with code %d", method, got.Error.Code)
		}
		var result T
		if err := json.Unmarshal(got.Result, &result); err != nil {
			return nil, errors.New("the client's answer to " + string(method) + " could not be read")
		}
		return &result, nil
	}
}
