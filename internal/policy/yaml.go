package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/alloy-mcp/alloy-mcp/internal/nearest"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

const (
	// MaxFile bounds a policy file and a file of cases, in bytes: a thousand rules.
	MaxFile = 256 << 10
	// maxDepth bounds how deep lists and mappings may be inside each other.
	maxDepth = 32
)

// lineError is a mistake in a YAML file.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string {
	if e.line == 0 {
		return e.text
	}
	return fmt.Sprintf("line %d: %s", e.line, e.text)
}

func wrong(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Sprintf(format, args...)}
}

// parseYAML reads one document of plain YAML: no anchors, aliases, merge keys or
// tags, with which a short text can stand for a huge one or hide what it says.
func parseYAML(data []byte) (*yaml.Node, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxFile)
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, errors.New("it is empty")
	}
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth), loaderlimits.AliasFunc(func(aliases, _ int) error {
		if aliases > 0 {
			return errors.New(noAliases)
		}
		return nil
	}))
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(limits))
	if err != nil {
		return nil, yamlError(err)
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, &lineError{second.Line, "a second document begins (---): only one is read"}
	case !errors.Is(err, io.EOF):
		return nil, yamlError(err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, errors.New("it holds no YAML mapping")
	}
	root := document.Content[0]
	return root, checkPlain(root)
}

const noAliases = "anchors, aliases and merge keys (&, *, <<) are not read here: write it out"

// yamlError tells where the text is no YAML, in one line.
func yamlError(err error) error {
	var failed *yaml.LoadError
	if errors.As(err, &failed) {
		return &lineError{failed.Mark.Line, "it is not YAML: " + plain.Line(failed.Message, 200)}
	}
	return errors.New("it is not YAML: " + plain.Line(err.Error(), 200))
}

func checkPlain(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Tag == "!!merge":
		return wrong(n, "%s", noAliases)
	case n.Style&yaml.TaggedStyle != 0:
		return wrong(n, "tags such as %s are not read here", shown(n.Tag))
	}
	for _, child := range n.Content {
		if err := checkPlain(child); err != nil {
			return err
		}
	}
	return nil
}

// entry is one key of a mapping with its value.
type entry struct {
	key, value *yaml.Node
}

// entries returns what a mapping holds; no key twice. what names it for people.
func entries(n *yaml.Node, what string) ([]entry, error) {
	if n.Kind != yaml.MappingNode {
		return nil, wrong(n, "%s must be a mapping (name: value), and is %s", what, kindOfNode(n))
	}
	lines := make(map[string]int, len(n.Content)/2)
	list := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry{n.Content[i], n.Content[i+1]}
		if e.key.Kind != yaml.ScalarNode {
			return nil, wrong(e.key, "%s: a key must be a text", what)
		}
		if line, twice := lines[e.key.Value]; twice {
			return nil, wrong(e.key, "%s has the key %s twice (before on line %d)", what, shown(e.key.Value), line)
		}
		lines[e.key.Value] = e.key.Line
		list = append(list, e)
	}
	return list, nil
}

// fields returns what a mapping holds that may have only the known keys.
func fields(n *yaml.Node, what string, known ...string) (map[string]*yaml.Node, error) {
	list, err := entries(n, what)
	if err != nil {
		return nil, err
	}
	values := make(map[string]*yaml.Node, len(list))
	for _, e := range list {
		if !slices.Contains(known, e.key.Value) {
			hint := "it may have " + strings.Join(known, ", ")
			if near := nearest.Of(strings.ToLower(e.key.Value), known); near != "" {
				hint = "is " + near + " meant?"
			}
			return nil, wrong(e.key, "%s has an unknown key %s: %s", what, shown(e.key.Value), hint)
		}
		values[e.key.Value] = e.value
	}
	return values, nil
}

// items returns the items of a list that may not be empty.
func items(n *yaml.Node, what string) ([]*yaml.Node, error) {
	switch {
	case n.Kind != yaml.SequenceNode:
		return nil, wrong(n, "%s must be a list, and is %s", what, kindOfNode(n))
	case len(n.Content) == 0:
		return nil, wrong(n, "%s is empty: leave it out", what)
	}
	return n.Content, nil
}

// text reads a text.
func text(n *yaml.Node, what string) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = ": put it in quotes"
		}
		return "", wrong(n, "%s must be a text, and is %s%s", what, kindOfNode(n), hint)
	}
	return n.Value, nil
}

// choice reads one of the words.
func choice(n *yaml.Node, what string, words ...string) (string, error) {
	word, err := text(n, what)
	if err != nil || slices.Contains(words, word) {
		return word, err
	}
	return "", wrong(n, "%s is %s: it must be %s", what, shown(word), strings.Join(words, ", "))
}

func kindOfNode(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!bool":
		return "true or false"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "a number"
	case n.Tag == "!!timestamp":
		return "a date"
	}
	return "a text"
}

// scalar reads a text, a number as JSON writes it, true, false or null.
func scalar(n *yaml.Node, what string) (any, error) {
	if n.Kind != yaml.ScalarNode {
		return nil, wrong(n, "%s must be a text, a number, true, false or null, and is %s", what, kindOfNode(n))
	}
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return boolean(n, what)
	case "!!int", "!!float":
		if value, ok := parseNumber(n.Value); ok {
			return value, nil
		}
		return nil, wrong(n, "%s is %s: write a number in digits, such as 100 or 0.5, and a text in quotes", what, shown(n.Value))
	}
	return n.Value, nil
}

func boolean(n *yaml.Node, what string) (bool, error) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		switch n.Value {
		case "true", "True", "TRUE":
			return true, nil
		case "false", "False", "FALSE":
			return false, nil
		}
	}
	return false, wrong(n, "%s must be true or false", what)
}
