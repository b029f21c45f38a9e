package notion_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSearchMatchesTitlesOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for query, want := range map[string][]string{
		"roadmap":             {"Roadmap", "Product roadmap review", "Roadmap 2026, in words", "Book the room for the roadmap review"},
		"ROADMAP words":       {"Roadmap 2026, in words"},
		"müller":              {"Müller & Söhne", "Interview: Müller & Söhne"},
		"東京":                  {"東京ショールーム", "Interview: 東京ショールーム"},
		"zebra":               nil,
		"pg_restore":          nil, // it stands in a block, not in a title
		"incident 2025-11-04": {"Incident 2025-11-04: checkout slow"},
	} {
		got := titles(d.ok("post-search", nil, object{"query": query}))
		if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestSearchHitsCarryWhatNotionReturns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	list := d.ok("post-search", nil, object{"query": "gift cards", "filter": object{"property": "object", "value": "page"}, "page_size": 1})
	if list["object"] != "list" || list["type"] != "page_or_database" || list["page_or_database"] == nil || list["request_id"] == nil {
		t.Errorf("list: %v", list)
	}
	hit, _ := results(list)[0].(object)
	for _, key := range []string{
		"object", "id", "created_time", "last_edited_time", "created_by", "last_edited_by", "cover", "icon", "parent", "archived", "in_trash",
		"properties", "url", "public_url",
	} {
		if _, has := hit[key]; !has {
			t.Errorf("a page lacks %s", key)
		}
	}
	base := d.ok("post-search", nil, object{"query": "roadmap", "filter": object{"property": "object", "value": "database"}})
	if walk(base, "results", 0, "properties", "Status", "status", "groups", 2, "name") != "Complete" || walk(base, "results", 0, "title", 0, "plain_text") != "Roadmap" {
		t.Errorf("a database: %v", base)
	}
}

func TestSearchFiltersByTheVersionsOwnWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, test := range []struct{ version, value, object string }{
		{"2022-06-28", "page", "page"},
		{"2022-06-28", "database", "database"},
		{"2022-06-28", "data_source", ""},
		{"2025-09-03", "page", "page"},
		{"2025-09-03", "database", ""},
		{"2025-09-03", "data_source", "data_source"},
	} {
		d.caller.Version = test.version
		body := object{"filter": object{"property": "object", "value": test.value}}
		if test.object == "" {
			d.refused("post-search", nil, body, "validation_error", "body.filter.value")
			continue
		}
		list := results(d.ok("post-search", nil, body))
		for _, hit := range list {
			if walk(hit, "object") != test.object {
				t.Errorf("%v: found a %v", test, walk(hit, "object"))
			}
		}
		if len(list) < 6 {
			t.Errorf("%v: found %d", test, len(list))
		}
	}
}

func TestSearchRefusesBadArguments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for words, body := range map[string]object{
		"body.query":            {"query": 7},
		"body.page_size":        {"page_size": "ten"},
		"≥ `1`":                 {"page_size": 0},
		"≤ `100`":               {"page_size": 101},
		"should be a number":    {"page_size": 2.5},
		"start_cursor":          {"start_cursor": 7},
		"start_cursor provided": {"start_cursor": "made-up"},
		"body.filter should":    {"filter": "page"},
		"body.filter.property":  {"filter": object{"property": "type", "value": "page"}},
		"body.sort should":      {"sort": "up"},
		"body.sort.timestamp":   {"sort": object{"timestamp": "created_time", "direction": "ascending"}},
		"body.sort.direction":   {"sort": object{"timestamp": "last_edited_time"}},
		"body.filter.value":     {"filter": object{"property": "object", "value": "block"}},
	} {
		d.refused("post-search", nil, body, "validation_error", words)
	}
}

func TestSearchSortsByEditTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	times := func(direction string) []string {
		body := object{}
		if direction != "" {
			body["sort"] = object{"timestamp": "last_edited_time", "direction": direction}
		}
		var out []string
		for _, hit := range results(d.ok("post-search", nil, body)) {
			out = append(out, walk(hit, "last_edited_time").(string))
		}
		return out
	}
	up := times("ascending")
	if !slices.IsSorted(up) || up[0] == up[len(up)-1] {
		t.Errorf("ascending: %v", up)
	}
	down := times("descending")
	slices.Reverse(down)
	if !slices.IsSorted(down) {
		t.Errorf("descending: %v", down)
	}
	slices.Reverse(down)
	if diff := cmp.Diff(down, times("")); diff != "" {
		t.Errorf("without a sort (-descending +got):\n%s", diff)
	}
}

func TestPagingVisitsEverythingOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	d := newDesk(t)
	whole := func(size int, query string) []string {
		var ids []string
		body := object{"page_size": size, "query": query}
		for {
			page := d.ok("post-search", nil, body)
			if len(results(page)) > size || (page["has_more"] == true) != (page["next_cursor"] != nil) {
				t.Fatalf("a page of %d with has_more %v", len(results(page)), page["has_more"])
			}
			for _, hit := range results(page) {
				ids = append(ids, walk(hit, "id").(string))
			}
			if page["has_more"] != true {
				return ids
			}
			body["start_cursor"] = page["next_cursor"]
		}
	}
	for _, query := range []string{"", "e", "the"} {
		want := whole(100, query)
		rapid.Check(t, func(r *rapid.T) {
			size := rapid.IntRange(12, 100).Draw(r, "page_size")
			if diff := cmp.Diff(want, whole(size, query)); diff != "" {
				r.Errorf("page_size %d (-want +got):\n%s", size, diff)
			}
		})
		seen := sorted(want)
		if len(slices.Compact(seen)) != len(want) {
			t.Errorf("%q: an object comes twice", query)
		}
	}
}

func TestCursorsBelongToTheirQuery(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cursor, _ := d.ok("post-search", nil, object{"query": "e", "page_size": 2})["next_cursor"].(string)
	if strings.Contains(cursor, "-4") && len(cursor) == 36 {
		t.Errorf("the cursor is a bare id: %s", cursor)
	}
	d.ok("post-search", nil, object{"query": "e", "page_size": 50, "start_cursor": cursor})
	d.refused("post-search", nil, object{"query": "a", "start_cursor": cursor}, "validation_error", "start_cursor")
}

func TestNewPagesAreFoundAfterTheIndexDelay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.caller.IndexDelay = 10 * time.Second
	find := func() int { return len(results(d.ok("post-search", nil, object{"query": "quokka"}))) }
	made := d.ok("post-page", nil, object{"parent": object{"workspace": true}, "properties": titled("Quokka")})
	d.now = d.now.Add(9 * time.Second)
	if n := find(); n != 0 {
		t.Errorf("after 9 s: %d", n)
	}
	d.ok("retrieve-a-page", object{"page_id": made["id"]}, nil) // reading by id does not wait
	d.now = d.now.Add(time.Second)
	if n := find(); n != 1 {
		t.Errorf("after 10 s: %d", n)
	}
	d.ok("patch-page", object{"page_id": made["id"]}, object{"archived": true})
	if n := find(); n != 0 {
		t.Errorf("in the trash: %d", n)
	}
}
