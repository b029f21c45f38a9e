package doctor

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

const (
	notionID     = "notion"
	searchID     = "post-search"
	notionHeader = "Notion-Version"
	// notionVersion is sent where the action's metadata has no default. It
	// matches the database-era ids of Alloy's Notion actions (a guess).
	notionVersion = "2022-06-28"
)

// checkNotion checks that Notion and the connectors that the settings name are
// there, and how they are connected.
func (e *examination) checkNotion(ctx context.Context) {
	if len(e.connectors) == 0 {
		e.skip(CheckNotion, "not checked: there are no connectors")
		return
	}
	wanted := slices.Sorted(maps.Keys(e.config.AuthConfigs))
	if !slices.Contains(wanted, notionID) {
		wanted = append([]string{notionID}, wanted...)
	}
	for _, id := range wanted {
		if e.connector(id) != nil {
			e.checkMethods(ctx, id)
			continue
		}
		f := Finding{
			Check: CheckNotion, Subject: id, State: Warning, Message: "there is no connector " + id + " for this key",
			Cause: "Which connectors a key sees depends on the Alloy account.",
			Cure:  "`alloy-mcp connectors` lists them; Alloy's dashboard or " + supportMail + " can add one.",
		}
		if id == notionID {
			f.Message += ", so notion_search cannot work"
		}
		if near := e.nearConnector(id); near != "" {
			f.Cause, f.Cure = "Ids are case-sensitive, and this key has "+near+".", "Write "+near+"."
		}
		e.add(f)
	}
}

func (e *examination) connector(id string) *alloy.Connector {
	for i := range e.connectors {
		if e.connectors[i].ID == id {
			return &e.connectors[i]
		}
	}
	return nil
}

// nearConnector finds the connector that differs in case or is the one whose
// name for people was written.
func (e *examination) nearConnector(id string) string {
	for _, c := range e.connectors {
		if strings.EqualFold(c.ID, id) || strings.EqualFold(c.Name, id) {
			return c.ID
		}
	}
	return ""
}

// checkMethods reads how a connector is connected: a connector without an OAuth
// app of Alloy's needs an Auth Config first.
func (e *examination) checkMethods(ctx context.Context, id string) {
	methods, err := call(ctx, e, func(ctx context.Context) ([]alloy.AuthMethod, error) {
		return e.config.Client.CredentialMetadata(ctx, id)
	})
	if err != nil {
		f := failed(CheckNotion, "how "+id+" is connected", err)
		f.Subject, f.State = id, Warning
		e.add(f)
		return
	}
	var types []string
	needsConfig := len(methods) > 0
	for _, method := range methods {
		types = append(types, string(method.Type))
		needsConfig = needsConfig && method.AuthConfigRequired
	}
	switch {
	case len(methods) == 0:
		e.add(Finding{Check: CheckNotion, Subject: id, State: Warning, Message: id + " is there, but Alloy names no way to connect it"})
	case needsConfig && e.config.AuthConfigs[id] == "":
		e.add(Finding{
			Check: CheckNotion, Subject: id, State: Warning, Message: id + " cannot be connected yet: Alloy has no OAuth app of its own for it",
			Cause: "Its metadata says authConfigRequired.",
			Cure:  "Alloy dashboard, Auth Configs, New Auth Config: enter your own app's client id and secret, register the redirect URI shown there with the app's provider, then set ALLOY_AUTH_CONFIGS=" + id + "=<its id>.",
		})
	default:
		e.add(Finding{Check: CheckNotion, Subject: id, State: OK, Message: id + " is there; it is connected by " + strings.Join(types, " or ")})
	}
}

// checkSchema compares Notion's search as Alloy has it now with the copy that
// the tool notion_search is made from.
func (e *examination) checkSchema(ctx context.Context) {
	if e.connector(notionID) == nil {
		e.skip(CheckSchema, "not checked: there is no connector notion")
		return
	}
	copied, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		e.add(Finding{Check: CheckSchema, State: Problem, Message: "this program's copy of the action cannot be read: " + err.Error(), Cure: "Install the program again."})
		return
	}
	live, err := call(ctx, e, func(ctx context.Context) (alloy.Action, error) {
		return e.config.Client.Action(ctx, notionID, searchID)
	})
	if err != nil {
		e.add(e.noSearch(ctx, err))
		return
	}
	e.search = live
	drift := schemas.Diff(copied, live)
	switch {
	case drift.Empty():
		e.ok(CheckSchema, "Notion's search is as this program knows it")
	case len(drift.Removed) == 0:
		// What was added or changed is checked at call time against the live action.
		e.ok(CheckSchema, "Notion's search differs from this program's copy, which calls take into account: "+drift.String())
	default:
		e.add(Finding{
			Check: CheckSchema, State: Warning, Message: "Notion's search lacks what this program's copy has: " + drift.String(),
			Cause: "Alloy changed the action since this version was made.",
			Cure:  "Searches that use what is gone are refused with a hint. Install a newer version, or run `alloy-mcp schemas pull` in the source and build it.",
		})
	}
}

// noSearch explains why the action could not be read, by the connector's list
// of actions where there is one.
func (e *examination) noSearch(ctx context.Context, err error) Finding {
	f := failed(CheckSchema, "Notion's search (post-search)", err)
	if f.upstream {
		return f
	}
	f.State = Warning
	f.exit = ExitOK
	actions, listErr := e.actionsOf(ctx, notionID)
	if listErr != nil || len(actions) == 0 || slices.Contains(actions, searchID) {
		return f
	}
	f.Cause = "Alloy lists no such action for notion; it has " + strings.Join(actions[:min(len(actions), maxNamed)], ", ") + "."
	f.Cure = "Action ids are Alloy's and case-sensitive: choose from its list. Send us the page of `alloy-mcp doctor --report`."
	return f
}

// actionsOf lists the ids of a connector's actions, once.
func (e *examination) actionsOf(ctx context.Context, connectorID string) ([]string, error) {
	if known, ok := e.actions[connectorID]; ok {
		return known, nil
	}
	resources, err := call(ctx, e, func(ctx context.Context) ([]alloy.Resource, error) {
		return e.config.Client.Resources(ctx, connectorID)
	})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, resource := range resources {
		for _, action := range resource.Actions {
			ids = append(ids, action.ID)
		}
	}
	e.actions[connectorID] = ids
	return ids, nil
}

// headers returns what an action of the connector needs beside its arguments:
// Notion demands a version, and the metadata's own is the one its values fit.
func (e *examination) headers(connectorID string) map[string]string {
	if connectorID != notionID {
		return nil
	}
	version := notionVersion
	for _, p := range e.search.Parameters {
		var schema struct{ Default string }
		if strings.EqualFold(p.Name, notionHeader) && json.Unmarshal(p.Schema, &schema) == nil && schema.Default != "" {
			version = schema.Default
		}
	}
	return map[string]string{notionHeader: version}
}
