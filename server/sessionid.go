package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
)

// Sizes of a session id before encoding: what its client can do, a random part
// and an HMAC over both and the principal.
const (
	sessionRandom = 16
	sessionSigned = 1 + sessionRandom
	sessionMAC    = 16
)

// ability is what a client declared in initialize, as far as later requests need
// it. The id carries it, so that nothing has to be remembered.
type ability byte

const (
	canAskForm ability = 1 << iota
	canAskURL
	canSample
)

func abilityOf(c mcp.ClientCapabilities) ability {
	var a ability
	if c.Elicitation != nil {
		if c.Elicitation.Form != nil || c.Elicitation.URL == nil { // {} means forms
			a |= canAskForm
		}
		if c.Elicitation.URL != nil {
			a |= canAskURL
		}
	}
	if c.Sampling != nil {
		a |= canSample
	}
	return a
}

func (a ability) capabilities() mcp.ClientCapabilities {
	var c mcp.ClientCapabilities
	if a&(canAskForm|canAskURL) != 0 {
		c.Elicitation = &mcp.ElicitationCapability{}
		if a&canAskForm != 0 {
			c.Elicitation.Form = &struct{}{}
		}
		if a&canAskURL != 0 {
			c.Elicitation.URL = &struct{}{}
		}
	}
	if a&canSample != 0 {
		c.Sampling = &mcp.SamplingCapability{}
	}
	return c
}

// sessionKey makes and checks session ids. An id proves for which principal it
// was made and nothing else: possession is never authentication.
type sessionKey []byte

func newSessionKey(given []byte) (sessionKey, error) {
	if given == nil {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails, see crypto/rand
		return key, nil
	}
	if len(given) < 32 {
		return nil, errors.New("server: the session key has fewer than 32 bytes")
	}
	return given, nil
}

// sign covers a part of fixed length first, so that it and the principal cannot
// run into each other.
func (k sessionKey) sign(principal string, signed []byte) [sessionMAC]byte {
	mac := hmac.New(sha256.New, k)
	_, _ = mac.Write(signed)
	_, _ = mac.Write([]byte(principal))
	return [sessionMAC]byte(mac.Sum(nil))
}

// issue returns a new session id for the principal.
func (k sessionKey) issue(principal string, able ability) string {
	var id [sessionSigned + sessionMAC]byte
	id[0] = byte(able)
	_, _ = rand.Read(id[1:sessionSigned]) // never fails, see crypto/rand
	mac := k.sign(principal, id[:sessionSigned])
	copy(id[sessionSigned:], mac[:])
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// owns reports whether id was issued to the principal, and what its client can do.
func (k sessionKey) owns(principal, id string) (ability, bool) {
	var raw [sessionSigned + sessionMAC]byte
	if len(id) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return 0, false
	}
	if n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(id)); err != nil || n != len(raw) {
		return 0, false
	}
	mac := k.sign(principal, raw[:sessionSigned])
	return ability(raw[0]), hmac.Equal(mac[:], raw[sessionSigned:])
}

// boundSessions is what the library may know of sessions: nothing. Ids are
// issued and checked before it sees a request, so it keeps no state for them.
type boundSessions struct{}

func (boundSessions) Generate() string { return "" }

func (boundSessions) Validate(string) (bool, error) { return false, nil }

// Terminate reports that a client may not end a session: there is nothing to end.
func (boundSessions) Terminate(string) (bool, error) { return true, nil }
