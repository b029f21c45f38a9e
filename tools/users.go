package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// StaticUser resolves the one Alloy user that a process acts as. It may be
// used from several goroutines.
type StaticUser struct {
	client  *alloy.Client
	setting string

	mu sync.Mutex
	id alloy.UserID
}

// NewStaticUser returns a resolver for setting: a user id (24 hexadecimal
// digits), a username, or "" for nobody.
func NewStaticUser(client *alloy.Client, setting string) *StaticUser {
	return &StaticUser{client: client, setting: setting}
}

// Resolve returns the user's id. A username is looked up once. Without a user,
// or with an unknown one, the error is a [*UserRequiredError].
func (u *StaticUser) Resolve(ctx context.Context, _ Principal) (alloy.UserID, error) {
	if id, err := alloy.ParseUserID(u.setting); err == nil {
		return id, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.id.IsZero() {
		return u.id, nil
	}
	users, err := u.client.Users(ctx)
	if err != nil {
		var failed *alloy.Error
		keyFails := errors.As(err, &failed) && failed.Kind == alloy.KindUnauthorized
		if u.setting == "" && !keyFails {
			return alloy.UserID{}, &UserRequiredError{}
		}
		return alloy.UserID{}, fmt.Errorf("look up the Alloy user %q: %w", u.setting, err)
	}
	for _, user := range users {
		if u.setting != "" && user.Username == u.setting {
			u.id = user.ID
			return u.id, nil
		}
	}
	return alloy.UserID{}, &UserRequiredError{Setting: u.setting, Users: users}
}

// UserRequiredError says that a call needs an Alloy user and none is set, or
// the one that is set does not exist.
type UserRequiredError struct {
	Setting string       // what ALLOY_USER_ID says
	Users   []alloy.User // who could be named
	// Given: Setting is the user of a principal, see [Principal]. Who else there is
	// is not for it to know.
	Given bool
}

// Error says what is missing.
func (e *UserRequiredError) Error() string {
	switch {
	case e.Given:
		return fmt.Sprintf("there is no Alloy user %q for this API key, though your token was made for it", clean(e.Setting, 60))
	case e.Setting == "":
		return "no Alloy user is set, so no account can be used"
	}
	return fmt.Sprintf("there is no Alloy user %q (ALLOY_USER_ID) for this API key", e.Setting)
}

// maxListedUsers keeps the hint readable.
const maxListedUsers = 10

// Hint says how to set a user and lists who could be.
func (e *UserRequiredError) Hint() string {
	if e.Given {
		return "Whoever runs the server creates that user (`alloy-mcp users create`), or revokes the token and makes one for another user with `alloy-mcp token add NAME --user USER`."
	}
	var b strings.Builder
	b.WriteString("Whoever runs the server sets ALLOY_USER_ID, or runs `alloy-mcp setup`.")
	if len(e.Users) == 0 {
		return b.String()
	}
	b.WriteString(" Users of this key: ")
	for i, user := range e.Users[:min(len(e.Users), maxListedUsers)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", clean(user.Username, 60), user.ID)
	}
	if more := len(e.Users) - maxListedUsers; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	b.WriteByte('.')
	return b.String()
}
