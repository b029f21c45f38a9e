package tools

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// cursors mints and opens the handles that continue a list. A cursor holds an
// offset and is good for one principal, one question and one hour; the key is
// the process's own, so a restart ends it.
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

func (c cursors) mint(principal, question string, offset int) string {
	payload := make([]byte, 12, 12+macLen)
	binary.BigEndian.PutUint32(payload, uint32(offset)) //nolint:gosec // an offset into a list in memory
	binary.BigEndian.PutUint64(payload[4:], uint64(time.Now().Add(cursorLife).Unix()))
	return base64.RawURLEncoding.EncodeToString(append(payload, c.mac(principal, question, payload)...))
}

func (c cursors) open(principal, question, cursor string) (int, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) != 12+macLen {
		return 0, errCursor
	}
	payload := raw[:12]
	if !hmac.Equal(raw[12:], c.mac(principal, question, payload)) {
		return 0, errCursor
	}
	if uint64(time.Now().Unix()) > binary.BigEndian.Uint64(payload[4:]) {
		return 0, errCursor
	}
	return int(binary.BigEndian.Uint32(payload)), nil
}

func (c cursors) mac(principal, question string, payload []byte) []byte {
	h := hmac.New(sha256.New, c.key[:])
	for _, part := range []string{principal, question} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(part))) //nolint:gosec // bounded by the frame limit
		h.Write(n[:])
		h.Write([]byte(part))
	}
	h.Write(payload)
	return h.Sum(nil)[:macLen]
}
