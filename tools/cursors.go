package tools

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// cursors mints and opens the handles that continue a list. A cursor holds the
// question and where it stands, and is good for one principal and one hour. The
// key is the process's own, so a restart ends it.
type cursors struct{ key [32]byte }

const (
	cursorLife = time.Hour
	macLen     = 16
)

var errCursor = errors.New("the cursor is not valid here, has expired, or the server was restarted since")

func newCursors() cursors {
	var c cursors
	_, _ = rand.Read(c.key[:]) // never fails
	return c
}

// cursor is what a handle holds.
type cursor[Question any] struct {
	Question Question `json:"q"`
	Offset   int      `json:"o"`
	Expires  int64    `json:"e"`
}

func mint[Question any](c cursors, principal string, question Question, offset int) (string, error) {
	payload, err := json.Marshal(cursor[Question]{Question: question, Offset: offset, Expires: time.Now().Add(cursorLife).Unix()})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(c.mac(principal, payload), payload...)), nil
}

func open[Question any](c cursors, principal, handle string) (question Question, offset int, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(handle)
	if err != nil || len(raw) < macLen || !hmac.Equal(raw[:macLen], c.mac(principal, raw[macLen:])) {
		return question, 0, errCursor
	}
	var held cursor[Question]
	if err := json.Unmarshal(raw[macLen:], &held); err != nil || time.Now().Unix() > held.Expires {
		return question, 0, errCursor
	}
	return held.Question, held.Offset, nil
}

func (c cursors) mac(principal string, payload []byte) []byte {
	// The principal is hashed first, so that no other pair gives the same bytes.
	who := sha256.Sum256([]byte(principal))
	h := hmac.New(sha256.New, c.key[:])
	h.Write(who[:])
	h.Write(payload)
	return h.Sum(nil)[:macLen]
}
