package catalog

import (
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

// namesHash returns the hash of a connector's names; "" where they are not known
// or the connector is not listed.
func (s *sight) namesHash(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[id]
	if a == nil || a.readAt.IsZero() || !slices.Contains(s.order, id) {
		return ""
	}
	return a.hash
}

// undetailed returns the actions of a connector of which only names are known.
func (s *sight) undetailed(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[id]
	if a == nil {
		return nil
	}
	var actions []string
	for _, doc := range a.names {
		if _, ok := a.facts[doc.ActionID]; !ok {
			actions = append(actions, doc.ActionID)
		}
	}
	return actions
}

// export returns what is to be kept of a connector.
func (s *sight) export(id string) (kept.Connector, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[id]
	if a == nil || a.readAt.IsZero() {
		return kept.Connector{}, false
	}
	out := kept.Connector{ID: id, ReadAt: a.readAt, Resources: a.resources, Facts: make(map[string]kept.Fact, len(a.facts))}
	for action, f := range a.facts {
		out.Facts[action] = f.Fact
	}
	return out, true
}

func (s *sight) connectors() ([]alloy.Connector, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []alloy.Connector
	for _, id := range s.order {
		list = append(list, s.apps[id].app)
	}
	return list, s.listed
}

// snapshot puts together what is seen, if anything changed since it last did.
func (s *sight) snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.builtOf != s.edition {
		docs := s.built.Docs
		if s.built.Version != s.version {
			docs = s.docs()
		}
		s.built, s.builtOf = s.build(docs), s.edition
	}
	out := s.built
	out.Err = s.err
	return out
}

func (s *sight) docs() []Doc {
	size := 0
	for _, id := range s.order {
		size += len(s.apps[id].names)
	}
	docs := make([]Doc, 0, min(size, maxDocs))
	for _, id := range s.order {
		more := s.apps[id].merged()
		docs = append(docs, more[:min(len(more), maxDocs-len(docs))]...)
	}
	return docs
}

func (s *sight) build(docs []Doc) Snapshot {
	out := Snapshot{Version: s.version, Docs: docs, Total: len(s.order), Apps: make([]App, 0, len(s.order))}
	actions := make(map[string]int, len(s.order))
	for i := range docs {
		actions[docs[i].ConnectorID]++
	}
	for _, id := range s.order {
		a := s.apps[id]
		out.Apps = append(out.Apps, App{ID: id, Name: a.name, Categories: a.app.Categories, Actions: actions[id], ReadAt: a.readAt})
		if a.readAt.IsZero() {
			continue
		}
		out.Detailed += a.detailed
		out.Loaded++
		if out.Oldest.IsZero() || a.readAt.Before(out.Oldest) {
			out.Oldest = a.readAt
		}
	}
	return out
}

// merged returns the docs with what the details told.
func (a *seen) merged() []Doc {
	if a.docs != nil || len(a.names) == 0 {
		return a.docs
	}
	a.docs, a.detailed = slices.Clone(a.names), 0
	for i := range a.docs {
		if f, ok := a.facts[a.docs[i].ActionID]; ok {
			a.docs[i].Effect, a.docs[i].Guessed, a.docs[i].Parameters = f.effect, false, f.Parameters
			a.detailed++
		}
	}
	return a.docs
}
