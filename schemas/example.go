package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of an example: how large it should be, how many optional arguments it
// has, and the work of making it.
const (
	exampleBytes    = 600
	exampleOptional = 2
	exampleDepth    = 16
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
	return s.withOptional(args, parts), nil
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
		at.accept = func(v any) bool { _, ok := headerText(v); return ok }
	}
	v, ok := e.value(f.node, at)
	if !ok {
		return fmt.Errorf("no value was found for %s%s", f.name, e.stuck())
	}
	switch {
	case f.full:
		parts.RequestBody = v
	case f.where == inPath:
		parts.PathParams[f.orig] = v
	case f.where == inQuery:
		parts.QueryParameters[f.orig] = v
	case f.where == inHeader:
		parts.AdditionalHeaders[f.orig], _ = headerText(v)
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
		parts.AdditionalHeaders[name], _ = headerText(v)
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
		if isEmpty(larger[f.name]) {
			continue // it would say nothing
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

// exampleSpot is where a value of an example stands.
type exampleSpot struct {
	name   string // of the argument or key
	depth  int
	seed   int            // tells the items of a list apart
	accept func(any) bool // what else must hold, nil: nothing
}

func spotOf(name string) exampleSpot { return exampleSpot{name: name} }

func (s exampleSpot) inner(name string) exampleSpot {
	return exampleSpot{name: name, depth: s.depth + 1, seed: s.seed}
}

// exampler makes values and lets the checker judge them.
type exampler struct {
	short  bool
	made   int    // values that were tried
	judged int    // steps of checking them
	at     string // name of the first value that was not found
}

func (e *exampler) stuck() string {
	if e.at == "" {
		return ""
	}
	return " (at " + clip(oneLine(e.at), 60) + ")"
}

func (e *exampler) ok(n *node, v any, at exampleSpot) bool {
	c := &checker{}
	fits := c.valid(n, newItem(v)) && !c.exhausted && (at.accept == nil || at.accept(v))
	e.judged += c.steps
	return fits && e.judged <= exampleChecks
}

// value makes a value that satisfies the schema.
func (e *exampler) value(n *node, at exampleSpot) (any, bool) {
	if e.made++; e.made > exampleSteps || e.judged > exampleChecks || at.depth > exampleDepth {
		return nil, false
	}
	v := viewOf(n)
	if v.hasEnum {
		x, ok := e.fromEnum(n, v, at)
		if !ok && e.at == "" {
			e.at = at.name
		}
		return x, ok
	}
	for _, x := range givenValues(v, at.seed) {
		if e.ok(n, x, at) {
			return x, true
		}
	}
	for _, k := range []kinds{kindString, kindInteger, kindNumber, kindBoolean, kindObject, kindArray} {
		if v.kinds&k == 0 {
			continue
		}
		if x, ok := e.ofKind(n, v, k, at); ok {
			return x, true
		}
	}
	if v.nullable && e.ok(n, nil, at) {
		return nil, true
	}
	for _, union := range unionsOf(n) {
		for _, x := range union[:min(len(union), exampleForms)] {
			if made, ok := e.value(x, at); ok && e.ok(n, made, at) {
				return made, true
			}
		}
	}
	if e.at == "" {
		e.at = at.name
	}
	return nil, false
}

func (e *exampler) ofKind(n *node, v *view, k kinds, at exampleSpot) (any, bool) {
	switch k {
	case kindObject:
		return e.object(n, at)
	case kindArray:
		return e.array(n, v, at)
	}
	var candidates []any
	switch k {
	case kindString:
		candidates = textCandidates(v, at)
	case kindBoolean:
		candidates = []any{true, false}
	default:
		candidates = numberCandidates(v, at)
	}
	for _, x := range candidates {
		if e.ok(n, x, at) {
			return x, true
		}
	}
	return nil, false
}

// fromEnum takes the first value that a person can read and the schema accepts.
func (e *exampler) fromEnum(n *node, v *view, at exampleSpot) (any, bool) {
	for i := range v.enum {
		x := v.enum[(i+at.seed)%len(v.enum)]
		if s, isText := x.(string); isText && (s == "" || s != visible(s) || len(s) > 200) {
			continue
		}
		if e.ok(n, x, at) {
			return x, true
		}
	}
	if v.nullable && e.ok(n, nil, at) {
		return nil, true
	}
	if slices.Contains(v.enum, any("")) && e.ok(n, "", at) {
		return "", true
	}
	return nil, false
}

// givenValues lists the examples and defaults that the schema has, as far as they are
// fit to be shown.
func givenValues(v *view, seed int) []any {
	if seed > 0 {
		return nil
	}
	var out []any
	for _, n := range v.facts {
		for _, x := range n.examples {
			if fitForShow(x) {
				out = append(out, x)
			}
		}
	}
	for _, n := range v.facts {
		if n.hasDefault && fitForShow(n.fallback) {
			out = append(out, n.fallback)
		}
	}
	return out
}

// fitForShow says whether a value of upstream's is short, visible and not empty.
func fitForShow(x any) bool {
	switch x := x.(type) {
	case nil:
		return false
	case string:
		return x != "" && len(x) <= 80 && x == cleanText(x)
	case []any:
		return len(x) > 0 && len(x) <= 4 && !slices.ContainsFunc(x, func(y any) bool { return !fitForShow(y) })
	case map[string]any:
		for key, y := range x {
			if key != cleanText(key) || !fitForShow(y) {
				return false
			}
		}
		return len(x) > 0 && len(canonical(x)) <= 200
	}
	return true
}

// unionsOf lists the unions that hold for a value, through references and allOf.
func unionsOf(n *node) [][]*node {
	var out [][]*node
	seen := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		visit(n.ref)
		for _, x := range n.allOf {
			visit(x)
		}
		for _, union := range [][]*node{n.oneOf, n.anyOf} {
			if len(union) > 0 {
				out = append(out, union)
			}
		}
	}
	visit(n)
	return out
}

// object makes an object of what is required, then of what unions, conditions
// and dependencies ask besides.
func (e *exampler) object(n *node, at exampleSpot) (map[string]any, bool) {
	v := viewOf(n)
	out, ok := e.required(v, v, at, nil)
	if !ok {
		out = map[string]any{} // a form of a union may have it as one value
	}
	for range 3 {
		if e.ok(n, out, at) {
			break
		}
		out = e.toForms(n, v, out, at)
	}
	if !e.ok(n, out, at) {
		if e.at == "" {
			e.at = at.name
		}
		return nil, false
	}
	if len(out) == 0 && !e.short && at.depth > 0 {
		out = e.enrich(n, v, out, at)
	}
	return out, true
}

// required adds the required keys of v to a copy of base; outer knows the keys
// that v does not describe.
func (e *exampler) required(v, outer *view, at exampleSpot, base map[string]any) (map[string]any, bool) {
	out := make(map[string]any, len(v.required)+len(base))
	maps.Copy(out, base)
	names := sortedKeys(v.required)
	for _, name := range names {
		n := v.child(&checker{}, name)
		if n == nil {
			n = outer.child(&checker{}, name)
		}
		if had, has := out[name]; has && (n == nil || e.ok(n, had, exampleSpot{})) {
			continue
		}
		if n == nil {
			n = newNode()
		}
		x, ok := e.value(n, at.inner(name))
		if !ok {
			return nil, false
		}
		out[name] = x
	}
	return out, true
}

// toForms changes an object until it has a form of each union, and what
// conditions, dependencies and counts of keys ask for.
func (e *exampler) toForms(n *node, v *view, out map[string]any, at exampleSpot) map[string]any {
	for _, union := range unionsOf(n) {
		c := &checker{}
		if c.fitting(union, newItem(out), 2) == 1 {
			continue
		}
		for _, form := range union[:min(len(union), exampleForms)] {
			merged, ok := e.required(viewOf(form), v, at, out)
			if !ok {
				continue
			}
			if !e.ok(form, merged, exampleSpot{}) {
				if merged = e.toForms(form, v, merged, at.inner(at.name)); !e.ok(form, merged, exampleSpot{}) {
					continue
				}
			}
			if e.ok(n, merged, exampleSpot{}) {
				return merged
			}
		}
	}
	for _, m := range sameValue(n) {
		if names := missing(m, newItem(out)); len(names) > 0 {
			need := &view{required: map[string]bool{}}
			for _, name := range names {
				need.required[name] = true
			}
			if merged, ok := e.required(need, v, at, out); ok {
				out = merged
			}
		}
		for i := 0; i < len(v.props) && len(out) < m.minProps; i++ {
			if x, ok := e.value(v.props[i].node, at.inner(v.props[i].name)); ok {
				out[v.props[i].name] = x
			}
		}
		for i := 1; len(out) < m.minProps && !v.closed && i <= m.minProps && i <= 20; i++ {
			if x, ok := e.value(orAny(v.others), at.inner("value")); ok {
				out[fmt.Sprintf("key_%d", i)] = x
			}
		}
	}
	return out
}

// sameValue lists the schemas of one value: itself, what it refers to and all of
// which it is, and the branch of a condition.
func sameValue(n *node) []*node {
	var out []*node
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || slices.Contains(out, n) || len(out) > maxInPlace {
			return
		}
		out = append(out, n)
		visit(n.ref)
		for _, x := range n.allOf {
			visit(x)
		}
		visit(n.then)
		visit(n.orElse)
		for _, d := range n.needs {
			visit(d.node)
		}
	}
	visit(n)
	return out
}

// enrich gives an object that may be empty something to show.
func (e *exampler) enrich(n *node, v *view, out map[string]any, at exampleSpot) map[string]any {
	if at.depth > 3 {
		return out
	}
	for _, p := range v.props {
		if dangerous(p.name) || isDeprecated(viewOf(p.node)) || viewOf(p.node).kinds&(kindObject|kindArray) != 0 && len(v.props) > 1 {
			continue
		}
		if x, ok := e.value(p.node, at.inner(p.name)); ok && p.name == visible(p.name) {
			if fuller := map[string]any{p.name: x}; e.ok(n, fuller, at) {
				return fuller
			}
		}
	}
	if v.others != nil && !viewOf(v.others).untyped() {
		if x, ok := e.value(v.others, at.inner("value")); ok {
			if fuller := map[string]any{"<name>": x}; e.ok(n, fuller, at) {
				return fuller
			}
		}
	}
	return out
}

func orAny(n *node) *node {
	if n == nil {
		return newNode()
	}
	return n
}

// array makes a list of one item, or of as many as there must be.
func (e *exampler) array(n *node, v *view, at exampleSpot) (any, bool) {
	least, unique := 0, false
	var contains *node
	for _, m := range sameValue(n) {
		least, unique = max(least, m.minItems), unique || m.unique
		if m.contains != nil {
			contains = m.contains
		}
	}
	want := least
	if v.item != nil && !e.short {
		want = max(want, 1)
	}
	if contains != nil {
		want = max(want, 1)
	}
	if want > 50 {
		return nil, false
	}
	list := []any{}
	for i := range want {
		item := n.itemSchema(i)
		if item == nil {
			item = orAny(v.item)
		}
		if i == 0 && contains != nil {
			item = bothOf(item, contains)
		}
		spot := exampleSpot{name: singular(at.name), depth: at.depth + 1}
		if unique {
			spot.seed = i
		}
		x, ok := e.value(item, spot)
		if !ok {
			break
		}
		list = append(list, x)
	}
	if e.ok(n, list, at) {
		return list, true
	}
	empty := []any{}
	return empty, least == 0 && e.ok(n, empty, at)
}

// singular names one of several: "page_ids" becomes "page_id".
func singular(name string) string {
	if len(name) > 3 && strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") {
		return name[:len(name)-1]
	}
	return name
}
