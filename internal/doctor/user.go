package doctor

import (
	"context"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// people checks the Alloy user that everything user-scoped runs as.
func (e *examination) people(ctx context.Context) {
	e.checkUsers(ctx)
	e.checkUser(ctx)
}

// checkUsers lists the users of the key.
func (e *examination) checkUsers(ctx context.Context) {
	users, err := call(ctx, e, e.config.Client.Users)
	if err != nil {
		e.add(e.usersFailed(err))
		return
	}
	e.users, e.usersKnown = users, true
	if len(users) == 0 {
		e.add(Finding{
			Check: CheckUsers, State: Warning, Message: "this key has no users",
			Cause: "A new environment, or the key of another environment than meant: development and production keep users of their own.",
			Cure:  "Run `alloy-mcp setup`, which makes one, or use the key of the environment your users are in.",
		})
		return
	}
	e.ok(CheckUsers, count(len(users), "user")+" of this key")
}

// usersFailed: some keys are refused the list although they work otherwise
// (observed), so a refusal is no problem where the user is known by id.
func (e *examination) usersFailed(err error) Finding {
	f := failed(CheckUsers, "the list of users", err)
	failure := asError(err)
	refused := failure.Kind == alloy.KindUnauthorized || failure.Kind == alloy.KindForbidden || failure.Kind == alloy.KindRoute
	if _, idErr := alloy.ParseUserID(e.config.User); refused && idErr == nil {
		f.State = Warning
		f.Cause = "Some keys may not list users; with the user set by id, as here, this does not matter."
		f.Cure = ""
	} else if refused {
		f.Cause = "Some keys may not list users, and without the list a username cannot be looked up."
		f.Cure = "Set ALLOY_USER_ID to the user's id (24 hexadecimal digits), or give the key the permission: Alloy dashboard, Settings, API Keys."
	}
	return f
}

// checkUser finds the user that the setting names.
func (e *examination) checkUser(ctx context.Context) {
	setting := strings.TrimSpace(e.config.User)
	if setting == "" {
		e.add(Finding{
			Check: CheckUser, State: Problem, Message: "no Alloy user is set (ALLOY_USER_ID), so no account can be used",
			Cause: "Without a user Alloy acts as the owner of the key, which this program does not do.",
			Cure:  "Run `alloy-mcp setup`, or set ALLOY_USER_ID to one of them: " + e.userChoice() + ".",
		})
		return
	}
	id, err := alloy.ParseUserID(setting)
	if err == nil {
		e.userByID(ctx, id)
		return
	}
	e.userByName(setting)
}

func (e *examination) userByID(ctx context.Context, id alloy.UserID) {
	for _, user := range e.users {
		if user.ID == id {
			e.user = user
			e.ok(CheckUser, nameUser(user))
			return
		}
	}
	if e.usersKnown {
		e.add(e.unknownUser(id.String() + " is none of the " + count(len(e.users), "user") + " of this key"))
		return
	}
	user, err := call(ctx, e, func(ctx context.Context) (alloy.User, error) { return e.config.Client.User(ctx, id) })
	switch failure := asError(err); {
	case err == nil:
		e.user = user
		e.ok(CheckUser, nameUser(user))
	case failure.Kind == alloy.KindUnknownUser, failure.Kind == alloy.KindNotFound:
		e.add(e.unknownUser(id.String() + " is no user of this key: " + seen(failure)))
	default:
		// The list of credentials decides: it is asked as this user.
		e.user = alloy.User{ID: id}
		e.skip(CheckUser, id.String()+" has the form of an id; whether this key has such a user could not be read: "+seen(failure))
	}
}

// unknownUser explains a user id that the key does not know.
func (e *examination) unknownUser(message string) Finding {
	return Finding{
		Check: CheckUser, State: Problem, Message: "ALLOY_USER_ID " + message,
		Cause: "The user belongs to another environment's key (development and production keep users of their own), or was deleted.",
		Cure:  "Set ALLOY_USER_ID to one of them: " + e.userChoice() + "; or use the key of the user's environment.",
	}
}

// userByName finds a user by its username, which an e-mail address may be.
func (e *examination) userByName(setting string) {
	if !e.usersKnown {
		e.skip(CheckUser, "the username "+setting+" could not be looked up, because the list of users could not be read")
		return
	}
	var near alloy.User
	for _, user := range e.users {
		switch {
		case user.Username == setting:
			e.user = user
			e.ok(CheckUser, nameUser(user)+", found by username")
			return
		case strings.EqualFold(user.Username, setting), user.FullName != "" && strings.EqualFold(user.FullName, setting):
			near = user
		}
	}
	f := Finding{
		Check: CheckUser, State: Problem, Message: "ALLOY_USER_ID " + setting + " is no username of this key, and no id (24 hexadecimal digits)",
		Cure: "Set ALLOY_USER_ID to one of them: " + e.userChoice() + ".",
	}
	switch {
	case !near.ID.IsZero():
		f.Cause = "Case and spelling count: the username is " + near.Username + "."
		f.Cure = "Set ALLOY_USER_ID=" + near.Username + "."
	case strings.HasPrefix(setting, "usr_"), strings.HasPrefix(setting, "user_"):
		f.Cause = "Ids of this form stand in examples only: they are placeholders."
	case strings.Contains(setting, "@"):
		f.Cause = "It is an e-mail address. Alloy takes ids only, and this program finds a user by username; nobody has this one."
	case len(e.users) == 0:
		f.Cause = "This key has no users at all: it may be another environment's."
	default:
		f.Cause = "A typing mistake, or the user is another environment's: development and production keep users of their own."
	}
	e.add(f)
}

// maxNamed bounds how many users or accounts one sentence names.
const maxNamed = 10

// userChoice names the users one can choose from.
func (e *examination) userChoice() string {
	if len(e.users) == 0 {
		return "none is known here (`alloy-mcp users list`, `alloy-mcp users create NAME`)"
	}
	names := make([]string, 0, maxNamed+1)
	for _, user := range e.users[:min(len(e.users), maxNamed)] {
		names = append(names, nameUser(user))
	}
	if more := len(e.users) - maxNamed; more > 0 {
		names = append(names, "and "+count(more, "other"))
	}
	return strings.Join(names, ", ")
}
