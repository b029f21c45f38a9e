package tools

import (
	"context"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

type getCredentialMetadataIn struct {
	ConnectorID string `json:"connector_id" jsonschema_description:"E.g. notion."`
}

type getCredentialMetadataOut struct {
	ConnectorID string      `json:"connector_id,omitempty"`
	Name        string      `json:"name,omitempty"`
	Methods     []methodRow `json:"methods,omitzero"`
	// Sandbox is where the app can be tried without touching real data; it is told
	// outside production, where one is known.
	Sandbox string `json:"sandbox,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Next    *Next  `json:"next,omitempty" jsonschema:"-"`
}

type methodRow struct {
	Method string `json:"method,omitempty"`
	// Scheme tells the two kinds of http apart; Alloy calls both "http".
	Scheme string `json:"scheme,omitempty"`
	// NeedsOwnOAuthApp: Alloy has no OAuth app for this connector.
	NeedsOwnOAuthApp bool       `json:"needs_own_oauth_app,omitempty"`
	Fields           []fieldRow `json:"fields,omitzero"`
}

type fieldRow struct {
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Required    bool     `json:"required,omitempty"`
	Secret      bool     `json:"secret,omitempty"`
	Enum        []string `json:"enum,omitempty"`
}

func getCredentialMetadata() (definition, error) {
	tool, err := withOutput[getCredentialMetadataOut](Tool{
		Name:        "get_credential_metadata",
		Title:       "How to connect an app",
		Description: "Tells how an app is connected: its methods (oauth2, apiKey, http) and the fields a person fills in, as Alloy states them.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	})
	if err != nil {
		return definition{Tool: tool}, err
	}
	return define(tool, runGetCredentialMetadata)
}

func runGetCredentialMetadata(ctx context.Context, s *Set, in getCredentialMetadataIn) (any, error) {
	connector, err := s.connector(ctx, in.ConnectorID)
	if err != nil {
		return nil, err
	}
	methods, err := s.config.Catalog.Methods(ctx, connector.ID)
	if err != nil {
		return nil, err
	}
	out := getCredentialMetadataOut{
		ConnectorID: connector.ID, Name: plain.Description(connector.Name, 80), Methods: make([]methodRow, 0, len(methods)),
		Sandbox: s.config.Connect.Sandbox(connector.ID),
		Hint:    "A person enters these on the page that start_oauth links to; never ask for them in the chat.",
		Next:    next("start_oauth", "connector_id", connector.ID),
	}
	for _, method := range methods {
		row, err := describeMethod(method)
		if err != nil {
			return nil, err
		}
		out.Methods = append(out.Methods, row)
	}
	if len(methods) == 0 {
		out.Hint, out.Next = "Alloy states no way to connect this app.", nil
	}
	return out, nil
}

func describeMethod(method alloy.AuthMethod) (methodRow, error) {
	fields, err := connect.Fields(method)
	if err != nil {
		return methodRow{}, &Error{
			Code: CodeUpstreamError, Message: "Alloy describes how to connect this app in a form that cannot be read.",
			Hint: "Tell the person; support@runalloy.com can help.",
		}
	}
	row := methodRow{Method: string(method.Type), NeedsOwnOAuthApp: method.AuthConfigRequired, Fields: make([]fieldRow, 0, len(fields))}
	named := func(name string) bool {
		return slices.ContainsFunc(fields, func(f connect.Field) bool { return f.Name == name })
	}
	if method.Type == alloy.AuthHTTP {
		switch {
		case named("password"):
			row.Scheme = "basic"
		case named("accessToken") || named("token"):
			row.Scheme = "bearer"
		}
	}
	for _, f := range fields {
		// A long value is offered by the page only.
		f.Options = slices.DeleteFunc(f.Options, func(v string) bool { return len(v) > 200 })
		row.Fields = append(row.Fields, fieldRow{
			Name: f.Name, Description: plain.Description(f.Help, 300), Required: f.Required, Secret: f.Secret, Enum: f.Options,
		})
	}
	return row, nil
}
