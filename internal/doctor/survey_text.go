package doctor

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the survey as a page to be sent to the makers of this
// program.
func (s *Survey) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# How Alloy's API answers\n\n")
	mode := "reads only"
	if s.Full {
		mode = "with writes on a throw-away user"
	}
	fmt.Fprintf(&b, "Made by `alloy-mcp doctor --report` (version %s) on %s, %s, against %s, x-api-version %s.\n\n", orNone(s.Program), s.Day, mode, s.Host, s.Version)
	b.WriteString("It holds kinds of values, status codes, counts and Alloy's own words for errors. The API key, ids, names,\n" +
		"addresses and what apps answered are left out. Read it before you send it.\n")
	if s.Left != "" {
		fmt.Fprintf(&b, "\n**To do:** the throw-away user `%s` may still exist; delete it in Alloy's dashboard.\n", s.Left)
	}
	for _, answer := range s.Answers {
		fmt.Fprintf(&b, "\n## %d. %s\n\n", answer.Number, answer.Question)
		for _, fact := range answer.Facts {
			b.WriteString("- " + markdown(fact) + "\n")
		}
		if answer.Open != "" {
			if len(answer.Facts) > 0 {
				b.WriteString("\n")
			}
			b.WriteString("Open: " + markdown(answer.Open) + "\n")
		}
		if len(answer.Facts) == 0 && answer.Open == "" {
			b.WriteString("Open: not seen.\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the survey as one JSON object, with the exit code in it.
func (s *Survey) WriteJSON(w io.Writer) error {
	return writeJSON(w, struct {
		Exit int `json:"exit"`
		*Survey
	}{int(s.Exit()), s})
}

// markdown keeps a text from becoming markup or HTML. Backquotes of our own stay.
func markdown(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "[", `\[`, "]", `\]`, "|", `\|`).Replace(text)
}
