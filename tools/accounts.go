package tools

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Pins names connections in the settings, so that nobody has to choose.
type Pins struct {
	ByConnector map[string]string // connection id by connector id
	Any         string            // a connection id for whichever connector it belongs to
}

// The statuses of a connection.
const (
	statusWorking        = "working"
	statusNeedsReconnect = "needs_reconnect"
	statusUnverified     = "unverified"
)

// connection is an account as tools show it.
type connection struct {
	ConnectionID string `json:"connection_id,omitempty"`
	ConnectorID  string `json:"connector_id,omitempty"`
	Name         string `json:"name,omitempty"`
	Owner        string `json:"owner,omitempty"`
	Status       string `json:"status,omitempty"`
	CreatedAt    string `json:"created_at,omitempty"`
	VerifiedAt   string `json:"verified_at,omitempty"`
}

// accounts knows which credentials a user has and how they fared. Nothing is
// used that is not in Alloy's list for that user, so that an id alone opens nothing.
type accounts struct {
	client *alloy.Client
	pins   Pins
	lists  *otter.Cache[listKey, []alloy.Credential]

	mu     sync.Mutex
	health map[string]health
}

type listKey struct {
	user      alloy.UserID
	connector string
}

// health is what the last use of a credential showed.
type health struct {
	works bool
	owner string
	at    time.Time
}

// A list is used for as short as a person needs to connect a second account.
const (
	listFreshFor = 10 * time.Second
	maxLists     = 1_000
	maxHealth    = 10_000
)

func newAccounts(config Config) *accounts {
	return &accounts{
		client: config.Alloy,
		pins:   config.Pins,
		lists: otter.Must(&otter.Options[listKey, []alloy.Credential]{
			MaximumSize:      maxLists,
			ExpiryCalculator: otter.ExpiryWriting[listKey, []alloy.Credential](listFreshFor),
			Logger:           &otter.NoopLogger{},
		}),
		health: make(map[string]health),
	}
}

// all lists the user's connections of every connector, newest first.
func (a *accounts) all(ctx context.Context, user alloy.UserID) ([]alloy.Credential, error) {
	return a.client.As(user).Credentials(ctx)
}

// of lists the user's connections of one connector, newest first, as Alloy has
// them now.
func (a *accounts) of(ctx context.Context, user alloy.UserID, connector string) ([]alloy.Credential, error) {
	list, err := a.client.As(user).ConnectorCredentials(ctx, connector)
	if err == nil && len(list) > 0 {
		a.lists.Set(listKey{user, connector}, list)
	}
	return list, err
}

// forget makes the next use look at Alloy's list again.
func (a *accounts) forget(user alloy.UserID, connector string) {
	a.lists.Invalidate(listKey{user, connector})
}

// resolve returns the connection to use: the one named, else the one pinned in
// the settings, else the only one. A list that is seconds old at most decides,
// and a miss looks again.
func (a *accounts) resolve(ctx context.Context, user alloy.UserID, connector, named string) (alloy.Credential, error) {
	list, cached := a.lists.GetIfPresent(listKey{user, connector})
	if cached {
		if c, ok := a.pick(list, connector, named); ok {
			return c, nil
		}
	}
	list, err := a.of(ctx, user, connector)
	if err != nil {
		return alloy.Credential{}, err
	}
	if c, ok := a.pick(list, connector, named); ok {
		return c, nil
	}
	switch {
	case named != "":
		return alloy.Credential{}, &Error{
			Code: CodeNotFound, Message: "This user has no connection with that connection_id for " + connector + ".",
			Hint: "Show the connections with get_connection and use one of those.", Next: next("get_connection", "connector_id", connector),
		}
	case a.pins.ByConnector[connector] != "":
		return alloy.Credential{}, &Error{
			Code: CodeNotFound, Message: "The connection that ALLOY_CONNECTIONS names for " + connector + " does not exist for this user.",
			Hint: "Whoever runs the server corrects ALLOY_CONNECTIONS; get_connection shows what is connected. A call may name another one with connection_id.",
			Next: next("get_connection", "connector_id", connector),
		}
	case len(list) == 0:
		return alloy.Credential{}, &stop{
			Status: "connect_required", ConnectorID: connector,
			Message: "No " + connector + " account is connected yet.",
			Hint:    "Call start_oauth, show the person its link, and wait with get_connection.",
			Next:    next("start_oauth", "connector_id", connector),
		}
	}
	return alloy.Credential{}, &stop{
		Status: "choose_connection", ConnectorID: connector,
		Message:     "Several " + connector + " accounts are connected.",
		Connections: a.views(list),
		Hint:        "Ask the person which one is meant and call again with its connection_id.",
	}
}

func (a *accounts) pick(list []alloy.Credential, connector, named string) (alloy.Credential, bool) {
	for _, id := range []string{named, a.pins.ByConnector[connector], a.pins.Any} {
		i := slices.IndexFunc(list, func(c alloy.Credential) bool { return id != "" && c.ID == id })
		if i >= 0 {
			return list[i], true
		}
		if named != "" {
			return alloy.Credential{}, false
		}
	}
	if a.pins.ByConnector[connector] != "" {
		return alloy.Credential{}, false // the settings chose; nobody else is meant
	}
	if len(list) > 1 {
		list = slices.DeleteFunc(slices.Clone(list), func(c alloy.Credential) bool { return a.view(c).Status == statusNeedsReconnect })
	}
	if len(list) == 1 {
		return list[0], true
	}
	return alloy.Credential{}, false
}

// used records how a use of the credential ended.
func (a *accounts) used(id string, works bool, owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.health[id]; !known && len(a.health) >= maxHealth {
		clear(a.health) // only what was observed; it is observed again
	}
	if owner == "" {
		owner = a.health[id].owner
	}
	a.health[id] = health{works: works, owner: owner, at: time.Now()}
}

// view shows a credential with what is known of its health.
func (a *accounts) view(c alloy.Credential) connection {
	a.mu.Lock()
	seen, known := a.health[c.ID]
	a.mu.Unlock()
	v := connection{
		ConnectionID: c.ID, ConnectorID: c.ConnectorID, Name: clean(c.Name, 120),
		Owner: clean(seen.owner, 120), Status: statusUnverified, CreatedAt: timestamp(c.CreatedAt),
	}
	switch {
	case known && seen.works:
		v.Status, v.VerifiedAt = statusWorking, timestamp(seen.at)
	case known:
		v.Status = statusNeedsReconnect
	}
	return v
}

func (a *accounts) views(list []alloy.Credential) []connection {
	views := make([]connection, len(list))
	for i, c := range list {
		views[i] = a.view(c)
	}
	return views
}

// timestamp renders t in UTC to the second, and nothing for the zero time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
