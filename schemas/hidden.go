package schemas

import (
	"regexp"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Hidden is a parameter that no argument stands for.
type Hidden struct {
	Name string
	In   string // "query", "header", "body" or "cookie"
	// Default is what the metadata gives as its default or only value; nil
	// without one.
	Default any
	// Reason is "credential", "transport", "option" or "limit".
	Reason string
}

// reCredentialText matches what descriptions of access tokens say (Slack:
// "Authentication token. Requires scope: …").
var reCredentialText = regexp.MustCompile(`(?i)\b(authentication|authorization|access|bearer|oauth|api)[ _-]?(token|key)\b|\bbearer\b`)

// hiddenReason says why a parameter is not an argument, "" where it is one.
// Alloy adds the credentials of a connection itself, and the headers of the
// transport are nobody's to choose.
func hiddenReason(name, where, description string, o *options) string {
	if where == inPath {
		return ""
	}
	if o.hides(name) {
		return "option"
	}
	plainName := fold(name)
	if where == inHeader {
		return hiddenHeader(plainName, strings.ToLower(name))
	}
	switch plainName {
	case "token", "accesstoken", "authtoken", "oauthtoken", "apikey", "apitoken":
		if reCredentialText.MatchString(description) {
			return "credential"
		}
		if where == inQuery && plainName != "token" {
			return "credential"
		}
	case "authorization":
		return "credential"
	}
	return ""
}

func hiddenHeader(plainName, lower string) string {
	switch plainName {
	case "token", "authorization", "accesstoken", "authtoken", "oauthtoken", "apikey", "apitoken",
		"xapikey", "xapitoken", "xauthtoken", "xaccesstoken", "proxyauthorization", "cookie":
		return "credential"
	case "contenttype", "accept", "acceptencoding", "contentlength", "contentencoding", "host", "useragent", "transferencoding",
		"connection", "te", "upgrade", "forwarded", "expect", "keepalive", "trailer":
		return "transport"
	}
	for _, prefix := range []string{"proxy-", "x-forwarded-", "x-alloy-"} {
		if strings.HasPrefix(lower, prefix) {
			return "transport"
		}
	}
	if lower == "x-api-version" { // Alloy's own; a provider's would be overwritten
		return "transport"
	}
	return ""
}

// defaultOf returns the default of a parameter, or its only value.
func defaultOf(n *node) any {
	v := viewOf(n)
	for _, f := range v.facts {
		if f.hasDefault {
			return f.fallback
		}
	}
	if v.hasEnum && len(v.enum) == 1 {
		return v.enum[0]
	}
	return nil
}

// hideBodyProperties takes properties out of the body's schema: nobody gives
// them, so nothing may require them.
func hideBodyProperties(body *node, names map[string]bool) {
	if len(names) == 0 {
		return
	}
	seen := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		var left []string
		for _, name := range n.required {
			if !names[name] {
				left = append(left, name)
			}
		}
		n.required = left
		n.merged.Store(nil)
		for _, next := range n.inPlace() {
			visit(next)
		}
	}
	visit(body)
}

// placeholders lists the {names} in a path.
func placeholders(path string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(path, "{")
		if !ok {
			return out
		}
		name, rest, ok := strings.Cut(rest, "}")
		if !ok {
			return out
		}
		if name != "" {
			out = append(out, name)
		}
		path = rest
	}
}

// takesBody says whether a request of this method has a body by itself.
func takesBody(a alloy.Action) bool {
	switch strings.ToLower(a.Method) {
	case "get", "head", "delete", "options":
		return false
	}
	return true
}
