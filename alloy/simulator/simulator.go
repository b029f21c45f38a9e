package simulator

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says how a [Simulator] is made. The zero Config is a good one: a fixed
// seed, the system's clock, the shipped connectors, no faults.
type Config struct {
	// Logger takes one line a request, at debug level. Nil discards.
	Logger *slog.Logger
	// Seed decides every id, key, canary and random choice. Two simulators with one
	// seed that get the same requests in the same order answer the same. Zero means 1.
	Seed uint64
	// Clock tells the time for time stamps, link expiry and rate limits. Nil means time.Now.
	// Delays of faults pass in real time whatever the Clock says.
	Clock func() time.Time
	// PublicURL is what links to the simulator begin with, without a slash at the end. Empty means:
	// as the request that asks for the link was addressed, a stripped path prefix included.
	PublicURL string
	// Catalogs are the contents of catalog files, loaded as by [Simulator.LoadCatalog].
	Catalogs [][]byte
	// Modes is where [Simulator.Reset] returns to.
	Modes Modes
	// JournalSize is the number of requests the journal keeps, the newest. Zero means 1,000.
	JournalSize int
}

// Limits that keep a forgotten simulator from eating the machine. They are the simulator's own:
// Alloy publishes none of them.
const (
	maxRequestBody = 16 << 20
	maxUsers       = 10_000
	maxCredentials = 10_000
	maxFiles       = 2_000
	maxCatalog     = 16 << 20
	maxConnectors  = 1_000
	maxNonces      = 100_000
	maxCanaries    = 50_000
	defaultJournal = 1_000
)

// Simulator is a local Alloy: an [http.Handler] with a Go interface to its controls.
// All methods may be called at any time from any goroutine.
type Simulator struct {
	cfg     Config
	logger  *slog.Logger
	consent *template.Template
	table   []route

	ids     *idSource
	journal *journal
	faults  *faultSet
	writes  *writeCounter

	mu         sync.Mutex // guards what follows and everything inside the accounts
	modes      Modes
	production *Account
	develop    *Account
	connectors map[string]*connector
	order      []string // connector ids as listed
	canaries   []string
	backends   map[string]backend // by connector id
}

// New makes a Simulator with two accounts (production and development), the shipped
// connectors and the catalogs of cfg. It fails where a catalog does not load.
func New(cfg Config) (*Simulator, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Seed == 0 {
		cfg.Seed = 1
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.JournalSize <= 0 {
		cfg.JournalSize = defaultJournal
	}
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	if err := cfg.Modes.check(); err != nil {
		return nil, fmt.Errorf("simulator modes: %w", err)
	}
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Simulator{
		cfg:        cfg,
		logger:     cfg.Logger,
		consent:    pages,
		connectors: map[string]*connector{},
		journal:    newJournal(cfg.JournalSize),
		writes:     newWriteCounter(),
		ids:        newIDSource(cfg.Seed),
		faults:     newFaultSet(cfg.Seed),
	}
	s.table = s.routes()
	s.backends = shippedBackends(cfg.Seed, cfg.Clock)
	s.Reset()
	if err := s.loadShipped(); err != nil {
		return nil, err
	}
	for i, raw := range cfg.Catalogs {
		if err := s.LoadCatalog(raw); err != nil {
			return nil, fmt.Errorf("catalog %d: %w", i+1, err)
		}
	}
	return s, nil
}

// Reset puts back the seeded state: users, credentials, files, the data behind the connectors,
// modes, no faults, an empty journal, no counted writes. Loaded catalogs stay. Ids start
// over, so that a test after a Reset sees the ids of a fresh Simulator.
func (s *Simulator) Reset() {
	s.faults.clear()
	s.journal.clear()
	s.writes.clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids.restart()
	s.modes = s.cfg.Modes
	s.canaries = nil
	s.production = s.seedAccount("production")
	s.develop = s.seedAccount("development")
	for _, b := range s.backends {
		b.reset()
	}
}

// ServeHTTP answers as Alloy does, and serves the controls under /_sim/.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.serveControl(w, r)
		return
	}
	c := s.begin(w, r)
	defer s.record(c)
	fault := s.faults.pick(c)
	if fault != nil {
		c.entry.Fault = string(fault.Kind)
	}
	if fault != nil && fault.replaces() && !fault.AfterEffect {
		s.sendFault(w, c, *fault, reply{})
		return
	}
	c.fault = fault
	answer := s.answer(c)
	if fault != nil && fault.Kind != FaultProvider {
		s.sendFault(w, c, *fault, answer)
		return
	}
	s.send(w, c, answer)
}

// Modes returns the switches in force.
func (s *Simulator) Modes() Modes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modes
}

// SetModes replaces the switches in force.
func (s *Simulator) SetModes(m Modes) error {
	if err := m.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.modes = m
	return nil
}

func (s *Simulator) now() time.Time { return s.cfg.Clock() }
