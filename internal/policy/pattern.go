package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/internal/nearest"
)

// maxPattern bounds a pattern, in bytes; action ids of some hundred occur.
const maxPattern = 1024

// Pattern is a glob on connector.action, which may be narrowed to one effect by
// :read, :write or :destructive at its end. Every other colon belongs to the id;
// letters count as they are written.
type Pattern struct {
	text    string
	glob    glob
	effects effects
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// rule names the pattern as an item of a setting.
func (p *Pattern) rule(setting string) string { return setting + " " + strconv.Quote(p.text) }

// touches reports whether the pattern stands for something the action may do.
func (p *Pattern) touches(t *target) bool { return p.effects&t.effects != 0 && p.glob.matches(t.name) }

// covers reports whether it stands for everything that the action may do.
func (p *Pattern) covers(t *target) bool {
	return p.effects&t.effects == t.effects && p.glob.matches(t.name)
}

// ParsePatterns reads patterns that are separated by commas. Its errors are the
// end of a sentence that begins with the name of the setting.
func ParsePatterns(text string) ([]Pattern, error) {
	var patterns []Pattern
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		pattern, err := ParsePattern(item)
		if err != nil {
			return nil, fmt.Errorf("holds %s, which %w", shown(item), err)
		}
		patterns = append(patterns, pattern)
	}
	if patterns == nil {
		return nil, errors.New("holds nothing but commas: give patterns such as slack.chat_*:write, or leave it unset")
	}
	return patterns, nil
}

// ParsePattern reads one pattern. Its errors are the end of a sentence whose
// subject is the pattern.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text, effects: allEffects}
	name := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		if e, ok := effectNamed(text[i+1:]); ok {
			name, p.effects = text[:i], e
		}
	}
	if err := checkGlob(name); err != nil {
		return Pattern{}, err
	}
	if !strings.ContainsAny(name, ".*?") {
		return Pattern{}, fmt.Errorf("names no action: write %s.* for every action of a connector", name)
	}
	p.glob = compileGlob(name)
	return p, nil
}

// Odd says what may be wrong with the pattern though it can be read, or "": a
// misspelt effect would silently be a part of the id.
func (p Pattern) Odd() string {
	i := strings.LastIndexByte(p.text, ':')
	if i < 0 || p.effects != allEffects {
		return ""
	}
	near := nearest.Of(strings.ToLower(strings.TrimSpace(p.text[i+1:])), []string{Read, Write, Destructive})
	if near == "" {
		return ""
	}
	return fmt.Sprintf("%s ends in %s, which is no effect and counts as part of the id: is :%s meant?", shown(p.text), shown(p.text[i:]), near)
}

func checkGlob(text string) error {
	switch {
	case text == "":
		return errors.New("is empty")
	case len(text) > maxPattern:
		return fmt.Errorf("is longer than %d bytes", maxPattern)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("holds a character that no id has")
	}
	return nil
}

// shown quotes a text of a setting or a file, bounded, for an error.
func shown(text string) string {
	const limit = 80
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return strconv.Quote(text)
}
