package state

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// keySize is the length of what [Key] returns, in bytes.
const keySize = 32

// Key returns the secret of 32 bytes that the store keeps under name, for sealing
// what clients carry. The first call makes it; all callers of one store get the
// same, and it does not expire. A store that forgets makes what was sealed before
// worthless, and who reads the store can open it.
func Key(ctx context.Context, s Store, name string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it would end the program
	err := s.Add(ctx, name, key, 0)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, ErrExists) {
		return nil, fmt.Errorf("store a new sealing key: %w", err)
	}
	if key, err = s.Get(ctx, name); err != nil {
		return nil, fmt.Errorf("read the sealing key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("read the sealing key: the record has %d bytes instead of %d, so it is something else", len(key), keySize)
	}
	return key, nil
}

// Name returns a key such as "request:ab12…" that only this kind and these parts
// in this order have. The kind stays readable. Of the parts there is a SHA-256
// hash, from which nobody reads them; but whoever can guess them all can check the
// guess.
func Name(kind string, parts ...string) string {
	hash := sha256.New()
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		hash.Write(length[:])
		hash.Write([]byte(part))
	}
	return kind + ":" + hex.EncodeToString(hash.Sum(nil))
}
