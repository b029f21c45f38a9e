package alloy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// redacted stands in the place of every secret that somebody prints.
const redacted = "[redacted]"

// Secret holds an API key, or another value that must not be seen: it prints
// as "[redacted]" in every format, log and encoding. Only [Secret.Reveal]
// hands it out. The zero Secret is empty.
type Secret struct{ value *string }

// NewSecret wraps value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	// Behind a pointer, so that reflection in somebody's pretty-printer meets
	// an address rather than the text.
	return Secret{value: &value}
}

// Reveal returns the value itself. Call it where the value is used, and
// nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether s is empty.
func (s Secret) IsZero() bool { return s.value == nil }

// Fingerprint returns the first 8 hexadecimal digits of the value's SHA-256,
// to tell two keys apart without showing either. It is "" for the zero Secret.
func (s Secret) Fingerprint() string {
	if s.value == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(*s.value))
	return hex.EncodeToString(sum[:4])
}

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
