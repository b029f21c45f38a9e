package alloy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

type userRow struct {
	UserID   looseText `json:"userId"`
	ID       looseText
	MongoID  looseText `json:"_id"`
	Username looseText
	FullName looseText `json:"fullName"`
}

func (r *userRow) user() (User, bool) {
	id, err := ParseUserID(firstOf(r.UserID, r.ID, r.MongoID))
	return User{ID: id, Username: string(r.Username), FullName: string(r.FullName)}, err == nil
}

type userBody struct {
	Username string `json:"username,omitempty"`
	FullName string `json:"fullName,omitempty"`
}

// CreateUser makes an end user. Usernames are unique in an account (official),
// and so what is not certain is settled by listing, never by sending twice.
// Where the answer was lost, the listed user of the name is returned. Where
// Alloy refused (a 4xx) and a user of the name is listed, the error is an
// [*Error] of KindInvalidInput that names the id of that user.
func (c *Client) CreateUser(ctx context.Context, username, fullName string) (User, error) {
	k := &call{op: "create user", method: http.MethodPost, path: []string{"users"}, class: classCreate, body: userBody{username, fullName}}
	if strings.TrimSpace(username) == "" {
		return User{}, finish(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: "a user needs a username"}, k, &scrubber{})
	}
	user, err := do(ctx, c, k, func(a *answer) (User, *Error) {
		user, failure := decodeUser(a)
		if user.Username == "" {
			user.Username, user.FullName = username, fullName
		}
		return user, failure
	})
	if err == nil || !ambiguous(err) && !maybeTaken(err) {
		return user, err
	}
	users, listErr := c.Users(ctx)
	if listErr != nil {
		return User{}, err
	}
	for _, user := range users {
		if user.Username == username {
			if e := asError(err); !ambiguous(err) && e.Status >= 400 {
				return User{}, taken(e, user)
			}
			return user, nil
		}
	}
	if e := asError(err); ambiguous(err) {
		e.Outcome, e.Retryable = OutcomeUnknown, true // whatever the answer said, the list does not show it
		e.Advice = "No user of this name is listed yet: call again, an existing one is found rather than made twice."
	}
	return User{}, err
}

// taken turns Alloy's refusal into one that tells whose the username is: how
// Alloy words it is not documented, and its words alone do not help to go on.
func taken(e *Error, user User) *Error {
	e.Message = fmt.Sprintf("the username %s exists already, as user %s; Alloy said: %s", label(user.Username), user.ID, e.Message)
	e.Kind, e.Fault, e.Retryable = KindInvalidInput, FaultCaller, false
	e.Advice = "Use the user " + user.ID.String() + ", or choose another username."
	return e
}

// maybeTaken reports whether a refusal may mean that the username exists: the
// shape of that error is not known, only that there is one.
func maybeTaken(err error) bool {
	e := asError(err)
	return e != nil && (e.Kind == KindInvalidInput || e.Kind == KindRejected) && e.Outcome == OutcomeRejected
}

// decodeUser accepts the bare object, which was observed, and wrapped ones.
func decodeUser(a *answer) (User, *Error) {
	raw, failure := a.one(has("userId", "id", "_id"), "", "data", "user")
	if failure != nil {
		return User{}, failure
	}
	var row userRow
	if json.Unmarshal(raw, &row) == nil {
		if user, ok := row.user(); ok {
			return user, nil
		}
	}
	object, _ := a.usable()
	return User{}, strangeEnvelope(a, object, "a user with an id of 24 hexadecimal digits")
}

// Users lists the account's users; Alloy does not page this list (observed).
func (c *Client) Users(ctx context.Context) ([]User, error) {
	k := &call{op: "list users", method: http.MethodGet, path: []string{"users"}}
	return do(ctx, c, k, func(a *answer) ([]User, *Error) {
		rows, failure := a.list("data", "users", "")
		if failure != nil {
			return nil, failure
		}
		return decodeRows(c, a, k.op, rows, (*userRow).user)
	})
}

// User returns one user.
func (c *Client) User(ctx context.Context, id UserID) (User, error) {
	k := &call{op: "read user " + label(id.String()), method: http.MethodGet, path: []string{"users", id.String()}}
	return do(ctx, c, k, decodeUser)
}

// UpdateUser changes a user's full name. A username cannot be changed
// (official guide; the reference says otherwise), so none is sent.
func (c *Client) UpdateUser(ctx context.Context, id UserID, fullName string) (User, error) {
	k := &call{
		op: "update user " + label(id.String()), method: http.MethodPut, path: []string{"users", id.String()},
		class: classPut, body: userBody{FullName: fullName},
	}
	return do(ctx, c, k, func(a *answer) (User, *Error) {
		object, _ := a.usable()
		if a.broken == nil && (len(a.body) == 0 || string(object["success"]) == "true" && object["userId"] == nil) {
			return User{ID: id, FullName: fullName}, nil // confirmed without the user
		}
		return decodeUser(a)
	})
}

// DeleteUser deletes a user and all of the user's credentials (official).
func (c *Client) DeleteUser(ctx context.Context, id UserID) error {
	k := &call{op: "delete user " + label(id.String()), method: http.MethodDelete, path: []string{"users", id.String()}, class: classDelete}
	_, err := do(ctx, c, k, decodeDone)
	return err
}
