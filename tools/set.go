package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Config is what a [Set] needs.
type Config struct {
	Alloy    *alloy.Client
	Catalog  *catalog.Catalog
	Accounts *accounts.Directory
	Connect  *connect.Flow
	Ledger   *ledger.Ledger
	// Approvals are the calls that wait for a person's word. New says there how an
	// approved one is made.
	Approvals *approve.Requests
	Confirm   Confirm        // empty is ConfirmElicit
	Policy    *policy.Policy // nil allows everything
	Audit     *audit.Log     // nil records nothing
	// User tells which Alloy user a principal acts as.
	User func(context.Context, Principal) (alloy.UserID, error)
	// NoLinks is for a process that ends with the call: a link to a page of its own
	// would lead nowhere, so a call without an account begins none.
	NoLinks bool
	// Profile is how the schemas of arguments are shown; empty is schemas.Portable.
	Profile schemas.Profile
	// Scrub removes secrets from an answer before it leaves; nil removes none.
	Scrub  func([]byte) []byte
	Logger *slog.Logger // nil discards
}

// Set is the list of tools over one Alloy client: the fixed ones, and those that
// [Set.Expose] has added. Its other methods may be called from several goroutines.
type Set struct {
	config  Config
	log     *slog.Logger
	tools   []definition
	byName  map[string]definition
	cursors cursors
	search  *notionSearch
	calls   calls
	finder  *catalog.View[indexed]

	// What people and programs may do, and models may not.
	initiate, disconnect definition
}

// definition is a tool with what runs it.
type definition struct {
	Tool
	form  *schemas.Form // nil takes the arguments as they are
	check func(map[string]any) (map[string]any, error)
	run   func(context.Context, *Set, map[string]any) (any, error)
}

// New compiles the tools. It needs no network and no key.
func New(config Config) (*Set, error) {
	s := &Set{config: config, log: config.Logger, byName: make(map[string]definition)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.config.Scrub == nil {
		s.config.Scrub = func(b []byte) []byte { return b }
	}
	s.cursors = newCursors()
	if config.Accounts != nil {
		config.Accounts.Guard(s.tests)
	}
	search, err := newNotionSearch(config.Catalog, s.log)
	if err != nil {
		return nil, err
	}
	s.search, s.finder = search, newIndex(config.Catalog, s.log)
	if config.Approvals != nil {
		config.Approvals.Run(s.approved)
		config.Approvals.Declined(s.declined)
	}
	for _, make := range []func() (definition, error){
		listConnectors, getCredentialMetadata, startOAuth, getConnection, getTokens, search.definition,
		searchActions, describeAction, runRead, runWrite, runDestructive, getResult,
	} {
		d, err := make()
		if err == nil {
			err = d.inProfile(config.Profile)
		}
		if err != nil {
			return nil, fmt.Errorf("compile the tool %s: %w", d.Name, err)
		}
		s.tools = append(s.tools, d)
		s.byName[d.Name] = d
	}
	var errs [2]error
	s.initiate, errs[0] = initiate()
	s.disconnect, errs[1] = disconnect()
	return s, errors.Join(errs[:]...)
}

// Tools returns the fixed tools in their order, then the exposed ones by their ids.
func (s *Set) Tools() []Tool {
	list := make([]Tool, len(s.tools))
	for i, d := range s.tools {
		list[i] = d.Tool
	}
	return list
}

// Warm compares the pinned schema of notion_search with the live one, so that
// the first search does not wait for it. It returns when that is done.
func (s *Set) Warm(ctx context.Context) { s.search.compare(ctx) }

// Drain ends the runs that can be ended without a trace, and waits for the others as
// long as ctx lets it.
func (s *Set) Drain(ctx context.Context) error {
	s.calls.abandon()
	done := make(chan struct{})
	go func() {
		s.calls.working.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for calls to apps: %w", ctx.Err())
	}
}

// Call runs a tool for the principal in ctx. Whatever goes wrong becomes an
// answer that says what failed, why, and what to do next. arguments is a JSON
// object, a JSON string that holds one, or empty.
func (s *Set) Call(ctx context.Context, name string, arguments json.RawMessage) Answer {
	d, ok := s.byName[name]
	if !ok {
		return s.failed(ctx, name, &UnknownToolError{Name: name})
	}
	return s.perform(ctx, d, arguments)
}

func (s *Set) perform(ctx context.Context, d definition, arguments json.RawMessage) Answer {
	result, err := s.resultOf(ctx, d, arguments)
	if err != nil {
		return s.failed(ctx, d.Name, err)
	}
	return s.encode(ctx, d.Name, result, false)
}

var errCutOff = errors.New("the call crashed")

// resultOf is what the tool answers. What tries to run an action is recorded, whatever
// comes of it.
func (s *Set) resultOf(ctx context.Context, d definition, arguments json.RawMessage) (result any, err error) {
	err = errCutOff // until something else is returned
	args, problem := schemas.ParseArguments(arguments)
	if d.runs() {
		var a *attempt
		ctx, a = begin(ctx)
		if a.actionID = d.aim(); a.actionID == "" {
			a.actionID, _ = args["action_id"].(string)
		}
		defer func() { s.conclude(ctx, a, result, err) }()
		if d.aim() != "" { // else its effect has to be looked up before
			if err := s.maySee(ctx, a.actionID, d.effect()); err != nil {
				return nil, err
			}
		}
	}
	if problem != nil {
		return nil, &argumentsError{problem}
	}
	checked, problem := d.check(d.form.Plain(args))
	if problem != nil {
		return nil, problem
	}
	if id := ResumeFrom(ctx); id != "" && d.Name != "start_oauth" {
		if err := s.resume(ctx, id); err != nil {
			return nil, err
		}
	}
	return d.run(ctx, s, checked)
}

// failed turns err into an answer. A [*stop] is no failure: it says what the
// person has to do first.
func (s *Set) failed(ctx context.Context, name string, err error) Answer {
	var (
		halt    *stop
		choices *accounts.SeveralError
		run     *failedRun
	)
	if errors.As(err, &choices) {
		err = several(choices)
	}
	if errors.As(err, &halt) {
		return s.encode(ctx, name, halt, false)
	}
	failure := describe(err)
	if errors.As(err, &run) {
		run.told(failure)
	}
	switch {
	case s.byName[name].Hints.ReadOnly:
		if name != "get_result" {
			failure.Outcome = "" // a read that failed changed nothing
		}
	case failure.Outcome == string(alloy.OutcomeUnknown):
		failure.Code = CodeOutcomeUnknown
	}
	if failure.Code == CodeInternal {
		s.log.ErrorContext(ctx, "tool failed", "tool", name, "error", err)
	} else {
		s.log.DebugContext(ctx, "tool refused", "tool", name, "error_code", string(failure.Code), "error", err)
	}
	return s.encode(ctx, name, failure, true)
}

func (s *Set) encode(ctx context.Context, name string, value any, isError bool) Answer {
	text, err := marshal(value)
	if err != nil {
		s.log.ErrorContext(ctx, "result cannot be encoded", "tool", name, "error", err)
		return Answer{JSON: json.RawMessage(`{"code":"internal","message":"The result could not be encoded."}`), IsError: true}
	}
	if n := utf8.RuneCount(text); n > shape.HardMaxChars && !isError {
		return s.encode(ctx, name, &Error{
			Code: CodeInvalidArguments, Message: fmt.Sprintf("The answer would have %d characters, more than the %d that clients take.", n, shape.HardMaxChars),
			Hint: "Ask for less: a smaller limit or page_size, a narrower query, or fewer fields.",
		}, true)
	}
	if _, exact := value.(rehearsal); !exact { // which repeats what its caller said
		text = plain.JSON(text)
	}
	answer := Answer{JSON: s.config.Scrub(text), IsError: isError}
	if asking, ok := value.(interface{ asks() question }); ok {
		q := asking.asks()
		answer.Link, answer.Choice, answer.Approval = q.link, q.choice, q.approval
	}
	return answer
}

// marshal encodes without HTML escaping: a model reads "<", not "\u003c".
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// UnknownToolError says that no tool has this name.
type UnknownToolError struct{ Name string }

// Error names the tool.
func (e *UnknownToolError) Error() string { return fmt.Sprintf("there is no tool %q", e.Name) }

// argumentsError marks an error of the arguments as a whole.
type argumentsError struct{ err error }

func (e *argumentsError) Error() string { return e.err.Error() }
