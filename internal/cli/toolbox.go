package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// toolbox is the tools over one Alloy client, with what they stand on.
type toolbox struct {
	*session
	people   *access
	set      *tools.Set
	pages    http.Handler
	catalog  *catalog.Catalog
	loopback *connect.Loopback // nil where an HTTP server of ours serves the pages
}

// localToolbox is a toolbox for one person on this machine: the pages that
// connect accounts are served by the process itself, once somebody needs them.
func (p *program) localToolbox(s *session) (*toolbox, error) {
	port := 0
	if _, text, err := net.SplitHostPort(s.settings.Addr); err == nil {
		port, _ = strconv.Atoi(text) // checked when the settings were read
	}
	loopback := &connect.Loopback{Port: port}
	box, err := p.toolbox(s, loopback, s.localAccess())
	if err != nil {
		return nil, err
	}
	loopback.Handler, box.loopback = box.pages, loopback
	return box, nil
}

// toolbox makes the tools for people; origin tells where the pages are.
func (p *program) toolbox(s *session, origin connect.Origin, people *access) (*toolbox, error) {
	flow := connect.New(connect.Config{
		Alloy: s.client, Origin: origin, RedirectURI: s.settings.RedirectURI,
		AuthConfigs: s.settings.AuthConfigs, Logger: s.log,
	})
	pages, err := flow.Pages()
	if err != nil {
		return nil, fmt.Errorf("make the pages that connect accounts: %w", err)
	}
	cat := catalog.New(s.client)
	set, err := tools.New(tools.Config{
		Alloy: s.client, Catalog: cat, Connect: flow,
		User: people.user, Pins: people.pins,
		Scrub: p.scrubber.Values, Logger: s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("make the tools: %w", err)
	}
	return &toolbox{session: s, people: people, set: set, pages: pages, catalog: cat}, nil
}

// closing is how long the pages of a command may take to be finished.
const closing = 2 * time.Second

// close ends what the toolbox started.
func (b *toolbox) close(ctx context.Context) {
	b.set.Close()
	b.people.close()
	b.catalog.Close()
	b.client.CloseIdleConnections()
	if b.loopback == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := b.loopback.Close(ctx); err != nil {
		b.log.DebugContext(ctx, "pages were cut off", "error", err)
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
	return b.set.Call(tools.WithPrincipal(ctx, tools.Principal{ID: tools.Local}), tool, raw), nil
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
