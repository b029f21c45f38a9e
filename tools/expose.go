package tools

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
)

const (
	// exposeTime is how long the metadata of exposed actions may take at the start.
	exposeTime = 10 * time.Second
	// Every exposed tool costs every request of a model its bytes, and clients stop
	// at 40 to 128 tools.
	manyExposed = 40
	maxExposed  = 100
	// exposedAtOnce is how many requests to Alloy are under way.
	exposedAtOnce = 8
	maxNamed      = 8 // ids in a log line
	// maxCandidates bounds whose details are read to learn which of them are named.
	maxCandidates = 1_000
)

// Expose makes a tool of every action that the patterns name, unless the policy
// refuses it to everybody. What it needs to know is read from what the catalogue
// keeps or from Alloy, within ten seconds; what cannot be read is left out, and the
// log says so. It fails where that would be more than a hundred tools. It is called
// once, before anybody lists the tools or calls them: the list stays as it is.
func (s *Set) Expose(ctx context.Context, patterns []policy.Pattern) error {
	if len(patterns) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, exposeTime)
	defer cancel()
	s.config.Catalog.ReadKept(ctx)
	found := s.named(ctx, patterns)
	if n := len(s.chosen(found, patterns)); n > 2*maxExposed || len(found) > maxCandidates { // reading them all would not make them few
		return tooMany(max(n, len(found)))
	}
	s.readExposed(ctx, found)
	chosen := s.chosen(found, patterns)
	if len(chosen) > maxExposed {
		return tooMany(len(chosen))
	}
	s.tellMissing(ctx, patterns, chosen)
	var list []exposable
	for _, c := range chosen {
		if c.err == nil {
			list = append(list, c.exposable)
		}
	}
	if len(list) > manyExposed {
		s.log.WarnContext(ctx, "many actions are exposed as tools: models choose worse and pay for each in every request, and some clients drop tools; search_actions and run_* reach them all",
			"tools", len(list), "advised", manyExposed)
	}
	s.addExposed(ctx, list)
	return nil
}

func tooMany(n int) error {
	return fmt.Errorf("names %d actions, and at most %d can be tools of their own: name fewer, or narrow a pattern with :read; search_actions with run_read, run_write and run_destructive reaches every action without exposing it",
		n, maxExposed)
}

// candidate is an action that a pattern may name.
type candidate struct {
	exposable

	connectorID, actionID string
	err                   error // why its details are not known
}

var errNotRead = errors.New("its details were not read")

// named lists the actions whose ids the patterns name, each once, sorted by id. Their
// effects are guesses.
func (s *Set) named(ctx context.Context, patterns []policy.Pattern) []*candidate {
	byID := make(map[string]*candidate)
	add := func(connectorID string, a alloy.ActionSummary) {
		id := connectorID + "." + a.ID
		if byID[id] != nil || connectorID == "" || a.ID == "" {
			return
		}
		byID[id] = &candidate{
			exposable:   exposable{id: id, effect: s.config.Catalog.EffectShown(connectorID, a)},
			connectorID: connectorID, actionID: a.ID, err: errNotRead,
		}
	}
	for _, pattern := range patterns {
		connectorID, actionID := pattern.Parts()
		if actionID != "" {
			add(connectorID, alloy.ActionSummary{ID: actionID})
			continue
		}
		for connectorID, list := range s.namesFor(ctx, connectorID) {
			for _, a := range list {
				if pattern.Names(connectorID, a.ID) {
					add(connectorID, a)
				}
			}
		}
	}
	found := make([]*candidate, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		found = append(found, byID[id])
	}
	return found
}

// namesFor returns the actions of a connector, or of all that are allowed.
func (s *Set) namesFor(ctx context.Context, connectorID string) map[string][]alloy.ActionSummary {
	names := make(map[string][]alloy.ActionSummary)
	if connectorID == "" {
		for _, doc := range s.config.Catalog.Snapshot(ctx).Docs {
			names[doc.ConnectorID] = append(names[doc.ConnectorID], alloy.ActionSummary{ID: doc.ActionID, Name: doc.Name, Description: doc.Description})
		}
		return names
	}
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		s.log.WarnContext(ctx, "the actions of a connector could not be listed, so no pattern exposes any of them", "connector_id", connectorID, "error", err)
	}
	for _, r := range resources {
		names[connectorID] = append(names[connectorID], r.Actions...)
	}
	return names
}

// chosen are those that a pattern names with their effect, and that somebody may run.
func (s *Set) chosen(found []*candidate, patterns []policy.Pattern) []*candidate {
	var chosen []*candidate
	for _, c := range found {
		named := slices.ContainsFunc(patterns, func(p policy.Pattern) bool { return p.Matches(c.connectorID, c.actionID, string(c.effect)) })
		if named && !s.config.Policy.Closed(c.connectorID, c.actionID, string(c.effect)) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// readExposed reads the details of the candidates, as many as there is time for.
func (s *Set) readExposed(ctx context.Context, found []*candidate) {
	var group errgroup.Group
	group.SetLimit(exposedAtOnce)
	for _, c := range found {
		group.Go(func() error {
			if c.err = ctx.Err(); c.err != nil {
				return nil //nolint:nilerr // it is told with the others
			}
			if c.action, c.err = s.config.Catalog.Action(ctx, c.connectorID, c.actionID); c.err == nil {
				c.effect = s.effectOf(c.id, c.action)
			}
			return nil
		})
	}
	_ = group.Wait() // its functions return no errors
}

// tellMissing logs what was asked for and will not be there.
func (s *Set) tellMissing(ctx context.Context, patterns []policy.Pattern, chosen []*candidate) {
	var missing []string
	var cause error
	for _, c := range chosen {
		if c.err == nil {
			continue
		}
		cause = c.err
		missing = append(missing, clean(c.id, maxExposedID))
	}
	if n := len(missing); n > 0 {
		s.log.WarnContext(ctx, "actions are not exposed, since their metadata could not be read; search_actions finds them all the same",
			"actions", missing[:min(n, maxNamed)], "count", n, "error", cause)
	}
	for _, pattern := range patterns {
		if !slices.ContainsFunc(chosen, func(c *candidate) bool { return pattern.Matches(c.connectorID, c.actionID, string(c.effect)) }) {
			s.log.WarnContext(ctx, "a pattern exposes nothing: no action has such an id and effect, or nobody may run it", "pattern", pattern.String())
		}
	}
}

// addExposed makes the tools, behind the fixed ones.
func (s *Set) addExposed(ctx context.Context, list []exposable) {
	names := exposedNames(list, func(name string) bool { _, taken := s.byName[name]; return taken })
	for i, e := range list {
		d, err := s.exposed(names[i], e)
		if err != nil {
			s.log.WarnContext(ctx, "an action is not exposed, since no tool can be made of it", "action", clean(e.id, maxExposedID), "error", err)
			continue
		}
		s.tools = append(s.tools, d)
		s.byName[d.Name] = d
	}
}
