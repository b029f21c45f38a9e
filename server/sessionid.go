package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Sizes of a session id before encoding: a random part and its HMAC.
const (
	sessionRandom = 16
	sessionMAC    = 16
)

// sessionKey makes and checks session ids. An id proves for which principal it
// was made and nothing else: possession is never authentication.
type sessionKey []byte

func newSessionKey(given []byte) (sessionKey, error) {
	if given == nil {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("server: making a session key: %w", err)
		}
		return key, nil
	}
	if len(given) < 32 {
		return nil, errors.New("server: the session key has fewer than 32 bytes")
	}
	return given, nil
}

func (k sessionKey) sign(principal string, random []byte) [sessionMAC]byte {
	mac := hmac.New(sha256.New, k)
	_, _ = mac.Write(random) // of fixed length, so the two parts cannot run into each other
	_, _ = mac.Write([]byte(principal))
	return [sessionMAC]byte(mac.Sum(nil))
}

// issue returns a new session id for the principal.
func (k sessionKey) issue(principal string) string {
	var id [sessionRandom + sessionMAC]byte
	_, _ = rand.Read(id[:sessionRandom]) // never fails, see crypto/rand
	signed := k.sign(principal, id[:sessionRandom])
	copy(id[sessionRandom:], signed[:])
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// owns reports whether id was issued to the principal.
func (k sessionKey) owns(principal, id string) bool {
	var raw [sessionRandom + sessionMAC]byte
	if len(id) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return false
	}
	if n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(id)); err != nil || n != len(raw) {
		return false
	}
	signed := k.sign(principal, raw[:sessionRandom])
	return hmac.Equal(signed[:], raw[sessionRandom:])
}

// boundSessions is what the library may know of sessions: nothing. Ids are
// issued and checked before it sees a request, so it keeps no state for them.
type boundSessions struct{}

func (boundSessions) Generate() string { return "" }

func (boundSessions) Validate(string) (bool, error) { return false, nil }

// Terminate reports that a client may not end a session: there is nothing to end.
func (boundSessions) Terminate(string) (bool, error) { return true, nil }
