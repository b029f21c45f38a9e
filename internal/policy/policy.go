// Package policy decides whether a principal may see or run an action, and
// whether a person must be asked first. It is pure: no files, no network, no
// clock. One method, [Policy.Decide], guards listing, searching, describing and
// running alike; [Policy.DecideConnector] says the same of a connector as a whole.
//
// The settings (ALLOY_READ_ONLY, ALLOY_CONNECTORS, ALLOY_ALLOW, ALLOY_DENY) and the
// policy file must both allow. Inside the file deny beats confirm, confirm beats
// allow, and what no rule decides is decided by its default; the order of rules
// never matters, but for which of several denying rules is named.
package policy

import "slices"

// The effects of actions. Any other text stands for an effect that nobody knows:
// it is treated as if it could be each of them.
const (
	Read        = "read"
	Write       = "write"
	Destructive = "destructive"
)

// Request is what somebody wants to see or to run.
type Request struct {
	Principal string   // who asks, as the transport says
	Groups    []string // the groups that the principal's token claims
	Scopes    []string // the scopes that it was granted

	ConnectorID string
	ActionID    string
	Effect      string // [Read], [Write] or [Destructive]

	// Arguments are those of the call, decoded from JSON ([]any, map[string]any,
	// string, bool, nil, and float64 or json.Number), by every name that a rule may
	// call them by; a name that several share has [Several]. Nil asks whether the
	// action may be seen, before anybody knows its arguments; a call without
	// arguments is an empty map. See [Decision.MayRun].
	Arguments map[string]any
}

// Several are the values of arguments that share a name. A path that names them names
// each.
type Several []any

// Decision is the answer.
type Decision struct {
	Allowed bool
	// Confirm says that the person must agree before it runs.
	Confirm bool
	// Tentative says that Allowed or Confirm may turn out stricter once the
	// arguments are known. It is never set where they were given.
	Tentative bool
	// Rule names what decided, such as `ALLOY_DENY "slack.chat_*:write"`; empty
	// where nothing forbids and nothing had to allow.
	Rule string
	// Reason is a sentence for the model and the person, where it is refused or to
	// be confirmed. It holds no value of an argument.
	Reason string
}

// MayRun reports whether the action may run, given the person's consent where
// Confirm is set. A decision that was made without arguments and depends on them
// is no leave to run.
func (d Decision) MayRun() bool { return d.Allowed && !d.Tentative }

// Outcome is "deny", "confirm" or "allow".
func (d Decision) Outcome() string {
	switch {
	case !d.Allowed:
		return outcomeDeny
	case d.Confirm:
		return outcomeConfirm
	}
	return outcomeAllow
}

// Settings are the settings that say what is allowed.
type Settings struct {
	ReadOnly   bool      // ALLOY_READ_ONLY
	Connectors []string  // ALLOY_CONNECTORS: the ids of those that may be used; empty means all
	Allow      []Pattern // ALLOY_ALLOW; empty means all
	Deny       []Pattern // ALLOY_DENY
}

// Policy is what the settings and the policy file allow. It does not change, and
// its methods may be called from several goroutines. A nil Policy allows
// everything.
type Policy struct {
	settings   Settings
	connectors map[string]bool
	file       *File
}

// New returns the policy of the settings and the file, which may be nil.
func New(settings Settings, file *File) *Policy {
	p := &Policy{settings: settings, file: file}
	if len(settings.Connectors) > 0 {
		p.connectors = make(map[string]bool, len(settings.Connectors))
		for _, id := range settings.Connectors {
			p.connectors[id] = true
		}
	}
	return p
}

// Rules returns the names of the policy file's rules.
func (p *Policy) Rules() []string {
	if p == nil || p.file == nil {
		return nil
	}
	return p.file.Rules()
}

// Names returns the names of arguments that the policy file's rules speak of, with
// those that they may mean: every way to read a path counts.
func (p *Policy) Names() []string {
	if p == nil || p.file == nil {
		return nil
	}
	var names []string
	for i := range p.file.rules {
		for _, conditions := range [][]condition{p.file.rules[i].when, p.file.rules[i].unless} {
			for j := range conditions {
				names = append(names, conditions[j].path.names()...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Decide decides about a request.
func (p *Policy) Decide(r Request) Decision {
	if p == nil {
		return Decision{Allowed: true}
	}
	t := &target{connector: r.ConnectorID, name: r.ConnectorID + "." + r.ActionID, effects: effectsOf(r.Effect)}
	decision := p.bySettings(t)
	if !decision.Allowed || p.file == nil {
		return decision
	}
	byFile := p.file.decide(&r, t)
	if byFile.Rule == "" {
		byFile.Rule = decision.Rule
	}
	return byFile
}

// target is the action that a request is about.
type target struct {
	connector string
	name      string // connector.action
	effects   effects
}

func (p *Policy) bySettings(t *target) Decision {
	switch {
	case p.connectors != nil && !p.connectors[t.connector]:
		return Decision{Rule: "ALLOY_CONNECTORS", Reason: "ALLOY_CONNECTORS does not name this connector."}
	case p.settings.ReadOnly && t.effects != readEffect:
		return Decision{Rule: "ALLOY_READ_ONLY", Reason: "ALLOY_READ_ONLY is set: only actions whose effect is read may be used."}
	}
	for i := range p.settings.Deny {
		if pattern := &p.settings.Deny[i]; pattern.touches(t) {
			rule := pattern.rule("ALLOY_DENY")
			return Decision{Rule: rule, Reason: rule + " forbids it."}
		}
	}
	if len(p.settings.Allow) == 0 {
		return Decision{Allowed: true}
	}
	for i := range p.settings.Allow {
		if pattern := &p.settings.Allow[i]; pattern.covers(t) {
			return Decision{Allowed: true, Rule: pattern.rule("ALLOY_ALLOW")}
		}
	}
	return Decision{Rule: "ALLOY_ALLOW", Reason: "ALLOY_ALLOW does not name this action."}
}

// effects is a set of effects.
type effects uint8

const (
	readEffect effects = 1 << iota
	writeEffect
	destructiveEffect

	allEffects = readEffect | writeEffect | destructiveEffect
)

// effectsOf is what an action may do whose effect is text: everything where that
// is not known.
func effectsOf(text string) effects {
	if e, ok := effectNamed(text); ok {
		return e
	}
	return allEffects
}

func effectNamed(text string) (effects, bool) {
	switch text {
	case Read:
		return readEffect, true
	case Write:
		return writeEffect, true
	case Destructive:
		return destructiveEffect, true
	}
	return 0, false
}
