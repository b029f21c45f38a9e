package policy

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// Case is a request with the decision that somebody expects.
type Case struct {
	Name    string // for people
	Line    int    // where it begins in its file
	Request Request
	Expect  string // "allow", "confirm" or "deny"
	Rule    string // a rule's name or what [Decision.Rule] says; empty accepts each
}

// Agrees reports whether a decision is the expected one.
func (c *Case) Agrees(d Decision) bool {
	if d.Outcome() != c.Expect {
		return false
	}
	return c.Rule == "" || d.Rule == c.Rule || strings.HasSuffix(d.Rule, "] "+strconv.Quote(c.Rule))
}

// ParseCases reads a file of cases: a mapping with a list `cases`. Its errors are
// like those of [ParseFile].
func ParseCases(data []byte, principal string) ([]Case, error) {
	root, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	top, err := fields(root, "the file of cases", "cases")
	if err != nil {
		return nil, err
	}
	if top["cases"] == nil {
		return nil, wrong(root, "it has no list of cases")
	}
	nodes, err := items(top["cases"], "cases")
	if err != nil {
		return nil, err
	}
	cases := make([]Case, len(nodes))
	for i, node := range nodes {
		if cases[i], err = parseCase(node, i, principal); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

func parseCase(n *yaml.Node, index int, principal string) (Case, error) {
	what := "cases[" + strconv.Itoa(index) + "]"
	parts, err := fields(n, what, "name", "principal", "groups", "scopes", "action", "effect", "arguments", "expect", "rule")
	if err != nil {
		return Case{}, err
	}
	for _, needed := range []string{"action", "effect", "expect"} {
		if parts[needed] == nil {
			return Case{}, wrong(n, "%s has no %s", what, needed)
		}
	}
	c := Case{Name: what, Line: n.Line, Request: Request{Principal: principal}}
	var action string
	for key, into := range map[string]*string{"name": &c.Name, "principal": &c.Request.Principal, "action": &action, "rule": &c.Rule} {
		if parts[key] == nil {
			continue
		}
		if *into, err = text(parts[key], what+"."+key); err != nil {
			return Case{}, err
		}
	}
	c.Name = plain.Line(c.Name, maxName*2)
	var dotted bool
	if c.Request.ConnectorID, c.Request.ActionID, dotted = strings.Cut(action, "."); !dotted {
		return Case{}, wrong(parts["action"], "%s.action is %s: it must be connector.action", what, shown(action))
	}
	for key, into := range map[string]*[]string{"groups": &c.Request.Groups, "scopes": &c.Request.Scopes} {
		if *into, err = texts(parts[key], what+"."+key); err != nil {
			return Case{}, err
		}
	}
	if c.Request.Effect, err = choice(parts["effect"], what+".effect", Read, Write, Destructive); err != nil {
		return Case{}, err
	}
	if c.Expect, err = choice(parts["expect"], what+".expect", outcomeAllow, outcomeConfirm, outcomeDeny); err != nil {
		return Case{}, err
	}
	c.Request.Arguments, err = parseArguments(parts["arguments"], what+".arguments")
	return c, err
}

// texts reads a list of texts, which may be absent.
func texts(n *yaml.Node, what string) ([]string, error) {
	if n == nil {
		return nil, nil
	}
	nodes, err := items(n, what)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(nodes))
	for i, node := range nodes {
		if list[i], err = text(node, what+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// parseArguments reads arguments as they would come from JSON; nil where there are
// none.
func parseArguments(n *yaml.Node, what string) (map[string]any, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, wrong(n, "%s must be a mapping (name: value), and is %s", what, kindOfNode(n))
	}
	value, err := decode(n, what)
	if err != nil {
		return nil, err
	}
	arguments, _ := value.(map[string]any)
	return arguments, nil
}

func decode(n *yaml.Node, what string) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		list, err := entries(n, what)
		if err != nil {
			return nil, err
		}
		object := make(map[string]any, len(list))
		for _, e := range list {
			if object[e.key.Value], err = decode(e.value, what); err != nil {
				return nil, err
			}
		}
		return object, nil
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = decode(item, what); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	value, err := scalar(n, what)
	if v, ok := value.(number); ok {
		return v.plain(), err
	}
	return value, err
}
