package alloy

import (
	"context"
	"encoding/json"
	"net/http"
)

type authMethodRow struct {
	AuthenticationType looseText       `json:"authenticationType"`
	CredentialType     looseText       `json:"credentialType"` // the older guide's word
	AuthConfigRequired looseText       `json:"authConfigRequired"`
	InputSchema        json.RawMessage `json:"inputSchema"`
	SampleInput        json.RawMessage `json:"sampleInput"`
}

func (r *authMethodRow) method() (AuthMethod, bool) {
	m := AuthMethod{
		Type: AuthType(firstOf(r.AuthenticationType, r.CredentialType)), AuthConfigRequired: r.AuthConfigRequired == "true",
		InputSchema: value(r.InputSchema), SampleInput: value(r.SampleInput),
	}
	if m.Type == "" {
		m.Type = constType(r.InputSchema)
	}
	return m, m.Type != ""
}

// constType reads the type from the schema's constant, where the row has none.
func constType(schema json.RawMessage) AuthType {
	var s struct {
		Properties struct {
			AuthenticationType struct{ Const looseText } `json:"authenticationType"`
		}
	}
	if !isObject(schema) || json.Unmarshal(schema, &s) != nil {
		return ""
	}
	return AuthType(s.Properties.AuthenticationType.Const)
}

// CredentialMetadata returns the ways to connect a connector, one for each
// authentication type. Where the endpoint is missing, its older path is tried
// (official guide), which nowadays lists credentials.
func (c *Client) CredentialMetadata(ctx context.Context, connectorID string) ([]AuthMethod, error) {
	methods, err := c.metadata(ctx, connectorID, "connectors", connectorID, "credentials", "metadata")
	if !statusIs(err, http.StatusNotFound) {
		return methods, err
	}
	if older, olderErr := c.metadata(ctx, connectorID, "connectors", connectorID, "credentials"); olderErr == nil {
		return older, nil
	}
	return nil, err
}

func (c *Client) metadata(ctx context.Context, connectorID string, path ...string) ([]AuthMethod, error) {
	k := &call{op: "read credential metadata of " + label(connectorID), method: http.MethodGet, path: path, connector: connectorID}
	return do(ctx, c, k, func(a *answer) ([]AuthMethod, *Error) {
		object, failure := a.usable()
		if failure != nil {
			return nil, failure
		}
		rows := []json.RawMessage{object["metadata"]}
		if !isObject(object["metadata"]) {
			if rows, failure = a.list("metadata"); failure != nil {
				return nil, failure
			}
		}
		return decodeRows(c, a, k.op, rows, (*authMethodRow).method)
	})
}
