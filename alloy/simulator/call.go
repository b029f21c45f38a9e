package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request on its way through the simulator.
type call struct {
	r        *http.Request
	body     []byte
	recorded bool
	tooBig   bool
	entry    Entry
	modes    Modes
	now      time.Time
	fault    *Fault // of the kinds that change the answer rather than replace it
	account  *Account
	actor    *user // the user of x-alloy-userid, or the owner of the key
	params   map[string]string
	base     string // what links to this simulator begin with
}

const (
	userHeader    = "X-Alloy-Userid"
	versionHeader = "X-Api-Version"
)

func (s *Simulator) begin(w http.ResponseWriter, r *http.Request) *call {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	c := &call{r: r, body: body, modes: s.Modes(), now: s.now(), base: s.baseURL(r), params: map[string]string{}}
	var tooBig *http.MaxBytesError
	c.tooBig = errors.As(err, &tooBig)
	sum := sha256.Sum256(body)
	c.entry = Entry{
		Time: c.now, Method: r.Method, Path: r.URL.EscapedPath(), Query: redactQuery(r.URL.Query()),
		Headers: redactHeaders(r.Header), UserID: r.Header.Get(userHeader),
		BodyBytes: len(body), BodySHA256: hex.EncodeToString(sum[:]), BodyKeys: topKeys(body),
	}
	c.entry.describe()
	return c
}

// record enters the request into the journal, once. It comes before the first byte of the answer, so that whoever
// has an answer finds its request in the journal.
func (s *Simulator) record(c *call) {
	if c.recorded {
		return
	}
	c.recorded = true
	s.journal.add(c.entry)
	s.logger.DebugContext(c.r.Context(), "request answered", "method", c.entry.Method, "path", c.entry.Path,
		"status", c.entry.Status, "fault", c.entry.Fault, "executed", c.entry.Executed)
}

// send answers, and notes the status first.
func (s *Simulator) send(w http.ResponseWriter, c *call, answer reply) {
	c.entry.Status = answer.status
	s.record(c)
	answer.write(w)
}

// baseURL is the address under which r reached the simulator, so that links lead back even
// where a mux stripped a prefix from the path.
func (s *Simulator) baseURL(r *http.Request) string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	prefix := ""
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil {
		if cut, found := strings.CutSuffix(asked.EscapedPath(), r.URL.EscapedPath()); found {
			prefix = cut
		}
	}
	return scheme + "://" + r.Host + prefix
}

// decode reads the body as a JSON object into v.
func (c *call) decode(v any) bool {
	if len(c.body) == 0 {
		return json.Unmarshal([]byte("{}"), v) == nil
	}
	return json.Unmarshal(c.body, v) == nil
}

func topKeys(body []byte) []string {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return nil
	}
	keys := make([]string, 0, len(top))
	for key := range top {
		if len(key) <= 64 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), 32)]
}
