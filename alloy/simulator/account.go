package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Account is what one API key opens: its own users, credentials and files. Alloy has one host for
// production and development; the key alone decides (official), and neither sees the other's. A [Simulator.Reset]
// makes new accounts with the same keys and users: ask for them again.
type Account struct {
	s       *Simulator
	kind    string // "production" or "development"
	key     string
	ownerID string
	userID  string

	users       *userList
	credentials *credentialList
	files       *fileList
}

func (s *Simulator) seedAccount(kind string) *Account {
	a := &Account{
		s: s, kind: kind,
		key:         s.ids.digest("key")[:21], // 21 characters, as the keys seen have
		users:       &userList{},
		credentials: &credentialList{},
		files:       &fileList{},
	}
	owner := &user{ID: s.ids.objectID("user"), Username: "owner@" + kind + ".example", FullName: "Olive Owner"}
	person := &user{ID: s.ids.objectID("user"), Username: "robin@" + kind + ".example", FullName: "Robin Example"}
	a.ownerID, a.userID = owner.ID, person.ID
	a.users.items = []*user{owner, person}
	return a
}

// Production is the account behind [Simulator.APIKey].
func (s *Simulator) Production() *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.production
}

// Development is the account behind the other key.
func (s *Simulator) Development() *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.develop
}

// APIKey is the key of the production account.
func (s *Simulator) APIKey() string { return s.Production().APIKey() }

// UserID is the seeded end user of the production account.
func (s *Simulator) UserID() string { return s.Production().UserID() }

// AddUser adds a user to the production account; see [Account.AddUser].
func (s *Simulator) AddUser(username, fullName string) (string, error) {
	return s.Production().AddUser(username, fullName)
}

// AddCredential connects a user of the production account; see [Account.AddCredential].
func (s *Simulator) AddCredential(userID, connectorID string) (string, error) {
	return s.Production().AddCredential(userID, connectorID)
}

// APIKey is the key that opens the account.
func (a *Account) APIKey() string { return a.key }

// OwnerID is the user as whom calls without x-alloy-userid are made.
func (a *Account) OwnerID() string { return a.ownerID }

// UserID is the account's seeded end user, who is not the owner.
func (a *Account) UserID() string { return a.userID }

// AddUser adds an end user and returns its id. The username must be new in the account.
func (a *Account) AddUser(username, fullName string) (string, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if username == "" || a.users.byName(username) != nil {
		return "", fmt.Errorf("the username %q is empty or taken", username)
	}
	u := a.addUser(username, fullName)
	if u == nil {
		return "", fmt.Errorf("the simulator holds no more than %d users", maxUsers)
	}
	return u.ID, nil
}

// AddCredential connects userID to a connector as if the person had just approved or typed the right
// secret, and returns the credential's id.
func (a *Account) AddCredential(userID, connectorID string) (string, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	u := a.users.byID(userID)
	if u == nil {
		return "", fmt.Errorf("no user %q in the %s account", userID, a.kind)
	}
	con := a.s.connectors[connectorID]
	if con == nil {
		return "", fmt.Errorf("no connector %q", connectorID)
	}
	if len(con.methods) == 0 {
		return "", fmt.Errorf("connector %q has no way to connect", connectorID)
	}
	data, _ := a.s.providerData(connectorID)
	cred := a.addCredential(u, con, con.methods[0].Type, data, a.s.now())
	if cred == nil {
		return "", fmt.Errorf("the simulator holds no more than %d credentials", maxCredentials)
	}
	return cred.ID, nil
}

func (a *Account) addUser(username, fullName string) *user {
	if len(a.users.items) >= maxUsers {
		return nil
	}
	u := &user{ID: a.s.ids.objectID("user"), Username: username, FullName: fullName}
	a.users.items = append(a.users.items, u)
	return u
}

// addCredential stores a credential that is listed from visibleAt on.
func (a *Account) addCredential(u *user, con *connector, authType string, data map[string]any, visibleAt time.Time) *credential {
	if len(a.credentials.items) >= maxCredentials {
		return nil
	}
	now := a.s.now()
	canary := "canary-" + a.s.ids.digest("canary")[:32]
	cred := &credential{
		ID: a.s.ids.objectID("credential"), UserID: u.ID, ConnectorID: con.id, AuthType: authType,
		Name: a.credentials.freeName(u, con), Created: now, Updated: now, VisibleAt: visibleAt,
		data: data, accessToken: canary + "-access", refreshToken: canary + "-refresh",
		nothingShared: a.s.modes.NothingShared,
	}
	a.credentials.items = append(a.credentials.items, cred)
	a.s.canaries = append(a.s.canaries, cred.accessToken, cred.refreshToken)
	if extra := len(a.s.canaries) - maxCanaries; extra > 0 {
		a.s.canaries = slices.Delete(a.s.canaries, 0, extra)
	}
	return cred
}

// Canaries are strings that stand inside stored credentials, as a provider's tokens would. No endpoint returns
// them: one that turns up anywhere is a leak.
func (s *Simulator) Canaries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.canaries)
}
