package catalog

import (
	"slices"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// The bounds of what is seen, whatever Alloy lists.
const (
	maxActionsOfApp = 10_000
	maxDocs         = 100_000
	maxChanges      = 100
	maxIDLength     = 512 // bytes; a longer id is no id
	maxName         = 120 // bytes
	maxDescription  = 1_024
)

// sight is what has been seen of the catalogue.
type sight struct {
	// effect is what an action is shown to do before its details are known, and
	// whether that is a guess.
	effect func(connectorID string, a alloy.ActionSummary) (e Effect, guessed bool)

	mu      sync.Mutex
	order   []string // of connectors, as Alloy lists those that are allowed
	apps    map[string]*seen
	listed  time.Time // when the connectors were listed
	err     error     // why they could not be
	changes []Change
	version uint64 // of what a search sees
	edition uint64 // of that and of when it was read
	built   Snapshot
	builtOf uint64 // the edition of built
}

// seen is what is known of one connector.
type seen struct {
	app       alloy.Connector
	name      string    // cleaned
	readAt    time.Time // of its names; zero while there are none
	hash      string    // of its names
	resources []alloy.Resource
	names     []Doc // by the names alone
	facts     map[string]fact
	docs      []Doc // names and facts together; nil where they must be put together anew
	detailed  int   // of docs
	failedAt  time.Time
}

// fact is what is known of an action beside its names.
type fact struct {
	kept.Fact

	effect Effect
	readAt time.Time
}

func (s *sight) get(id string) *seen {
	if s.apps == nil {
		s.apps = make(map[string]*seen)
	}
	if s.apps[id] == nil {
		s.apps[id] = &seen{app: alloy.Connector{ID: id, Name: id}, facts: make(map[string]fact)}
	}
	return s.apps[id]
}

// setConnectors takes over the list of connectors. What is not listed any more is
// forgotten. It reports whether anything changed.
func (s *sight) setConnectors(list []alloy.Connector, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.Before(s.listed) {
		return false
	}
	var order []string
	known := make(map[string]*seen, len(list))
	changed := false
	for _, c := range list[:min(len(list), maxConnectors)] {
		if c.ID == "" || len(c.ID) > maxIDLength || known[c.ID] != nil {
			continue
		}
		order = append(order, c.ID)
		a := s.get(c.ID)
		changed = changed || a.app.Name != c.Name || !slices.Equal(a.app.Categories, c.Categories)
		a.app, a.name, known[c.ID] = c, plain.Description(c.Name, maxName), a
	}
	changed = changed || !slices.Equal(order, s.order)
	s.order, s.apps, s.listed, s.err = order, known, at, nil
	if changed {
		s.grow()
	}
	return changed
}

// setError notes why the connectors could not be listed.
func (s *sight) setError(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// setNames takes over a connector's list of actions and returns the hash and the
// time of the one before.
func (s *sight) setNames(id string, list []alloy.Resource, at time.Time) (hash, before string, was time.Time) {
	hash = hashOfNames(list)
	s.mu.Lock()
	a := s.get(id)
	before, was = a.hash, a.readAt
	same := before == hash
	s.mu.Unlock()
	var names []Doc
	if !same {
		names = s.docsOf(id, list)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a = s.get(id)
	a.readAt, a.failedAt = at, time.Time{}
	if !same {
		a.hash, a.resources, a.names, a.docs = hash, list, names, nil
		a.forgetOthers()
	}
	if !same || was.IsZero() {
		s.grow()
	}
	s.edition++
	return hash, before, was
}

// grow notes that what a search sees has changed.
func (s *sight) grow() {
	s.version++
	s.edition++
}

// forgetOthers drops the facts of actions that are not listed any more.
func (a *seen) forgetOthers() {
	listed := make(map[string]bool, len(a.names))
	for _, doc := range a.names {
		listed[doc.ActionID] = true
	}
	for id := range a.facts {
		if !listed[id] {
			delete(a.facts, id)
		}
	}
}

// docsOf makes docs of names.
func (s *sight) docsOf(connectorID string, list []alloy.Resource) []Doc {
	var docs []Doc
	taken := make(map[string]bool)
	for _, r := range list {
		group := plain.Description(r.Name, maxName)
		for _, a := range r.Actions {
			if a.ID == "" || plain.Line(a.ID, maxIDLength) != a.ID || taken[a.ID] {
				continue
			}
			if len(docs) == maxActionsOfApp {
				return docs
			}
			taken[a.ID] = true
			effect, guessed := s.effect(connectorID, a)
			docs = append(docs, Doc{
				ConnectorID: connectorID, ActionID: a.ID, Group: group,
				Name: plain.Description(a.Name, maxName), Description: plain.Description(a.Description, maxDescription),
				Effect: effect, Guessed: guessed,
			})
		}
	}
	return docs
}

// learnFact notes what an action's details tell and returns what was known.
func (s *sight) learnFact(connectorID, actionID string, f fact) fact {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[connectorID]
	if a == nil && len(s.apps) >= maxConnectors || len(connectorID) > maxIDLength || len(actionID) > maxIDLength {
		return fact{}
	}
	a = s.get(connectorID)
	before, known := a.facts[actionID]
	if !known && len(a.facts) >= maxActionsOfApp {
		return fact{}
	}
	a.facts[actionID] = f
	if before.Hash != f.Hash || before.effect != f.effect {
		a.docs = nil
		s.grow()
	}
	return before
}

// remember takes over facts from a file where nothing newer is known.
func (s *sight) remember(connectorID string, facts map[string]fact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.get(connectorID)
	for id, f := range facts {
		if _, known := a.facts[id]; !known {
			a.facts[id] = f
			a.docs = nil
			s.grow()
		}
	}
}

func (s *sight) note(change Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes = append(s.changes, change)
	s.changes = slices.Clone(s.changes[max(0, len(s.changes)-maxChanges):])
}

func (s *sight) changed() []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.changes)
}

// failed notes that a connector's names could not be read.
func (s *sight) failed(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.apps[id]; a != nil {
		a.failedAt = at
	}
}

// negativeFor is how long a connector is left alone whose names cannot be read.
const negativeFor = 30 * time.Second

// due returns the connectors whose names are missing or not fresh any more, and
// the number of those that are known and of all.
func (s *sight) due(now time.Time) (ids []string, known, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var stale []string
	for _, id := range s.order {
		a := s.apps[id]
		switch {
		case !a.readAt.IsZero() && now.Sub(a.readAt) < freshFor:
		case now.Sub(a.failedAt) < negativeFor:
		case a.readAt.IsZero():
			ids = append(ids, id)
		default:
			stale = append(stale, id)
		}
		if !a.readAt.IsZero() {
			known++
		}
	}
	return append(ids, stale...), known, len(s.order)
}
