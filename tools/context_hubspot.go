package tools

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// reObjects finds the type of object in the path of an action of HubSpot's CRM.
var reObjects = regexp.MustCompile(`/crm/(?:v\d+/)?objects/([A-Za-z0-9_]+)`)

// hubspotProperties resolves a type of object to its properties, and the stages
// of its pipelines.
func hubspotProperties() resolver {
	return resolver{
		connectorID: "hubspot",
		keys:        []string{"object_type", "pipeline_id", "property"},
		applies: func(d *description) bool {
			return strings.Contains(d.action.Path, "/objects/") && (d.takes("properties") || d.takes("filterGroups") || d.takes("inputs"))
		},
		resolve: resolveHubspot,
	}
}

func resolveHubspot(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error) {
	objectType := ids["object_type"]
	if found := reObjects.FindStringSubmatch(d.action.Path); objectType == "" && found != nil {
		objectType = found[1]
	}
	if objectType == "" {
		return nil, &Error{
			Code: CodeInvalidArguments, Message: "The type of the objects is not known.", Hint: `Pass it, e.g. context {"object_type": "contacts"}.`,
			Next: next("describe_action", "action_id", d.id, "context", map[string]any{"object_type": "contacts"}),
		}
	}
	found, err := s.lookUp(ctx, d, map[string]any{"objectType": objectType}, "listProperties", "getAllProperties", "getProperties")
	if err != nil {
		return nil, err
	}
	o := &hubspotObject{kind: clean(objectType, 60), only: strings.ToLower(ids["property"])}
	if objectType == "deals" || objectType == "tickets" || ids["pipeline_id"] != "" {
		pipelines, err := s.lookUp(ctx, d, map[string]any{"objectType": objectType}, "listPipelines", "getAllPipelines", "getPipelines")
		if err != nil {
			d.notes = append(d.notes, "Pipelines and stages could not be read: "+shortened(describe(err).Message, 160))
		}
		o.readPipelines(pipelines, ids["pipeline_id"])
	}
	o.readProperties(found, string(d.effect) == "read")
	if ids["pipeline_id"] != "" && len(o.stages) == 0 {
		d.notes = append(d.notes, "There is no pipeline "+clean(ids["pipeline_id"], 60)+"; there are "+counted(o.pipelineWords, 200)+".")
	}
	return o.special(d), nil
}

// hubspotObject is what an account says of one type of object.
type hubspotObject struct {
	kind          string
	only          string // part of the names that are wanted
	fields        []knownField
	names         []string
	pipelines     []string
	pipelineWords []string
	stages        []string
	stageWords    []string
}

func (o *hubspotObject) readPipelines(found map[string]any, only string) {
	for _, pipeline := range objectsIn(found["results"]) {
		id := textOf(pipeline["id"], 60)
		o.pipelines = append(o.pipelines, id)
		o.pipelineWords = append(o.pipelineWords, id+" "+textOf(pipeline["label"], 40))
		if only != "" && only != id {
			continue
		}
		for _, stage := range objectsIn(pipeline["stages"]) {
			id := textOf(stage["id"], 60)
			o.stages = append(o.stages, id)
			o.stageWords = append(o.stageWords, id+" "+textOf(stage["label"], 40))
		}
	}
}

// readProperties keeps what can be used: all for a read, what can be written for
// a write; the common ones first, then the account's own.
func (o *hubspotObject) readProperties(found map[string]any, reading bool) {
	results := objectsIn(found["results"])
	usable := results[:0]
	for _, p := range results {
		name, label := textOf(p["name"], maxFieldName), textOf(p["label"], 80)
		rules, _ := p["modificationMetadata"].(map[string]any)
		computed := p["calculated"] == true || rules["readOnlyValue"] == true
		hidden := p["hidden"] == true || p["archived"] == true
		matches := strings.Contains(strings.ToLower(name+" "+label), o.only)
		if name != "" && name == p["name"] && !hidden && (reading || !computed) && matches {
			usable = append(usable, p)
		}
	}
	slices.SortStableFunc(usable, func(a, b map[string]any) int { return hubspotRank(a) - hubspotRank(b) })
	for _, p := range usable {
		o.names = append(o.names, textOf(p["name"], maxFieldName))
		o.fields = append(o.fields, o.field(p))
	}
}

// hubspotRank puts what people fill in first.
func hubspotRank(p map[string]any) int {
	name, _ := p["name"].(string)
	common := []string{
		"email", "firstname", "lastname", "dealname", "amount", "dealstage", "pipeline", "closedate", "subject", "content", "hs_pipeline", "hs_pipeline_stage",
		"name", "domain", "phone", "company", "lifecyclestage", "hubspot_owner_id",
	}
	switch i := slices.Index(common, name); {
	case i >= 0:
		return i
	case p["hubspotDefined"] != true:
		return 100
	case p["formField"] == true:
		return 200
	}
	return 300
}

// field describes one property. HubSpot takes every value as text.
func (o *hubspotObject) field(p map[string]any) knownField {
	name, label, kind := textOf(p["name"], maxFieldName), textOf(p["label"], 80), textOf(p["type"], 20)
	words := kind
	if label != "" && !strings.EqualFold(label, name) {
		words = label + ", " + kind
	}
	var values, told []string
	switch {
	case (name == "pipeline" || name == "hs_pipeline") && len(o.pipelines) > 0:
		values, told = o.pipelines, o.pipelineWords
	case (name == "dealstage" || name == "hs_pipeline_stage") && len(o.stages) > 0:
		values, told = o.stages, o.stageWords
	case kind == "enumeration":
		for _, option := range objectsIn(p["options"]) {
			if v, _ := option["value"].(string); option["hidden"] != true && v != "" && clean(v, 100) == v {
				values = append(values, v)
			}
		}
		told = values
	}
	brief := words
	full := words
	if len(told) > 0 {
		brief += ": " + counted(told, 160)
		if &told[0] != &values[0] {
			full += ": " + counted(told, 600)
		}
	}
	return knownField{name: name, full: choice(full, values), brief: map[string]any{"type": "string", "description": brief}}
}

func (o *hubspotObject) special(d *description) *special {
	p := &special{object: fmt.Sprintf("The %d properties of %s, read now.", len(o.fields), o.kind)}
	if o.only != "" {
		p.object = fmt.Sprintf("The %d properties of %s with %q in their names, read now.", len(o.fields), o.kind, clean(o.only, 40))
	} else if len(o.fields) > 40 {
		d.notes = append(d.notes, "context.property narrows the properties to those with that text in their names.")
	}
	keyed := known{name: "properties", words: "Keys are the properties of " + o.kind + "; values are text.", fields: o.fields}
	writes := d.effect != "read"
	switch {
	case d.takes("properties") && writes:
		p.arguments = append(p.arguments, keyed)
		p.examples = append(p.examples, map[string]any{"properties": o.exampleValues()})
	case d.takes("properties"):
		p.arguments = append(p.arguments, known{name: "properties", fixed: o.selection})
	case d.takes("inputs") && writes && !strings.Contains(d.action.Path, "archive"):
		p.arguments = append(p.arguments, known{name: "inputs", fixed: func(bytes int) map[string]any {
			shown, _ := keyed.show(0, bytes-200)
			return map[string]any{"type": "array", "items": map[string]any{
				"type": "object", "description": "Its other keys are as without context.", "properties": map[string]any{"properties": shown.Schema},
			}}
		}})
	}
	if d.takes("filterGroups") {
		p.arguments = append(p.arguments, known{name: "filterGroups", fixed: o.filters})
	}
	if d.takes("objectType") {
		p.examples = append(p.examples, map[string]any{"objectType": o.kind})
	}
	return p
}

func (o *hubspotObject) exampleValues() map[string]any {
	example := map[string]any{}
	for i, f := range o.fields {
		if i == 3 || len(example) == 2 {
			break
		}
		if values, _ := f.full["enum"].([]string); len(values) > 0 {
			example[f.name] = values[0]
			continue
		}
		switch {
		case f.name == "email":
			example[f.name] = "person@example.com"
		case strings.HasPrefix(fmt.Sprint(f.brief["description"]), "string") || strings.Contains(fmt.Sprint(f.brief["description"]), ", string"):
			example[f.name] = "Example"
		}
	}
	return example
}

// selection names the properties that a read may ask for.
func (o *hubspotObject) selection(bytes int) map[string]any {
	return map[string]any{"type": "array", "items": o.name(bytes - 60), "description": "Names of properties to return."}
}

func (o *hubspotObject) name(bytes int) map[string]any {
	if fitting := within(o.names, bytes); len(fitting) > 0 && len(fitting) <= maxOptions {
		return choice("", fitting)
	}
	return map[string]any{"type": "string", "description": "One of " + counted(o.names, bytes-60) + "."}
}

func (o *hubspotObject) filters(bytes int) map[string]any {
	filter := map[string]any{"type": "object", "properties": map[string]any{
		"propertyName": o.name(bytes - 600),
		"operator":     choice("", []string{"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}),
		"value":        map[string]any{"type": "string", "description": stageHint(o)},
	}}
	return map[string]any{
		"type": "array", "description": "One of the groups must hold, and all filters of it.",
		"items": map[string]any{"type": "object", "properties": map[string]any{"filters": map[string]any{"type": "array", "items": filter}}},
	}
}

func stageHint(o *hubspotObject) string {
	if len(o.stages) == 0 {
		return "As text."
	}
	return "As text. Stages: " + counted(o.stageWords, 300) + "."
}
