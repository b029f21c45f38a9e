package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// section is a heading of the text and the checks under it.
type section struct {
	name   string
	checks []Check
}

func sections() []section {
	return []section{
		{"Settings", []Check{CheckSettings, CheckFiles, CheckEnvironment}},
		{"Platform", []Check{CheckBaseURL, CheckKey, CheckVersion, CheckConnectors, CheckNotion, CheckSchema}},
		{"User", []Check{CheckUsers, CheckUser}},
		{"Accounts", []Check{CheckCredentials, CheckDuplicates, CheckPins, CheckRead}},
		{"This machine", []Check{CheckClock, CheckRedirect, CheckPort}},
	}
}

// title is a check's name for people.
func title(check Check) string {
	switch check {
	case CheckBaseURL:
		return "base URL"
	case CheckKey:
		return "API key"
	case CheckVersion:
		return "version"
	case CheckNotion:
		return "notion"
	case CheckSchema:
		return "search schema"
	case CheckCredentials:
		return "accounts"
	case CheckPins:
		return "chosen ids"
	}
	return string(check)
}

// column widths: the longest state and title fit.
const (
	stateWidth = 7
	titleWidth = 13
)

// WriteText writes the report for people: a line for each check, and indented
// ones for what explains and cures it. Colour is for terminals.
func (r *Report) WriteText(w io.Writer, colour bool) error {
	var b strings.Builder
	for _, fact := range r.About {
		fmt.Fprintf(&b, "%-12s %s\n", fact.Name, fact.Value)
	}
	for _, section := range sections() {
		b.WriteString("\n" + section.name + "\n")
		for _, line := range r.lines(section) {
			line.write(&b, colour)
		}
	}
	b.WriteString("\n" + r.summary() + "\n")
	for _, line := range r.ending() {
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// line is a finding as people read it.
type line struct {
	title string
	Finding
}

// lines returns a section's findings. Checks that were skipped for one reason
// share a line.
func (r *Report) lines(s section) []line {
	var out []line
	together := make(map[string]int) // the line of a reason
	for _, check := range s.checks {
		for _, f := range r.Findings {
			if f.Check != check {
				continue
			}
			at, known := together[f.Message]
			switch {
			case f.State != Skipped || f.Subject != "":
				out = append(out, line{title(check), f})
			case known:
				out[at].title += ", " + title(check)
			default:
				together[f.Message] = len(out)
				out = append(out, line{title(check), f})
			}
		}
	}
	return out
}

// textWidth is where lines are broken, in characters.
const textWidth = 110

func (l *line) write(b *strings.Builder, colour bool) {
	state := pad(string(l.State), stateWidth)
	if colour {
		state = paint(l.State, state)
	}
	message := l.Message
	if strings.Contains(l.title, ", ") {
		message, l.title = message+" ("+l.title+")", "…"
	}
	indent := 2 + stateWidth + 2 + titleWidth + 2
	fmt.Fprintf(b, "  %s  %s  %s", state, pad(l.title, titleWidth), wrap(message, indent))
	const label = len("Cause: ")
	if l.Cause != "" {
		b.WriteString(strings.Repeat(" ", indent) + "Cause: " + wrap(l.Cause, indent+label))
	}
	if l.Cure != "" {
		b.WriteString(strings.Repeat(" ", indent) + "Cure:  " + wrap(l.Cure, indent+label))
	}
}

// wrap breaks a text at spaces, but not within `…`, which people copy. It ends
// with a line break.
func wrap(text string, indent int) string {
	var b strings.Builder
	column, quoted := indent, false
	unit := func(part string) {
		width := utf8.RuneCountInString(part)
		if column > indent && column+1+width > textWidth {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		} else if column > indent {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(part)
		column += width
	}
	var open []string
	for word := range strings.FieldsSeq(text) {
		open = append(open, word)
		if strings.Count(word, "`")%2 == 1 {
			quoted = !quoted
		}
		if !quoted {
			unit(strings.Join(open, " "))
			open = open[:0]
		}
	}
	if len(open) > 0 {
		unit(strings.Join(open, " "))
	}
	b.WriteByte('\n')
	return b.String()
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// paint colours a state: green, yellow, red, grey.
func paint(state State, text string) string {
	colour := map[State]string{OK: "32", Warning: "33", Problem: "31", Skipped: "90"}[state]
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (r *Report) summary() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(r.Count(Problem), count(r.Count(Problem), "problem"))
	add(r.Count(Warning), count(r.Count(Warning), "warning"))
	add(r.Count(OK), fmt.Sprintf("%d ok", r.Count(OK)))
	add(r.Count(Skipped), fmt.Sprintf("%d skipped", r.Count(Skipped)))
	return strings.Join(parts, ", ") + "."
}

// ending says where to turn.
func (r *Report) ending() []string {
	var lines []string
	if r.upstreamTrouble() {
		lines = append(lines, "Alloy's own state: "+statusPage)
	}
	if r.troubled() {
		lines = append(lines, "Not solved by the cures above? Write to "+supportMail+"; `alloy-mcp doctor --report` makes a page without secrets to send along.")
	}
	return lines
}

// WriteJSON writes the report as one JSON object, with the exit code in it.
func (r *Report) WriteJSON(w io.Writer) error {
	advice := r.ending()
	if advice == nil {
		advice = []string{}
	}
	return writeJSON(w, struct {
		Exit int `json:"exit"`
		*Report
		Summary map[State]int `json:"summary"`
		Advice  []string      `json:"advice"`
	}{
		int(r.Exit()), r,
		map[State]int{OK: r.Count(OK), Warning: r.Count(Warning), Problem: r.Count(Problem), Skipped: r.Count(Skipped)},
		advice,
	})
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
