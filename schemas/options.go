package schemas

import "strings"

// Option changes what FromAction makes.
type Option func(*options)

type options struct {
	words  map[string]string
	silent bool
	hide   map[string]bool // lower case
	extra  *Schema
	order  []string
	text   string
	bytes  int
}

func (o *options) hides(name string) bool { return o.hide[strings.ToLower(name)] }

// WithDescriptions replaces descriptions by path. A path is made of names as
// shown: "query", "filter.value", "children[].type"; "" is the whole schema.
// Nothing is added to a description that is replaced.
func WithDescriptions(words map[string]string) Option {
	return func(o *options) {
		if o.words == nil {
			o.words = make(map[string]string, len(words))
		}
		for path, text := range words {
			if path == "" {
				o.text = text
				continue
			}
			o.words[path] = text
		}
	}
}

// WithoutUpstreamText leaves out every word of Alloy's metadata but names and
// enum values: descriptions, text defaults and patterns.
func WithoutUpstreamText() Option {
	return func(o *options) { o.silent = true }
}

// Hide takes parameters out of the schema by their names in the metadata,
// upper and lower case alike. Parameters of the path stay, a call needs them.
// What Alloy's metadata gives as their default is in [ActionSchema.HiddenHeaders].
func Hide(names ...string) Option {
	return func(o *options) {
		if o.hide == nil {
			o.hide = make(map[string]bool, len(names))
		}
		for _, name := range names {
			o.hide[strings.ToLower(name)] = true
		}
	}
}

// Merge adds the properties of extra after the action's. They keep their names,
// an action's parameter of the same name gets another; they are checked with the
// rest, and [ActionSchema.Split] leaves them out.
func Merge(extra *Schema) Option {
	return func(o *options) { o.extra = extra }
}

// Order puts the properties of these names (as shown) first, in this order.
func Order(names ...string) Option {
	return func(o *options) { o.order = names }
}

// Within bounds the bytes of the schema (32 KiB without it) as far as this can be
// had without leaving out an argument: descriptions become shorter, and nested
// objects are told in words. What is accepted does not change.
func Within(bytes int) Option {
	return func(o *options) { o.bytes = bytes }
}
