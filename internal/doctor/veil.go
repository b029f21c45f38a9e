package doctor

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// veil removes from a text what belongs to somebody: the names that are known,
// and what has the form of an id, an address or a secret.
type veil struct {
	scrubber *redact.Scrubber
	names    []string // longest first
	uuid     *regexp.Regexp
	email    *regexp.Regexp
}

// newVeil compiles patterns that only a report needs: every start of the program
// would pay for them.
func newVeil(scrubber *redact.Scrubber) *veil {
	return &veil{
		scrubber: scrubber,
		uuid:     regexp.MustCompile(`(?i)\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b`),
		email:    regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN.-]+\.\pL{2,}`),
	}
}

// minName is the length under which a name is left alone: it would tear words.
const minName = 3

// hide remembers names.
func (v *veil) hide(names ...string) {
	for _, name := range names {
		if len(name) >= minName && !slices.Contains(v.names, name) {
			v.names = append(v.names, name)
		}
	}
	slices.SortFunc(v.names, func(a, b string) int { return len(b) - len(a) })
}

var objectID = regexp.MustCompile(`(?i)\b[0-9a-f]{24}\b`)

// over returns the text as it may leave the machine.
func (v *veil) over(text string) string {
	text = clean(v.scrubber, text)
	for _, name := range v.names {
		text = strings.ReplaceAll(text, name, "<name>")
	}
	text = v.email.ReplaceAllStringFunc(text, func(found string) string {
		if found == supportMail {
			return found
		}
		return "<e-mail>"
	})
	text = v.uuid.ReplaceAllString(text, "<uuid>")
	return objectID.ReplaceAllString(text, "<id>")
}

// hostOf returns the host of a URL, without what else may stand in one.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
