package alloy

import (
	"context"
	"time"
)

// Connection returns one of the user's credentials. Alloy documents no way to
// read a single one, so it is looked for in the list.
func (u *UserClient) Connection(ctx context.Context, credentialID string) (Credential, error) {
	k := &call{op: "read connection " + label(credentialID), user: u.user}
	if err := u.ready(k.op); err != nil {
		return Credential{}, err
	}
	all, err := u.Credentials(ctx)
	if err != nil {
		return Credential{}, err
	}
	for _, c := range all {
		if c.ID == credentialID {
			return c, nil
		}
	}
	return Credential{}, finish(&Error{
		Kind: KindCredentialNotFound, Outcome: OutcomeRejected, Message: "connection not found",
	}, k, &scrubber{})
}

// TokenInfo is what can be known of the tokens of a connection. That there is
// one means that Alloy holds tokens; it never hands them out (official).
type TokenInfo struct {
	CredentialID string
	ConnectorID  string
	Type         AuthType // "" where Alloy does not tell
	ManagedBy    string   // who keeps and renews the tokens: always "alloy"
	CreatedAt    time.Time
	UpdatedAt    time.Time // the last renewal at the earliest (a guess)
	ExpiresAt    time.Time // zero: unknown, which is all that was ever observed
}

// TokenInfo returns what is known of the tokens of one of the user's
// connections. The tokens themselves stay with Alloy.
func (u *UserClient) TokenInfo(ctx context.Context, credentialID string) (TokenInfo, error) {
	c, err := u.Connection(ctx, credentialID)
	if err != nil {
		return TokenInfo{}, err
	}
	return TokenInfo{
		CredentialID: c.ID, ConnectorID: c.ConnectorID, Type: c.AuthType, ManagedBy: "alloy",
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, ExpiresAt: c.ExpiresAt,
	}, nil
}
