package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Answer is what was learned of one open question.
type Answer struct {
	Number   int      `json:"number"`
	Question string   `json:"question"`
	Facts    []string `json:"facts"` // empty where nothing could be seen
	// Open says what is still not known and how it could be; may be empty.
	Open string `json:"open,omitempty"`
}

// Survey is the result of [Ask]: how the real API answers, without anybody's
// data. It holds kinds of values, codes and counts, and Alloy's own words for
// errors; ids, names, addresses and what apps answered are left out.
type Survey struct {
	Program string   `json:"program"`
	Host    string   `json:"host"`
	Version string   `json:"api_version"`
	Day     string   `json:"day"` // 2025-11-22, UTC
	Full    bool     `json:"full"`
	Answers []Answer `json:"answers"`
	// Left names a throw-away user that could not be deleted.
	Left string `json:"left_behind,omitempty"`

	unavailable bool
}

// Exit returns ExitUnavailable where Alloy could not be asked, ExitProblem where
// a throw-away user was left behind.
func (s *Survey) Exit() Exit {
	switch {
	case s.Left != "":
		return ExitProblem
	case s.unavailable:
		return ExitUnavailable
	}
	return ExitOK
}

// The questions, by number.
const (
	askStatuses = iota + 1
	askRedirect
	askRedirectQuery
	askExecute
	askProviderError
	askNotion
	askOrder
	askFilter
	askPaths
	askDuplicateUser
	askDelete
	askInput
	askLists
	askCreate
)

func questions() []Answer {
	return []Answer{
		{Number: askStatuses, Question: "Which status codes and bodies do refusals have?"},
		{Number: askRedirect, Question: "Does the redirect after a consent carry anything?", Open: byHand},
		{Number: askRedirectQuery, Question: "Does a query in the redirect address survive?", Open: byHand},
		{Number: askExecute, Question: "Which values has an execution's status, and which headers do answers have?"},
		{Number: askProviderError, Question: "Where does an app's own refusal show?"},
		{Number: askNotion, Question: "Which actions has Notion, and who sets Notion-Version?"},
		{Number: askOrder, Question: "In which order are lists?"},
		{Number: askFilter, Question: "Does ?connectorId= filter the list of credentials?"},
		{Number: askPaths, Question: "Which of the paths exist that are only rumoured?"},
		{Number: askDuplicateUser, Question: "How is a username refused that exists?", Open: onlyFull},
		{Number: askDelete, Question: "What do deletions answer?", Open: onlyFull},
		{Number: askInput, Question: "What happens to the field input of an execution?", Open: "Not asked: this program never sends it."},
		{Number: askLists, Question: "Which keys do the lists have?"},
		{Number: askCreate, Question: "What do the calls answer that connect an account?", Open: onlyFull},
	}
}

const (
	byHand   = "Needs a person: connect an account (`alloy-mcp call start_oauth connector_id=notion`), and write down the address bar's path and query after Approve, and another time after Deny."
	onlyFull = "Needs a write: `alloy-mcp doctor --report=full` asks it with a throw-away user, which it deletes."
)

// inquiry carries one Ask.
type inquiry struct {
	*examination
	survey *Survey
	veil   *veil
	// own is the user's newest account of Notion, else of any connector.
	own alloy.Credential
}

// Ask puts the open questions to the real API. Without full it only reads: GETs,
// and harmless reads of connected accounts. With full it also makes a user of its
// own, tries what writes on that user alone, and deletes the user. The error
// means that nothing could be asked at all.
func Ask(ctx context.Context, config Config, full bool) (*Survey, error) {
	if config.Client == nil {
		reason := config.SettingsError
		if reason == "" {
			reason = "no API key is set"
		}
		return nil, errors.New("ask Alloy: " + reason)
	}
	q := &inquiry{examination: newExamination(config), veil: newVeil(config.Scrubber)}
	q.survey = &Survey{
		Program: config.ProgramVersion, Host: hostOf(config.baseURL()), Version: config.version(),
		Day: config.now().UTC().Format(time.DateOnly), Full: full, Answers: questions(),
	}
	if q.begin(ctx) {
		q.askStatuses(ctx)
		q.askExecute(ctx)
		q.askProvider(ctx)
		q.askNotion(ctx)
		q.askOrder(ctx)
		q.askFilter(ctx)
		q.askPaths(ctx)
		if full {
			q.askByWriting(ctx)
		}
	}
	q.noteHeaders()
	q.clean()
	return q.survey, nil
}

// begin reads the lists that the other questions need, and notes their keys.
func (q *inquiry) begin(ctx context.Context) bool {
	o, err := q.watch(ctx, func(ctx context.Context) error {
		connectors, err := q.config.Client.Connectors(ctx)
		q.connectors = connectors
		return err
	})
	q.note(askLists, "GET /connectors", o, err)
	ids := make([]string, 0, len(q.connectors))
	for _, c := range q.connectors {
		ids = append(ids, c.ID)
	}
	if len(ids) > 0 {
		q.fact(askLists, "connectors: "+strings.Join(ids, ", "))
	}
	if err != nil {
		q.survey.unavailable = failed("", "", err).upstream
		q.open(askStatuses, "The first call failed, so nothing else was asked.")
		return false
	}
	o, err = q.watch(ctx, func(ctx context.Context) error {
		users, err := q.config.Client.Users(ctx)
		q.users, q.usersKnown = users, err == nil
		return err
	})
	q.note(askLists, "GET /users", o, err)
	for _, user := range q.users {
		q.veil.hide(user.Username, user.FullName)
	}
	q.veil.hide(q.config.User)
	q.checkUser(ctx)
	if q.user.ID.IsZero() {
		q.open(askLists, "No Alloy user is set or found, so nothing was asked for a user.")
		return true
	}
	q.beginUser(ctx)
	return true
}

func (q *inquiry) beginUser(ctx context.Context) {
	as := q.config.Client.As(q.user.ID)
	o, err := q.watch(ctx, func(ctx context.Context) error {
		credentials, err := as.Credentials(ctx)
		q.credentials = credentials
		return err
	})
	q.note(askLists, "GET /users/{userId}/credentials", o, err)
	types := make(map[string]int)
	for _, c := range q.credentials {
		q.veil.hide(c.Name)
		types[c.Type]++
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		q.fact(askLists, fmt.Sprintf("type %q: %s", name, count(types[name], "credential")))
	}
	o, err = q.watch(ctx, func(ctx context.Context) error {
		_, err := as.ConnectorCredentials(ctx, notionID)
		return err
	})
	q.note(askLists, "GET /connectors/notion/credentials", o, err)
	for _, c := range q.credentials {
		if q.own.ID == "" || q.own.ConnectorID != notionID && c.ConnectorID == notionID {
			q.own = c
		}
	}
	if q.own.ID == "" {
		q.open(askExecute, "No account is connected for the user; connect one and run this again.")
		q.open(askProviderError, "No account is connected for the user; connect one and run this again.")
	}
}

// watch makes one call and returns the last answer that it got, and its error.
// The answer is zero where none came.
func (q *inquiry) watch(ctx context.Context, ask func(context.Context) error) (alloy.Observation, error) {
	all, err := q.watchAll(ctx, ask)
	if len(all) == 0 {
		return alloy.Observation{}, err
	}
	return all[len(all)-1], err
}

// watchAll is watch for a call that may consist of several.
func (q *inquiry) watchAll(ctx context.Context, ask func(context.Context) error) ([]alloy.Observation, error) {
	own := &sight{now: q.config.now}
	_, err := call(ctx, q.examination, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, ask(alloy.Observe(ctx, func(o alloy.Observation) {
			own.see(o)
			q.sight.see(o)
		}))
	})
	return own.seen(), err
}

// probe sends one GET and returns its answer.
func (q *inquiry) probe(ctx context.Context, user alloy.UserID, query map[string][]string, path ...string) (alloy.Observation, error) {
	return q.watch(ctx, func(ctx context.Context) error {
		_, err := q.config.Client.Probe(ctx, user, query, path...)
		return err
	})
}

// fact records something learned.
func (q *inquiry) fact(number int, text string) {
	for i := range q.survey.Answers {
		if answer := &q.survey.Answers[i]; answer.Number == number {
			answer.Facts = append(answer.Facts, text)
			if answer.Open == onlyFull {
				answer.Open = ""
			}
		}
	}
}

// open records what is still not known.
func (q *inquiry) open(number int, text string) {
	for i := range q.survey.Answers {
		if answer := &q.survey.Answers[i]; answer.Number == number {
			answer.Open = strings.TrimSpace(answer.Open + " " + text)
		}
	}
}

// note records an answer's status and the shape of its body, or why none came.
func (q *inquiry) note(number int, what string, o alloy.Observation, err error) {
	if o.Status == 0 {
		q.fact(number, what+": no answer, "+seen(asError(err)))
		return
	}
	q.fact(number, fmt.Sprintf("%s: HTTP %d, %s", what, o.Status, describeBody(o)))
}

// clean removes from every text what is nobody's business.
func (q *inquiry) clean() {
	for i := range q.survey.Answers {
		answer := &q.survey.Answers[i]
		for j, text := range answer.Facts {
			answer.Facts[j] = q.veil.over(text)
		}
		if answer.Facts == nil {
			answer.Facts = []string{}
		}
		answer.Open = q.veil.over(answer.Open)
	}
}
