package alloy

import (
	"errors"
	"fmt"
)

// UserID is the id of an Alloy user: 24 hexadecimal digits, a Mongo ObjectId
// (official: "must be a valid ObjectId"). The zero UserID names nobody; only
// [ParseUserID] makes another.
type UserID struct{ id string }

// ErrNoUser is the cause of the [Error] that every call of a [UserClient]
// returns which was made for the zero [UserID]: Alloy would run such a call as
// the owner of the API key (official).
var ErrNoUser = errors.New("no Alloy user is set")

// ParseUserID checks that s has the form of an Alloy user id. An e-mail
// address or a username is an error: Alloy answers 400 to it (observed).
func ParseUserID(s string) (UserID, error) {
	if !isObjectID(s) {
		return UserID{}, fmt.Errorf("%q is not an Alloy user id: it must be 24 hexadecimal digits", s)
	}
	return UserID{id: s}, nil
}

// String returns the 24 digits, or "" for the zero UserID.
func (u UserID) String() string { return u.id }

// IsZero reports whether u names nobody.
func (u UserID) IsZero() bool { return u.id == "" }

func isObjectID(s string) bool {
	if len(s) != 24 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
