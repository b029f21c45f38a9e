package tools

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const (
	// userFreshFor is how long it counts who a username is. An id never changes; the
	// user may be deleted.
	userFreshFor = 10 * time.Minute
	maxOwnUsers  = 10_000
	// userTime is how long finding or creating a user may take, whoever waits for it.
	userTime = 30 * time.Second
)

// OwnUsers resolves each principal to an Alloy user of its own: the one that it was
// given, else one that is found by a name of its own, or created under it. It may
// be used from several goroutines.
type OwnUsers struct {
	client   *alloy.Client
	username func(Principal) string
	users    usersCache

	mu   sync.Mutex
	made map[alloy.UserID]bool
}

// usersCache is what is used of an otter.Cache, which as a field would be compiled
// anew in every package that uses OwnUsers.
type usersCache interface {
	Get(context.Context, userKey, otter.Loader[userKey, alloy.UserID]) (alloy.UserID, error)
	GetIfPresent(userKey) (alloy.UserID, bool)
	StopAllGoroutines() bool
}

type userKey struct {
	username string
	create   bool
}

// NewOwnUsers returns a resolver. username is the name of the user of a principal
// that was given none; it must differ for each principal, always.
func NewOwnUsers(client *alloy.Client, username func(Principal) string) *OwnUsers {
	return &OwnUsers{client: client, username: username, made: make(map[alloy.UserID]bool), users: otter.Must(&otter.Options[userKey, alloy.UserID]{
		MaximumSize:      maxOwnUsers,
		ExpiryCalculator: otter.ExpiryWriting[userKey, alloy.UserID](userFreshFor),
		Logger:           &otter.NoopLogger{},
	})}
}

// Close ends the goroutines of the cache.
func (u *OwnUsers) Close() { u.users.StopAllGoroutines() }

// Resolve returns the id of the principal's user. A given one that does not exist
// is a [*UserRequiredError]. Principals that ask at the same time for one user
// share the answer; who gives up waiting does not spoil it for the others.
func (u *OwnUsers) Resolve(ctx context.Context, p Principal) (alloy.UserID, error) {
	if id, err := alloy.ParseUserID(p.User); err == nil {
		return id, nil
	}
	key := userKey{username: p.User}
	if key.username == "" {
		key = userKey{username: u.username(p), create: true}
	}
	if id, ok := u.users.GetIfPresent(key); ok {
		return id, nil
	}
	type outcome struct {
		id  alloy.UserID
		err error
	}
	done := make(chan outcome, 1)
	detached := context.WithoutCancel(ctx)
	go func() {
		id, err := u.users.Get(detached, key, otter.LoaderFunc[userKey, alloy.UserID](u.load))
		done <- outcome{id, err}
	}()
	select {
	case o := <-done:
		return o.id, o.err
	case <-ctx.Done():
		return alloy.UserID{}, ctx.Err()
	}
}

// Made reports whether the user is one of those that are found or created by a
// name of their principal's: nobody but this program connects accounts for them.
func (u *OwnUsers) Made(user alloy.UserID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.made[user]
}

func (u *OwnUsers) load(ctx context.Context, key userKey) (alloy.UserID, error) {
	id, err := u.findOrCreate(ctx, key)
	if err == nil && key.create {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.made[id] = true
	}
	return id, err
}

func (u *OwnUsers) findOrCreate(ctx context.Context, key userKey) (alloy.UserID, error) {
	ctx, cancel := context.WithTimeout(ctx, userTime)
	defer cancel()
	id, err := u.find(ctx, key.username)
	switch {
	case err != nil || !id.IsZero():
		return id, err
	case !key.create:
		return alloy.UserID{}, &UserRequiredError{Setting: key.username, Given: true}
	}
	// Where the answer is lost, the client looks for the user and sends nothing again.
	user, err := u.client.CreateUser(ctx, key.username, "")
	if err == nil {
		return user.ID, nil
	}
	failed := new(alloy.Error)
	if !errors.As(err, &failed) {
		return alloy.UserID{}, err
	}
	if failed.Outcome == alloy.OutcomeRejected { // perhaps because another replica was faster
		if id, findErr := u.find(ctx, key.username); findErr == nil && !id.IsZero() {
			return id, nil
		}
	}
	return alloy.UserID{}, notCreated(key.username, failed)
}

// notCreated says of a failure what it means for a call that only needed its user:
// whatever became of the user, nothing was done for the call itself.
func notCreated(username string, failed *alloy.Error) error {
	switch {
	case failed.Outcome == alloy.OutcomeUnknown || failed.Outcome == alloy.OutcomeCompleted:
		return &Error{
			Code: CodeUpstreamUnavailable, Message: "Your Alloy user was being created, and Alloy's answer was lost. Nothing was done for this call.",
			Hint: "Call again: a user that exists by then is found, not created twice.", RetryAfterS: seconds(failed.RetryAfter),
		}
	case failed.Kind == alloy.KindInvalidInput || failed.Kind == alloy.KindRejected:
		return &Error{
			Code: CodeUserRequired, Message: sentence("Alloy refuses to create your user " + username + ": " + failed.Message),
			Hint: "Whoever runs the server creates a user (`alloy-mcp users create`) and makes your token for it: `alloy-mcp token add NAME --user USER`.",
		}
	}
	return failed
}

// find returns the user of this name; the zero id where there is none.
func (u *OwnUsers) find(ctx context.Context, username string) (alloy.UserID, error) {
	users, err := u.client.Users(ctx)
	if err != nil {
		return alloy.UserID{}, err
	}
	for _, user := range users {
		if user.Username == username {
			return user.ID, nil
		}
	}
	return alloy.UserID{}, nil
}
