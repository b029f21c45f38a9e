package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strconv"
)

// ProviderData is the data with which a credential of a connector works at its provider: {"apiKey":…} for shipStation,
// {"accessToken":…} for shippo, {"domain":…,"username":…,"password":…} for jira. Anything else is stored all the same, as
// Alloy cannot know better, and the provider answers its 401 at the first execution. It is nil for
// connectors without secrets, and an example that nobody checks for those loaded from a catalog.
func (s *Simulator) ProviderData(connectorID string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, _ := s.providerData(connectorID)
	return maps.Clone(data)
}

// providerData tells also whether the provider checks the data.
func (s *Simulator) providerData(connectorID string) (data map[string]any, checked bool) {
	switch connectorID {
	case "shipStation":
		return map[string]any{"apiKey": s.providerSecret(connectorID)}, true
	case "shippo":
		return map[string]any{"accessToken": "shippo_test_" + s.providerSecret(connectorID)}, true
	case "jira":
		return map[string]any{
			"domain": "harbourpine", "username": "robin@harbourpine.example", "password": s.providerSecret(connectorID),
		}, true
	}
	con := s.connectors[connectorID]
	if con == nil || len(con.methods) == 0 || con.methods[0].Type == "oauth2" {
		return nil, false
	}
	data = map[string]any{}
	for _, field := range con.methods[0].InputSchema.Properties.Data.Required {
		data[field] = "example"
	}
	return data, false
}

// providerSecret depends on the seed alone, so that a Reset does not change it.
func (s *Simulator) providerSecret(connectorID string) string {
	sum := sha256.Sum256([]byte("provider\x00" + connectorID + strconv.FormatUint(s.cfg.Seed, 10)))
	return hex.EncodeToString(sum[:12])
}

// accepted reports whether a provider takes the secret of a credential.
func (s *Simulator) accepted(c *call, cred *credential) bool {
	if cred.revokedAtProvider {
		return false
	}
	want, checked := s.providerData(cred.ConnectorID)
	if !checked || c.modes.AnySecret {
		return true
	}
	for field, value := range want {
		if cred.data[field] != value {
			return false
		}
	}
	return true
}
