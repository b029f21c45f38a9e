// Package pinned holds copies of Alloy's metadata of the actions that a tool of
// ours is compiled from, so that a list of tools needs neither network nor key.
//
// A file is named after the action, connector.action.json, and holds the
// "action" object of GET /connectors/{id}/actions/{actionId}. Copies are
// refreshed by hand, never at start; schemas.Diff tells how the live action
// differs.
package pinned

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

//go:embed *.json
var files embed.FS

// NotionSearch is the action that notion_search is compiled from.
const NotionSearch = "notion.post-search"

// Names lists what is pinned, sorted.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil // an embedded folder cannot fail to be read
	}
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".json"))
	}
	return out
}

// Action returns the pinned action of a name such as [NotionSearch].
func Action(name string) (alloy.Action, error) {
	data, err := files.ReadFile(name + ".json")
	if err != nil {
		return alloy.Action{}, fmt.Errorf("no action %q is pinned; there are %s", name, strings.Join(Names(), ", "))
	}
	return Decode(data)
}

// wire is an action as Alloy's API writes it (keys observed).
type wire struct {
	ID                    string          `json:"id"`
	DisplayName           string          `json:"displayName"`
	Description           string          `json:"description"`
	Method                string          `json:"httpMethod"`
	Path                  string          `json:"path"`
	Parameters            []wireParameter `json:"parameters"`
	RequestBody           json.RawMessage `json:"requestBody,omitempty"`
	SampleSuccessResponse json.RawMessage `json:"sampleSuccessResponse,omitempty"`
}

type wireParameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Required    bool            `json:"required"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

// Decode reads a pinned file.
func Decode(data []byte) (alloy.Action, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return alloy.Action{}, fmt.Errorf("read a pinned action: %w", err)
	}
	if w.ID == "" {
		return alloy.Action{}, fmt.Errorf("read a pinned action: it has no id")
	}
	a := alloy.Action{
		ID: w.ID, DisplayName: w.DisplayName, Description: w.Description, Method: w.Method, Path: w.Path,
		RequestBody: w.RequestBody, SampleSuccessResponse: w.SampleSuccessResponse,
	}
	for _, p := range w.Parameters {
		a.Parameters = append(a.Parameters, alloy.Parameter(p))
	}
	return a, nil
}

// Encode writes an action as a pinned file, to be put beside this code.
func Encode(a alloy.Action) ([]byte, error) {
	w := wire{
		ID: a.ID, DisplayName: a.DisplayName, Description: a.Description, Method: a.Method, Path: a.Path,
		Parameters: []wireParameter{}, RequestBody: a.RequestBody, SampleSuccessResponse: a.SampleSuccessResponse,
	}
	for _, p := range a.Parameters {
		w.Parameters = append(w.Parameters, wireParameter(p))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("write the pinned action %s: %w", a.ID, err)
	}
	return b.Bytes(), nil
}
