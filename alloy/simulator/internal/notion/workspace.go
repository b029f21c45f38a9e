// Package notion is a small Notion that works: a workspace of pages, databases, blocks, comments and people in memory, and the
// operations of Notion's API on it, with Notion's objects and error objects. It imports nothing of ours, and it knows nothing of
// Alloy: [Workspace.Do] takes an operation by its operationId and answers status, headers and body.
//
// Shapes follow Notion's published API. What is simplified: search matches words of titles in any
// order; properties of type formula, rollup, files and button do not exist; rich text holds text, no mentions or
// equations; file uploads, templates and page markdown are absent.
package notion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options say how a [Workspace] is made. The zero Options has seed 0 and the system's clock.
type Options struct {
	Seed  uint64
	Clock func() time.Time
}

// maxNodes bounds what a workspace holds: pages, databases and blocks together.
const maxNodes = 20_000

// Workspace is one Notion workspace. Its methods may be called at any time from any goroutine.
type Workspace struct {
	opts       Options
	operations map[string]operation

	mu       sync.Mutex
	made     uint64 // ids made so far
	nodes    map[string]*node
	roots    []string // top-level nodes
	people   []*person
	comments []*comment
	limits   map[string]*bucket
}

// Caller is the integration that an operation runs as.
type Caller struct {
	Key     string   // tells callers apart for the rate limit
	Revoked bool     // the token no longer works
	Reads   bool     // the integration has the capability to read content and no other
	Nothing bool     // nothing is shared with the integration
	Roots   []string // shared: these and what is below; nil means every top-level page that is not private
	Version string   // the Notion-Version header; "" where it is missing
	// RateLimit allows 3 requests a second with bursts of 3.
	RateLimit bool
	// IndexDelay passes before search finds what was created or renamed.
	IndexDelay time.Duration
}

// Request is one operation with its arguments.
type Request struct {
	Operation string         // "post-search"
	Path      map[string]any // "page_id"
	Query     map[string]any
	Body      json.RawMessage
}

// Response is Notion's answer. Wrote is set where the operation changed something.
type Response struct {
	Status int
	Header http.Header
	Body   json.RawMessage
	Wrote  bool
}

type object = map[string]any

// ask is an operation being carried out.
type ask struct {
	Caller
	Request
	body object
	now  time.Time
}

// operation carries out an ask and returns the object to answer.
type operation struct {
	run    func(*Workspace, *ask) (object, error)
	writes bool
}

// New makes a workspace with its seeded content.
func New(opts Options) *Workspace {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	w := &Workspace{opts: opts, operations: operations()}
	w.Reset()
	return w
}

// Knows reports whether there is an operation of that id.
func (w *Workspace) Knows(operationID string) bool {
	_, found := w.operations[operationID]
	return found
}

// Reset puts the seeded content back.
func (w *Workspace) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = 0
	w.nodes, w.roots = map[string]*node{}, nil
	w.people, w.comments = nil, nil
	w.limits = map[string]*bucket{}
	w.plant()
}

func operations() map[string]operation {
	return map[string]operation{
		"post-search":              {run: (*Workspace).search},
		"retrieve-a-page":          {run: (*Workspace).retrievePage},
		"post-page":                {run: (*Workspace).createPage, writes: true},
		"patch-page":               {run: (*Workspace).updatePage, writes: true},
		"move-page":                {run: (*Workspace).movePage, writes: true},
		"retrieve-a-page-property": {run: (*Workspace).retrieveProperty},
		"retrieve-a-database":      {run: (*Workspace).retrieveDatabase},
		"post-database-query":      {run: (*Workspace).queryDatabase},
		"create-a-database":        {run: (*Workspace).createDatabase, writes: true},
		"update-a-database":        {run: (*Workspace).updateDatabase, writes: true},
		"retrieve-a-data-source":   {run: (*Workspace).retrieveDataSource},
		"query-data-source":        {run: (*Workspace).queryDataSource},
		"update-a-data-source":     {run: (*Workspace).updateDataSource, writes: true},
		"get-block-children":       {run: (*Workspace).blockChildren},
		"patch-block-children":     {run: (*Workspace).appendBlocks, writes: true},
		"retrieve-a-block":         {run: (*Workspace).retrieveBlock},
		"update-a-block":           {run: (*Workspace).updateBlock, writes: true},
		"delete-a-block":           {run: (*Workspace).deleteBlock, writes: true},
		"get-users":                {run: (*Workspace).listUsers},
		"get-user":                 {run: (*Workspace).retrieveUser},
		"get-self":                 {run: (*Workspace).retrieveSelf},
		"retrieve-a-comment":       {run: (*Workspace).listComments},
		"create-a-comment":         {run: (*Workspace).createComment, writes: true},
	}
}

// Do carries out one operation for a caller.
func (w *Workspace) Do(caller Caller, request Request) Response {
	w.mu.Lock()
	defer w.mu.Unlock()
	op, found := w.operations[request.Operation]
	if !found {
		return w.refuse(&refusal{http.StatusBadRequest, "invalid_request_url", "Invalid request URL."})
	}
	a := &ask{Caller: caller, Request: request, now: w.opts.Clock()}
	if refused := w.admit(a); refused != nil {
		return w.refuse(refused)
	}
	if op.writes && a.Reads {
		return w.refuse(&refusal{http.StatusForbidden, "restricted_resource", "Insufficient permissions for this endpoint."})
	}
	answer, err := op.run(w, a)
	if err != nil {
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = &refusal{http.StatusInternalServerError, "internal_server_error", err.Error()}
		}
		return w.refuse(refused)
	}
	answer["request_id"] = w.newID()
	return Response{Status: http.StatusOK, Header: http.Header{}, Body: encode(answer), Wrote: op.writes}
}

// admit checks what Notion checks before it looks at an operation: token, version, rate, body.
func (w *Workspace) admit(a *ask) *refusal {
	if a.Revoked {
		return &refusal{http.StatusUnauthorized, "unauthorized", "API token is invalid."}
	}
	switch a.Version {
	case "":
		return &refusal{http.StatusBadRequest, "missing_version", `Notion-Version header should be defined, instead was ` + "`undefined`."}
	case "2021-05-13", "2021-08-16", "2022-02-22", "2022-06-28", newVersion:
	default:
		return invalid("Notion-Version header failed validation: Notion-Version header should be `\"2022-06-28\"`, `\"2025-09-03\"` or an older version, instead was `%s`.", quoted(a.Version))
	}
	if a.RateLimit && !w.spend(a.Key, a.now) {
		return errRateLimited()
	}
	if len(a.Body) > 0 && string(a.Body) != "null" {
		if err := json.Unmarshal(a.Body, &a.body); err != nil {
			return &refusal{http.StatusBadRequest, "invalid_json", "Error parsing JSON body."}
		}
	}
	return nil
}

const newVersion = "2025-09-03"

// dataSources reports whether the caller's version separates databases and data sources.
func (a *ask) dataSources() bool { return a.Version >= newVersion }

// need is for operations that exist in one of the two worlds only.
func (a *ask) need(dataSources bool) error {
	if a.dataSources() == dataSources {
		return nil
	}
	return &refusal{http.StatusBadRequest, "invalid_request_url", "Invalid request URL."}
}

// refusal is one of Notion's error answers.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%d): %s", r.code, r.status, r.message) }

func (w *Workspace) refuse(r *refusal) Response {
	header := http.Header{}
	if r.status == http.StatusTooManyRequests {
		header.Set("Retry-After", "1") // whole seconds
	}
	return Response{Status: r.status, Header: header, Body: encode(object{
		"object": "error", "status": r.status, "code": r.code, "message": r.message, "request_id": w.newID(),
	})}
}

// encode writes an answer while the lock is held, as it shares maps with the workspace.
func encode(o object) json.RawMessage {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return json.RawMessage(`{"object":"error","status":500,"code":"internal_server_error","message":"unencodable"}`)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func errRateLimited() *refusal {
	return &refusal{http.StatusTooManyRequests, "rate_limited", "You have been rate limited. Please try again in a few minutes."}
}

func errFull() *refusal {
	return &refusal{http.StatusServiceUnavailable, "service_unavailable", "The simulated workspace is full; reset the simulator."}
}

// invalid is a validation_error.
func invalid(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, "validation_error", fmt.Sprintf(format, args...)}
}

// notFound is the answer to what does not exist and to what is not shared alike.
func notFound(what, id string) *refusal {
	return &refusal{http.StatusNotFound, "object_not_found", fmt.Sprintf(
		"Could not find %s with ID: %s. Make sure the relevant pages and databases are shared with your integration.", what, id)}
}

func quoted(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(raw)
}

// bucket is a caller's allowance of requests.
type bucket struct {
	tokens float64
	at     time.Time
}

// Notion documents an average of three requests a second and tolerates bursts; how large is a guess.
const (
	ratePerSecond = 3
	burst         = 3
	maxBuckets    = 10_000
)

func (w *Workspace) spend(key string, now time.Time) bool {
	b := w.limits[key]
	if b == nil {
		if len(w.limits) >= maxBuckets {
			clear(w.limits)
		}
		b = &bucket{tokens: burst, at: now}
		w.limits[key] = b
	}
	b.tokens = min(burst, b.tokens+now.Sub(b.at).Seconds()*ratePerSecond)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
