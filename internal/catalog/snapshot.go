package catalog

import (
	"context"
	"time"
)

// Snapshot is what of the catalogue can be searched at one moment. It does not
// change; its slices are shared.
type Snapshot struct {
	Apps []App // in Alloy's order
	Docs []Doc // by app, then in Alloy's order
	// Loaded is how many of the Total connectors have told the names of their
	// actions; Detailed is how many actions are known by more than their names.
	Loaded, Total, Detailed int
	// Oldest is when the list of actions that is oldest here was read.
	Oldest time.Time
	// Version grows when anything above changes. Zero is nothing at all.
	Version uint64
	// Err is why the list of connectors could not be read, the last time it was
	// asked for; nil where it could.
	Err error
}

// App is a connector that may be used.
type App struct {
	ID         string
	Name       string // cleaned, at most 120 bytes
	Categories []string
	Actions    int       // in Docs
	ReadAt     time.Time // zero while its actions are not known
}

// Doc is an action as a search sees it. Its texts are Alloy's, cleaned: they are
// data, not instructions.
type Doc struct {
	ConnectorID string
	ActionID    string
	Name        string // at most 120 bytes
	Description string // at most 1,024 bytes
	Group       string // the resource that it belongs to, at most 120 bytes
	Effect      Effect
	// Guessed says that Effect is made out of id and words alone: the details are
	// not known, and the operator says nothing of it.
	Guessed bool
	// Parameters are the names of its parameters and of its body's properties, 40
	// at most; nil while the details are not known.
	Parameters []string
}

// patience is how long after the names were first asked for somebody waits for
// them. After that, everybody gets what there is.
const patience = 10 * time.Second

// Snapshot returns what is known now. The first call starts to gather it, from
// files and then from Alloy, and waits for the names up to ten seconds or as long
// as ctx lets it; later calls answer at once and have what is old read anew.
func (c *Catalog) Snapshot(ctx context.Context) Snapshot {
	if settled, left := c.begin(); settled != nil && left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-settled:
		case <-timer.C:
		case <-ctx.Done():
		case <-c.crew.life.Done():
		}
	}
	return c.sight.snapshot()
}

// Warm starts to gather what can be searched and does not wait.
func (c *Catalog) Warm() { c.begin() }

// Changes returns which actions turned out to differ from what was known of them,
// the newest last, a hundred at most.
func (c *Catalog) Changes() []Change { return c.sight.changed() }

// Change is that Alloy says something else of an action than it did before.
type Change struct {
	At          time.Time
	ConnectorID string
	ActionID    string // "" where the connector's list of actions changed
	OldHash     string
	NewHash     string
}
