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

// WriteText writes the report for people: one line a check, and indented lines
// for what explains and cures it. Colour is for terminals.
func (r *Report) WriteText(w io.Writer, colour bool) error {
	var b strings.Builder
	for _, fact := range r.About {
		fmt.Fprintf(&b, "%-12s %s\n", fact.Name, fact.Value)
	}
	for _, section := range sections() {
		b.WriteString("\n" + section.name + "\n")
		for _, check := range section.checks {
			for _, f := range r.Findings {
				if f.Check == check {
					f.write(&b, colour)
				}
			}
		}
	}
	b.WriteString("\n" + r.summary() + "\n")
	for _, line := range r.ending() {
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) write(b *strings.Builder, colour bool) {
	state := pad(string(f.State), stateWidth)
	if colour {
		state = paint(f.State, state)
	}
	fmt.Fprintf(b, "  %s  %s  %s\n", state, pad(title(f.Check), titleWidth), f.Message)
	indent := strings.Repeat(" ", 2+stateWidth+2+titleWidth+2)
	if f.Cause != "" {
		b.WriteString(indent + "Cause: " + f.Cause + "\n")
	}
	if f.Cure != "" {
		b.WriteString(indent + "Cure:  " + f.Cure + "\n")
	}
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
