package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Values that nobody has. The ids have the form that Alloy checks.
const (
	nobody     = "0123456789abcdef01234567"
	noAccount  = "76543210fedcba9876543210"
	noPage     = "00000000-0000-4000-8000-000000000000"
	noSuchName = "alloy-mcp-report-nothing"
)

// someone returns the made-up user.
func someone() alloy.UserID {
	id, err := alloy.ParseUserID(nobody)
	if err != nil {
		panic("doctor: the made-up user id has not the form of one")
	}
	return id
}

// askStatuses provokes refusals with GETs and with an execution that names an
// account nobody has.
func (q *inquiry) askStatuses(ctx context.Context) {
	for _, p := range []struct {
		what string
		user alloy.UserID
		path []string
	}{
		{"E3, a path that does not exist", alloy.UserID{}, []string{noSuchName}},
		{"E4, a made-up user in the header", someone(), []string{"connectors", notionID, "credentials"}},
		{"E4, a made-up user in the path, its credentials", alloy.UserID{}, []string{"users", nobody, "credentials"}},
		{"E4, a made-up user in the path", alloy.UserID{}, []string{"users", nobody}},
		{"E7, a user id of the wrong form in the path", alloy.UserID{}, []string{"users", noSuchName, "credentials"}},
		{"an unknown connector", alloy.UserID{}, []string{"connectors", noSuchName, "resources"}},
		{"an unknown action", alloy.UserID{}, []string{"connectors", notionID, "actions", noSuchName}},
	} {
		o, err := q.probe(ctx, p.user, nil, p.path...)
		q.note(askStatuses, p.what, o, err)
	}
	if q.user.ID.IsZero() {
		return
	}
	o, err := q.execute(ctx, q.user.ID, alloy.Execution{
		ConnectorID: notionID, ActionID: searchID, CredentialID: noAccount, Effect: alloy.EffectRead,
		RequestBody: map[string]any{"page_size": 1}, AdditionalHeaders: q.headers(notionID),
	})
	q.note(askStatuses, "E5, an execution with a made-up credential", o, err)
}

// execute runs one action and returns Alloy's answer.
func (q *inquiry) execute(ctx context.Context, user alloy.UserID, x alloy.Execution) (alloy.Observation, error) {
	return q.watch(ctx, func(ctx context.Context) error {
		_, err := q.config.Client.As(user).Execute(ctx, x)
		return err
	})
}

// maxExecuted bounds how many accounts are read.
const maxExecuted = 8

// askExecute makes the harmless read of each account and notes how Alloy wraps
// the answer. A revoked account answers the last of the status questions.
func (q *inquiry) askExecute(ctx context.Context) {
	revoked := false
	for _, c := range q.credentials[:min(len(q.credentials), maxExecuted)] {
		x := q.harmlessRead(ctx, c)
		if x.ActionID == "" {
			continue
		}
		o, err := q.execute(ctx, q.user.ID, x)
		what := "execute " + c.ConnectorID + "." + x.ActionID
		if err != nil && asError(err).Kind == alloy.KindCredentialRevoked {
			revoked = true
			q.note(askStatuses, "E6, "+what+" with a revoked account", o, err)
			continue
		}
		q.noteExecution(what, o, err)
	}
	if !revoked {
		q.open(askStatuses, "E6 needs a revoked account: revoke one at the app and run this again.")
	}
}

// noteExecution notes an execution's wrapper and status, not what the app said.
func (q *inquiry) noteExecution(what string, o alloy.Observation, err error) {
	var wrapper map[string]json.RawMessage
	if o.Status == 0 || json.Unmarshal(o.Body, &wrapper) != nil {
		q.note(askExecute, what, o, err)
		return
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(wrapper)), func(key string) bool { return !plainKey.MatchString(key) })
	text := fmt.Sprintf("%s: HTTP %d, keys %s", what, o.Status, strings.Join(keys[:min(len(keys), maxKeys)], ", "))
	var status string
	if json.Unmarshal(wrapper["status"], &status) == nil && len(status) <= 40 {
		text += fmt.Sprintf(", status %q", status)
	}
	if err != nil {
		text += ", " + seen(asError(err))
	}
	q.fact(askExecute, text)
}

// askProvider reads a page that does not exist, which Notion refuses.
func (q *inquiry) askProvider(ctx context.Context) {
	if q.own.ConnectorID != notionID {
		if q.own.ID != "" {
			q.open(askProviderError, "Asked with Notion only; no account of it is connected.")
		}
		return
	}
	o, err := q.execute(ctx, q.user.ID, alloy.Execution{
		ConnectorID: notionID, ActionID: "retrieve-a-page", CredentialID: q.own.ID, Effect: alloy.EffectRead,
		PathParams: map[string]any{"page_id": noPage}, AdditionalHeaders: q.headers(notionID),
	})
	q.note(askProviderError, "a Notion page that does not exist", o, err)
	if failure := asError(err); err != nil && failure.Provider != nil {
		q.fact(askProviderError, fmt.Sprintf("understood as the app's refusal: provider status %d, code %s", failure.Provider.Status, orNone(failure.Provider.Code)))
	} else if err != nil {
		q.fact(askProviderError, "understood as: "+string(failure.Kind))
	}
}

// askNotion lists Notion's actions and finds out whether Alloy sends a
// Notion-Version of its own and lets ours through: the two versions of the
// search take different filter values.
func (q *inquiry) askNotion(ctx context.Context) {
	if q.connector(notionID) == nil {
		q.open(askNotion, "This key has no connector notion.")
		return
	}
	actions, err := q.actionsOf(ctx, notionID)
	if err != nil {
		q.fact(askNotion, "the list of actions: "+seen(asError(err)))
	} else {
		q.fact(askNotion, fmt.Sprintf("%d actions: %s", len(actions), strings.Join(actions, ", ")))
	}
	live, err := call(ctx, q.examination, func(ctx context.Context) (alloy.Action, error) {
		return q.config.Client.Action(ctx, notionID, searchID)
	})
	if err == nil {
		q.search = live
		names := make([]string, 0, len(live.Parameters))
		for _, p := range live.Parameters {
			names = append(names, p.In+" "+p.Name+" "+bounded(string(p.Schema), 200))
		}
		q.fact(askNotion, fmt.Sprintf("post-search is %s %s; parameters: %s; body: %s", live.Method, live.Path, orNone(strings.Join(names, "; ")), orNone(strings.Join(properties(live.RequestBody), ", "))))
	}
	if q.own.ConnectorID != notionID {
		q.open(askNotion, "Who sets the version needs an account of Notion.")
		return
	}
	for _, try := range []struct{ version, value string }{
		{"", ""},
		{"", "database"},
		{"", "data_source"},
		{"2022-06-28", "data_source"},
		{"2025-09-03", "database"},
	} {
		body := map[string]any{"page_size": 1}
		what := "post-search without Notion-Version"
		if try.version != "" {
			what = "post-search with Notion-Version " + try.version
		}
		if try.value != "" {
			body["filter"] = map[string]any{"property": "object", "value": try.value}
			what += " and the filter " + try.value
		}
		x := alloy.Execution{ConnectorID: notionID, ActionID: searchID, CredentialID: q.own.ID, Effect: alloy.EffectRead, RequestBody: body}
		if try.version != "" {
			x.AdditionalHeaders = map[string]string{notionHeader: try.version}
		}
		o, err := q.execute(ctx, q.user.ID, x)
		end := "accepted"
		if err != nil {
			end = "refused, " + seen(asError(err))
		}
		q.fact(askNotion, fmt.Sprintf("%s: HTTP %d, %s", what, o.Status, end))
	}
}

// properties returns the names of a schema's properties.
func properties(schema json.RawMessage) []string {
	var s struct{ Properties map[string]json.RawMessage }
	if len(schema) == 0 || json.Unmarshal(schema, &s) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.Properties))
}

// bounded cuts a text.
func bounded(text string, limit int) string {
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

// askOrder looks at lists as they come. An ObjectId begins with its time, so
// ids tell the order where no date does.
func (q *inquiry) askOrder(ctx context.Context) {
	lists := []struct {
		what string
		path []string
		user alloy.UserID
		keys []string
	}{
		{"GET /connectors, by id", []string{"connectors"}, alloy.UserID{}, []string{"id"}},
		{"GET /users, by id", []string{"users"}, alloy.UserID{}, []string{"userId", "id", "_id"}},
	}
	if !q.user.ID.IsZero() {
		id := q.user.ID.String()
		lists = append(lists, []struct {
			what string
			path []string
			user alloy.UserID
			keys []string
		}{
			{"GET /users/{userId}/credentials, by createdAt", []string{"users", id, "credentials"}, q.user.ID, []string{"createdAt"}},
			{"GET /connectors/notion/credentials, by createdAt", []string{"connectors", notionID, "credentials"}, q.user.ID, []string{"createdAt"}},
		}...)
	}
	for _, list := range lists {
		o, err := q.probe(ctx, list.user, nil, list.path...)
		if err != nil || o.Body == nil {
			continue // askLists has its status already
		}
		values := column(o.Body, list.keys...)
		q.fact(askOrder, fmt.Sprintf("%s: %s", list.what, order(values)))
	}
}

// rows returns the first list in an answer, whatever its envelope.
func rows(body json.RawMessage) []map[string]json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		return list
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if json.Unmarshal(object[key], &list) == nil && list != nil {
			return list
		}
	}
	return nil
}

// column returns the texts under the first of the keys that a row has.
func column(body json.RawMessage, keys ...string) []string {
	var values []string
	for _, row := range rows(body) {
		for _, key := range keys {
			var text string
			if json.Unmarshal(row[key], &text) == nil && text != "" {
				values = append(values, text)
				break
			}
		}
	}
	return values
}

func order(values []string) string {
	up := sort.StringsAreSorted(values)
	down := slices.IsSortedFunc(values, func(a, b string) int { return strings.Compare(b, a) })
	n := fmt.Sprintf(" (%d rows)", len(values))
	switch {
	case len(values) < 2:
		return "too few rows to tell" + n
	case up && down:
		return "all alike" + n
	case up:
		return "ascending" + n
	case down:
		return "descending" + n
	}
	return "neither ascending nor descending" + n
}

// askFilter compares the list with and without the filter.
func (q *inquiry) askFilter(ctx context.Context) {
	if q.user.ID.IsZero() {
		q.open(askFilter, "Needs an Alloy user.")
		return
	}
	for _, filter := range []string{"", notionID, noSuchName} {
		what := "without it"
		var query map[string][]string
		if filter != "" {
			what = "?connectorId=" + filter
			query = map[string][]string{"connectorId": {filter}}
		}
		o, err := q.probe(ctx, q.user.ID, query, "users", q.user.ID.String(), "credentials")
		if err != nil || o.Status >= 300 {
			q.note(askFilter, what, o, err)
			continue
		}
		q.fact(askFilter, fmt.Sprintf("%s: HTTP %d, %s", what, o.Status, count(len(rows(o.Body)), "row")))
	}
}

// askPaths tries the paths that only one source names, or none for this API.
func (q *inquiry) askPaths(ctx context.Context) {
	type path struct {
		what string
		path []string
	}
	paths := []path{
		{"GET /connectors/notion", []string{"connectors", notionID}},
		{"GET /connectors/notion/actions", []string{"connectors", notionID, "actions"}},
		{"GET /connectors/notion/credentials/metadata", []string{"connectors", notionID, "credentials", "metadata"}},
		{"GET /connectors/files/list", []string{"connectors", "files", "list"}},
		{"GET /2025-09/connectors/files/list", []string{"2025-09", "connectors", "files", "list"}},
		{"GET /credentials", []string{"credentials"}},
		{"GET /metadata/credentials/notion", []string{"metadata", "credentials", notionID}},
	}
	if !q.user.ID.IsZero() {
		id := q.user.ID.String()
		paths = append(paths, path{"GET /users/{userId}", []string{"users", id}}, path{"GET /credentials/users/{userId}", []string{"credentials", "users", id}})
		if q.user.Username != "" {
			paths = append(paths, path{"GET /users/{username}", []string{"users", q.user.Username}})
		}
	}
	if q.own.ID != "" {
		paths = append(paths, path{"GET /credentials/{credentialId}", []string{"credentials", q.own.ID}})
	}
	for _, p := range paths {
		o, err := q.probe(ctx, q.user.ID, nil, p.path...)
		q.note(askPaths, p.what, o, err)
	}
}

// noteHeaders notes the names of all headers that were seen, and the values of
// those that speak of limits.
func (q *inquiry) noteHeaders() {
	values := make(map[string]string)
	all := q.sight.seen()
	for _, o := range all {
		for name := range o.Header {
			values[name] = o.Header.Get(name)
		}
	}
	if len(values) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(values))
	for i, name := range names {
		if lower := strings.ToLower(name); strings.Contains(lower, "ratelimit") || strings.Contains(lower, "rate-limit") || lower == "retry-after" {
			names[i] += " (" + bounded(values[name], 60) + ")"
		}
	}
	q.fact(askExecute, fmt.Sprintf("headers of all %d answers: %s", len(all), strings.Join(names, ", ")))
}
