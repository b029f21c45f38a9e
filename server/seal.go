package server

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// carried is what a client carries between two rounds of one call. It is sealed
// for the principal, so that nobody else can use it and nobody can change it.
type carried struct {
	Tool      string    `json:"t"`
	Arguments []byte    `json:"a"` // their hash
	RequestID string    `json:"r,omitempty"`
	Approval  bool      `json:"p,omitempty"` // the request is for an approval
	Round     int       `json:"n"`
	Expires   time.Time `json:"x"`
}

// carriedLife is how long a person may take to answer.
const carriedLife = 15 * time.Minute

// maxCarried bounds what is opened.
const maxCarried = 2 << 10

// errCarried says no more: how a seal was broken is nobody's business.
var errCarried = errors.New("what the client carries was not sealed for this call")

// sealer seals what clients carry, with AES-256-GCM.
type sealer struct{ aead cipher.AEAD }

// sealVersion begins every sealed text, so that a later form can be told.
const sealVersion = 1

func newSealer(key []byte) (*sealer, error) {
	if key == nil {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails, see crypto/rand
	}
	if len(key) != 32 {
		return nil, errors.New("server: the key for what clients carry needs 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return &sealer{aead: aead}, nil
}

func (s *sealer) seal(principal string, c carried) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	sealed := s.aead.Seal(append([]byte{sealVersion}, nonce...), nonce, text, purpose(principal))
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// open returns what was sealed for the principal, for a call of this tool with
// these arguments.
func (s *sealer) open(principal, sealed, tool string, arguments json.RawMessage, now time.Time) (carried, error) {
	if len(sealed) > maxCarried {
		return carried{}, errCarried
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	size := s.aead.NonceSize()
	if err != nil || len(raw) < 1+size || raw[0] != sealVersion {
		return carried{}, errCarried
	}
	text, err := s.aead.Open(nil, raw[1:1+size], raw[1+size:], purpose(principal))
	var c carried
	if err != nil || json.Unmarshal(text, &c) != nil {
		return carried{}, errCarried
	}
	if c.Tool != tool || !bytes.Equal(c.Arguments, hashOf(arguments)) || now.After(c.Expires) {
		return carried{}, errCarried
	}
	return c, nil
}

func purpose(principal string) []byte { return []byte("requestState\x00" + principal) }

// hashOf is the same for equal arguments however they are written.
func hashOf(arguments json.RawMessage) []byte {
	text := []byte(arguments)
	decoder := json.NewDecoder(bytes.NewReader(arguments))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) == nil {
		if object, ok := value.(map[string]any); ok && len(object) == 0 {
			value = nil // {} and nothing are the same call
		}
		if canonical, err := json.Marshal(value); err == nil {
			text = canonical
		}
	} else if len(bytes.TrimSpace(arguments)) == 0 {
		text = []byte("null")
	}
	sum := sha256.Sum256(text)
	return sum[:]
}
