package server

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/mark3labs/mcp-go/mcp"
)

// Bounds of one message. They are far above what clients send and low enough
// that decoding a message costs milliseconds.
const (
	maxDepth     = 64
	maxTokens    = 50_000
	maxIDBytes   = 256
	maxSafeID    = 1 << 53 // above it, a float64 no longer holds every integer
	maxMethod    = 128
	maxNameBytes = 512
	maxShown     = 40 // bytes of a name from outside that an error repeats
)

type messageKind uint8

const (
	kindRequest messageKind = iota
	kindNotification
	kindResponse
)

// envelope is what routing and the guards need to know of a message. Its byte
// slices point into the message.
type envelope struct {
	kind   messageKind
	method string
	// id is the raw JSON of the id, nil without one.
	id []byte
	// name is params.name: the tool or prompt. One that is too long for either
	// is cut and ends in "…".
	name string
	// rare says that params hold what calls seldom hold and the library decodes.
	rare bool
	// version is the protocol revision that _meta states; only 2026-07-28 and
	// later state one.
	version string
	// capabilities is the raw JSON of the client's capabilities in _meta.
	capabilities []byte
}

// modern reports whether the message belongs to the stateless revisions.
func (e *envelope) modern() bool { return mcp.IsModernProtocol(e.version) }

// malformed says why a message is refused before anything decodes it.
type malformed struct {
	code    int
	message string
}

func (m *malformed) Error() string { return m.message }

func invalid(message string) *malformed {
	return &malformed{code: mcp.INVALID_REQUEST, message: message}
}

func unreadable(message string) *malformed {
	return &malformed{code: mcp.PARSE_ERROR, message: message}
}

// isTopKey and isParamKey name the keys that the library decodes into fields.
// encoding/json matches field names without regard to case, so a variant of one
// of them would be taken for it by the library while every check here sees
// another key.
func isTopKey(key string) bool {
	switch key {
	case "jsonrpc", "id", "method", "params", "result", "error":
		return true
	}
	return false
}

func isParamKey(key string) bool {
	switch key {
	case "name", "arguments", "_meta", "task", "requestState", "inputResponses", "uri", "cursor", "requestId",
		"protocolVersion", "capabilities", "clientInfo", "level", "notifications", "ref", "argument", "context", "taskId",
		"progressToken", "reason":
		return true
	}
	return false
}

// isKnown is by role, not by a function value: so the conversion of a key costs
// no allocation.
func isKnown(r role, key string) bool {
	if r == roleTop {
		return isTopKey(key)
	}
	return isParamKey(key)
}

// checkVariant refuses a key that equals a known one in all but case.
func checkVariant(r role, key []byte) *malformed {
	if isKnown(r, string(key)) {
		return nil
	}
	if written := fold(key); isKnown(r, written) {
		return invalid("the key " + quote(key) + " must be written " + written)
	}
	return nil
}

// fold writes a key as the library's fields are written. It folds Unicode like
// encoding/json: U+017F is an s there and U+212A a k. The few names in camel case
// are compared one by one.
func fold(key []byte) string {
	for _, name := range [...]string{
		"requestState", "inputResponses", "requestId", "protocolVersion", "clientInfo", "taskId", "progressToken",
	} {
		if bytes.EqualFold(key, []byte(name)) {
			return name
		}
	}
	return strings.Map(func(c rune) rune {
		switch c {
		case '\u017f':
			return 's'
		case '\u212a':
			return 'k'
		}
		return unicode.ToLower(c)
	}, string(key))
}

// classify decides the kind of the message from the keys that were present.
func (s *scanner) classify() *malformed {
	e := &s.envelope
	switch {
	case s.version != "2.0":
		return invalid(`jsonrpc must be "2.0"`)
	case s.hasMethod && (s.hasResult || s.hasError):
		return invalid("a message is a request or a response, not both")
	case s.hasMethod && s.hasID:
		if s.nullID {
			return invalid("id must be a string or an integer")
		}
		e.kind = kindRequest
	case s.hasMethod:
		e.kind = kindNotification
	case s.hasResult && s.hasError:
		return invalid("a response has a result or an error, not both")
	case s.hasID && (s.hasResult || s.hasError):
		if s.nullID && !s.hasError {
			return invalid("id must be a string or an integer")
		}
		e.kind = kindResponse
	default:
		return invalid("a message needs a method, or an id with a result or an error")
	}
	return nil
}
