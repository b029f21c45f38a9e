package doctor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// askByWriting makes a user of its own, tries on it what writes, and deletes it.
// Nobody else's users or accounts are touched.
func (q *inquiry) askByWriting(ctx context.Context) {
	username := "alloy-mcp-report-" + randomHex()
	var user alloy.User
	create := func(ctx context.Context) error {
		made, err := q.config.Client.CreateUser(ctx, username, "Made by alloy-mcp doctor, may be deleted")
		if err == nil {
			user = made
		}
		return err
	}
	all, err := q.watchAll(ctx, create)
	q.note(askCreate, "POST /users", firstPost(all), err)
	if err != nil {
		if failure := asError(err); failure.Outcome == alloy.OutcomeUnknown {
			q.survey.Left = username
		}
		q.open(askDuplicateUser, "The throw-away user could not be made.")
		return
	}
	users := []alloy.UserID{user.ID}
	defer func() { q.removeUsers(ctx, username, users) }()

	all, err = q.watchAll(ctx, create)
	q.note(askDuplicateUser, "POST /users with a username that exists", firstPost(all), err)
	if err == nil && !slices.Contains(users, user.ID) {
		q.fact(askDuplicateUser, "a second user of the same username was made")
		users = append(users, user.ID)
	} else if err == nil {
		q.fact(askDuplicateUser, "the same user was returned, or found by its username")
	}
	q.askIsolation(ctx, users[0])
	q.askLink(ctx, users[0])
	q.askSecrets(ctx, users[0])
}

func randomHex() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// firstPost returns the first answer to a POST, the one that the call is about.
func firstPost(all []alloy.Observation) alloy.Observation {
	for _, o := range all {
		if o.Method == "POST" {
			return o
		}
	}
	return alloy.Observation{}
}

// askIsolation reads with somebody else's account as the throw-away user, which
// must be refused. Of what is read in case it is not, nothing is kept.
func (q *inquiry) askIsolation(ctx context.Context, user alloy.UserID) {
	if q.own.ID == "" {
		return
	}
	x := q.harmlessRead(ctx, q.own)
	if x.ActionID == "" {
		return
	}
	o, err := q.execute(ctx, user, x)
	if err == nil {
		q.fact(askStatuses, fmt.Sprintf("an execution with ANOTHER USER'S credential: HTTP %d, and it was carried out", o.Status))
		return
	}
	q.note(askStatuses, "E5, an execution with another user's credential", o, err)
}

// askLink asks for a link to Notion's consent; nobody opens it.
func (q *inquiry) askLink(ctx context.Context, user alloy.UserID) {
	if q.connector(notionID) == nil {
		return
	}
	var link alloy.OAuthLink
	o, err := q.watch(ctx, func(ctx context.Context) error {
		made, err := q.config.Client.As(user).StartOAuth(ctx, alloy.OAuthRequest{ConnectorID: notionID, RedirectURI: "http://localhost:3000" + callbackPath})
		link = made
		return err
	})
	q.note(askCreate, "POST /connectors/notion/credentials, oauth2", o, err)
	if err != nil {
		return
	}
	if u, parseErr := url.Parse(link.URL.Reveal()); parseErr == nil {
		names := make([]string, 0, 4)
		for name := range u.Query() {
			names = append(names, name)
		}
		slices.Sort(names)
		q.fact(askCreate, fmt.Sprintf("the link leads to %s%s with the parameters %v, and is good for %s", u.Host, u.Path, names, link.ExpiresAt.Sub(q.config.now()).Round(time.Minute)))
	}
	_, err = q.watchAll(ctx, func(ctx context.Context) error {
		_, err := q.config.Client.As(user).CreateAPIKey(ctx, notionID, alloy.NewSecret(noSuchName))
		return err
	})
	if err != nil {
		q.fact(askStatuses, "E8, Notion by apiKey: "+seen(asError(err)))
	} else {
		q.fact(askStatuses, "E8, Notion by apiKey: accepted")
	}
}

// maxAsked bounds how many connectors are asked how they are connected.
const maxAsked = 12

// askSecrets stores a made-up API key for the throw-away user and deletes it, in
// both ways. Whether Alloy tries it at the app is part of the question.
func (q *inquiry) askSecrets(ctx context.Context, user alloy.UserID) {
	connectorID := q.keyConnector(ctx)
	if connectorID == "" {
		q.open(askDelete, "None of the connectors that were looked at takes an API key alone, so deleting a credential was not tried.")
		return
	}
	as := q.config.Client.As(user)
	deletions := []struct {
		what   string
		delete func(context.Context, string) error
	}{
		{"DELETE /connectors/{connectorId}/credentials/{credentialId}", func(ctx context.Context, id string) error { return as.DeleteCredential(ctx, connectorID, id) }},
		{"DELETE /users/{userId}/credentials/{credentialId}", as.DeleteUserCredential},
	}
	for _, deletion := range deletions {
		var id string
		all, err := q.watchAll(ctx, func(ctx context.Context) error {
			made, err := as.CreateAPIKey(ctx, connectorID, alloy.NewSecret(noSuchName+"-"+randomHex()))
			id = made
			return err
		})
		q.note(askCreate, "POST /connectors/"+connectorID+"/credentials, a made-up apiKey", firstPost(all), err)
		if err != nil {
			q.open(askDelete, "A made-up API key was refused, so deleting a credential was not tried.")
			return
		}
		o, err := q.watch(ctx, func(ctx context.Context) error { return deletion.delete(ctx, id) })
		q.note(askDelete, deletion.what, o, err)
	}
}

// keyConnector finds a connector that takes an API key and nothing else.
func (q *inquiry) keyConnector(ctx context.Context) string {
	for _, c := range q.connectors[:min(len(q.connectors), maxAsked)] {
		methods, err := call(ctx, q.examination, func(ctx context.Context) ([]alloy.AuthMethod, error) {
			return q.config.Client.CredentialMetadata(ctx, c.ID)
		})
		if err != nil {
			continue
		}
		for _, method := range methods {
			if method.Type == alloy.AuthAPIKey && !method.AuthConfigRequired && keyAlone(method.InputSchema) {
				return c.ID
			}
		}
	}
	return ""
}

// keyAlone reports whether "apiKey" is all that must stand under "data".
func keyAlone(schema json.RawMessage) bool {
	var s struct {
		Properties struct {
			Data struct{ Required []string }
		}
	}
	if len(schema) > 0 && json.Unmarshal(schema, &s) != nil {
		return false
	}
	required := s.Properties.Data.Required
	return len(required) == 0 || slices.Equal(required, []string{"apiKey"})
}

// removeUsers deletes what was made, even where the person has pressed Ctrl-C.
func (q *inquiry) removeUsers(ctx context.Context, username string, users []alloy.UserID) {
	ctx = context.WithoutCancel(ctx)
	for _, id := range users {
		q.strikes.Store(0) // this must be tried, whatever happened
		o, err := q.watch(ctx, func(ctx context.Context) error { return q.config.Client.DeleteUser(ctx, id) })
		q.note(askDelete, "DELETE /users/{userId}", o, err)
		if err != nil && !gone(err) {
			q.survey.Left = username
			q.config.logger().WarnContext(ctx, "the throw-away user could not be deleted", "username", username, "error", err)
			continue
		}
		o, err = q.probe(ctx, alloy.UserID{}, nil, "users", id.String())
		q.note(askDelete, "GET of the deleted user", o, err)
	}
}

// gone reports whether a deletion failed because there is nothing to delete.
func gone(err error) bool {
	var failure *alloy.Error
	return errors.As(err, &failure) && (failure.Kind == alloy.KindNotFound || failure.Kind == alloy.KindUnknownUser)
}
