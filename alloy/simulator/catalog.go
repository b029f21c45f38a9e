package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// connector is one app with its actions. What is answered as it was loaded stays raw.
type connector struct {
	id, name  string
	item      json.RawMessage // of GET /connectors
	metadata  []json.RawMessage
	resources json.RawMessage
	summaries []actionSummary
	actions   map[string]*action
	methods   []method
	shipped   bool
}

// method is one way to connect, the part of the metadata that the simulator acts on.
type method struct {
	Type               string `json:"authenticationType"`
	AuthConfigRequired bool   `json:"authConfigRequired"`
	InputSchema        struct {
		Properties struct {
			Data struct {
				Required []string `json:"required"`
			} `json:"data"`
		} `json:"properties"`
	} `json:"inputSchema"`
}

type actionSummary struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
}

// action is one operation; raw is the "action" object of its detail call.
type action struct {
	raw    json.RawMessage
	id     string
	method string
	path   string
	sample json.RawMessage
}

// catalogFile is the shape of a catalog: what Alloy answers for one connector, in one file.
type catalogFile struct {
	Connector json.RawMessage            `json:"connector"`
	Metadata  []json.RawMessage          `json:"metadata"`
	Resources json.RawMessage            `json:"resources"`
	Actions   map[string]json.RawMessage `json:"actions"`
}

// LoadCatalog adds a connector, or replaces the one of the same id, from a JSON object of four members:
//
//	connector   an item of GET /connectors
//	metadata    the array of GET /connectors/{id}/credentials/metadata
//	resources   the array of GET /connectors/{id}/resources
//	actions     by action id, the "action" object of GET /connectors/{id}/actions/{actionId}
//
// Actions that the simulator has a working back end for (those of the shipped connectors) keep it; the others
// answer their sampleSuccessResponse. Credentials of a replaced connector stay.
func (s *Simulator) LoadCatalog(raw []byte) error {
	con, err := parseCatalog(raw)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.install(con)
}

// ReadCatalog is [Simulator.LoadCatalog] for a file or another reader.
func (s *Simulator) ReadCatalog(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxCatalog+1))
	if err != nil {
		return fmt.Errorf("reading a catalog: %w", err)
	}
	return s.LoadCatalog(raw)
}

func (s *Simulator) install(con *connector) error {
	if _, known := s.connectors[con.id]; !known {
		if len(s.order) >= maxConnectors {
			return fmt.Errorf("the simulator holds no more than %d connectors", maxConnectors)
		}
		s.order = append(s.order, con.id)
	}
	s.connectors[con.id] = con
	return nil
}

func parseCatalog(raw []byte) (*connector, error) {
	if len(raw) > maxCatalog {
		return nil, fmt.Errorf("a catalog of more than %d bytes is not loaded", maxCatalog)
	}
	raw = bytes.Clone(raw)
	var file catalogFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("a catalog is a JSON object with connector, metadata, resources and actions: %w", err)
	}
	con := &connector{item: file.Connector, metadata: file.Metadata, resources: file.Resources}
	var item struct{ ID, Name string }
	if err := json.Unmarshal(file.Connector, &item); err != nil || item.ID == "" {
		return nil, errors.New("the catalog's connector has no id")
	}
	con.id, con.name = item.ID, item.Name
	if con.name == "" {
		con.name = con.id
	}
	if err := con.readMethods(); err != nil {
		return nil, fmt.Errorf("catalog of %s: %w", con.id, err)
	}
	if err := con.readActions(file.Actions); err != nil {
		return nil, fmt.Errorf("catalog of %s: %w", con.id, err)
	}
	return con, con.readResources()
}

func (con *connector) readMethods() error {
	for i, raw := range con.metadata {
		var m method
		if err := json.Unmarshal(raw, &m); err != nil || m.Type == "" {
			return fmt.Errorf("metadata %d has no authenticationType", i)
		}
		con.methods = append(con.methods, m)
	}
	if len(con.methods) == 0 {
		return errors.New("the metadata is empty, so nobody could connect")
	}
	return nil
}

func (con *connector) readActions(raws map[string]json.RawMessage) error {
	con.actions = make(map[string]*action, len(raws))
	for id, raw := range raws {
		var a struct {
			HTTPMethod            string          `json:"httpMethod"`
			Path                  string          `json:"path"`
			SampleSuccessResponse json.RawMessage `json:"sampleSuccessResponse"`
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			return fmt.Errorf("action %s: %w", id, err)
		}
		con.actions[id] = &action{
			raw: raw, id: id, method: strings.ToLower(a.HTTPMethod), path: a.Path, sample: a.SampleSuccessResponse,
		}
	}
	return nil
}

func (con *connector) readResources() error {
	var resources []struct {
		Actions []struct{ ID, Name string }
	}
	if err := json.Unmarshal(con.resources, &resources); err != nil {
		return fmt.Errorf("catalog of %s: resources: %w", con.id, err)
	}
	for _, r := range resources {
		for _, a := range r.Actions {
			if con.actions[a.ID] == nil {
				return fmt.Errorf("catalog of %s: resources list %q, which is no action", con.id, a.ID)
			}
			con.summaries = append(con.summaries, actionSummary{a.ID, a.Name})
		}
	}
	return nil
}

// method is the connector's way to connect of that type, or nil.
func (con *connector) method(authType string) *method {
	i := slices.IndexFunc(con.methods, func(m method) bool { return m.Type == authType })
	if i < 0 {
		return nil
	}
	return &con.methods[i]
}
