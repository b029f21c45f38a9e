package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

const (
	maxName    = 64  // of a rule, in bytes
	maxMessage = 500 // of a rule, in bytes
)

// ParseFile reads a policy file. docs/policy.md describes it. Whatever is not
// understood is an error, since it may be what should forbid something; the error
// is one line that names the line of the file.
func ParseFile(data []byte) (*File, error) {
	root, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	top, err := fields(root, "the policy file", "default", "rules")
	if err != nil {
		return nil, err
	}
	f := new(File)
	if top["default"] == nil {
		return nil, errors.New("it has no default: say `default: allow`, `default: confirm` or `default: deny` for what no rule decides")
	}
	if f.fallback, err = choice(top["default"], "default", outcomeAllow, outcomeConfirm, outcomeDeny); err != nil {
		return nil, err
	}
	if top["rules"] == nil {
		return f, nil
	}
	nodes, err := items(top["rules"], "rules")
	if err != nil {
		return nil, err
	}
	lines := make(map[string]int, len(nodes))
	for i, node := range nodes {
		rule, err := parseRule(node, i)
		if err != nil {
			return nil, err
		}
		if line, twice := lines[rule.name]; twice {
			return nil, wrong(node, "two rules are named %s (the other begins on line %d)", shown(rule.name), line)
		}
		lines[rule.name] = node.Line
		f.rules = append(f.rules, rule)
	}
	return f, nil
}

func parseRule(n *yaml.Node, index int) (rule, error) {
	what := "rules[" + strconv.Itoa(index) + "]"
	parts, err := fields(n, what, "name", "decision", "message", "subjects", "except", "connectors", "actions", "effects", "when", "unless")
	if err != nil {
		return rule{}, err
	}
	r := rule{effects: allEffects}
	for _, needed := range []string{"name", "decision"} {
		if parts[needed] == nil {
			return rule{}, wrong(n, "%s has no %s", what, needed)
		}
	}
	if r.name, err = parseName(parts["name"], what+".name"); err != nil {
		return rule{}, err
	}
	r.label = labelOf(index, r.name)
	if r.decision, err = choice(parts["decision"], what+".decision", outcomeAllow, outcomeConfirm, outcomeDeny); err != nil {
		return rule{}, err
	}
	r.allows = r.decision == outcomeAllow
	if r.reason, err = parseMessage(parts["message"], what+".message", r); err != nil {
		return rule{}, err
	}
	for _, part := range []struct {
		key  string
		read func(n *yaml.Node, what string) error
	}{
		{"subjects", func(n *yaml.Node, what string) (err error) { r.subjects, err = parseSubjects(n, what); return err }},
		{"except", func(n *yaml.Node, what string) (err error) { r.except, err = parseSubjects(n, what); return err }},
		{"connectors", func(n *yaml.Node, what string) (err error) { r.connectors, err = parseGlobs(n, what); return err }},
		{"actions", func(n *yaml.Node, what string) (err error) { r.actions, err = parseActions(n, what); return err }},
		{"effects", func(n *yaml.Node, what string) (err error) { r.effects, err = parseEffects(n, what); return err }},
		{"when", func(n *yaml.Node, what string) (err error) { r.when, err = parseConditions(n, what); return err }},
		{"unless", func(n *yaml.Node, what string) (err error) { r.unless, err = parseConditions(n, what); return err }},
	} {
		if node := parts[part.key]; node != nil {
			if err := part.read(node, what+"."+part.key); err != nil {
				return rule{}, err
			}
		}
	}
	return r, nil
}

func parseName(n *yaml.Node, what string) (string, error) {
	name, err := text(n, what)
	if err != nil {
		return "", err
	}
	if name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
		return "", wrong(n, "%s is %s: use 1 to %d letters, digits, dots, hyphens and underscores", what, shown(name), maxName)
	}
	return name, nil
}

// parseMessage returns what is said where the rule decides. It names the rule.
func parseMessage(n *yaml.Node, what string, r rule) (string, error) {
	if n == nil {
		if r.decision == outcomeConfirm {
			return fmt.Sprintf("The rule %q of the policy file asks the person first.", r.name), nil
		}
		return fmt.Sprintf("The rule %q of the policy file forbids it.", r.name), nil
	}
	message, err := text(n, what)
	if err != nil {
		return "", err
	}
	message = plain.Line(message, maxMessage+utf8.UTFMax)
	switch {
	case message == "":
		return "", wrong(n, "%s is empty: leave it out", what)
	case len(message) > maxMessage:
		return "", wrong(n, "%s is longer than %d bytes", what, maxMessage)
	case r.allows:
		return "", wrong(n, "%s: a rule that allows says nothing to anybody; leave it out", what)
	}
	return message + " (" + r.label + ")", nil
}

func parseSubjects(n *yaml.Node, what string) ([]subject, error) {
	nodes, err := items(n, what)
	if err != nil {
		return nil, err
	}
	subjects := make([]subject, len(nodes))
	for i, node := range nodes {
		what := what + "[" + strconv.Itoa(i) + "]"
		parts, err := fields(node, what, "principal", "group", "scope")
		if err != nil {
			return nil, err
		}
		if len(parts) == 0 {
			return nil, wrong(node, "%s is empty: name a principal, a group or a scope", what)
		}
		s := &subjects[i]
		for key, into := range map[string]**glob{"principal": &s.principal, "group": &s.group, "scope": &s.scope} {
			if parts[key] == nil {
				continue
			}
			g, err := parseGlob(parts[key], what+"."+key)
			if err != nil {
				return nil, err
			}
			*into = &g
		}
	}
	return subjects, nil
}

func parseGlob(n *yaml.Node, what string) (glob, error) {
	pattern, err := text(n, what)
	if err != nil {
		return glob{}, err
	}
	if err := checkGlob(pattern); err != nil {
		return glob{}, wrong(n, "%s %v", what, err)
	}
	return compileGlob(pattern), nil
}

func parseGlobs(n *yaml.Node, what string) ([]glob, error) {
	nodes, err := items(n, what)
	if err != nil {
		return nil, err
	}
	globs := make([]glob, len(nodes))
	for i, node := range nodes {
		if globs[i], err = parseGlob(node, what+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return globs, nil
}

func parseActions(n *yaml.Node, what string) ([]Pattern, error) {
	nodes, err := items(n, what)
	if err != nil {
		return nil, err
	}
	patterns := make([]Pattern, len(nodes))
	for i, node := range nodes {
		what := what + "[" + strconv.Itoa(i) + "]"
		written, err := text(node, what)
		if err != nil {
			return nil, err
		}
		if patterns[i], err = ParsePattern(written); err != nil {
			return nil, wrong(node, "%s is %s, which %v", what, shown(written), err)
		}
		if odd := patterns[i].Odd(); odd != "" {
			return nil, wrong(node, "%s: %s (where it is part of the id, write ? for the colon)", what, odd)
		}
	}
	return patterns, nil
}

func parseEffects(n *yaml.Node, what string) (effects, error) {
	nodes, err := items(n, what)
	if err != nil {
		return 0, err
	}
	var sum effects
	for i, node := range nodes {
		word, err := choice(node, what+"["+strconv.Itoa(i)+"]", Read, Write, Destructive)
		if err != nil {
			return 0, err
		}
		e, _ := effectNamed(word)
		sum |= e
	}
	return sum, nil
}
