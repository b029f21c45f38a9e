package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Limits of an example: how large it should be, how many optional arguments it
// has, and the work of making it.
const (
	exampleBytes    = 600
	exampleOptional = 2
	exampleDepth    = maxDepth + 8 // forms of unions count, too
	exampleSteps    = 20_000
	exampleForms    = 40 // of one union
	exampleChecks   = 2_000_000
	exampleTries    = 12 // optional arguments that are tried
)

// Example returns arguments that [Schema.Check] accepts and [ActionSchema.Split]
// takes apart: what is required, and one or two optional ones that are often
// wanted. Values are the schema's own examples and defaults, else made up to its
// limits; an id that nobody can guess is a placeholder such as "<page_id>". The
// same schema gives the same example. The error says why there is none.
func (s *ActionSchema) Example() (map[string]any, error) {
	if !s.Validated() {
		return nil, errors.New("the schema is not checked in full, so no example can be proved")
	}
	args, parts, err := s.leastExample(false)
	if err != nil || encodedSize(args) > exampleBytes {
		short, shortParts, shortErr := s.leastExample(true)
		switch {
		case shortErr == nil:
			args, parts = short, shortParts
		case err != nil:
			return nil, err
		}
	}
	if !allVisible(args) {
		return nil, errors.New("it needs keys or values with invisible characters")
	}
	return s.withOptional(args, parts), nil
}

// allVisible says whether a person sees all of the text in a value.
func allVisible(v any) bool {
	switch v := v.(type) {
	case string:
		return v == visible(v)
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !allVisible(x) })
	case map[string]any:
		for key, x := range v {
			if key != visible(key) || !allVisible(x) {
				return false
			}
		}
	}
	return true
}

// accepts says why arguments are no example, nil where they are one.
func (s *ActionSchema) accepts(args map[string]any) error {
	checked, err := s.schema.Check(args)
	if err != nil {
		return err
	}
	if !checked.Validated {
		return errors.New("it could not be checked in full")
	}
	_, err = s.Split(checked.Args)
	return err
}

// leastExample is an example of what is required; short leaves out what a list
// or an open object may do without.
func (s *ActionSchema) leastExample(short bool) (map[string]any, Parts, error) {
	e := &exampler{short: short}
	parts := Parts{PathParams: map[string]any{}, QueryParameters: map[string]any{}, AdditionalHeaders: map[string]string{}}
	for _, f := range s.plan.fields {
		wanted := f.required || f.full && s.plan.sendEmpty
		if f.where == inBody && !f.full || !wanted {
			continue
		}
		if err := e.put(&parts, f); err != nil && f.required {
			return nil, parts, err
		}
	}
	if s.plan.form == bodyFields {
		body, ok := e.object(s.plan.body, spotOf("body"))
		if !ok {
			return nil, parts, fmt.Errorf("no body was found that satisfies the schema%s", e.stuck())
		}
		for _, h := range s.plan.hidden {
			if h.In == inBody {
				delete(body, h.Name)
			}
		}
		if len(body) > 0 || s.plan.sendEmpty {
			parts.RequestBody = body
		}
	}
	args, err := s.Join(parts)
	if err != nil {
		return nil, parts, err
	}
	return args, parts, s.accepts(args)
}

// put makes a value for one argument and puts it where it belongs.
func (e *exampler) put(parts *Parts, f *field) error {
	if f.family != nil {
		return e.putFamily(parts, f)
	}
	at := spotOf(f.orig)
	switch f.where {
	case inPath:
		at.accept = func(v any) bool { return pathProblem(f.node, v) == "" }
	case inHeader:
		at.accept = func(v any) bool { _, ok := placedText(v); return ok && mayBePlaced(f.node, v) }
	}
	v, ok := e.value(f.node, at)
	if !ok {
		return fmt.Errorf("no value was found for %s%s", f.name, e.stuck())
	}
	switch {
	case f.full:
		parts.RequestBody = v
	case f.where == inPath:
		parts.PathParams[f.orig] = placed(v)
	case f.where == inQuery:
		parts.QueryParameters[f.orig] = v
	case f.where == inHeader:
		parts.AdditionalHeaders[f.orig], _ = placedText(v)
	default:
		body, _ := parts.RequestBody.(map[string]any)
		body = maps.Clone(body)
		if body == nil {
			body = map[string]any{}
		}
		body[f.orig] = v
		parts.RequestBody = body
	}
	return nil
}

func (e *exampler) putFamily(parts *Parts, f *field) error {
	v, ok := e.value(f.node.additional, spotOf(f.family.slot))
	if !ok {
		return fmt.Errorf("no value was found for %s", f.name)
	}
	if name := f.family.name("name"); f.where == inQuery {
		parts.QueryParameters[name] = v
	} else {
		parts.AdditionalHeaders[name], _ = placedText(v)
	}
	return nil
}

// withOptional adds what is often wanted, one argument at a time, as long as the
// example stays valid and small.
func (s *ActionSchema) withOptional(args map[string]any, parts Parts) map[string]any {
	body, _ := parts.RequestBody.(map[string]any)
	idle := s.plan.form == bodyFields && s.plan.sendEmpty && len(body) == 0
	added := 0
	for i, f := range s.optional(idle, len(args) == 0) {
		if added == exampleOptional || i == exampleTries {
			break
		}
		e := &exampler{}
		more := Parts{
			PathParams: parts.PathParams, RequestBody: parts.RequestBody,
			QueryParameters: maps.Clone(parts.QueryParameters), AdditionalHeaders: maps.Clone(parts.AdditionalHeaders),
		}
		if e.put(&more, f) != nil {
			continue
		}
		larger, err := s.Join(more)
		if isEmpty(larger[f.name]) || !allVisible(larger) {
			continue // it would say nothing, or what nobody sees
		}
		if err != nil || encodedSize(larger) > exampleBytes || s.accepts(larger) != nil {
			continue
		}
		args, parts = larger, more
		added++
	}
	return args
}

// optional lists arguments worth an example, the most useful first. A call that
// would send nothing gets something to send, whatever it is called.
func (s *ActionSchema) optional(idle, none bool) []*field {
	type ranked struct {
		*field
		rank int
	}
	var list []ranked
	for _, f := range s.plan.fields {
		v := viewOf(f.node)
		if f.required || f.rest || f.full || f.family != nil || f.where == inHeader || isDeprecated(v) {
			continue
		}
		rank := usefulness(f.orig, v)
		switch {
		case rank > 0 && idle && f.where == inBody:
			rank += 20
		case rank == 0 && (idle && f.where == inBody || none) && !dangerous(f.orig):
			rank = 1
		}
		if rank > 0 {
			list = append(list, ranked{f, rank})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return b.rank - a.rank })
	out := make([]*field, 0, len(list))
	for i, r := range list {
		if r.rank > 1 || i == 0 { // of what has no known use, one is enough
			out = append(out, r.field)
		}
	}
	return out
}

func isEmpty(x any) bool {
	switch x := x.(type) {
	case map[string]any:
		return len(x) == 0
	case []any:
		return len(x) == 0
	}
	return x == nil
}

func isDeprecated(v *view) bool {
	return slices.ContainsFunc(v.facts, func(n *node) bool { return n.deprecated })
}

// dangerous names are switches that an example must not throw.
func dangerous(name string) bool {
	switch fold(name) {
	case "archived", "intrash", "delete", "deleted", "force", "overwrite", "purge":
		return true
	}
	return false
}

// usefulness ranks the names that callers want most often; 0 is any other.
func usefulness(name string, v *view) int {
	switch fold(name) {
	case "query", "q", "search", "jql", "searchterm", "keyword":
		return 12
	case "properties", "fields":
		if v.kinds&kindObject != 0 {
			return 11
		}
	case "title", "name", "subject", "text", "content", "message", "summary", "markdown":
		return 10
	case "email", "channel":
		return 9
	case "description", "status", "filter":
		return 6
	case "limit", "pagesize", "perpage", "maxresults", "count":
		if v.kinds&kindInteger != 0 {
			return 5
		}
	}
	return 0
}

func encodedSize(args map[string]any) int {
	b, err := json.Marshal(args)
	if err != nil {
		return exampleBytes + 1
	}
	return len(b)
}
