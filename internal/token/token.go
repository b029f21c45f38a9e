// Package token keeps the bearer tokens of people and programs that may use the
// server, in a JSON file that holds their hashes only. A token has so many random
// bits that a plain SHA-256 cannot be turned back: no salt, no slow hash is needed.
//
// One process may serve by a file while another one changes it: a change is one
// rename, and counts at most a second later.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Prefix is what every token begins with, so that people, logs and scanners of
// repositories know one when they see it.
const Prefix = "amcp_"

// MaxLength is the length in bytes above which nothing is looked at as a token.
const MaxLength = 8 << 10

// Token is what is known of a token. The token itself is not.
type Token struct {
	Name string
	// User is the Alloy user that the holder acts as, an id or a username; empty
	// where it is not fixed.
	User      string
	CreatedAt time.Time // in UTC, to the second

	hash [sha256.Size]byte
}

// Fingerprint tells the token apart from others: the first 8 hexadecimal digits of
// its SHA-256.
func (t Token) Fingerprint() string { return hex.EncodeToString(t.hash[:4]) }

// ErrUnknown is what [File.Verify] and [File.Find] return for a token that is not,
// or no longer, in the file.
var ErrUnknown = errors.New("the token is unknown or was revoked")

// InvalidError says that a name or a user cannot be what somebody asked for.
type InvalidError struct{ reason string }

// Error returns the reason.
func (e *InvalidError) Error() string { return e.reason }

// random returns a new token of 130 random bits, in letters and digits.
func random() string { return Prefix + rand.Text() }

func hashOf(bearer string) [sha256.Size]byte { return sha256.Sum256([]byte(bearer)) }

const nameRule = "must be 1 to 63 characters: lower-case letters, digits, dots, underscores and hyphens, the first a letter or a digit"

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

func checkName(name string) error {
	if !plainName.MatchString(name) {
		return &InvalidError{"the name of a token " + nameRule}
	}
	return nil
}

// maxUser bounds an Alloy user's id or name.
const maxUser = 256

// checkUser refuses what can be no Alloy user. Alloy is not asked.
func checkUser(user string) error {
	switch {
	case len(user) > maxUser:
		return &InvalidError{fmt.Sprintf("the user of a token is longer than %d bytes", maxUser)}
	case !utf8.ValidString(user) || strings.ContainsFunc(user, unicode.IsControl):
		return &InvalidError{"the user of a token holds a control character or is not UTF-8 text"}
	case strings.TrimSpace(user) != user:
		return &InvalidError{"the user of a token begins or ends with a space"}
	}
	return nil
}
