package policy

import "strings"

// Matches reports whether the pattern names the action of a connector, given its
// effect.
func (p Pattern) Matches(connectorID, actionID, effect string) bool {
	return p.covers(&target{connector: connectorID, name: connectorID + "." + actionID, effects: effectsOf(effect)})
}

// Names reports whether the pattern names the action, whatever its effect is.
func (p Pattern) Names(connectorID, actionID string) bool {
	return p.glob.matches(connectorID + "." + actionID)
}

// Closed reports whether an action is refused whoever asks and with whatever
// arguments. Where it is not, [Policy.Decide] decides.
func (p *Policy) Closed(connectorID, actionID, effect string) bool {
	if p == nil {
		return false
	}
	t := &target{connector: connectorID, name: connectorID + "." + actionID, effects: effectsOf(effect)}
	if !p.bySettings(t).Allowed {
		return true
	}
	return p.file != nil && p.file.closed(t)
}

func (f *File) closed(t *target) bool {
	granted := f.fallback != outcomeDeny
	for i := range f.rules {
		rule := &f.rules[i]
		about := rule.effects & t.effects
		if about == 0 || rule.allows && about != t.effects || !matchesAny(rule.connectors, t.connector) || !rule.names(t) {
			continue
		}
		if rule.decision != outcomeDeny {
			granted = true
			continue
		}
		if len(rule.subjects)+len(rule.except)+len(rule.when)+len(rule.unless) == 0 {
			return true
		}
	}
	return !granted
}

// Parts returns the one connector that the pattern is about, "" where it may be about
// several, and the one action, "" likewise.
func (p Pattern) Parts() (connectorID, actionID string) {
	connectorID, actionID, dotted := strings.Cut(p.glob.text, ".")
	if !dotted || strings.ContainsAny(connectorID, "*?") {
		return "", ""
	}
	if strings.ContainsAny(actionID, "*?") {
		actionID = ""
	}
	return connectorID, actionID
}
