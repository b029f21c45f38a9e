package index

import (
	"slices"
	"strings"
	"unicode"
)

// exact are the actions that a query names by their id, with or without the app's
// before it, written as it may be: "hubspot.createContact", "HubSpot: createcontact".
// An id alone means the connected apps.
func (ix *Index) exact(q Query) []Hit {
	text := strings.Trim(strings.TrimSpace(q.Text), "`'\"")
	if text == "" || len(text) > maxScanned {
		return nil
	}
	var hits []Hit
	for _, rest := range tails(strings.ToLower(text)) {
		for _, i := range ix.byID[rest] {
			d := &ix.docs[i]
			app := strings.TrimRight(text[:len(text)-min(len(rest), len(text))], ".: /")
			named := app == "" || strings.EqualFold(app, d.connector) || strings.EqualFold(app, ix.apps[d.app].Name)
			mine := app != "" || len(q.Connected) == 0 || slices.Contains(q.Connected, d.connector)
			if q.ConnectorID != "" {
				mine = d.connector == q.ConnectorID
			}
			if named && mine && (q.Allowed == nil || q.Allowed(d.connector, d.action)) {
				hits = append(hits, Hit{ConnectorID: d.connector, ActionID: d.action, Score: 1})
			}
		}
	}
	return hits
}

// tails are the texts that may be an id: all of it, and what follows an app's name.
func tails(text string) []string {
	list := []string{text}
	for i, r := range text {
		if strings.ContainsRune(".: /", r) && len(list) < 5 {
			list = append(list, strings.TrimLeft(text[i:], ".: /"))
		}
	}
	return slices.Compact(list)
}

// spaced parts words that are written as the ids of actions are: createDeal is create
// Deal. The names of apps that are written so, such as HubSpot, begin with a capital.
func (ix *Index) spaced(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		first := []rune(word)[0]
		if unicode.IsLower(first) || len(words) == 1 && !ix.isAppName(word) {
			words[i] = partHumps(word)
		}
	}
	return strings.Join(words, " ")
}

func (ix *Index) isAppName(word string) bool {
	return slices.ContainsFunc(ix.apps, func(a app) bool {
		return strings.EqualFold(a.ID, word) || strings.EqualFold(a.Name, word) ||
			slices.ContainsFunc(a.Aliases, func(alias string) bool { return strings.EqualFold(alias, word) })
	})
}

// partHumps puts a space before each capital that follows a small letter.
func partHumps(word string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range word {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
