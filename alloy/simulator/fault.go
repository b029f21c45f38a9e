package simulator

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"
)

// FaultKind names what a [Fault] does.
type FaultKind string

// The kinds of faults. Those marked (E) replace the answer: without AfterEffect the request is not carried
// out at all; with it, it is, and only the answer is lost. The others always carry it out.
const (
	FaultStatus     FaultKind = "status"     // (E) Status with Body as ContentType and Header
	FaultRateLimit  FaultKind = "rate_limit" // (E) 429 with RetryAfter, if that is set
	FaultReset      FaultKind = "reset"      // (E) the connection is reset without an answer
	FaultHang       FaultKind = "hang"       // (E) no answer until the client goes or Delay (default 10 min) is over, then a reset
	FaultHTML       FaultKind = "html"       // (E) a proxy's HTML page with Status, default 502
	FaultErrorHTML  FaultKind = "error_html" // (E) Alloy's {"errorHtml":…} with Status, default 404
	FaultEmpty      FaultKind = "empty"      // (E) Status, default 200, and no body
	FaultGarbage    FaultKind = "garbage"    // (E) Size (default 512) random bytes labelled as JSON
	FaultDeep       FaultKind = "deep"       // (E) valid JSON nested Size (default 10,000) deep
	FaultHuge       FaultKind = "huge"       // (E) valid JSON of Size (default 9 MiB) bytes
	FaultGzipBomb   FaultKind = "gzip_bomb"  // (E) as huge, default 256 MiB, but gzipped
	FaultRedirect   FaultKind = "redirect"   // (E) Status, default 307, to Location
	FaultEchoSecret FaultKind = "echo"       // (E) Status, default 500, with the request's Authorization header in the error's text
	FaultSlow       FaultKind = "slow"       // the answer begins after Delay
	FaultDrip       FaultKind = "drip"       // the body comes Size (default 1) bytes every Delay (default 1 s)
	FaultTruncate   FaultKind = "truncate"   // the body ends after Size bytes (0: half of it, below 0: after the headers) and the connection is cut
	FaultRename     FaultKind = "rename"     // the keys at the top of the answer are renamed: by Rename, or all get the prefix "renamed_"
	FaultWrongType  FaultKind = "wrong_type" // the values at the top of the answer become strings
	// FaultProvider makes the provider behind an execute call answer Status with Body and RetryAfter; [Modes.ProviderErrors]
	// decides where it shows. Without AfterEffect the provider changes nothing.
	FaultProvider FaultKind = "provider"
)

// Fault spoils some requests. The patterns are those of path.Match ("*" does not cross a slash), an empty one
// fits everything; the first fault that fits a request and is due strikes, alone.
type Fault struct {
	Kind FaultKind `json:"kind"`

	Method    string `json:"method,omitempty"`    // "POST"
	Path      string `json:"path,omitempty"`      // "/connectors/*/credentials"; a "**" at the end fits any rest
	Connector string `json:"connector,omitempty"` // "notion"
	Action    string `json:"action,omitempty"`    // "post-*"; fits the detail call and the execution, add Method to tell them apart

	After       int     `json:"after,omitempty"`       // lets that many fitting requests pass first
	Count       int     `json:"count,omitempty"`       // strikes that many times, 0 without end
	Probability float64 `json:"probability,omitempty"` // strikes with that chance, decided by the seed; 0 means always

	AfterEffect bool              `json:"after_effect,omitempty"`
	Status      int               `json:"status,omitempty"` // default 500, or the kind's own
	Body        string            `json:"body,omitempty"`
	ContentType string            `json:"content_type,omitempty"` // default application/json
	Header      map[string]string `json:"header,omitempty"`       // further headers of kinds that answer
	// RetryAfter is sent as it stands ("2", "nonsense", "36000"), but "date:30s" becomes the HTTP date in 30 s.
	RetryAfter string            `json:"retry_after,omitempty"`
	Location   string            `json:"location,omitempty"` // default: the same path on 127.0.0.1:9, where nobody listens
	Delay      time.Duration     `json:"-"`                  // in JSON "delay":"1.5s"
	Size       int               `json:"size,omitempty"`     // bytes, or depth for deep
	Rename     map[string]string `json:"rename,omitempty"`
}

const (
	maxFaults    = 1_000
	maxFaultSize = 4 << 30
)

// replaces reports whether the fault makes an answer of its own, the real one being lost.
func (f Fault) replaces() bool {
	switch f.Kind {
	case FaultSlow, FaultDrip, FaultTruncate, FaultRename, FaultWrongType, FaultProvider:
		return false
	default:
		return true
	}
}

func (f Fault) check() error {
	kinds := []FaultKind{
		FaultStatus, FaultRateLimit, FaultReset, FaultHang, FaultHTML, FaultErrorHTML, FaultEmpty, FaultGarbage, FaultDeep,
		FaultHuge, FaultGzipBomb, FaultRedirect, FaultEchoSecret, FaultSlow, FaultDrip, FaultTruncate, FaultRename, FaultWrongType,
		FaultProvider,
	}
	if !slices.Contains(kinds, f.Kind) {
		return fmt.Errorf("kind %q is unknown; kinds are %q", f.Kind, kinds)
	}
	for _, pattern := range []string{f.Path, f.Connector, f.Action} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d cannot be sent: 200 to 599", f.Status)
	}
	if f.Probability < 0 || f.Probability > 1 || f.Count < 0 || f.After < 0 || f.Delay < 0 || f.Size > maxFaultSize {
		return fmt.Errorf("probability is 0 to 1, count, after and delay are not negative, size is at most %d", maxFaultSize)
	}
	return nil
}

func (f Fault) status(fallback int) int {
	if f.Status != 0 {
		return f.Status
	}
	return fallback
}

func (f Fault) providerReply(now time.Time) providerReply {
	answer := providerReply{status: f.status(http.StatusInternalServerError), header: http.Header{}, body: json.RawMessage(f.Body)}
	if !json.Valid([]byte(f.Body)) {
		answer.body = f.Body
	}
	if f.RetryAfter != "" {
		answer.header.Set("Retry-After", f.retryAfter(now))
	}
	return answer
}

type plainFault Fault

type faultWire struct {
	*plainFault
	Delay string `json:"delay,omitempty"`
}

// MarshalJSON writes the delay as a Go duration ("1.5s").
func (f Fault) MarshalJSON() ([]byte, error) {
	plain := plainFault(f)
	wire := faultWire{plainFault: &plain}
	if f.Delay != 0 {
		wire.Delay = f.Delay.String()
	}
	return json.Marshal(wire)
}

// UnmarshalJSON refuses unknown members, so that a misspelt pattern does not strike everything.
func (f *Fault) UnmarshalJSON(raw []byte) error {
	var plain plainFault
	wire := faultWire{plainFault: &plain}
	if err := decodeStrict(raw, &wire); err != nil {
		return err
	}
	if err := parseDelay(wire.Delay, &plain.Delay); err != nil {
		return err
	}
	*f = Fault(plain)
	return nil
}

// armed is a fault in force.
type armed struct {
	Fault
	seen, struck int
	random       *rand.Rand
}

type faultSet struct {
	seed uint64
	mu   sync.Mutex
	list []*armed
	made uint64
}

func newFaultSet(seed uint64) *faultSet { return &faultSet{seed: seed} }

func (fs *faultSet) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.list, fs.made = nil, 0
}

// SetFault puts faults into force behind those that are. It fails, and changes nothing, where one makes no sense.
func (s *Simulator) SetFault(faults ...Fault) error {
	for i, f := range faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	fs := s.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.list)+len(faults) > maxFaults {
		return fmt.Errorf("the simulator holds no more than %d faults", maxFaults)
	}
	for _, f := range faults {
		fs.made++
		random := rand.New(rand.NewPCG(fs.seed, fs.made)) //nolint:gosec // repeatable on purpose, guards nothing
		fs.list = append(fs.list, &armed{Fault: f, random: random})
	}
	return nil
}

// ClearFaults takes all faults out of force.
func (s *Simulator) ClearFaults() { s.faults.clear() }

// Faults returns the faults in force, those that have struck out included.
func (s *Simulator) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]Fault, len(s.faults.list))
	for i, a := range s.faults.list {
		list[i] = a.Fault
	}
	return list
}

// pick is the fault that strikes the call, or nil.
func (fs *faultSet) pick(c *call) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.list {
		if a.fits(c) && a.due() {
			strike := a.Fault
			return &strike
		}
	}
	return nil
}

func (a *armed) fits(c *call) bool {
	if a.Kind == FaultProvider && (c.entry.Action == "" || c.r.Method != http.MethodPost) {
		return false
	}
	return (a.Method == "" || a.Method == c.r.Method) && matches(a.Path, c.r.URL.Path) &&
		matches(a.Connector, c.entry.Connector) && matches(a.Action, c.entry.Action)
}

func (a *armed) due() bool {
	a.seen++
	if a.seen <= a.After || (a.Count > 0 && a.struck >= a.Count) {
		return false
	}
	if a.Probability > 0 && a.random.Float64() >= a.Probability {
		return false
	}
	a.struck++
	return true
}

func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	if before, found := cutDoubleStar(pattern); found {
		return len(text) >= len(before) && text[:len(before)] == before
	}
	fits, err := path.Match(pattern, text)
	return err == nil && fits
}

func cutDoubleStar(pattern string) (string, bool) {
	if len(pattern) >= 2 && pattern[len(pattern)-2:] == "**" {
		return pattern[:len(pattern)-2], true
	}
	return "", false
}

// retryAfter is the value to send.
func (f Fault) retryAfter(now time.Time) string {
	const date = "date:"
	if len(f.RetryAfter) > len(date) && f.RetryAfter[:len(date)] == date {
		if d, err := time.ParseDuration(f.RetryAfter[len(date):]); err == nil {
			return now.Add(d).UTC().Format(http.TimeFormat)
		}
	}
	return f.RetryAfter
}
