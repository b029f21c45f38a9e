package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// toolbox is the tools over one Alloy client, with what they stand on.
type toolbox struct {
	*session
	people   *access
	set      *tools.Set
	pages    http.Handler
	catalog  *catalog.Catalog
	accounts *accounts.Directory
	flow     *connect.Flow
	audit    *audit.Log // nil where none is kept
	store    state.Store
	changes  state.Store       // where changes are noted; may be store
	loopback *connect.Loopback // nil where an HTTP server of ours serves the pages
	visits   *visits           // of a command's own pages; nil where a server stays
}

// localToolbox is a toolbox for one person on this machine: the pages that
// connect accounts are served by the process itself, once somebody needs them.
func (p *program) localToolbox(ctx context.Context, s *session, store state.Store, brief bool) (*toolbox, error) {
	port := 0
	if _, text, err := net.SplitHostPort(s.settings.Addr); err == nil {
		port, _ = strconv.Atoi(text) // checked when the settings were read
	}
	loopback := &connect.Loopback{Port: port}
	box, err := p.toolbox(ctx, s, surroundings{origin: loopback, people: s.localAccess(), store: store, brief: brief})
	if err != nil {
		return nil, err
	}
	loopback.Handler, box.loopback = box.pages, loopback
	if brief {
		box.visits = &visits{pages: box.pages}
		loopback.Handler = box.visits
	}
	return box, nil
}

// commandToolbox is a local toolbox for a command that ends with its call.
func (p *program) commandToolbox(ctx context.Context, s *session) (*toolbox, error) {
	return p.localToolbox(ctx, s, memory.New(), true)
}

// surroundings are what the tools stand in.
type surroundings struct {
	origin connect.Origin // where the pages are
	people *access
	store  state.Store
	brief  bool // the process ends with the call
}

func (p *program) toolbox(ctx context.Context, s *session, in surroundings) (*toolbox, error) {
	people := in.people
	rules, err := policyOf(s.settings)
	if err != nil {
		return nil, err
	}
	record, err := p.auditLog(s)
	if err != nil {
		return nil, err
	}
	cat, err := newCatalog(s)
	if err != nil {
		return nil, err
	}
	box := &toolbox{session: s, people: people, store: in.store, changes: s.changesStore(ctx, in.store), audit: record, catalog: cat}
	box.accounts = accounts.New(accounts.Config{
		Alloy: s.client, Catalog: box.catalog, Store: box.store, Logger: s.log, Pins: people.pins, OnlyLinked: people.onlyLinked,
	})
	approvals := approve.New(box.store)
	box.flow = connect.New(connect.Config{
		Approvals: approvals,
		Alloy:     s.client, Catalog: box.catalog, Accounts: box.accounts, Store: box.store, Origin: in.origin,
		User: people.userOf, Visitors: people.visitors, Person: tools.Local, RedirectURI: s.settings.RedirectURI, AuthConfigs: s.settings.AuthConfigs,
		ReturnTo: s.settings.ReturnTo, Environment: s.settings.Environment, Logger: s.log,
	})
	if box.pages, err = box.flow.Pages(); err != nil {
		return nil, fmt.Errorf("make the pages that connect accounts: %w", err)
	}
	box.set, err = tools.New(tools.Config{
		Alloy: s.client, Catalog: box.catalog, Accounts: box.accounts, Connect: box.flow, Policy: rules, Audit: record,
		Ledger: ledger.New(box.changes), Approvals: approvals, Confirm: tools.Confirm(s.settings.Confirm),
		Profile: s.settings.SchemaProfile, User: people.user, NoLinks: in.brief, Scrub: p.scrubber.Values, Logger: s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("make the tools: %w", err)
	}
	return box, nil
}

// expose makes tools of the actions that ALLOY_EXPOSE names. It is for those who list
// tools or call any of them, before they do.
func (b *toolbox) expose(ctx context.Context) error {
	if err := b.set.Expose(ctx, b.settings.Expose); err != nil {
		return b.settings.Wrong("ALLOY_EXPOSE", err)
	}
	return nil
}

// newCatalog makes the catalogue of a session. It reads the operator's effects,
// and nothing else before it is needed.
func newCatalog(s *session) (*catalog.Catalog, error) {
	options := []catalog.Option{catalog.LogTo(s.log)}
	if only := s.settings.Policy.Connectors; len(only) > 0 {
		options = append(options, catalog.Allow(only...))
	}
	if s.settings.EffectsFile != "" {
		overrides, err := effect.ReadOverrides(s.settings.EffectsFile)
		if err != nil {
			return nil, s.settings.Wrong("EFFECTS_FILE", err)
		}
		options = append(options, catalog.Correct(overrides))
	}
	if s.settings.CacheDir != "" {
		options = append(options, catalog.KeepIn(kept.New(s.settings.CacheDir, s.identity, s.log)))
	}
	return catalog.New(s.client, options...), nil
}

// identity is whose catalogue is kept. It tells nothing of the key, and cannot be
// compared with the fingerprints that are shown.
func (s *session) identity() kept.Identity {
	return kept.Identity{BaseURL: s.settings.BaseURL, Key: s.settings.Key.Digest("alloy-mcp catalogue 1"), Version: s.settings.APIVersion}
}

// closing is how long the pages of a command may take to be finished.
const closing = 2 * time.Second

// close ends what the toolbox started.
func (b *toolbox) close(ctx context.Context) {
	if b.visits != nil {
		b.visits.finish(ctx)
	}
	b.drain(ctx)
	b.flow.Close()
	b.accounts.Close()
	b.people.close()
	b.catalog.Close()
	b.client.CloseIdleConnections()
	defer func() {
		if err := errors.Join(b.changes.Close(), b.store.Close()); err != nil {
			b.log.WarnContext(ctx, "the state was not closed", "error", err)
		}
		if err := b.audit.Close(); err != nil {
			b.log.WarnContext(ctx, "the audit log was not closed", "error", err)
		}
	}()
	if b.loopback == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := b.loopback.Close(ctx); err != nil {
		b.log.DebugContext(ctx, "pages were cut off", "error", err)
	}
}

// draining is how long runs of actions may take to end once the program is told to.
const draining = 10 * time.Second

// drain waits for the runs that are under way, so that their outcome is noted.
func (b *toolbox) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), draining)
	defer cancel()
	if err := b.set.Drain(ctx); err != nil {
		b.log.WarnContext(ctx, "the program ends while actions run; what became of changes among them is unknown", "error", err)
	}
}

// warm lets the first search find its schema compared, where a key is set.
func (b *toolbox) warm(ctx context.Context) {
	if _, err := b.settings.Key.Secret(ctx); err == nil {
		go b.set.Warm(ctx)
	}
}

// call runs a tool as the person at the keyboard.
func (b *toolbox) call(ctx context.Context, tool string, arguments any) (tools.Answer, error) {
	raw, err := json.Marshal(arguments)
	if err != nil {
		return tools.Answer{}, fmt.Errorf("encode the arguments: %w", err)
	}
	return b.set.Call(asPerson(ctx), tool, raw), nil
}

// asPerson is ctx for calls of the person at the keyboard.
func asPerson(ctx context.Context) context.Context {
	return tools.WithTransport(tools.WithPrincipal(ctx, tools.Principal{ID: tools.Local}), "command")
}

// ask runs a tool and decodes its answer into result. What is no success is an
// error that can be shown to a person.
func (b *toolbox) ask(ctx context.Context, tool string, arguments map[string]any, result any) error {
	answer, err := b.call(ctx, tool, arguments)
	if err != nil {
		return err
	}
	if err := judge(answer); err != nil {
		return err
	}
	if err := json.Unmarshal(answer.JSON, result); err != nil {
		return fmt.Errorf("read the answer of %s: %w", tool, err)
	}
	return nil
}

// judge returns nil for an answer that did what was asked.
func judge(answer tools.Answer) error {
	var head struct {
		Code    tools.Code `json:"code"`
		Message string     `json:"message"`
		Hint    string     `json:"hint"`
		Status  string     `json:"status"`
	}
	if err := json.Unmarshal(answer.JSON, &head); err != nil {
		return fmt.Errorf("read a tool's answer: %w", err)
	}
	if answer.IsError {
		return &toolError{code: head.Code, text: head.Message + " " + head.Hint}
	}
	switch head.Status {
	case "", "ok", "pending", "connected", "running":
		return nil
	}
	return &toolError{status: head.Status, text: head.Message + " " + head.Hint}
}
