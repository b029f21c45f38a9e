package paging_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/paging"
)

func decoded(t testing.TB, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	value, _ := decoded(t, text).(map[string]any)
	return value
}

// args are arguments written as "name name:type".
func args(text string) []paging.Arg {
	var list []paging.Arg
	for field := range strings.FieldsSeq(text) {
		name, kind, _ := strings.Cut(field, ":")
		list = append(list, paging.Arg{Name: name, Type: kind})
	}
	return list
}

// Two pages of each style: what is asked for behind the first, and that the
// second one is the last.
func TestTheNextPageIsAskedForAsTheAppWants(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		app, args, given, first, next, last string
	}{
		{"Notion", "query start_cursor:string page_size:integer", `{"query":"x"}`, `{"object":"list","results":[{"id":1}],"next_cursor":"c1","has_more":true}`, `{"query":"x","start_cursor":"c1"}`, `{"object":"list","results":[{"id":2}],"next_cursor":null,"has_more":false}`},
		{"HubSpot", "limit after properties", `{"limit":2}`, `{"results":[{"id":"1"}],"paging":{"next":{"after":"2","link":"https://api.hubapi.com/x?after=2&limit=2"}}}`, `{"limit":2,"after":"2"}`, `{"results":[{"id":"2"}]}`},
		{"HubSpot rows", "limit after offset:integer", `{}`, `{"total":2,"results":[{"id":"1"}],"paging":{"next":{"offset":1,"link":"x"}},"type":"RANDOM_ACCESS"}`, `{"offset":1}`, `{"total":2,"results":[{"id":"2"}]}`},
		{"HubSpot site search", "q limit:integer offset:integer boostLimit", `{"q":"x"}`, `{"total":3,"searchTerm":"x","offset":0,"limit":2,"page":0,"results":[{"id":1},{"id":2}]}`, `{"q":"x","offset":2}`, `{"total":3,"searchTerm":"x","offset":2,"limit":2,"page":1,"results":[{"id":3}]}`},
		{"Slack", "token limit cursor", `{"limit":1}`, `{"ok":true,"members":["U1"],"response_metadata":{"next_cursor":"dXNl"}}`, `{"limit":1,"cursor":"dXNl"}`, `{"ok":true,"members":["U2"],"response_metadata":{"next_cursor":""}}`},
		{"Slack history", "token channel cursor limit", `{"channel":"C1"}`, `{"ok":true,"has_more":true,"messages":[{"ts":"1"}],"response_metadata":{"next_cursor":"b"}}`, `{"channel":"C1","cursor":"b"}`, `{"ok":true,"has_more":false,"messages":[{"ts":"2"}]}`},
		{"Slack files", "token count page:integer", `{}`, `{"ok":true,"files":[{"id":1}],"paging":{"count":1,"total":2,"page":1,"pages":2}}`, `{"page":2}`, `{"ok":true,"files":[{"id":2}],"paging":{"count":1,"total":2,"page":2,"pages":2}}`},
		{"Slack search", "token query count page", `{"query":"x"}`, `{"ok":true,"query":"x","messages":{"matches":[{"iid":"1"}],"paging":{"count":1,"total":2,"page":1,"pages":2},"total":2}}`, `{"query":"x","page":2}`, `{"ok":true,"query":"x","messages":{"matches":[{"iid":"2"}],"paging":{"count":1,"total":2,"page":2,"pages":2},"total":2}}`},
		{"Jira issues", "jql startAt:integer maxResults:integer", `{"jql":"x"}`, `{"startAt":0,"maxResults":1,"total":2,"issues":[{"key":"ED-1"}]}`, `{"jql":"x","startAt":1}`, `{"startAt":1,"maxResults":1,"total":2,"issues":[{"key":"ED-2"}]}`},
		{"Jira projects", "startAt:integer maxResults:integer", `{}`, `{"self":"x","nextPage":"https://j.example/rest/api/3/project/search?startAt=1&maxResults=1","startAt":0,"maxResults":1,"total":2,"isLast":false,"values":[{"key":"ED"}]}`, `{"startAt":1}`, `{"self":"x","startAt":1,"maxResults":1,"total":2,"isLast":true,"values":[{"key":"EE"}]}`},
		{"Jira tokens", "jql nextPageToken maxResults", `{"jql":"x"}`, `{"issues":[{"key":"ED-1"}],"nextPageToken":"t","isLast":false}`, `{"jql":"x","nextPageToken":"t"}`, `{"issues":[{"key":"ED-2"}],"isLast":true}`},
		{"Jira users", "query startAt:integer maxResults:integer", `{"maxResults":2}`, `[{"accountId":"1"},{"accountId":"2"}]`, `{"maxResults":2,"startAt":2}`, `[{"accountId":"3"}]`},
		{"Shippo", "page:integer results:integer", `{"results":1}`, `{"next":"https://api.goshippo.com/addresses?page=2&results=1","previous":null,"results":[{"object_id":"1"}]}`, `{"results":1,"page":2}`, `{"next":null,"previous":"https://api.goshippo.com/addresses?page=1","results":[{"object_id":"2"}]}`},
		{"ShipStation", "createDateStart page pageSize", `{"pageSize":"1"}`, `{"orders":[{"orderId":1}],"total":2,"page":1,"pages":2}`, `{"pageSize":"1","page":2}`, `{"orders":[{"orderId":2}],"total":2,"page":2,"pages":2}`},
		{"Stripe", "limit starting_after ending_before", `{}`, `{"object":"list","url":"/v1/charges","has_more":true,"data":[{"id":"ch_1"},{"id":"ch_2"}]}`, `{"starting_after":"ch_2"}`, `{"object":"list","url":"/v1/charges","has_more":false,"data":[{"id":"ch_3"}]}`},
		{"GitHub", "owner repo per_page:integer page:integer", `{"owner":"o","per_page":2}`, `[{"id":1},{"id":2}]`, `{"owner":"o","per_page":2,"page":2}`, `[{"id":3}]`},
		{"GitHub search", "q per_page:integer page:integer", `{"q":"x","per_page":1}`, `{"total_count":2,"incomplete_results":false,"items":[{"id":1}]}`, `{"q":"x","per_page":1,"page":2}`, `{"total_count":2,"incomplete_results":false,"items":[]}`},
		{"Google", "pageToken maxResults q", `{"q":"x"}`, `{"kind":"drive#fileList","nextPageToken":"~!!~","incompleteSearch":false,"files":[{"id":"1"}]}`, `{"q":"x","pageToken":"~!!~"}`, `{"kind":"drive#fileList","files":[{"id":"2"}]}`},
		{"Microsoft Graph", "$top $skiptoken $select", `{"$top":1}`, `{"@odata.context":"https://graph.example/$metadata","@odata.nextLink":"https://graph.example/v1.0/users?$top=1&$skiptoken=RFN","value":[{"id":"1"}]}`, `{"$top":1,"$skiptoken":"RFN"}`, `{"@odata.context":"https://graph.example/$metadata","value":[{"id":"2"}]}`},
		{"Microsoft Graph mail", "$top:integer $skip:integer", `{}`, `{"@odata.nextLink":"https://graph.example/v1.0/me/messages?%24skip=10","value":[{"id":"1"}]}`, `{"$skip":10}`, `{"value":[{"id":"2"}]}`},
		{"Salesforce", "q queryLocator", `{"q":"SELECT"}`, `{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v60.0/query/01gD-2000","records":[{"Id":"1"}]}`, `{"q":"SELECT","queryLocator":"01gD-2000"}`, `{"totalSize":2,"done":true,"records":[{"Id":"2"}]}`},
		{"Salesforce by the link", "nextRecordsUrl", `{}`, `{"done":false,"nextRecordsUrl":"/services/data/v60.0/query/01gD-2000","records":[{"Id":"1"}]}`, `{"nextRecordsUrl":"/services/data/v60.0/query/01gD-2000"}`, `{"done":true,"records":[{"Id":"2"}]}`},
		{"Shopify", "limit page_info", `{"limit":1}`, `{"products":[{"id":1}],"next":"https://s.example/admin/api/products.json?limit=1&page_info=eyJ"}`, `{"limit":1,"page_info":"eyJ"}`, `{"products":[{"id":2}]}`},
		{"GraphQL", "first after", `{"first":1}`, `{"data":{"products":{"nodes":[{"id":1}],"pageInfo":{"hasNextPage":true,"endCursor":"e1"}}}}`, `{"first":1,"after":"e1"}`, `{"data":{"products":{"nodes":[{"id":2}],"pageInfo":{"hasNextPage":false,"endCursor":"e2"}}}}`},
		{"Airtable", "offset pageSize", `{}`, `{"records":[{"id":"1"}],"offset":"itr/rec"}`, `{"offset":"itr/rec"}`, `{"records":[{"id":"2"}]}`},
		{"Asana", "limit offset", `{}`, `{"data":[{"gid":"1"}],"next_page":{"offset":"eyJ","path":"/tasks?offset=eyJ","uri":"https://a.example/tasks?offset=eyJ"}}`, `{"offset":"eyJ"}`, `{"data":[{"gid":"2"}],"next_page":null}`},
		{"Intercom", "per_page starting_after", `{}`, `{"type":"list","data":[{"id":"1"}],"pages":{"type":"pages","next":{"page":2,"starting_after":"WzE"},"page":1,"per_page":1,"total_pages":2}}`, `{"starting_after":"WzE"}`, `{"type":"list","data":[{"id":"2"}],"pages":{"type":"pages","page":2,"per_page":1,"total_pages":2}}`},
		{"JSON:API", "page[cursor] page[size]", `{}`, `{"data":[{"id":"1"}],"links":{"self":"https://k.example/x","next":"https://k.example/x?page%5Bcursor%5D=abc"}}`, `{"page[cursor]":"abc"}`, `{"data":[{"id":"2"}],"links":{"self":"https://k.example/x","next":null}}`},
		{"HAL", "page:integer size", `{}`, `{"_embedded":{"orders":[{"id":1}]},"_links":{"next":{"href":"/orders?page=1&size=20"}}}`, `{"page":1}`, `{"_embedded":{"orders":[{"id":2}]},"_links":{"self":{"href":"/orders?page=1"}}}`},
		{"Spring", "page:integer size:integer", `{}`, `{"content":[{"id":1}],"number":0,"size":1,"totalElements":2,"totalPages":2,"last":false}`, `{"page":1}`, `{"content":[{"id":2}],"number":1,"size":1,"totalElements":2,"totalPages":2,"last":true}`},
		{"pages counted from 0", "page:integer", `{}`, `{"items":[{"id":1}],"page":0,"total_pages":2}`, `{"page":1}`, `{"items":[{"id":2}],"page":1,"total_pages":2}`},
		{"SCIM", "startIndex:integer count:integer", `{}`, `{"totalResults":3,"itemsPerPage":2,"startIndex":1,"Resources":[{"id":1},{"id":2}]}`, `{"startIndex":3}`, `{"totalResults":3,"itemsPerPage":2,"startIndex":3,"Resources":[{"id":3}]}`},
		{"Laravel", "page", `{}`, `{"current_page":1,"data":[{"id":1}],"last_page":2,"next_page_url":"https://l.example/x?page=2","total":2}`, `{"page":2}`, `{"current_page":2,"data":[{"id":2}],"last_page":2,"next_page_url":null,"total":2}`},
		{"Zendesk", "page[after] page[size]", `{}`, `{"tickets":[{"id":1}],"meta":{"has_more":true,"after_cursor":"xyz","before_cursor":"a"},"links":{"next":"https://z.example/t.json?page%5Bafter%5D=xyz"}}`, `{"page[after]":"xyz"}`, `{"tickets":[{"id":2}],"meta":{"has_more":false,"after_cursor":"zzz"},"links":{"next":null}}`},
		{"Facebook", "after limit", `{}`, `{"data":[{"id":"1"}],"paging":{"cursors":{"before":"a","after":"b"},"next":"https://f.example/x?after=b"}}`, `{"after":"b"}`, `{"data":[],"paging":{"cursors":{"before":"b","after":"c"}}}`},
		{"Square", "cursor limit", `{}`, `{"payments":[{"id":"1"}],"cursor":"abc"}`, `{"cursor":"abc"}`, `{"payments":[{"id":"2"}]}`},
		{"AWS", "NextToken MaxResults:integer", `{}`, `{"Items":[{"Id":"1"}],"NextToken":"n"}`, `{"NextToken":"n"}`, `{"Items":[{"Id":"2"}]}`},
		{"Contentful", "skip:integer limit:integer", `{}`, `{"sys":{"type":"Array"},"total":3,"skip":0,"limit":2,"items":[{"a":1},{"a":2}]}`, `{"skip":2}`, `{"sys":{"type":"Array"},"total":3,"skip":2,"limit":2,"items":[{"a":3}]}`},
		{"a number of the next page", "page:integer", `{}`, `{"data":[{"id":1}],"meta":{"nextPage":2,"currentPage":1}}`, `{"page":2}`, `{"data":[{"id":2}],"meta":{"nextPage":null,"currentPage":2}}`},
	} {
		t.Run(test.app, func(t *testing.T) {
			t.Parallel()
			plan := paging.NewPlan(args(test.args))
			next, more, reason := plan.Next(object(t, test.given), decoded(t, test.first))
			if !more {
				t.Fatalf("no next page: %s", reason)
			}
			if got, want := plainJSON(t, next), plainJSON(t, decoded(t, test.next)); got != want {
				t.Errorf("asks for %s, want %s", got, want)
			}
			if next, more, reason := plan.Next(next, decoded(t, test.last)); more || reason != paging.End {
				t.Errorf("behind the last page: %v, %q", next, reason)
			}
		})
	}
}

func plainJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhereThereIsNoNextPageTheReasonIsTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args, result string
		want               paging.Reason
	}{
		{"one page alone", "limit after", `{"results":[{"id":1}]}`, paging.End},
		{"no link to a next page", "page", `{"next":null,"results":[{"id":1}]}`, paging.End},
		{"an empty page", "page", `{"results":[]}`, paging.End},
		{"fewer than the page holds", "offset limit", `{"limit":50,"items":[{"id":1}]}`, paging.End},
		{"a short array", "page per_page", `[]`, paging.End},
		{"no arguments of pages", "id", `{"id":1}`, paging.NoPaging},
		{"no argument for the cursor", "id", `{"items":[{"id":1}],"next_cursor":"c"}`, paging.NoPaging},
		{"no argument for the link", "$top $filter", `{"value":[{"id":1}],"@odata.nextLink":"https://x.example/?$skiptoken=1"}`, paging.NoPaging},
		{"a date is no cursor", "after limit", `{"items":[{"id":1}],"next_billing_date":"2026-01-01"}`, paging.End},
		{"a record's own cursor", "cursor", `{"items":[{"id":1,"next_cursor":"c"}]}`, paging.End},
		{"a token that signs in", "token", `{"items":[{"id":1}],"nextPageToken":"t"}`, paging.NoPaging},
		{"it says that this is all", "id", `{"items":[{"id":1}],"has_more":false}`, paging.End},
		{"a text", "page", `"x"`, paging.End},
		{"nothing", "cursor page offset", `null`, paging.End},
	} {
		if next, more, reason := paging.NewPlan(args(test.args)).Next(map[string]any{}, decoded(t, test.result)); more || reason != test.want {
			t.Errorf("%s: %v, %q, want %q", test.name, next, reason, test.want)
		}
	}
}

// The same arguments are never asked for twice.
func TestACursorThatComesBackIsALoop(t *testing.T) {
	t.Parallel()
	plan := paging.NewPlan(args("cursor"))
	next, more, _ := plan.Next(nil, decoded(t, `{"results":[1],"next_cursor":"a"}`))
	if !more {
		t.Fatal("there is no second page")
	}
	if next, more, reason := plan.Next(next, decoded(t, `{"results":[2],"next_cursor":"a"}`)); more || reason != paging.Loop {
		t.Errorf("%v, %q", next, reason)
	}
}

// book answers with pages of one record each.
type book struct {
	pages []string
	fail  int // the page that fails
	delay time.Duration
	chars int
	asked []string
}

func (b *book) fetch(ctx context.Context, args map[string]any) (any, int, error) {
	n := len(b.asked)
	b.asked = append(b.asked, fmt.Sprint(args["cursor"]))
	if b.fail > 0 && n == b.fail {
		return nil, 0, errors.New("the app is down")
	}
	select {
	case <-time.After(b.delay):
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(b.pages[min(n, len(b.pages)-1)]))
	decoder.UseNumber()
	err := decoder.Decode(&value)
	return value, b.chars, err
}

func counting(n int) []string {
	pages := make([]string, n)
	for i := range pages {
		pages[i] = fmt.Sprintf(`{"results":[{"id":%d}],"total":%d,"paging":{"next_cursor":"c%d"}}`, i, n, i+1)
	}
	pages[n-1] = fmt.Sprintf(`{"results":[{"id":%d}],"total":%d,"paging":{"next_cursor":null}}`, n-1, n)
	return pages
}

func TestPagesAreGatheredWithinTheBudget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		book   book
		budget paging.Budget
		want   paging.Result
	}{
		{"to the end", book{pages: counting(3)}, paging.Budget{}, paging.Result{Complete: true, Reason: paging.End, Pages: 3, Items: 3}},
		{"one page", book{pages: counting(1)}, paging.Budget{}, paging.Result{Complete: true, Reason: paging.End, Pages: 1, Items: 1}},
		{"items", book{pages: counting(9)}, paging.Budget{Items: 2}, paging.Result{Reason: paging.Items, Pages: 2, Items: 2}},
		{"just as many items", book{pages: counting(2)}, paging.Budget{Items: 2}, paging.Result{Complete: true, Reason: paging.End, Pages: 2, Items: 2}},
		{"pages", book{pages: counting(9)}, paging.Budget{Pages: 3}, paging.Result{Reason: paging.Pages, Pages: 3, Items: 3}},
		{"pages by default", book{pages: counting(300)}, paging.Budget{}, paging.Result{Reason: paging.Pages, Pages: 200, Items: 200}},
		{"characters", book{pages: counting(9), chars: 100}, paging.Budget{Chars: 250}, paging.Result{Reason: paging.Characters, Pages: 2, Items: 2}},
		{"time", book{pages: counting(9), delay: time.Minute}, paging.Budget{}, paging.Result{Reason: paging.Time, Pages: 5, Items: 5}},
		{"a page fails", book{pages: counting(9), fail: 2}, paging.Budget{}, paging.Result{Reason: paging.Failed, Pages: 2, Items: 2}},
		{"the same page again", book{pages: counting(9)[:1]}, paging.Budget{}, paging.Result{Reason: paging.Loop, Pages: 1, Items: 1}},
		{"the same cursor again", book{pages: []string{`{"results":[1],"next_cursor":"a"}`, `{"results":[2],"next_cursor":"a"}`}}, paging.Budget{}, paging.Result{Reason: paging.Loop, Pages: 2, Items: 2}},
		{"cursors in a circle", book{pages: []string{`{"results":[1],"next_cursor":"a"}`, `{"results":[2],"next_cursor":"b"}`, `{"results":[3],"next_cursor":"a"}`}}, paging.Budget{}, paging.Result{Reason: paging.Loop, Pages: 3, Items: 3}},
		{"empty pages go on", book{pages: []string{`{"results":[1],"next_cursor":"a"}`, `{"results":[],"next_cursor":"b"}`, `{"results":[],"next_cursor":"c"}`, `{"results":[2]}`}}, paging.Budget{}, paging.Result{Complete: true, Reason: paging.End, Pages: 4, Items: 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, err := paging.Collect(t.Context(), paging.NewPlan(args("cursor limit")), map[string]any{"limit": json.Number("1")}, test.budget, test.book.fetch)
				if err != nil {
					t.Fatal(err)
				}
				list, _ := got.Value.(map[string]any)["results"].([]any)
				if got.List != "results" || len(list) != got.Items || got.Detail == "" {
					t.Errorf("%d items in %q, %d counted, detail %q", len(list), got.List, got.Items, got.Detail)
				}
				if (got.Next != nil) != (got.Reason != paging.End && got.Reason != paging.Loop) {
					t.Errorf("next %v", got.Next)
				}
				if (got.Err != nil) != (got.Reason == paging.Failed) {
					t.Errorf("error %v", got.Err)
				}
				if len(test.book.asked) > got.Pages+1 {
					t.Errorf("asked for %v", test.book.asked)
				}
				short := paging.Result{Complete: got.Complete, Reason: got.Reason, Pages: got.Pages, Items: got.Items}
				if diff := cmp.Diff(test.want, short); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What was not gathered can be asked for: the union of two walks is everything.
func TestAWalkGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	b := &book{pages: counting(7), chars: 10}
	first, err := paging.Collect(t.Context(), paging.NewPlan(args("cursor")), nil, paging.Budget{Chars: 35}, b.fetch)
	if err != nil || first.Reason != paging.Characters {
		t.Fatalf("%+v, %v", first, err)
	}
	b.asked = b.asked[:first.Pages]
	rest, err := paging.Collect(t.Context(), paging.NewPlan(args("cursor")), first.Next, paging.Budget{}, b.fetch)
	if err != nil || !rest.Complete || first.Items+rest.Items != 7 {
		t.Errorf("%+v, %v", rest, err)
	}
}

func TestTheFirstPageIsNotChangedAndItsCursorsAreDropped(t *testing.T) {
	t.Parallel()
	text := `{"object":"list","meta":{"total":2,"has_more":true},"results":[{"id":1}],"paging":{"next":{"after":"2","link":"https://x.example/?after=2"}},"facets":[1,2,3]}`
	first := decoded(t, text)
	pages := []any{first, decoded(t, `{"results":[{"id":2}]}`)}
	n := 0
	got, err := paging.Collect(t.Context(), paging.NewPlan(args("after")), nil, paging.Budget{}, func(context.Context, map[string]any) (any, int, error) {
		n++
		return pages[n-1], 10, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, text), first); diff != "" {
		t.Errorf("the first page was changed:\n%s", diff)
	}
	want := decoded(t, `{"object":"list","meta":{"total":2},"results":[{"id":1},{"id":2}],"facets":[1,2,3]}`)
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheFirstPagesFailureIsAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	_, err := paging.Collect(t.Context(), paging.NewPlan(nil), nil, paging.Budget{}, func(context.Context, map[string]any) (any, int, error) { return nil, 0, down })
	if !errors.Is(err, down) {
		t.Errorf("error = %v", err)
	}
}

func TestWhatCannotBePagedSaysWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	for text, complete := range map[string]bool{
		`{"id":1}`: true, `{"items":[{"id":1}]}`: true, `{"items":[{"id":1}],"next_cursor":"c"}`: false,
		`{"items":[{"id":1}],"has_more":true}`: false, `{"items":[{"id":1}],"total":9}`: false,
	} {
		got, err := paging.Collect(t.Context(), paging.NewPlan(args("id")), nil, paging.Budget{}, func(context.Context, map[string]any) (any, int, error) {
			return decoded(t, text), len(text), nil
		})
		if err != nil || got.Reason != paging.NoPaging || got.Complete != complete || !cmp.Equal(got.Value, decoded(t, text)) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// What pages hold in other lists is gathered too, but for what each says alike.
func TestListsBesideTheRecordsAreGathered(t *testing.T) {
	t.Parallel()
	pages := []string{
		`{"body":{"data":[{"id":1},{"id":2}],"included":[{"id":"a"}],"facets":[1,2],"next_cursor":"c"}}`,
		`{"body":{"data":[{"id":3}],"included":[{"id":"b"},{"id":"c"}],"facets":[1,2],"late":[9],"next_cursor":"d"}}`,
		`{"body":{"data":[{"id":4}],"included":[],"facets":[1,2],"late":[8]}}`,
	}
	n := 0
	got, err := paging.Collect(t.Context(), paging.NewPlan(args("cursor")), nil, paging.Budget{}, func(context.Context, map[string]any) (any, int, error) {
		n++
		return decoded(t, pages[n-1]), 10, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := decoded(t, `{"body":{"data":[{"id":1},{"id":2},{"id":3},{"id":4}],"included":[{"id":"a"},{"id":"b"},{"id":"c"}],"facets":[1,2],"late":[9,8]}}`)
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What only looks like the end is not called one.
func TestAnEndThatNobodyTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args, given string
		pages       []string
		complete    bool
		detail      string
	}{
		"as many as were asked for": {"limit", `{"limit":2}`, []string{`[1,2]`}, false, "there may be more"},
		"fewer than asked for":      {"limit", `{"limit":3}`, []string{`[1,2]`}, true, "no pages"},
		"a page that is not full":   {"page limit", `{"limit":2}`, []string{`[1,2]`, `[3]`}, true, "if a page that is not full is the last one"},
		"an empty page":             {"page limit", `{"limit":2}`, []string{`[1,2]`, `[]`}, true, "All pages are here."},
	} {
		n := 0
		got, err := paging.Collect(t.Context(), paging.NewPlan(args(test.args)), object(t, test.given), paging.Budget{}, func(context.Context, map[string]any) (any, int, error) {
			n++
			return decoded(t, test.pages[n-1]), 10, nil
		})
		if err != nil || got.Complete != test.complete || !strings.Contains(got.Detail, test.detail) || n != len(test.pages) {
			t.Errorf("%s: %d pages, %+v, %v", name, n, got, err)
		}
	}
}

// Whatever an app answers, a plan ends or goes on with other arguments.
func FuzzNext(f *testing.F) {
	f.Add("cursor page offset next", `{"items":[1],"next":"https://x.example/?page=2","total":7}`)
	f.Add("startIndex", `{"startIndex":99999999999999999999,"items":[[]]}`)
	f.Add("page[number]", `[[1]]`)
	f.Fuzz(func(t *testing.T, names, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var result any
		if decoder.Decode(&result) != nil {
			return
		}
		plan := paging.NewPlan(args(names))
		given := map[string]any{}
		for range 5 {
			next, more, reason := plan.Next(given, result)
			if more != (reason == "") || more && cmp.Equal(given, next) {
				t.Fatalf("%v, %v, %q behind %v", next, more, reason, given)
			}
			if !more {
				return
			}
			given = next
		}
	})
}
