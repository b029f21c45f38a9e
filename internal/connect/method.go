package connect

import (
	"context"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// MethodError says that an app cannot be connected in the way that was asked for.
type MethodError struct {
	ConnectorID string
	Asked       alloy.AuthType   // "" where none was named
	Offered     []alloy.AuthType // what the app has
	// NeedsOwnApp: Alloy has no OAuth app of its own for this connector.
	NeedsOwnApp bool
}

// Error says why.
func (e *MethodError) Error() string {
	switch {
	case e.NeedsOwnApp:
		return "Alloy has no OAuth app of its own for " + e.ConnectorID + ", so it needs yours"
	case len(e.Offered) == 0:
		return "Alloy states no way to connect " + e.ConnectorID
	}
	return "there is no way to connect " + e.ConnectorID + " by " + string(e.Asked) + "; it offers: " + e.list()
}

// Hint says what to do about it.
func (e *MethodError) Hint() string {
	switch {
	case e.NeedsOwnApp:
		return "Whoever runs the server makes an Auth Config in Alloy's dashboard and sets ALLOY_AUTH_CONFIGS=" + e.ConnectorID + "=<its id>."
	case len(e.Offered) == 0:
		return "Tell the person; support@runalloy.com can help."
	}
	return "Leave method out, or name one of those."
}

func (e *MethodError) list() string {
	var names []string
	for _, t := range e.Offered {
		if !slices.Contains(names, string(t)) {
			names = append(names, string(t))
		}
	}
	return strings.Join(names, ", ")
}

// Method picks the way to connect an app: the one asked for, else the only one,
// else OAuth, which asks the person for the least. What the connector does not
// offer is refused here, by a [*MethodError], since Alloy would only answer that
// it is not found.
func (f *Flow) Method(ctx context.Context, connectorID string, asked alloy.AuthType) (alloy.AuthMethod, error) {
	methods, err := f.config.Catalog.Methods(ctx, connectorID)
	if err != nil {
		return alloy.AuthMethod{}, err
	}
	want := asked
	if asked == "" && len(methods) > 0 {
		want = methods[0].Type
		if slices.ContainsFunc(methods, func(m alloy.AuthMethod) bool { return m.Type == alloy.AuthOAuth2 }) {
			want = alloy.AuthOAuth2
		}
	}
	i := slices.IndexFunc(methods, func(m alloy.AuthMethod) bool { return m.Type == want })
	if i < 0 {
		not := &MethodError{ConnectorID: connectorID, Asked: asked}
		for _, m := range methods {
			not.Offered = append(not.Offered, m.Type)
		}
		return alloy.AuthMethod{}, not
	}
	if methods[i].AuthConfigRequired && !f.HasAuthConfig(connectorID) {
		return alloy.AuthMethod{}, &MethodError{ConnectorID: connectorID, Asked: asked, NeedsOwnApp: true}
	}
	return methods[i], nil
}
