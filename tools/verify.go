package tools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// maxVerified bounds the reads of one call.
const maxVerified = 10

// verifyAll tests connections with a harmless read each, where the connector
// has one. What a test finds is kept in the connection's status; only an error
// that is not the connection's own ends the call.
func (s *Set) verifyAll(ctx context.Context, user alloy.UserID, list []alloy.Credential) error {
	for _, account := range list[:min(len(list), maxVerified)] {
		schema, actionID, err := s.harmlessRead(ctx, account.ConnectorID)
		if keyRejected(err) {
			return err
		}
		if err != nil || schema == nil {
			continue // this app cannot be tested; the others can
		}
		result, err := s.executeAs(ctx, user, account, run{
			connectorID: account.ConnectorID, actionID: actionID, effect: alloy.EffectRead, headers: providerHeaders(account.ConnectorID, schema),
		})
		var halt *stop
		switch {
		case keyRejected(err):
			return err
		case errors.As(err, &halt), err != nil: // a stop has noted it; anything else says nothing of the account
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
// nil where it has none that surely reads.
func (s *Set) harmlessRead(ctx context.Context, connectorID string) (*schemas.ActionSchema, string, error) {
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		return nil, "", err
	}
	for _, resource := range resources {
		for _, summary := range resource.Actions {
			if !whoAmI(summary.ID) {
				continue
			}
			action, schema, err := s.action(ctx, connectorID+"."+summary.ID)
			if err != nil {
				return nil, "", err
			}
			if catalog.EffectOf(action) == catalog.Read {
				return schema, summary.ID, nil
			}
		}
	}
	return nil, "", nil
}

// keyRejected reports whether err is about the API key, so about no account.
func keyRejected(err error) bool {
	var failed *alloy.Error
	return errors.As(err, &failed) && failed.Kind == alloy.KindUnauthorized
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
