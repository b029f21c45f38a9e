package simulator

import (
	"bytes"
	"encoding/json"
)

func (s *Simulator) listConnectors(c *call) reply {
	list := make([]*connector, 0, len(s.order))
	for _, id := range s.order {
		list = append(list, s.connectors[id])
	}
	arrange(s, c, list)
	items := make([]json.RawMessage, len(list))
	for i, con := range list {
		items[i] = con.item
	}
	return ok(object{"connectors": items})
}

// showConnector: that the item stands under "connector" is inferred from "action".
func (s *Simulator) showConnector(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	return ok(object{"connector": con.item})
}

func (s *Simulator) listResources(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	return ok(object{"resources": con.resources})
}

// listActions serves a call that only third-party prose has; shape and existence are guesses.
func (s *Simulator) listActions(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	list := con.summaries
	if list == nil {
		list = []actionSummary{}
	}
	return ok(object{"actions": list})
}

func (s *Simulator) showAction(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	act := con.actions[c.params["action"]]
	if act == nil {
		return c.actionNotFound(con.id, c.params["action"])
	}
	raw := act.raw
	if con.shipped && con.id == notionID {
		raw = forNotionVersion(raw, c.modes.notionVersion())
	}
	return ok(object{"action": raw})
}

// forNotionVersion rewrites the shipped metadata, written for 2022-06-28, for a newer version: the default of the
// header, and what search filters by.
func forNotionVersion(raw json.RawMessage, version string) json.RawMessage {
	if version == "2022-06-28" {
		return raw
	}
	raw = bytes.ReplaceAll(raw, []byte(`"default":"2022-06-28"`), []byte(`"default":"`+version+`"`))
	return bytes.ReplaceAll(raw, []byte(`"enum":["page","database"]`), []byte(`"enum":["page","data_source"]`))
}

func (s *Simulator) credentialMetadata(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	return ok(object{"metadata": con.metadata})
}
