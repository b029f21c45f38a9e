package alloy

import (
	"context"
	"net/http"
	"sort"
	"strings"
	"time"
)

type credentialRow struct {
	CredentialID looseText `json:"credentialId"`
	ID           looseText
	MongoID      looseText `json:"_id"`
	Name         looseText
	Type         looseText
	ConnectorID  looseText `json:"connectorId"`
	CreatedAt    looseTime `json:"createdAt"`
	UpdatedAt    looseTime `json:"updatedAt"`
	ExpiresAt    looseTime `json:"expiresAt"`
	Status       looseText
}

func (r *credentialRow) credential() (Credential, bool) {
	c := Credential{
		ID: firstOf(r.CredentialID, r.ID, r.MongoID), Name: string(r.Name), Type: string(r.Type),
		CreatedAt: time.Time(r.CreatedAt), UpdatedAt: time.Time(r.UpdatedAt),
		ExpiresAt: time.Time(r.ExpiresAt), Status: string(r.Status),
	}
	c.ConnectorID, c.AuthType = splitType(c.Type)
	if r.ConnectorID != "" {
		c.ConnectorID = string(r.ConnectorID)
	}
	return c, c.ID != ""
}

// splitType takes "<connectorId>-<authenticationType>" (observed) apart.
// Connector ids may hold dashes themselves, so only a known ending counts; a
// type without one is a bare connector id (official for the sister product).
func splitType(text string) (connectorID string, auth AuthType) {
	if i := strings.LastIndexByte(text, '-'); i > 0 && knownAuth(text[i+1:]) {
		return text[:i], AuthType(text[i+1:])
	}
	if knownAuth(text) {
		return "", AuthType(text)
	}
	return text, ""
}

// knownAuth knows the documented types and the spellings near them, which are a guess.
func knownAuth(text string) bool {
	switch strings.ToLower(text) {
	case "oauth2", "oauth1", "oauth", "apikey", "api_key", "http", "basic", "bearer":
		return true
	}
	return false
}

// newestFirst sorts by creation, then by id: the order of Alloy's lists is not known.
func newestFirst(credentials []Credential) {
	sort.SliceStable(credentials, func(i, j int) bool {
		a, b := credentials[i], credentials[j]
		if !a.CreatedAt.Equal(b.CreatedAt) {
			return a.CreatedAt.After(b.CreatedAt)
		}
		return a.ID < b.ID
	})
}

// Credentials lists all of the user's credentials, newest first. Some keys are
// refused under /users, with 401 even, and nowhere else (observed), so a
// refusal there counts only when the other path refuses, too.
func (u *UserClient) Credentials(ctx context.Context) ([]Credential, error) {
	const op = "list credentials"
	if err := u.ready(op); err != nil {
		return nil, err
	}
	credentials, err := u.listCredentials(ctx, op, "users", u.user.String(), "credentials")
	if e := asError(err); elsewhere(err) || e != nil && e.Kind == KindUnauthorized && e.Status == http.StatusUnauthorized {
		// The sister product's path on the same host (official there).
		if other, otherErr := u.listCredentials(ctx, op, "credentials", "users", u.user.String()); otherErr == nil {
			return other, nil
		}
	}
	return credentials, err
}

// ConnectorCredentials lists the user's credentials of one connector, newest first.
func (u *UserClient) ConnectorCredentials(ctx context.Context, connectorID string) ([]Credential, error) {
	op := "list credentials of " + label(connectorID)
	if err := u.ready(op); err != nil {
		return nil, err
	}
	credentials, err := u.listCredentials(ctx, op, "connectors", connectorID, "credentials")
	if err == nil {
		return narrow(credentials, connectorID, true), nil
	}
	if !elsewhere(err) && !oldMetadata(err) {
		return nil, err
	}
	if all, allErr := u.Credentials(ctx); allErr == nil {
		return narrow(all, connectorID, false), nil
	}
	return nil, err
}

func (u *UserClient) listCredentials(ctx context.Context, op string, path ...string) ([]Credential, error) {
	k := &call{op: op, method: http.MethodGet, path: path, user: u.user}
	return do(ctx, u.client, k, func(a *answer) ([]Credential, *Error) {
		rows, failure := a.list("credentials", "data", "")
		if failure != nil {
			return nil, failure
		}
		credentials, failure := decodeRows(u.client, a, op, rows, (*credentialRow).credential)
		newestFirst(credentials)
		return credentials, failure
	})
}

// narrow keeps the credentials of one connector. Where Alloy made the
// selection, a type that tells nothing is taken to be right.
func narrow(all []Credential, connectorID string, selected bool) []Credential {
	out := make([]Credential, 0, len(all))
	for _, c := range all {
		switch {
		case c.ConnectorID == connectorID:
		case selected && c.ConnectorID == "",
			selected && c.AuthType == "" && strings.HasPrefix(strings.ToLower(c.Type), strings.ToLower(connectorID)):
			c.ConnectorID = connectorID
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}

// oldMetadata recognises the older meaning of …/credentials, the metadata
// (official guide), by its key.
func oldMetadata(err error) bool {
	e := asError(err)
	return e != nil && e.Kind == KindEnvelope && len(e.Keys) == 1 && e.Keys[0] == "metadata"
}
