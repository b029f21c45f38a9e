package simulator

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator/internal/notion"
)

// backend is a provider that really works, behind one connector. It is called with the simulator's lock held.
type backend interface {
	knows(actionID string) bool
	do(providerCall) providerReply
	reset()
}

// providerCall is what Alloy forwards to a provider.
type providerCall struct {
	action     string
	credential *credential
	accepted   bool // the provider takes the credential's secret
	path       map[string]any
	query      map[string]any
	headers    map[string]any
	body       json.RawMessage
	modes      Modes
	now        time.Time
}

// providerReply is a provider's answer. wrote is set where something was changed.
type providerReply struct {
	status int
	header http.Header
	body   any
	wrote  bool
}

// shippedBackends are the providers behind the shipped connectors.
func shippedBackends(seed uint64, clock func() time.Time) map[string]backend {
	return map[string]backend{
		notionID:      notionBackend{notion.New(notion.Options{Seed: seed, Clock: clock})},
		"shipStation": &shipStationBackend{},
		"shippo":      &shippoBackend{},
		"jira":        &jiraBackend{},
	}
}
