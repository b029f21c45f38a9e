package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is one request as the simulator saw it. It holds no secret: of keys and tokens
// a fingerprint (8 hexadecimal digits of the SHA-256), of the body its digest and top keys.
type Entry struct {
	Seq    int       `json:"seq"` // 1 is the first since the start or a reset
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // escaped as sent
	Query  string    `json:"query,omitempty"`
	// Headers as sent, but for Authorization, Cookie and the like: "Bearer sha256:<fingerprint>".
	Headers map[string]string `json:"headers"`
	// Account is "production" or "development" by the key; empty where the key was not accepted.
	Account string `json:"account,omitempty"`
	// UserID is the header x-alloy-userid.
	UserID       string `json:"user_id,omitempty"`
	Connector    string `json:"connector,omitempty"`
	Action       string `json:"action,omitempty"`
	CredentialID string `json:"credential_id,omitempty"` // of execute calls that reached the action
	BodyBytes    int    `json:"body_bytes"`
	BodySHA256   string `json:"body_sha256"`
	// BodyKeys are the keys at the top of a JSON body, sorted, at most 32.
	BodyKeys []string `json:"body_keys,omitempty"`
	// Status is what was answered; 0 where the connection was cut before that.
	Status int `json:"status"`
	// Executed: the request changed something, whether or not the answer arrived.
	Executed bool `json:"executed"`
	// Fault is the kind of the fault that struck, if one did.
	Fault string `json:"fault,omitempty"`
}

// describe reads connector and action from the path.
func (e *Entry) describe() {
	elements := strings.Split(strings.Trim(e.Path, "/"), "/")
	for i, element := range elements {
		if plain, err := url.PathUnescape(element); err == nil {
			elements[i] = plain
		}
	}
	if len(elements) > 1 && elements[0] == "connectors" && elements[1] != "files" {
		e.Connector = elements[1]
		if len(elements) > 3 && elements[2] == "actions" {
			e.Action = elements[3]
		}
	}
}

// journal keeps the newest entries in a ring.
type journal struct {
	mu   sync.Mutex
	ring []Entry
	seq  int
}

func newJournal(size int) *journal { return &journal{ring: make([]Entry, 0, size)} }

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring[:cap(j.ring)])
	j.ring, j.seq = j.ring[:0], 0
}

func (j *journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	if len(j.ring) < cap(j.ring) {
		j.ring = append(j.ring, e)
		return
	}
	j.ring[(j.seq-1)%cap(j.ring)] = e
}

func (j *journal) entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := slices.Clone(j.ring)
	slices.SortFunc(list, func(a, b Entry) int { return a.Seq - b.Seq })
	return list
}

// Journal returns the requests that were answered, oldest first; the newest [Config.JournalSize] are kept. Requests to
// /_sim/ are not among them. A request is entered before the first byte of its answer.
func (s *Simulator) Journal() []Entry { return s.journal.entries() }

const (
	maxJournalHeaders = 64
	maxJournalValue   = 512
)

func redactHeaders(h http.Header) map[string]string {
	out := make(map[string]string, min(len(h), maxJournalHeaders))
	for name, values := range h {
		if len(out) == maxJournalHeaders {
			break
		}
		value := strings.Join(values, ", ")
		switch name {
		case "Authorization", "Proxy-Authorization":
			scheme, secret, _ := strings.Cut(value, " ")
			if secret == "" {
				scheme, secret = "", scheme
			}
			value = strings.TrimSpace(scheme + " sha256:" + fingerprint(secret))
		case "Cookie", "Api-Key", "X-Api-Key":
			value = "sha256:" + fingerprint(value)
		}
		out[name] = value[:min(len(value), maxJournalValue)]
	}
	return out
}

// redactQuery hides the token of an OAuth link and the signature of an upload address.
func redactQuery(q url.Values) string {
	for _, name := range []string{"token", "X-Amz-Signature"} {
		if q.Has(name) {
			q.Set(name, "sha256:"+fingerprint(q.Get(name)))
		}
	}
	text := q.Encode()
	return text[:min(len(text), 4*maxJournalValue)]
}
