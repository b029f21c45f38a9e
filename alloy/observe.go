package alloy

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// maxObserved is the largest body that an observer is shown.
const maxObserved = 1 << 20

// Observation is one HTTP answer as it came, before anything was decoded.
type Observation struct {
	Method string
	Path   string // as asked, escaped, without base path and query, such as "/users"
	Status int
	Header http.Header // a copy, without cookies
	// Body is the answer's JSON without the API key, JWTs and token
	// parameters; nil where it is not JSON or longer than 1 MiB.
	Body json.RawMessage
}

type observerKey struct{}

// Observe returns a context under which see is called with every HTTP answer
// of Alloy's, that of each attempt, before it is decoded. It serves reports
// on how the API really behaves; see must be quick and safe for concurrent use.
func Observe(ctx context.Context, see func(Observation)) context.Context {
	return context.WithValue(ctx, observerKey{}, see)
}

func observe(ctx context.Context, k *call, a *answer, header http.Header, secrets *scrubber) {
	see, ok := ctx.Value(observerKey{}).(func(Observation))
	if !ok || k.upload != nil {
		return
	}
	_, path, err := escapePath(k.path)
	if err != nil {
		return
	}
	o := Observation{Method: k.method, Path: path, Status: a.status, Header: make(http.Header, len(header))}
	for name, values := range header {
		if name == "Set-Cookie" {
			continue
		}
		for _, value := range values {
			o.Header.Add(name, secrets.text(value))
		}
	}
	if a.broken == nil && len(a.body) <= maxObserved && checkJSON(a.body) == nil {
		if clean := secrets.text(string(a.body)); json.Valid([]byte(clean)) {
			o.Body = json.RawMessage(clean)
		}
	}
	see(o)
}

// Probe sends one GET to a path that this client has no method for, and
// returns the answer whatever its status; the error is for calls that got
// none. The path holds elements, not yet escaped; a zero user names nobody.
func (c *Client) Probe(ctx context.Context, user UserID, query url.Values, path ...string) (Observation, error) {
	var seen *Observation
	outer, _ := ctx.Value(observerKey{}).(func(Observation))
	ctx = Observe(ctx, func(o Observation) {
		seen = &o
		if outer != nil {
			outer(o)
		}
	})
	k := &call{op: "probe", method: http.MethodGet, path: path, query: query, user: user}
	_, err := do(ctx, c, k, func(*answer) (struct{}, *Error) { return struct{}{}, nil })
	if seen != nil {
		return *seen, nil
	}
	return Observation{}, err
}
