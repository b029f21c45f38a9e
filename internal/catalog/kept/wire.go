package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// The lines of the files, apart from the types of alloy so that those may change.

type appLine struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	IconURL    string   `json:"icon_url,omitempty"`
	Groups     []string `json:"groups,omitempty"`
	Categories []string `json:"categories,omitempty"`
}

type resourceLine struct {
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Actions     []summaryLine `json:"actions"`
}

type summaryLine struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Fact        *Fact  `json:"fact,omitempty"`
}

type actionLine struct {
	ReadAt      time.Time       `json:"read_at"`
	ID          string          `json:"id"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Method      string          `json:"method,omitempty"`
	Path        string          `json:"path,omitempty"`
	Parameters  []parameterLine `json:"parameters,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"`
	Sample      json.RawMessage `json:"sample,omitempty"`
}

type parameterLine struct {
	Name        string          `json:"name"`
	In          string          `json:"in,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

func lineOfApp(c alloy.Connector) appLine {
	return appLine{ID: c.ID, Name: c.Name, IconURL: c.IconURL, Groups: c.Groups, Categories: c.Categories}
}

func (l appLine) connector() alloy.Connector {
	return alloy.Connector{ID: l.ID, Name: l.Name, IconURL: l.IconURL, Groups: l.Groups, Categories: l.Categories}
}

func lineOfResource(r alloy.Resource, facts map[string]Fact) resourceLine {
	line := resourceLine{Name: r.Name, Description: r.Description, Actions: make([]summaryLine, 0, len(r.Actions))}
	for _, a := range r.Actions {
		summary := summaryLine{ID: a.ID, Name: a.Name, Description: a.Description}
		if fact, ok := facts[a.ID]; ok {
			summary.Fact = &fact
		}
		line.Actions = append(line.Actions, summary)
	}
	return line
}

func (l resourceLine) resource(facts map[string]Fact) alloy.Resource {
	r := alloy.Resource{Name: l.Name, Description: l.Description, Actions: make([]alloy.ActionSummary, 0, len(l.Actions))}
	for _, a := range l.Actions {
		r.Actions = append(r.Actions, alloy.ActionSummary{ID: a.ID, Name: a.Name, Description: a.Description})
		if a.Fact != nil {
			facts[a.ID] = *a.Fact
		}
	}
	return r
}

func lineOfAction(a Action) actionLine {
	line := actionLine{
		ReadAt: a.ReadAt, ID: a.Action.ID, Name: a.Action.DisplayName, Description: a.Action.Description, Method: a.Action.Method, Path: a.Action.Path,
		Body: a.Action.RequestBody, Sample: a.Action.SampleSuccessResponse,
	}
	for _, p := range a.Action.Parameters {
		line.Parameters = append(line.Parameters, parameterLine{Name: p.Name, In: p.In, Required: p.Required, Description: p.Description, Schema: p.Schema})
	}
	return line
}

func (l actionLine) action() Action {
	a := alloy.Action{
		ID: l.ID, DisplayName: l.Name, Description: l.Description, Method: l.Method, Path: l.Path,
		RequestBody: value(l.Body), SampleSuccessResponse: value(l.Sample),
	}
	for _, p := range l.Parameters {
		a.Parameters = append(a.Parameters, alloy.Parameter{Name: p.Name, In: p.In, Required: p.Required, Description: p.Description, Schema: value(p.Schema)})
	}
	return Action{ReadAt: l.ReadAt, Action: a}
}

func value(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return raw
}

// decode decodes a line that may be hostile.
func decode(line []byte, into any) error {
	if deeper(line, maxDepth) {
		return errors.New("it is nested too deeply")
	}
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("it is no line of ours: %w", err)
	}
	return nil
}

// deeper reports whether a JSON text is nested deeper than limit.
func deeper(text []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > limit {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}
