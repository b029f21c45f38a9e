// Package eval measures how well the search for actions answers queries whose right
// answers are known.
package eval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

// Golden is a query and what is right for it.
type Golden struct {
	ID        string     `json:"id"`
	Query     string     `json:"query"`
	Hint      string     `json:"connector_hint"` // the app that the caller names beside the query
	Connected []string   `json:"connected"`      // the apps that the caller has connected
	Relevant  []Relevant `json:"relevant"`       // none: the right answer is that there is none
	Kind      string     `json:"kind"`
}

// Relevant is an action that is right: grade 2 does what was asked, grade 1 would
// do or helps.
type Relevant struct {
	Connector string `json:"connector"`
	Action    string `json:"action"`
	Grade     int    `json:"grade"`
}

// grade is how right an action is, 0 where it is wrong.
func (g *Golden) grade(connector, action string) int {
	for _, r := range g.Relevant {
		if r.Connector == connector && r.Action == action {
			return r.Grade
		}
	}
	return 0
}

// ReadGolden reads queries, one JSON object a line.
func ReadGolden(r io.Reader) ([]Golden, error) {
	var all []Golden
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		var g Golden
		if err := json.Unmarshal([]byte(line), &g); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if strings.TrimSpace(g.Query) == "" {
			return nil, fmt.Errorf("line %d: there is no query", number)
		}
		all = append(all, g)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the queries: %w", err)
	}
	return all, nil
}

// Catalog is what is searched.
type Catalog struct {
	Apps []index.App
	Docs []index.Doc
}

// catalogFile has the shape of schemas/testdata/catalogs.
type catalogFile struct {
	Connector struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		Category []string `json:"category"`
	} `json:"connector"`
	Resources []struct {
		Name    string `json:"name"`
		Actions []struct {
			ID          string `json:"id"`
			Name        string `json:"name"`
			Description string `json:"description"`
		} `json:"actions"`
	} `json:"resources"`
	Actions map[string]json.RawMessage `json:"actions"`
}

// actionDetails are the parts of an action's details that a search needs.
type actionDetails struct {
	ID          string `json:"id"`
	Method      string `json:"httpMethod"`
	Path        string `json:"path"`
	DisplayName string `json:"displayName"`
	Parameters  []struct {
		Name string `json:"name"`
	} `json:"parameters"`
}

// Add reads one catalogue file and adds its actions.
func (c *Catalog) Add(r io.Reader, effect func(id, method, path string) string) error {
	var file catalogFile
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return fmt.Errorf("decode the catalogue: %w", err)
	}
	if file.Connector.ID == "" {
		return fmt.Errorf("the catalogue names no connector")
	}
	c.Apps = append(c.Apps, index.App{ID: file.Connector.ID, Name: file.Connector.Name, Categories: file.Connector.Category})
	for _, resource := range file.Resources {
		for _, action := range resource.Actions {
			doc := index.Doc{
				ConnectorID: file.Connector.ID, ActionID: action.ID, Name: action.Name,
				Group: resource.Name, Description: action.Description,
			}
			if raw, ok := file.Actions[action.ID]; ok {
				var details actionDetails
				if err := json.Unmarshal(raw, &details); err != nil {
					return fmt.Errorf("decode the action %s: %w", action.ID, err)
				}
				doc.Effect = effect(action.ID, details.Method, details.Path)
				doc.Parameters = parameters(details, raw)
			}
			c.Docs = append(c.Docs, doc)
		}
	}
	return nil
}

// parameters are the names of an action's parameters and of the properties of its body.
func parameters(details actionDetails, raw json.RawMessage) []string {
	var names []string
	for _, p := range details.Parameters {
		names = append(names, p.Name)
	}
	var body struct {
		RequestBody struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"requestBody"`
	}
	if json.Unmarshal(raw, &body) == nil { // a body that is no object has no properties
		var properties []string
		for name := range body.RequestBody.Properties {
			properties = append(properties, name)
		}
		slices.Sort(properties)
		names = append(names, properties...)
	}
	return names
}
