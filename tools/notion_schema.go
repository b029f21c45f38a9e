package tools

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// notionSearch knows the two versions of Alloy's post-search action: the pinned
// one, which the tool list shows, and the live one, which decides at call time.
type notionSearch struct {
	catalog *catalog.Catalog
	log     *slog.Logger
	pinned  *searchSchema

	mu     sync.Mutex
	live   *searchSchema // nil while not known
	asked  time.Time
	asking chan struct{} // closed when the question under way is answered; nil while none is
}

// searchSchema is one version of the action, compiled.
type searchSchema struct {
	action  alloy.Action
	schema  *schemas.ActionSchema
	headers map[string]string
	drift   schemas.Drift // against the pinned version
}

const (
	// liveWait is how long the first search waits to learn the live action.
	liveWait = 2 * time.Second
	// A live action is asked for again after recheckAfter, a failed question after retryAfter.
	recheckAfter = 10 * time.Minute
	retryAfter   = 30 * time.Second

	versionHeader = alloy.NotionVersionHeader
)

func newNotionSearch(cat *catalog.Catalog, log *slog.Logger) (*notionSearch, error) {
	action, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		return nil, err
	}
	compiled, err := compileSearch(action)
	if err != nil {
		return nil, err
	}
	return &notionSearch{catalog: cat, log: log, pinned: compiled}, nil
}

func compileSearch(action alloy.Action) (*searchSchema, error) {
	own, err := schemas.Reflect[notionSearchOwn]()
	if err != nil {
		return nil, err
	}
	schema, err := schemas.FromAction(action,
		schemas.WithoutUpstreamText(), schemas.WithDescriptions(searchWords()),
		schemas.Hide(versionHeader), schemas.Order("query", "filter", "sort", "start_cursor", "page_size"), schemas.Merge(own))
	if err != nil {
		return nil, err
	}
	return &searchSchema{action: action, schema: schema, headers: notionHeaders(schema)}, nil
}

// notionHeaders returns the version header: Notion demands one, and its values
// belong to it. It is never an argument.
func notionHeaders(schema *schemas.ActionSchema) map[string]string {
	version := schema.HiddenHeaders()[versionHeader]
	if version == "" {
		version = alloy.NotionVersion
	}
	return map[string]string{versionHeader: version}
}

// current returns the live version if it is known or becomes known soon, else
// the pinned one.
func (n *notionSearch) current(ctx context.Context) *searchSchema {
	timer := time.NewTimer(liveWait)
	defer timer.Stop()
	select {
	case <-n.ask(ctx):
	case <-timer.C:
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.live != nil {
		return n.live
	}
	return n.pinned
}

// ask starts the comparison if it is due. The channel is closed once there is
// nothing to wait for.
func (n *notionSearch) ask(ctx context.Context) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	ready := make(chan struct{})
	close(ready)
	switch age := time.Since(n.asked); {
	case n.asking != nil && n.live == nil:
		return n.asking
	case n.asking != nil, n.live != nil && age < recheckAfter, n.live == nil && age < retryAfter:
		return ready
	}
	n.asking = make(chan struct{})
	go n.compare(context.WithoutCancel(ctx))
	if n.live != nil {
		return ready
	}
	return n.asking
}

// compare fetches the live action and says in one line how it differs from the
// pinned one.
func (n *notionSearch) compare(ctx context.Context) {
	live, err := n.fetch(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	changed := err == nil && (n.live == nil || !reflect.DeepEqual(n.live.action, live.action))
	if err == nil {
		n.live = live
	}
	n.asked = time.Now()
	if n.asking != nil {
		close(n.asking)
		n.asking = nil
	}
	switch {
	case err != nil:
		n.log.DebugContext(ctx, "live schema of notion_search not known, the pinned one is used", "error", err)
	case changed && !live.drift.Empty():
		n.log.InfoContext(ctx, "Alloy's post-search differs from the pinned schema of notion_search", "drift", live.drift.String())
	}
}

func (n *notionSearch) fetch(ctx context.Context) (*searchSchema, error) {
	action, err := n.catalog.Action(ctx, notion, searchAction)
	if err != nil {
		return nil, err
	}
	live, err := compileSearch(action)
	if err != nil {
		return nil, err
	}
	live.drift = schemas.Diff(n.pinned.action, action)
	return live, nil
}

// translate puts right what depends on Notion's version, and fills in what has
// one value only: a filter for databases is called "database" in one version and
// "data_source" in the next, its property is always "object", and results are
// sorted by nothing but last_edited_time.
func (v *searchSchema) translate(args map[string]any) map[string]any {
	args = maps.Clone(args)
	if filter, ok := objectIn(args["filter"]); ok {
		if filter["value"] == "database" || filter["value"] == "data_source" {
			filter["value"] = v.databaseKind()
		}
		if filter["value"] != nil && filter["property"] == nil {
			filter["property"] = "object"
		}
		args["filter"] = filter
	}
	if sort, ok := objectIn(args["sort"]); ok && sort["direction"] != nil && sort["timestamp"] == nil {
		sort["timestamp"] = "last_edited_time"
		args["sort"] = sort
	}
	return args
}

// objectIn returns a copy of an object that is given as one or as JSON text.
func objectIn(value any) (map[string]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return maps.Clone(value), true
	case string:
		object, err := schemas.ParseArguments(json.RawMessage(value))
		return object, err == nil && len(object) > 0
	}
	return nil, false
}

// databaseKind is this version's word for a database in a filter: the one that
// the action lists, else the one that its API version has.
func (v *searchSchema) databaseKind() string {
	body := string(v.action.RequestBody)
	dataSource, database := strings.Contains(body, `"data_source"`), strings.Contains(body, `"database"`)
	switch {
	case dataSource && !database:
		return "data_source"
	case database && !dataSource:
		return "database"
	case v.headers[versionHeader] >= "2025-09-03":
		return "data_source"
	}
	return "database"
}

// removedHint explains an argument that the tool list shows and the live action
// no longer has.
func (v *searchSchema) removedHint(args map[string]any, err error) error {
	var violations *schemas.Violations
	if !errors.As(err, &violations) {
		return err
	}
	var gone []string
	for _, name := range v.drift.Removed {
		if _, used := args[name]; used {
			gone = append(gone, name)
		}
	}
	if len(gone) == 0 {
		return err
	}
	slices.Sort(gone)
	return &Error{
		Code: CodeInvalidArguments, Message: "Alloy's post-search no longer takes " + strings.Join(gone, ", ") + ".",
		Hint: "Call again without it.",
	}
}
