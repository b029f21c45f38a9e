package doctor

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// callTimeout bounds one call to Alloy, the client's own repeats included.
const callTimeout = 20 * time.Second

// Run makes all checks and returns what they saw. It asks Alloy with reads only
// and opens no connection of its own but to this machine. When ctx ends, the
// checks that are left are skipped.
func Run(ctx context.Context, config Config) *Report {
	e := newExamination(config)
	e.checkSettings()
	if e.platform(ctx) {
		e.people(ctx)
		e.accounts(ctx)
	} else {
		e.skipBeyondPlatform()
	}
	e.checkClock()
	e.checkRedirect()
	e.checkPort(ctx)
	e.about()
	return e.report
}

// examination carries what one Run has learned.
type examination struct {
	config Config
	report *Report

	connectors []alloy.Connector
	users      []alloy.User
	usersKnown bool // the list could be read
	user       alloy.User
	// credentials of the user; credentialsKnown as for users.
	credentials      []alloy.Credential
	credentialsKnown bool
	search           alloy.Action        // Notion's, as Alloy has it now; zero where not known
	actions          map[string][]string // ids by connector
	sight            *sight
	strikes          atomic.Int32 // calls in a row that Alloy failed
}

func newExamination(config Config) *examination {
	return &examination{
		config: config, report: &Report{Findings: []Finding{}},
		actions: make(map[string][]string), sight: &sight{now: config.now},
	}
}

// add records a finding, cleaned.
func (e *examination) add(f Finding) {
	f.clean(e.config.Scrubber)
	e.report.Findings = append(e.report.Findings, f)
}

func (e *examination) ok(check Check, message string) {
	e.add(Finding{Check: check, State: OK, Message: message})
}

func (e *examination) skip(check Check, message string) {
	e.add(Finding{Check: check, State: Skipped, Message: message})
}

// maxStrikes is how many calls in a row Alloy may fail before it is left alone:
// each has been repeated already, and a person is waiting.
const maxStrikes = 3

// call runs one call to Alloy under a time limit, and with the examination's
// sight on its answers.
func call[T any](ctx context.Context, e *examination, ask func(context.Context) (T, error)) (T, error) {
	if e.strikes.Load() >= maxStrikes {
		var zero T
		return zero, &alloy.Error{
			Kind: alloy.KindUnavailable, Outcome: alloy.OutcomeRejected,
			Message: "not asked any more, since Alloy failed " + strconv.Itoa(maxStrikes) + " times in a row",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	value, err := ask(e.sight.on(ctx))
	switch asError(err).Kind {
	case alloy.KindUnavailable, alloy.KindRateLimited:
		e.strikes.Add(1)
	default:
		e.strikes.Store(0)
	}
	return value, err
}

// about fills in what the report is of. The key stands there as its
// fingerprint.
func (e *examination) about() {
	fact := func(name, value string) {
		if value = clean(e.config.Scrubber, value); value != "" {
			e.report.About = append(e.report.About, Fact{Name: name, Value: value})
		}
	}
	e.report.About = []Fact{}
	fact("program", e.config.ProgramVersion)
	fact("alloy", e.config.baseURL()+" (x-api-version "+e.config.version()+")")
	fact("environment", e.config.Environment)
	if fingerprint := e.config.Key.Fingerprint(); fingerprint != "" {
		fact("key", "fingerprint "+fingerprint+", from "+keySource(&e.config))
	}
	if !e.user.ID.IsZero() {
		fact("user", nameUser(e.user))
	}
}

// skipBeyondPlatform names what could not be checked, so that nobody takes
// silence for health.
func (e *examination) skipBeyondPlatform() {
	for _, check := range [...]Check{CheckUsers, CheckUser, CheckCredentials, CheckDuplicates, CheckPins, CheckRead} {
		e.skip(check, "not checked: it rests on the platform, see above")
	}
}

// nameUser names a user by username and id.
func nameUser(u alloy.User) string {
	switch {
	case u.Username == "" && u.FullName == "":
		return u.ID.String()
	case u.Username == "":
		return u.FullName + " (" + u.ID.String() + ")"
	}
	return u.Username + " (" + u.ID.String() + ")"
}

// count returns "1 account", "2 accounts".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
