package connect

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// advice is what the person reads about a step that failed: what is the matter, and
// who does what next. Alloy's own advice is for those who call its API.
func advice(err error) string {
	var refused *refusedError
	var failed *alloy.Error
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case !errors.As(err, &failed):
		return "Something in this server failed, and its log says what. Try again in a moment."
	}
	switch failed.Kind {
	case alloy.KindUnauthorized:
		return "This server's own API key for Alloy is rejected, so nothing can be connected now. Whoever runs the server runs “alloy-mcp doctor”."
	case alloy.KindForbidden:
		return "This server's API key lacks a permission at Alloy. Whoever runs the server gives it more in Alloy's dashboard."
	case alloy.KindRateLimited:
		return "Too much is asked of Alloy at the moment. Try again in a minute."
	case alloy.KindUnavailable, alloy.KindUnreadable, alloy.KindEnvelope, alloy.KindRoute:
		return "Alloy cannot be reached, or gives no answer that makes sense. Try again in a minute; if it stays so, status.runalloy.com may say why."
	}
	said := []string{"Alloy does not accept this:", sentence(plain.Line(failed.Message, 200))}
	for _, d := range failed.Details {
		said = append(said, sentence(plain.Line(d.Message, 200)))
	}
	return strings.Join(append(said, "Check it and try again."), " ")
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}
