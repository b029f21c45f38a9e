package tools

import (
	"context"
	"slices"
	"strings"
)

// jiraFields resolves a project to what its issues may have: issue types,
// components and versions.
func jiraFields() resolver {
	return resolver{
		connectorID: "jira",
		keys:        []string{"project_key", "project_id"},
		applies: func(d *description) bool {
			return strings.HasSuffix(d.action.Path, "/issue") && d.takes("fields") && d.effect == "write"
		},
		resolve: func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error) {
			id := ids["project_key"]
			if id == "" {
				id = ids["project_id"]
			}
			project, err := s.lookUp(ctx, d, map[string]any{"projectIdOrKey": id}, "getProject")
			if err != nil {
				return nil, err
			}
			return jiraProject(d, project, id), nil
		},
	}
}

func jiraProject(d *description, project map[string]any, id string) *special {
	key := textOf(project["key"], 40)
	if key == "" {
		key = clean(id, 40)
	}
	types := namesIn(project["issueTypes"])
	k := known{name: "fields", words: "Fields of an issue of " + key + "."}
	add := func(name string, full map[string]any, brief string) {
		k.fields = append(k.fields, knownField{name: name, full: full, brief: map[string]any{"type": full["type"], "description": brief}})
	}
	named := func(values []string) map[string]any {
		return map[string]any{"type": "object", "properties": map[string]any{"name": choice("", values)}}
	}
	add("summary", map[string]any{"type": "string", "description": "Title of the issue."}, "Title of the issue.")
	add("project", map[string]any{"type": "object", "properties": map[string]any{"key": choice("", []string{key})}}, `{"key":"`+key+`"}`)
	add("issuetype", named(types), `{"name":"…"}: `+counted(types, 300))
	for _, list := range []struct{ name, key string }{{"components", "components"}, {"fixVersions", "versions"}} {
		if values := namesIn(project[list.key]); len(values) > 0 {
			add(list.name, map[string]any{"type": "array", "items": named(values)}, `[{"name":"…"}]: `+counted(values, 300))
		}
	}
	var others []string
	for _, name := range d.keysOf("fields") {
		if !slices.ContainsFunc(k.fields, func(f knownField) bool { return f.name == name }) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		k.words += " Others, as without context: " + counted(others, 300) + "."
	}
	fields := map[string]any{"summary": "Example summary", "project": map[string]any{"key": key}}
	if len(types) > 0 {
		fields["issuetype"] = map[string]any{"name": types[0]}
	}
	return &special{
		object: "The issue types, components and versions of the project " + key + ", read now.", arguments: []known{k},
		examples: []map[string]any{{"fields": fields}},
	}
}

// jiraTransitions resolves an issue to the transitions that it can make now.
func jiraTransitions() resolver {
	return resolver{
		connectorID: "jira",
		keys:        []string{"issue_key", "issueIdOrKey"},
		applies: func(d *description) bool {
			return strings.HasSuffix(d.action.Path, "/transitions") && d.takes("transition")
		},
		resolve: func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error) {
			key := ids["issue_key"]
			if key == "" {
				key = ids["issueIdOrKey"]
			}
			found, err := s.lookUp(ctx, d, map[string]any{"issueIdOrKey": key}, "getTransitions")
			if err != nil {
				return nil, err
			}
			var transitions, words []string
			for _, t := range objectsIn(found["transitions"]) {
				transitions = append(transitions, textOf(t["id"], 40))
				words = append(words, textOf(t["id"], 40)+" "+textOf(t["name"], 60))
			}
			p := &special{object: "The transitions of " + clean(key, 60) + ", read now.", arguments: []known{{name: "transition", fixed: func(bytes int) map[string]any {
				return map[string]any{"type": "object", "properties": map[string]any{"id": choice(counted(words, bytes/2), transitions)}}
			}}}}
			p.examples = []map[string]any{{"issueIdOrKey": key}}
			if len(transitions) > 0 {
				p.examples = append(p.examples, map[string]any{"transition": map[string]any{"id": transitions[0]}})
			}
			return p, nil
		},
	}
}

// namesIn are the names in a list of an app's answer that can be typed.
func namesIn(v any) []string {
	var out []string
	for _, o := range objectsIn(v) {
		if name := textOf(o["name"], 100); name != "" && name == o["name"] {
			out = append(out, name)
		}
	}
	return out
}
