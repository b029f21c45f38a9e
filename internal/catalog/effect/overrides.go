package effect

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxOverrides bounds the file, in bytes.
const maxOverrides = 1 << 20

// Overrides are an operator's own effects of actions. The zero value has none.
type Overrides struct {
	exact    map[string]Effect
	patterns []pattern // the most specific first
}

type pattern struct {
	glob   string
	effect Effect
}

// ReadOverrides reads a file of overrides. Its errors are one line.
func ReadOverrides(path string) (Overrides, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Overrides{}, fmt.Errorf("cannot be read: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxOverrides+1))
	if err != nil {
		return Overrides{}, fmt.Errorf("cannot be read: %w", err)
	}
	return ParseOverrides(path, data)
}

// ParseOverrides reads overrides in YAML, or in JSON, which is YAML: a mapping
// from "connector.action", where * stands for any characters, to read, write or
// destructive. name is what errors call the file; they name the line too.
func ParseOverrides(name string, data []byte) (Overrides, error) {
	if len(data) > maxOverrides {
		return Overrides{}, fmt.Errorf("%s is larger than %d bytes", name, maxOverrides)
	}
	root, err := mapping(name, data)
	if root == nil || err != nil {
		return Overrides{}, err
	}
	o := Overrides{exact: make(map[string]Effect)}
	seen := make(map[string]int)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		found, err := entry(key, value)
		if line, twice := seen[key.Value]; err == nil && twice {
			err = fmt.Errorf("%s stands in line %d already: keep one of them", shown(key.Value), line)
		}
		if err != nil {
			return Overrides{}, fmt.Errorf("%s:%d: %w", name, max(key.Line, 1), err)
		}
		seen[key.Value] = key.Line
		if strings.Contains(key.Value, "*") {
			o.patterns = append(o.patterns, pattern{key.Value, found})
			continue
		}
		o.exact[key.Value] = found
	}
	slices.SortStableFunc(o.patterns, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(specific(b.glob), specific(a.glob)), cmp.Compare(rank(b.effect), rank(a.effect)))
	})
	return o, nil
}

// mapping returns the one mapping that a file holds, nil for an empty file.
func mapping(name string, data []byte) (*yaml.Node, error) {
	var documents []yaml.Node
	loader := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var document yaml.Node
		err := loader.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s is no YAML: %s", name, strings.Join(strings.Fields(err.Error()), " "))
		}
		documents = append(documents, document)
	}
	switch {
	case len(documents) == 0:
		return nil, nil
	case len(documents) > 1:
		return nil, fmt.Errorf("%s:%d: a second document begins here: keep one", name, documents[1].Line)
	}
	root := &documents[0]
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf(`%s:%d: must be a list of "connector.action: effect", one a line`, name, max(root.Line, 1))
	}
	return root, nil
}

// entry checks one line.
func entry(key, value *yaml.Node) (Effect, error) {
	connector, action, dotted := strings.Cut(key.Value, ".")
	switch {
	case key.Kind != yaml.ScalarNode || key.Value == "<<":
		return "", errors.New(`must begin with "connector.action:"`)
	case !dotted && !strings.HasSuffix(connector, "*"), connector == "", dotted && action == "":
		return "", fmt.Errorf("%s names no action: it must look like notion.delete-a-block or slack.*_archive", shown(key.Value))
	case value.Kind != yaml.ScalarNode:
		return "", fmt.Errorf("%s must be one word: read, write or destructive", shown(key.Value))
	}
	switch found := Effect(value.Value); found {
	case Read, Write, Destructive:
		return found, nil
	}
	return "", fmt.Errorf("%s is %s: it must be read, write or destructive", shown(key.Value), shown(value.Value))
}

// shown quotes a value, bounded, for an error.
func shown(value string) string {
	if len(value) > 60 {
		value = strings.ToValidUTF8(value[:60], "") + "…"
	}
	return strconv.Quote(value)
}

func specific(glob string) int { return len(glob) - strings.Count(glob, "*") }

func rank(e Effect) int { return slices.Index([]Effect{Read, Write, Destructive}, e) }

// Len returns how many overrides there are.
func (o Overrides) Len() int { return len(o.exact) + len(o.patterns) }

// Of returns the override for an action. An exact id counts before a pattern, a
// longer pattern before a shorter one, and of equals the more dangerous.
func (o Overrides) Of(connectorID, actionID string) (Effect, bool) {
	if o.Len() == 0 {
		return "", false
	}
	name := connectorID + "." + actionID
	if found, ok := o.exact[name]; ok {
		return found, true
	}
	for _, p := range o.patterns {
		if matches(p.glob, name) {
			return p.effect, true
		}
	}
	return "", false
}

// matches reports whether name is what glob says, where * stands for any
// characters. It takes time in proportion to both lengths at worst.
func matches(glob, name string) bool {
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}
