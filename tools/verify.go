package tools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// maxVerified bounds the reads of one call.
const maxVerified = 10

// verifyAll tests connections with a harmless read each, where the connector
// has one. What a test finds is kept in the connection's status; only an error
// that is not the connection's own ends the call.
func (s *Set) verifyAll(ctx context.Context, user alloy.UserID, list []alloy.Credential) error {
	for _, account := range list[:min(len(list), maxVerified)] {
		actionID, err := s.harmlessRead(ctx, account.ConnectorID)
		if err != nil {
			return err
		}
		if actionID == "" {
			continue
		}
		_, schema, err := s.action(ctx, account.ConnectorID+"."+actionID)
		if err != nil {
			return err
		}
		result, err := s.executeAs(ctx, user, account, run{
			connectorID: account.ConnectorID, actionID: actionID, effect: alloy.EffectRead, headers: providerHeaders(account.ConnectorID, schema),
		})
		var halt *stop
		switch {
		case errors.As(err, &halt):
		case err != nil:
			return err
		default:
			s.accounts.used(account.ID, true, ownerIn(result.Data))
		}
	}
	return nil
}

// whoAmI are the ids, without separators and in lower case, under which
// connectors offer "who am I": a read without arguments that changes nothing.
func whoAmI(actionID string) bool {
	folded := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(actionID))
	return slices.Contains([]string{"getself", "getme", "me", "whoami", "authtest", "getmyself", "getcurrentuser", "getmyuser", "retrieveyourtokensbotuser"}, folded)
}

// harmlessRead returns the connector's action that tells who the account is, or
// "" where it has none.
func (s *Set) harmlessRead(ctx context.Context, connectorID string) (string, error) {
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		return "", err
	}
	for _, resource := range resources {
		for _, action := range resource.Actions {
			if whoAmI(action.ID) {
				return action.ID, nil
			}
		}
	}
	return "", nil
}

// ownerIn finds whose account it is in the answer to "who am I": a workspace, a
// name or an e-mail address.
func ownerIn(data json.RawMessage) string {
	var me struct {
		Name         string `json:"name"`
		DisplayName  string `json:"displayName"`
		Email        string `json:"email"`
		EmailAddress string `json:"emailAddress"`
		Team         string `json:"team"`
		User         any    `json:"user"`
		Bot          struct {
			WorkspaceName string `json:"workspace_name"`
		} `json:"bot"`
	}
	if json.Unmarshal(data, &me) != nil {
		return ""
	}
	user, _ := me.User.(string)
	var parts []string
	for _, part := range []string{me.Bot.WorkspaceName, me.Team, me.DisplayName, me.Name, user, me.EmailAddress, me.Email} {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return clean(strings.Join(parts[:min(len(parts), 2)], ", "), 120)
}
