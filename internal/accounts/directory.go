// Package accounts knows the connected accounts of a user: which there are,
// whose they are at the app, whether they work, and which one a call means.
//
// An account is one of Alloy's credentials. Nothing is used that is not in
// Alloy's list for the very user, so that an id alone opens nothing. What was
// found out about an account is kept in the store; the list itself is Alloy's.
package accounts

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Status says whether an account works, as far as was seen.
type Status string

// The statuses of an [Account].
const (
	Working        Status = "working"         // its last use succeeded
	NeedsReconnect Status = "needs_reconnect" // the app or Alloy rejected it
	Unverified     Status = "unverified"      // nothing was seen of it yet
)

// Account is a connected account with what was found out about it.
type Account struct {
	alloy.Credential
	// Owner is whose it is at the app: a workspace, a name or an e-mail address;
	// "" where no read could tell.
	Owner  string
	Status Status
	// VerifiedAt is when a use of it last succeeded; zero if none did.
	VerifiedAt time.Time
}

// Pins names accounts in the settings, so that nobody has to choose.
type Pins struct {
	ByConnector map[string]string // connection id by connector id
	Any         string            // a connection id for whichever connector it belongs to
}

// Config is what a [Directory] needs.
type Config struct {
	Alloy   *alloy.Client
	Catalog *catalog.Catalog
	Store   state.Store
	Pins    Pins
	// OnlyLinked reports whether a user may use nothing but accounts that were
	// linked here, by [Directory.Linked]. Nil trusts every account of every user.
	OnlyLinked func(alloy.UserID) bool
	Logger     *slog.Logger // nil discards
}

// Directory knows accounts. Its methods may be called from several goroutines.
type Directory struct {
	config Config
	log    *slog.Logger
	lists  lists
	decide func(context.Context, Read) (func(error), error)
}

// lists is what is used of an otter.Cache, which as a field would be compiled anew in
// every package that uses a Directory.
type lists interface {
	GetIfPresent(listKey) ([]alloy.Credential, bool)
	Set(listKey, []alloy.Credential) ([]alloy.Credential, bool)
	Invalidate(listKey) ([]alloy.Credential, bool)
	StopAllGoroutines() bool
}

type listKey struct {
	user      alloy.UserID
	connector string
}

// A list is used for as short as a person needs to connect a second account.
const (
	listFreshFor = 10 * time.Second
	maxLists     = 1_000
)

// New returns a Directory that has asked nothing yet.
func New(config Config) *Directory {
	d := &Directory{
		config: config, log: config.Logger,
		decide: func(context.Context, Read) (func(error), error) { return func(error) {}, nil },
		lists: otter.Must(&otter.Options[listKey, []alloy.Credential]{
			MaximumSize:      maxLists,
			ExpiryCalculator: otter.ExpiryWriting[listKey, []alloy.Credential](listFreshFor),
			Logger:           &otter.NoopLogger{},
		}),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.config.OnlyLinked == nil {
		d.config.OnlyLinked = func(alloy.UserID) bool { return false }
	}
	return d
}

// Close ends the goroutines that a directory keeps.
func (d *Directory) Close() { d.lists.StopAllGoroutines() }

// All lists the user's accounts of every connector, newest first.
func (d *Directory) All(ctx context.Context, user alloy.UserID) ([]Account, error) {
	list, err := d.config.Alloy.As(user).Credentials(ctx)
	if err != nil {
		return nil, err
	}
	return d.usable(ctx, user, list)
}

// Of lists the user's accounts of one connector, newest first, as Alloy has them
// now.
func (d *Directory) Of(ctx context.Context, user alloy.UserID, connector string) ([]Account, error) {
	list, err := d.fetch(ctx, user, connector)
	if err != nil {
		return nil, err
	}
	return d.usable(ctx, user, list)
}

// Credentials lists everything that Alloy has of the user for one connector,
// accounts that may not be used included. It is for finding out what linking
// brought; nothing of it may be executed with.
func (d *Directory) Credentials(ctx context.Context, user alloy.UserID, connector string) ([]alloy.Credential, error) {
	return d.fetch(ctx, user, connector)
}

func (d *Directory) fetch(ctx context.Context, user alloy.UserID, connector string) ([]alloy.Credential, error) {
	list, err := d.config.Alloy.As(user).ConnectorCredentials(ctx, connector)
	if err == nil && len(list) > 0 {
		d.lists.Set(listKey{user, connector}, list)
	}
	return list, err
}

// Forget makes the next use look at Alloy's list again.
func (d *Directory) Forget(user alloy.UserID, connector string) {
	d.lists.Invalidate(listKey{user, connector})
}

// Find returns the user's account with this id, or an [*UnknownError].
func (d *Directory) Find(ctx context.Context, user alloy.UserID, id string) (Account, error) {
	all, err := d.All(ctx, user)
	if err != nil {
		return Account{}, err
	}
	if i := slices.IndexFunc(all, func(a Account) bool { return a.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Account{}, &UnknownError{}
}

// usable adds what is known of each credential and leaves out those that the
// user may not use.
func (d *Directory) usable(ctx context.Context, user alloy.UserID, list []alloy.Credential) ([]Account, error) {
	accounts := make([]Account, 0, len(list))
	for _, credential := range list {
		seen, err := d.evidence(ctx, user, credential.ID)
		if err != nil {
			return nil, err
		}
		if seen.Foreign || !seen.Linked && d.config.OnlyLinked(user) {
			continue
		}
		accounts = append(accounts, seen.account(credential))
	}
	return accounts, nil
}
