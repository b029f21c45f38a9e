package policy

import "strconv"

// The decisions of rules.
const (
	outcomeAllow   = "allow"
	outcomeConfirm = "confirm"
	outcomeDeny    = "deny"
)

// File is a policy file that was read. It does not change.
type File struct {
	fallback string // its default, for what no rule decides
	rules    []rule
}

// Rules returns the names of the rules in their order.
func (f *File) Rules() []string {
	names := make([]string, len(f.rules))
	for i, rule := range f.rules {
		names[i] = rule.name
	}
	return names
}

// rule is one rule of a policy file. A part that is empty stands for everything.
type rule struct {
	name, label string // label names it in answers
	decision    string
	allows      bool // decision is allow
	reason      string

	subjects, except []subject
	connectors       []glob
	actions          []Pattern
	effects          effects
	when, unless     []condition
}

// subject is who a rule is about: all parts that are given must fit.
type subject struct{ principal, group, scope *glob }

func labelOf(index int, name string) string {
	return "POLICY_FILE rules[" + strconv.Itoa(index) + "] " + strconv.Quote(name)
}

const labelOfDefault = "POLICY_FILE default"

// decide combines the rules that are about the request. Where the arguments are
// not known it tells the mildest decision that is possible.
func (f *File) decide(r *Request, t *target) Decision {
	var applies, may grants
	doubt := "" // why a rule that could allow does not
	for i := range f.rules {
		rule := &f.rules[i]
		if !rule.concerns(r, t) {
			continue
		}
		switch answer := rule.judge(r.Arguments); answer.verdict {
		case holds:
			if rule.decision == outcomeDeny {
				return Decision{Rule: rule.label, Reason: rule.reason}
			}
			applies.add(rule)
		case unknown:
			may.add(rule)
		case unclear:
			if !rule.allows {
				return Decision{Rule: rule.label, Reason: rule.reason + " It is refused because the rule cannot be judged: " + answer.doubt + "."}
			}
			doubt = answer.doubt
		case fails:
		}
	}
	decision := f.combine(applies, may, doubt)
	stricter := may.deny != nil || may.confirm != nil // which denies what it cannot judge
	decision.Tentative = decision.Allowed && (decision.Tentative || stricter)
	return decision
}

// grants holds the first rule of each decision.
type grants struct{ allow, confirm, deny *rule }

func (g *grants) add(r *rule) {
	switch {
	case r.decision == outcomeAllow && g.allow == nil:
		g.allow = r
	case r.decision == outcomeConfirm && g.confirm == nil:
		g.confirm = r
	case r.decision == outcomeDeny && g.deny == nil:
		g.deny = r
	}
}

func (f *File) combine(applies, may grants, doubt string) Decision {
	switch {
	case applies.confirm != nil:
		return Decision{Allowed: true, Confirm: true, Rule: applies.confirm.label, Reason: applies.confirm.reason}
	case applies.allow != nil:
		return Decision{Allowed: true, Rule: applies.allow.label}
	case f.fallback == outcomeAllow:
		return Decision{Allowed: true}
	case may.allow != nil:
		return Decision{Allowed: true, Tentative: true, Rule: may.allow.label}
	case f.fallback == outcomeConfirm:
		return Decision{Allowed: true, Confirm: true, Rule: labelOfDefault, Reason: "The policy file asks the person before everything that no rule allows."}
	case may.confirm != nil:
		return Decision{Allowed: true, Confirm: true, Tentative: true, Rule: may.confirm.label, Reason: may.confirm.reason}
	}
	reason := "No rule of the policy file allows it."
	if doubt != "" {
		reason += " One could, but it cannot be judged: " + doubt + "."
	}
	return Decision{Rule: labelOfDefault, Reason: reason}
}

// concerns reports whether the rule is about who asks and about the action. Where
// the effect is not known, a rule that allows must be about every effect.
func (r *rule) concerns(q *Request, t *target) bool {
	about := r.effects & t.effects
	if about == 0 || r.allows && about != t.effects {
		return false
	}
	return matchesAny(r.connectors, t.connector) && r.names(t) && r.isAbout(q)
}

// isAbout reports whether the rule is about who asks.
func (r *rule) isAbout(q *Request) bool {
	return (len(r.subjects) == 0 || isOneOf(r.subjects, q)) && !isOneOf(r.except, q)
}

func (r *rule) names(t *target) bool {
	if len(r.actions) == 0 {
		return true
	}
	for i := range r.actions {
		pattern := &r.actions[i]
		about := pattern.effects & t.effects
		if about != 0 && (!r.allows || about == t.effects) && pattern.glob.matches(t.name) {
			return true
		}
	}
	return false
}

// matchesAny reports whether one of the globs fits; none at all fit everything.
func matchesAny(globs []glob, text string) bool {
	for i := range globs {
		if globs[i].matches(text) {
			return true
		}
	}
	return len(globs) == 0
}

func isOneOf(subjects []subject, q *Request) bool {
	for i := range subjects {
		s := &subjects[i]
		if (s.principal == nil || s.principal.matches(q.Principal)) && s.group.matchesOneOf(q.Groups) && s.scope.matchesOneOf(q.Scopes) {
			return true
		}
	}
	return false
}

// matchesOneOf reports whether one of the texts fits; no glob asks for none.
func (g *glob) matchesOneOf(texts []string) bool {
	for _, text := range texts {
		if g == nil || g.matches(text) {
			return true
		}
	}
	return g == nil
}
