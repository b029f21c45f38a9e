package schemas

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Parts are the parts of an execution, as Alloy names them. Values keep their
// types; numbers stay as they were written, but that an integer has neither
// fraction nor exponent.
type Parts struct {
	PathParams        map[string]any
	QueryParameters   map[string]any
	AdditionalHeaders map[string]string
	RequestBody       any // nil: none is sent
}

// Checked is the outcome of a check that passed.
type Checked struct {
	// Args is a copy of the arguments with every value as its schema wants it.
	Args map[string]any
	// Coercions tells what was changed, at most twenty.
	Coercions []Coercion
	// Unknown are keys below the arguments that nothing describes, at most five. They
	// are sent as they are.
	Unknown []Unknown
	// Validated is false where a part of the schema could not be checked.
	Validated bool
}

// Check checks arguments: unknown names, missing ones, types, and for an action
// the original schema of every part, enums and patterns that the portable
// profile cannot show included. Types are put right where the schema leaves one
// way to mean them ("5" for an integer); that is reported. An integer is written
// as Go reads one (2.0 as 2), which changes no value and is not reported. The
// error is a [*Violations]. args is not changed.
func (s *Schema) Check(args map[string]any) (Checked, error) {
	return s.plan.check(args)
}

func (p *plan) check(args map[string]any) (Checked, error) {
	r := p.convert(args)
	parts := r.parts()
	if before := r.out; !r.tooLarge {
		if p.explain(r, parts.RequestBody); r.exhausted { // not checked to the end: no problem is sure
			r.out = before
		}
	}
	own := Checked{Validated: true}
	if p.extra != nil {
		var err error
		if own, err = p.extra.plan.check(r.own); err != nil {
			var more *Violations
			if errors.As(err, &more) {
				for _, problem := range more.Problems {
					r.out.add(problem)
				}
				r.out.More += more.More
			}
		}
	}
	if err := r.out.err(); err != nil {
		return Checked{}, err
	}
	out, err := p.arguments(parts)
	if err != nil {
		return Checked{}, err
	}
	maps.Copy(out, own.Args)
	return Checked{
		Args:      out,
		Coercions: append(r.changes, own.Coercions...),
		Unknown:   p.unknown(r),
		Validated: !p.notes.unvalidated && !r.exhausted && !r.partial && own.Validated,
	}, nil
}

// Split turns arguments into the parts of a call. It renames and converts what
// [Schema.Check] would, and refuses unknown names, a missing or unsafe part of
// the path, and a header that cannot be one; everything else is for Check.
// Arguments that Merge added are left out.
func (s *ActionSchema) Split(args map[string]any) (Parts, error) {
	r := s.plan.convert(args)
	for _, f := range s.plan.fields {
		if _, ok := r.values[f]; !ok && f.where == inPath && f.required && !r.refused[f] {
			r.out.add(Problem{Path: f.name, Expected: "a value, it is a part of the path", Got: "nothing"})
		}
	}
	if err := r.out.err(); err != nil {
		return Parts{}, err
	}
	return r.parts(), nil
}

// Join turns the parts of a call into the arguments that Split turns into them:
// an example call becomes example arguments.
func (s *ActionSchema) Join(parts Parts) (map[string]any, error) {
	return s.plan.arguments(parts)
}

// conversion is arguments on their way to the parts of a call.
type conversion struct {
	converter
	plan     *plan
	values   map[*field]any
	refused  map[*field]bool // given, and told what is wrong with them
	own      map[string]any  // arguments of the merged schema
	tooLarge bool
}

// convert takes the arguments apart. Problems are in out.
func (p *plan) convert(args map[string]any) *conversion {
	r := &conversion{plan: p, values: make(map[*field]any, len(args)), refused: map[*field]bool{}, own: map[string]any{}}
	left := maxArgumentNodes
	for _, v := range args {
		if problem := measure(v, 1, &left); problem != "" {
			r.tooLarge = true
			r.out.add(Problem{Expected: problem, Got: "more or other than that"})
			return r
		}
	}
	for _, name := range sortedKeys(args) {
		f := p.byName[name]
		if f == nil && p.extra != nil && p.extra.plan.byName[name] != nil {
			r.own[name] = args[name]
			continue
		}
		if f == nil {
			f = p.byOrig[name]
		}
		if f == nil {
			r.unknown(name)
			continue
		}
		if f.name != name {
			r.changed(name, "the original name", f.name)
		}
		r.take(f, args[name])
	}
	return r
}

func (r *conversion) unknown(name string) {
	for _, h := range r.plan.hidden {
		if strings.EqualFold(h.Name, name) && h.Reason != "option" {
			r.out.add(Problem{Path: name, Expected: "no such argument: it is supplied with the connection", Got: "an unknown name"})
			return
		}
	}
	if r.out.full() { // it costs to find the nearest name
		r.out.More++
		return
	}
	r.out.add(unknownName(name, name, r.plan.names()))
}

func (p *plan) names() []string {
	var out []string
	for at := p; at != nil; at = at.extraPlan() {
		for _, f := range at.fields {
			out = append(out, f.name)
		}
	}
	return out
}

// take converts one argument.
func (r *conversion) take(f *field, v any) {
	if _, twice := r.values[f]; twice {
		r.out.add(Problem{Path: f.name, Expected: "one value", Got: "it under two names"})
		return
	}
	if r.leftOut(f.node, f.required, v, f.name) {
		return
	}
	v = r.wire(f.shape, f.node, v, f.name)
	if r.fit(f, v) {
		r.values[f] = v
	} else {
		r.refused[f] = true
	}
}

// parts puts the values where they belong.
func (r *conversion) parts() Parts {
	out := Parts{
		PathParams: map[string]any{}, QueryParameters: map[string]any{}, AdditionalHeaders: map[string]string{},
	}
	body := map[string]any{}
	for _, f := range r.plan.fields {
		v, ok := r.values[f]
		if !ok {
			continue
		}
		switch {
		case f.family != nil:
			members, _ := v.(map[string]any)
			for key, x := range members {
				if f.where == inQuery {
					out.QueryParameters[f.family.name(key)] = x
				} else {
					out.AdditionalHeaders[f.family.name(key)], _ = placedText(x)
				}
			}
		case f.where == inPath:
			out.PathParams[f.orig] = placed(v)
		case f.where == inQuery:
			out.QueryParameters[f.orig] = v
		case f.where == inHeader:
			out.AdditionalHeaders[f.orig], _ = placedText(v)
		case f.full:
			out.RequestBody = v
		case f.rest:
			if more, ok := v.(map[string]any); ok {
				maps.Copy(body, more)
			}
		default:
			body[f.orig] = v
		}
	}
	if r.plan.form == bodyFields && (len(body) > 0 || r.plan.sendEmpty) {
		out.RequestBody = body
	}
	return out
}

// arguments is the inverse of convert and parts.
func (p *plan) arguments(parts Parts) (map[string]any, error) {
	out := map[string]any{}
	c := &converter{}
	put := func(where, orig string, v any) error {
		f := p.at(where, orig)
		if f == nil || f.family != nil {
			if group, key := p.familyWith(where, orig); group != nil {
				members, _ := out[group.name].(map[string]any)
				if members == nil {
					members = map[string]any{}
					out[group.name] = members
				}
				members[key] = c.shown(nil, group.node.additional, v)
				return nil
			}
			return fmt.Errorf("the %s has %q, which the action does not", where, clip(visible(orig), 80))
		}
		if where != inQuery {
			v = unplaced(f, v)
		}
		out[f.name] = c.shown(f.shape, f.node, v)
		return nil
	}
	for _, orig := range sortedKeys(parts.PathParams) {
		if err := put(inPath, orig, parts.PathParams[orig]); err != nil {
			return nil, err
		}
	}
	for _, orig := range sortedKeys(parts.QueryParameters) {
		if err := put(inQuery, orig, parts.QueryParameters[orig]); err != nil {
			return nil, err
		}
	}
	for _, orig := range sortedKeys(parts.AdditionalHeaders) {
		if err := put(inHeader, orig, parts.AdditionalHeaders[orig]); err != nil {
			return nil, err
		}
	}
	return out, p.bodyArguments(c, parts.RequestBody, out)
}

func (p *plan) bodyArguments(c *converter, body any, out map[string]any) error {
	if body == nil && p.form != bodyWhole {
		return nil
	}
	switch p.form {
	case bodyNone:
		return errors.New("the call has a body, the action does not")
	case bodyWhole:
		for _, f := range p.fields {
			if f.full && (body != nil || viewOf(f.node).nullable && f.required) {
				out[f.name] = c.shown(f.shape, f.node, body)
			}
		}
		return nil
	}
	object, ok := body.(map[string]any)
	if !ok {
		return fmt.Errorf("the body must be an object, not %s", kindWords(body))
	}
	rest := map[string]any{}
	for _, key := range sortedKeys(object) {
		f := p.bodyProperty(key)
		switch {
		case f != nil:
			out[f.name] = c.shown(f.shape, f.node, object[key])
		case p.rest != nil:
			rest[key] = object[key]
		default:
			return fmt.Errorf("the body has %q, which the action does not", clip(visible(key), 80))
		}
	}
	if len(rest) > 0 {
		out[p.rest.name] = rest
	}
	return nil
}

// explain checks every part against its own schema.
func (p *plan) explain(r *conversion, whole any) {
	e := &explainer{checker: &r.checker, out: &r.out}
	for _, f := range p.fields {
		if f.where == inBody && !f.full {
			continue
		}
		if v, given := r.values[f]; given {
			e.explain(f.node, newItem(v), trail{f.name, f.shape})
		} else if f.required && !r.refused[f] {
			e.say(trail{path: f.name}, requiredWords(f.node), "nothing", "")
		}
	}
	if p.form != bodyFields {
		return
	}
	body, _ := whole.(map[string]any)
	e.explain(p.body, newItem(body), trail{shape: p.bodyShape})
}
