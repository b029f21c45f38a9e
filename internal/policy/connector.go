package policy

import (
	"strings"
	"unicode/utf8"
)

// DecideConnector decides whether a connector may be seen and connected: it is
// refused where every action of it would be, whichever it has. The request's action,
// effect and arguments do not count.
func (p *Policy) DecideConnector(r Request) Decision {
	if p == nil {
		return Decision{Allowed: true}
	}
	if p.connectors != nil && !p.connectors[r.ConnectorID] {
		return Decision{Rule: "ALLOY_CONNECTORS", Reason: "ALLOY_CONNECTORS does not name this connector."}
	}
	prefix, left := r.ConnectorID+".", allEffects // what its actions may still do
	if p.settings.ReadOnly {
		left = readEffect
	}
	for i := range p.settings.Deny {
		pattern := &p.settings.Deny[i]
		if left &^= pattern.takes(prefix); left == 0 {
			rule := pattern.rule("ALLOY_DENY")
			return Decision{Rule: rule, Reason: rule + " forbids every action of this connector."}
		}
	}
	if len(p.settings.Allow) > 0 && !mayName(p.settings.Allow, prefix, left) {
		return Decision{Rule: "ALLOY_ALLOW", Reason: "ALLOY_ALLOW names no action of this connector."}
	}
	if p.file == nil {
		return Decision{Allowed: true}
	}
	return p.file.decideConnector(&r, prefix, left)
}

func (f *File) decideConnector(r *Request, prefix string, left effects) Decision {
	granted := f.fallback != outcomeDeny
	for i := range f.rules {
		rule := &f.rules[i]
		if !matchesAny(rule.connectors, r.ConnectorID) || !rule.isAbout(r) {
			continue
		}
		if rule.decision != outcomeDeny {
			granted = granted || rule.effects&left != 0 && (len(rule.actions) == 0 || mayName(rule.actions, prefix, rule.effects&left))
			continue
		}
		if len(rule.when) > 0 || len(rule.unless) > 0 {
			continue
		}
		taken := rule.effects
		if len(rule.actions) > 0 {
			taken = 0
			for j := range rule.actions {
				taken |= rule.actions[j].takes(prefix) & rule.effects
			}
		}
		if left &^= taken; left == 0 {
			return Decision{Rule: rule.label, Reason: rule.reason}
		}
	}
	if !granted {
		return Decision{Rule: labelOfDefault, Reason: "No rule of the policy file allows an action of this connector."}
	}
	return Decision{Allowed: true}
}

// takes returns the effects for which the pattern names every action whose name
// begins with prefix.
func (p *Pattern) takes(prefix string) effects {
	for _, rest := range p.glob.after(prefix) {
		if rest != "" && strings.Trim(rest, "*") == "" {
			return p.effects
		}
	}
	return 0
}

// mayName reports whether one of the patterns names an action with one of the
// effects whose name could begin with prefix.
func mayName(patterns []Pattern, prefix string, left effects) bool {
	for i := range patterns {
		if patterns[i].effects&left != 0 && len(patterns[i].glob.after(prefix)) > 0 {
			return true
		}
	}
	return false
}

// after returns what of the glob can be left when prefix has been matched, once for
// each way.
func (g *glob) after(prefix string) []string {
	places := map[int]bool{0: true} // where in the glob it can be
	g.skip(places)
	for len(prefix) > 0 && len(places) > 0 {
		_, width := utf8.DecodeRuneInString(prefix)
		next := make(map[int]bool, len(places))
		for at := range places {
			if at == len(g.text) {
				continue
			}
			_, n := utf8.DecodeRuneInString(g.text[at:])
			switch {
			case g.text[at] == '*':
				next[at] = true
			case g.text[at] == '?' || g.text[at:at+n] == prefix[:width]:
				next[at+n] = true
			}
		}
		g.skip(next)
		places, prefix = next, prefix[width:]
	}
	rests := make([]string, 0, len(places))
	for at := range places {
		rests = append(rests, g.text[at:])
	}
	return rests
}

// skip adds the places behind each *, which may stand for nothing.
func (g *glob) skip(places map[int]bool) {
	for at := range places {
		for at < len(g.text) && g.text[at] == '*' {
			at++
			places[at] = true
		}
	}
}
