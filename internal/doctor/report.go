package doctor

import (
	"strings"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// Check names a check. The values are part of the JSON output: scripts rely on
// them.
type Check string

// The checks, in their order.
const (
	CheckSettings    Check = "settings"    // could be read, nothing contradicts
	CheckFiles       Check = "files"       // permissions, git
	CheckEnvironment Check = "environment" // one key for each environment
	CheckBaseURL     Check = "base_url"
	CheckKey         Check = "key"
	CheckVersion     Check = "version_header"
	CheckConnectors  Check = "connectors"
	CheckNotion      Check = "notion" // and how it is connected
	CheckSchema      Check = "schema" // of Notion's search against the copy in this program
	CheckUsers       Check = "users"
	CheckUser        Check = "user"
	CheckCredentials Check = "credentials"
	CheckDuplicates  Check = "duplicates"
	CheckPins        Check = "pins" // ids in the settings
	CheckRead        Check = "read" // one harmless read for each connection
	CheckClock       Check = "clock"
	CheckRedirect    Check = "redirect"
	CheckPort        Check = "port"
)

// State is the result of a check.
type State string

// The states. Skipped means that the check could not be made, which its
// message explains; it is no failure by itself.
const (
	OK      State = "ok"
	Warning State = "warning"
	Problem State = "problem"
	Skipped State = "skipped"
)

// Finding is what one check saw.
type Finding struct {
	Check   Check  `json:"check"`
	Subject string `json:"subject,omitempty"` // which of several: a connector, an id, a path
	State   State  `json:"state"`
	Message string `json:"message"`         // what was seen
	Cause   string `json:"cause,omitempty"` // what explains it, the likeliest first
	Cure    string `json:"cure,omitempty"`  // what to do

	exit     Exit // for a Problem; zero means ExitProblem
	upstream bool // Alloy or the way there failed
}

// Exit is the exit code that a report asks for.
type Exit int

// The exit codes of the program that a report can end with.
const (
	ExitOK           Exit = 0
	ExitProblem      Exit = 1
	ExitNotConnected Exit = 3 // all that is amiss: no account is connected, or one must be connected again
	ExitUnavailable  Exit = 5 // Alloy could not be reached or failed, and nothing else is amiss
)

// Report is the result of [Run].
type Report struct {
	// About says what the report is of, for people: pairs of words and values.
	About    []Fact    `json:"about"`
	Findings []Finding `json:"findings"`
}

// Fact is a word and what it stands for.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Exit returns the exit code. A warning never changes it.
func (r *Report) Exit() Exit {
	exit := ExitOK
	for _, f := range r.Findings {
		if f.State != Problem {
			continue
		}
		switch {
		case f.exit == ExitOK || f.exit == ExitProblem:
			return ExitProblem
		case exit != ExitUnavailable:
			exit = f.exit
		}
	}
	return exit
}

// Count returns how many findings have the state.
func (r *Report) Count(state State) int {
	n := 0
	for _, f := range r.Findings {
		if f.State == state {
			n++
		}
	}
	return n
}

// troubled reports whether something needs a person's attention.
func (r *Report) troubled() bool { return r.Count(Problem)+r.Count(Warning) > 0 }

func (r *Report) upstreamTrouble() bool {
	for _, f := range r.Findings {
		if f.upstream {
			return true
		}
	}
	return false
}

// maxText bounds one text of a finding, in bytes.
const maxText = 1200

// clean makes a text fit for a terminal and a file: one line, without control
// characters and the ones that change the direction of writing, bounded, and
// without secrets. Names in it come from Alloy's users and apps.
func clean(scrubber *redact.Scrubber, text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	text = scrubber.String(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + " …"
	}
	return text
}

func (f *Finding) clean(scrubber *redact.Scrubber) {
	for _, text := range []*string{&f.Subject, &f.Message, &f.Cause, &f.Cure} {
		*text = clean(scrubber, *text)
	}
}
