package policy

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// maxExpression bounds an expression of `matches`, in bytes.
const maxExpression = 1000

// parseConditions reads `when` or `unless`: a mapping of paths to tests.
func parseConditions(n *yaml.Node, what string) ([]condition, error) {
	list, err := entries(n, what)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, wrong(n, "%s is empty: leave it out", what)
	}
	conditions := make([]condition, len(list))
	for i, e := range list {
		p, err := parsePath(e.key.Value)
		if err != nil {
			return nil, wrong(e.key, "%s: the path %s %v", what, shown(e.key.Value), err)
		}
		if conditions[i], err = parseCondition(e.value, what+"."+e.key.Value); err != nil {
			return nil, err
		}
		conditions[i].path = p
	}
	return conditions, nil
}

func parseCondition(n *yaml.Node, what string) (condition, error) {
	what = shownPath(what)
	parts, err := fields(n, what, "equals", "in", "matches", "max", "min", "max_length", "max_items", "present", "optional")
	if err != nil {
		return condition{}, err
	}
	var c condition
	if node := parts["present"]; node != nil {
		present, err := boolean(node, what+".present")
		switch {
		case err != nil:
			return condition{}, err
		case len(parts) > 1:
			return condition{}, wrong(node, "%s.present stands alone: what is tested must be there anyway, unless it is optional", what)
		}
		c.presence = presenceForbidden
		if present {
			c.presence = presenceDemanded
		}
		return c, nil
	}
	if node := parts["optional"]; node != nil {
		if c.optional, err = boolean(node, what+".optional"); err != nil {
			return condition{}, err
		}
		delete(parts, "optional")
	}
	if len(parts) == 0 {
		return condition{}, wrong(n, "%s tests nothing: give equals, in, matches, max, min, max_length, max_items or present", what)
	}
	for _, kind := range []string{"equals", "in", "matches", "max", "min", "max_length", "max_items"} {
		if node := parts[kind]; node != nil {
			t, err := parseTest(node, kind, what+"."+kind)
			if err != nil {
				return condition{}, err
			}
			c.tests = append(c.tests, t)
		}
	}
	return c, nil
}

// shownPath bounds what an error says of where it is.
func shownPath(what string) string {
	const limit = 120
	if len(what) > limit {
		return what[:limit] + "…"
	}
	return what
}

func parseTest(n *yaml.Node, kind, what string) (test, error) {
	switch kind {
	case "equals":
		value, err := scalar(n, what)
		return oneOf{value}, err
	case "in":
		return parseOneOf(n, what)
	case "matches":
		return parseExpression(n, what)
	case "max", "min":
		value, err := scalar(n, what)
		if err != nil {
			return nil, err
		}
		limit, ok := value.(number)
		if !ok {
			return nil, wrong(n, "%s must be a number, and is %s", what, kindOf(value))
		}
		return bound{limit: limit, least: kind == "min"}, nil
	case "max_length":
		count, err := parseCount(n, what)
		return maxLength(count), err
	default:
		count, err := parseCount(n, what)
		return maxItems(count), err
	}
}

func parseOneOf(n *yaml.Node, what string) (test, error) {
	nodes, err := items(n, what)
	if err != nil {
		return nil, err
	}
	values := make(oneOf, len(nodes))
	for i, node := range nodes {
		if values[i], err = scalar(node, what+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// parseExpression compiles a regular expression that must match the whole value.
func parseExpression(n *yaml.Node, what string) (test, error) {
	source, err := text(n, what)
	if err != nil {
		return nil, err
	}
	if len(source) > maxExpression {
		return nil, wrong(n, "%s is longer than %d bytes", what, maxExpression)
	}
	if _, err := regexp.Compile(source); err != nil { // alone, so that nothing in it closes the group around it
		return nil, wrong(n, "%s is no regular expression (RE2): %s", what, shown(err.Error()))
	}
	whole, err := regexp.Compile(`\A(?s:` + source + `)\z`)
	if err != nil {
		return nil, wrong(n, "%s is no regular expression (RE2): %s", what, shown(err.Error()))
	}
	return expression{whole}, nil
}

func parseCount(n *yaml.Node, what string) (int, error) {
	value, err := scalar(n, what)
	if err != nil {
		return 0, err
	}
	count, ok := value.(number)
	if !ok || !count.whole || count.exact < 0 || count.exact > 1<<31-1 {
		return 0, wrong(n, "%s must be a whole number from 0", what)
	}
	return int(count.exact), nil
}
