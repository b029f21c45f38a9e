package settings

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minKey is the length under which nothing can be an API key; Alloy does not say
// how long its keys are. Shorter values could not be kept out of texts either.
const minKey = 8

// maxValue bounds a value; none of ours comes near.
const maxValue = 8 << 10

// checkText trims a value and refuses what can only be a mistake in writing it
// down. Its errors say what is wrong and never quote the value.
func checkText(value string) (string, error) {
	value = strings.TrimSpace(value)
	switch {
	case len(value) > maxValue:
		return "", fmt.Errorf("is %d bytes long: more than %d cannot be meant", len(value), maxValue)
	case strings.HasPrefix(value, "\ufeff"):
		return "", errors.New("begins with a byte order mark: an editor put it there; type the value again")
	case strings.ContainsAny(value, "\r\n"):
		return "", errors.New("holds a line break: it must be one line")
	case !utf8.ValidString(value):
		return "", errors.New("is not UTF-8 text")
	case strings.IndexFunc(value, unicode.IsControl) >= 0:
		return "", errors.New("holds a control character: type the value again")
	case isQuoted(value):
		return "", errors.New("is wrapped in quotes, which are not taken off here (docker --env-file and JSON keep them): remove them")
	case isPlaceholder(value):
		return "", errors.New("still holds the placeholder of a template: put the value itself there")
	}
	return value, nil
}

// isQuoted reports whether value begins and ends with a quote, straight or not.
func isQuoted(value string) bool {
	const quotes = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
	first, n := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	return len(value) > n && strings.ContainsRune(quotes, first) && strings.ContainsRune(quotes, last)
}

// isPlaceholder reports whether a client or a person left a template unfilled:
// ${user_config.key}, {{key}}, <your key>.
func isPlaceholder(value string) bool {
	for _, marks := range [...][2]string{{"${", "}"}, {"{{", "}}"}, {"<", ">"}} {
		if strings.HasPrefix(value, marks[0]) && strings.HasSuffix(value, marks[1]) {
			return true
		}
	}
	return false
}

// checkSecret is checkText for a secret, which travels in a header.
func checkSecret(value string) (string, error) {
	value, err := checkText(value)
	switch {
	case err != nil || value == "":
		return "", err
	case len(value) >= 7 && strings.EqualFold(value[:7], "bearer "):
		return "", errors.New(`begins with "Bearer": give the key alone`)
	case strings.ContainsFunc(value, unicode.IsSpace):
		return "", errors.New("holds a space: give the key alone")
	case strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }):
		return "", errors.New("holds a character that no key has: copy it again")
	case strings.HasPrefix(strings.ToLower(value), "your_"), strings.HasPrefix(strings.ToLower(value), "your-"):
		return "", errors.New("still holds the placeholder of a template: put the value itself there")
	case len(value) < minKey:
		return "", fmt.Errorf("is %d characters long, too short to be a key: copy it again", len(value))
	}
	return value, nil
}

// shown quotes a value that is no secret, bounded, for an error.
func shown(value string) string {
	if len(value) > 60 {
		value = strings.ToValidUTF8(value[:60], "") + "…"
	}
	return strconv.Quote(value)
}

func checkChoice(value string, choices []string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return fmt.Errorf("is %s: it must be %s", shown(value), orList(choices))
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func parseURL(value string, into *string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil: // the parser's error quotes the URL, which may hold a password
		return errors.New("is not a URL; it must look like https://example.com")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must begin with https:// or http://")
	case u.Hostname() == "":
		return errors.New("names no host; it must look like https://example.com")
	case u.User != nil:
		return errors.New("must not hold a user name or a password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New(`must not have a "?" or a "#" in it`)
	}
	*into = strings.TrimRight(value, "/")
	return nil
}

func parseAddr(value string, into *string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return fmt.Errorf("is %s: it must be a host and a port, such as 127.0.0.1:3000", shown(value))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("is %s: the port must be a number from 0 to 65535", shown(value))
	}
	*into = value
	return nil
}

// parseID checks an id of Alloy's: 24 hexadecimal digits (official).
func parseID(value string, into *string) error {
	if !isID(value) {
		return fmt.Errorf("is %s: a connection's id is 24 hexadecimal digits; `alloy-mcp connections` lists them", shown(value))
	}
	*into = value
	return nil
}

func isID(value string) bool {
	return len(value) == 24 && strings.Trim(strings.ToLower(value), "0123456789abcdef") == ""
}

func parsePairs(value string, into *map[string]string) error {
	pairs := make(map[string]string)
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		name, id, ok := strings.Cut(item, "=")
		name, id = strings.TrimSpace(name), strings.TrimSpace(id)
		switch {
		case !ok || name == "" || id == "":
			return fmt.Errorf("holds %s: every item must be a connector and an id, such as notion=65f000000000000000000001", shown(item))
		case !isID(id):
			return fmt.Errorf("holds %s: an id is 24 hexadecimal digits", shown(item))
		case pairs[name] != "" && pairs[name] != id:
			return fmt.Errorf("names %s twice", shown(name))
		}
		pairs[name] = id
	}
	*into = pairs
	return nil
}

// parseReturns reads addresses that people are sent back to. They are kept as
// they are written, since they are compared so; plain http could be read and
// changed on the way, but for this machine.
func parseReturns(value string, into *[]string) error {
	var list []string
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if item == "" || slices.Contains(list, item) {
			continue
		}
		u, err := url.Parse(item)
		switch {
		case err != nil || u.Scheme == "" || u.Hostname() == "":
			return errors.New("holds something that is no address; each must look like https://app.example.com/connected")
		case u.User != nil:
			return errors.New("must not hold a user name or a password")
		case strings.Contains(item, "#"):
			return fmt.Errorf(`holds %s: it must not have a "#" in it`, shown(item))
		case u.Scheme != "https" && (u.Scheme != "http" || !isThisMachine(u.Hostname())):
			return fmt.Errorf("holds %s: it must begin with https://, or with http:// and be on this machine (localhost)", shown(item))
		}
		list = append(list, item)
	}
	*into = list
	return nil
}

// isThisMachine reports whether a host can be nowhere else.
func isThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// parseVersion allows what versions look like (2025-09, official) and a header can carry.
func parseVersion(value string, into *string) error {
	if len(value) > 32 || strings.IndexFunc(value, func(r rune) bool { return !isWordRune(r) && r != '.' }) >= 0 {
		return fmt.Errorf("is %s: it must look like 2025-09", shown(value))
	}
	*into = value
	return nil
}

func isWordRune(r rune) bool {
	return r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}

// parseEnvironment allows what can stand in a file's name and leads nowhere else.
func parseEnvironment(value string, into *string) error {
	if len(value) > 32 || strings.IndexFunc(value, func(r rune) bool { return !isWordRune(r) }) >= 0 {
		return fmt.Errorf("is %s: use up to 32 letters, digits, hyphens and underscores", shown(value))
	}
	*into = value
	return nil
}

// parseState reads STATE_URL; a file is returned, "" is memory.
func parseState(value string, file *string) error {
	scheme, rest, found := strings.Cut(value, ":")
	switch {
	case scheme == "memory" && rest == "":
		*file = ""
		return nil
	case scheme == "bolt" && rest != "":
		*file = strings.TrimPrefix(rest, "//")
		return nil
	case scheme == "redis" || scheme == "rediss":
		return errors.New("is a Redis, which this version does not have yet: use memory: or bolt:PATH")
	case !found:
		return errors.New("must be memory: or bolt:PATH")
	}
	return fmt.Errorf("must be memory: or bolt:PATH, not %q", scheme)
}

// noCache is what CACHE_DIR says for none; the rest of the settings uses it so too.
const noCache = "/dev/null"

// parseCache reads CACHE_DIR; "" keeps nothing.
func parseCache(value string, dir *string) error {
	if value == noCache || value == os.DevNull {
		value = ""
	}
	*dir = value
	return nil
}
