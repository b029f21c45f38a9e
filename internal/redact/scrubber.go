// Package redact keeps secrets out of what the program writes: a [Scrubber]
// cleans any text, a handler made by [NewHandler] cleans every log record.
//
// Two things are removed: the values that are known to be secret, in plain and
// in the escaped forms that JSON, URLs and HTML give them, and what has the form
// of a secret (a JSON Web Token, "Bearer …", "secret_…", "ntn_…", "amcp_…", "token=…" in a
// URL, hexadecimal digits beside the word token, members of a JSON object whose
// name says so). It is a net under code that has no business writing secrets, not
// a licence to write them.
package redact

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
)

// Mask stands where a secret stood.
const Mask = "[redacted]"

// MinLength is the length in bytes under which a value is too short to be looked
// for: removing every "abc" would make texts unreadable and hide nothing.
const MinLength = 6

// maxRounds bounds how often a text is cleaned again because cleaning joined two
// halves of another secret.
const maxRounds = 3

// Scrubber removes secrets from texts. It is safe for concurrent use. A nil
// Scrubber removes what has the form of a secret and knows no values.
type Scrubber struct {
	secrets func() []string
	known   atomic.Pointer[known]
}

// known is what was derived from one list of secrets.
type known struct {
	secrets []string // as the function returned them
	forms   []string // every form to look for, longest first
}

// New returns a Scrubber of the values that secrets returns, which is asked
// before each text, so that a key that was exchanged is known at once. It must be
// safe for concurrent use and cheap; nil means that no values are known. Values
// shorter than [MinLength] are left alone.
func New(secrets func() []string) *Scrubber { return &Scrubber{secrets: secrets} }

// String returns text without the secrets in it. Cleaning a clean text returns
// it unchanged, and without allocating.
func (s *Scrubber) String(text string) string {
	forms := s.forms()
	for range maxRounds {
		clean := scrubPatterns(scrubForms(text, forms))
		if clean == text {
			return text
		}
		text = clean
	}
	if scrubPatterns(scrubForms(text, forms)) == text {
		return text
	}
	return Mask
}

// Bytes is [Scrubber.String] for bytes. It returns text itself where there is
// nothing to remove, and never changes what text holds.
func (s *Scrubber) Bytes(text []byte) []byte {
	before := string(text)
	after := s.String(before)
	if after == before {
		return text
	}
	return []byte(after)
}

// Values returns a JSON text without the values that are known to be secret, and
// leaves alone what only looks like one: what a tool answers is the person's own
// data, and a page about OAuth or an issue with a key is no leak. Valid JSON
// stays valid. It returns text itself where there is nothing to remove.
func (s *Scrubber) Values(text []byte) []byte {
	before, forms := string(text), s.forms()
	after := before
	for range maxRounds {
		clean := scrubForms(after, forms)
		if clean == after {
			break
		}
		after = clean
	}
	switch {
	case after == before:
		return text
	case scrubForms(after, forms) != after, json.Valid(text) && !json.Valid([]byte(after)):
		return []byte(`"` + Mask + `"`) // a secret that is itself JSON: nothing of the text can be trusted
	}
	return []byte(after)
}

// forms returns the forms to look for, derived anew only when the secrets changed.
func (s *Scrubber) forms() []string {
	if s == nil || s.secrets == nil {
		return nil
	}
	secrets := s.secrets()
	if k := s.known.Load(); k != nil && slices.Equal(k.secrets, secrets) {
		return k.forms
	}
	k := &known{secrets: slices.Clone(secrets), forms: formsOf(secrets)}
	s.known.Store(k)
	return k.forms
}

func scrubForms(text string, forms []string) string {
	for _, form := range forms {
		if strings.Contains(text, form) {
			text = strings.ReplaceAll(text, form, Mask)
		}
	}
	return text
}
