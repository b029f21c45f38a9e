package notion_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (d *desk) query(database string, body object) object {
	d.t.Helper()
	return d.ok("post-database-query", object{"database_id": database}, body)
}

func TestQueryFilters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	roadmap, bugs, accounts := d.id("Roadmap"), d.id("Bug reports"), d.id("Accounts")
	searchID := d.id("New search")
	cond := func(property, kind, operator string, value any) object {
		return object{"property": property, kind: object{operator: value}}
	}
	for _, test := range []struct {
		name     string
		database string
		filter   object
		want     []string
	}{
		{"status", roadmap, cond("Status", "status", "equals", "Shipped"), []string{"Faster checkout", "Order tracking page"}},
		{"not the status", bugs, cond("State", "status", "does_not_equal", "New"), []string{"Barcode scanner beeps forever", "Checkout button does nothing on old phones", "Export misses the last row", "Prices rounded twice in the basket", "Search ignores umlauts", "Search results jump while typing"}},
		{"title contains", roadmap, cond("Name", "title", "contains", "SEARCH"), []string{"New search"}},
		{"title starts", roadmap, cond("Name", "title", "starts_with", "Pro"), []string{"Product roadmap review"}},
		{"title ends", roadmap, cond("Name", "title", "ends_with", "api"), []string{"Partner API"}},
		{"text", roadmap, cond("Summary", "rich_text", "contains", "parcel"), []string{"Order tracking page"}},
		{"number", roadmap, cond("Effort", "number", "greater_than", 12), []string{"New search", "Partner API", "Warehouse tablet app"}},
		{"number or less", roadmap, cond("Effort", "number", "less_than_or_equal_to", 3), []string{"Order tracking page", "Product roadmap review"}},
		{"empty number", roadmap, cond("Effort", "number", "is_empty", true), []string{"Wood origin labels"}},
		{"checkbox", bugs, cond("Customer facing", "checkbox", "equals", false), []string{"Barcode scanner beeps forever", "Export misses the last row", "Pick list prints blank page"}},
		{"multi select", bugs, cond("Area", "multi_select", "contains", "Mobile"), []string{"Barcode scanner beeps forever", "Checkout button does nothing on old phones"}},
		{"empty multi select", bugs, cond("Area", "multi_select", "is_empty", true), []string{"Export misses the last row"}},
		{"date before", bugs, cond("Found", "date", "before", "2025-09-01"), []string{"Export misses the last row"}},
		{"date from", bugs, cond("Found", "date", "on_or_after", "2025-11-17"), []string{"Delivery date in the past", "Pick list prints blank page"}},
		{"date equals", bugs, cond("Found", "date", "equals", "2025-11-03"), []string{"Search ignores umlauts"}},
		{"e-mail", accounts, cond("Contact e-mail", "email", "ends_with", "brandt.example"), []string{"Studio Brandt"}},
		{"url is set", accounts, cond("Website", "url", "is_not_empty", true), []string{"Hotel Miramar", "Lighthouse Café"}},
		{"created", accounts, object{"timestamp": "created_time", "created_time": object{"before": "2020-01-01"}}, nil},
		{"relation", d.id("Tasks"), cond("Project", "relation", "contains", searchID), []string{"Load test for the new search", "Retire the old search index"}},
		{
			"and", roadmap,
			object{"and": []any{cond("Quarter", "select", "equals", "2026 Q1"), cond("Tags", "multi_select", "contains", "Platform")}},
			[]string{"Partner API", "Warehouse tablet app"},
		},
		{
			"or in and", roadmap,
			object{"and": []any{
				cond("Public", "checkbox", "equals", true),
				object{"or": []any{cond("Effort", "number", "equals", 3), cond("Name", "title", "equals", "gift cards")}},
			}},
			[]string{"Gift cards", "Order tracking page"},
		},
	} {
		got := titles(d.query(test.database, object{"filter": test.filter}))
		if diff := cmp.Diff(sorted(test.want), sorted(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	by := d.ok("retrieve-a-database", object{"database_id": roadmap}, nil)
	id, _ := walk(by, "properties", "Effort", "id").(string)
	if got := titles(d.query(roadmap, object{"filter": cond(id, "number", "equals", 21)})); len(got) != 1 {
		t.Errorf("by the property's id: %v", got)
	}
}

func TestQueryRefusesBadFiltersAndSorts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	roadmap := d.id("Roadmap")
	deep := object{"and": []any{object{"or": []any{object{"and": []any{}}}}}}
	for words, body := range map[string]object{
		"Could not find property with name or id: Size": {"filter": object{"property": "Size", "number": object{"equals": 1}}},
		"does not match filter":                         {"filter": object{"property": "Effort", "title": object{"equals": "x"}}},
		"is not a condition for number":                 {"filter": object{"property": "Effort", "number": object{"contains": 1}}},
		"no value for it":                               {"filter": object{"property": "Effort", "number": object{"equals": "1"}}},
		"exactly one condition":                         {"filter": object{"property": "Effort", "number": object{}}},
		"body.filter should be an object":               {"filter": "Effort > 1"},
		"body.filter.timestamp":                         {"filter": object{"timestamp": "now", "now": object{}}},
		"nested too deeply":                             {"filter": deep},
		"body.sorts should be an array":                 {"sorts": object{"property": "Name"}},
		"Could not find sort property":                  {"sorts": []any{object{"property": "Size"}}},
		"body.sorts[0].direction":                       {"sorts": []any{object{"property": "Name", "direction": "up"}}},
		"page_size":                                     {"page_size": 1000},
	} {
		d.refused("post-database-query", object{"database_id": roadmap}, body, "validation_error", words)
	}
	d.refused("post-database-query", object{"database_id": d.id("Product")}, nil, "object_not_found", "database")
}

func TestQuerySortsAndPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	roadmap := d.id("Roadmap")
	for name, test := range map[string]struct {
		sorts []any
		first []string
		last  string
	}{
		"by effort, unset last":            {[]any{object{"property": "Effort", "direction": "ascending"}}, []string{"Product roadmap review", "Order tracking page"}, "Wood origin labels"},
		"by effort, largest first":         {[]any{object{"property": "Effort", "direction": "descending"}}, []string{"Warehouse tablet app"}, "Wood origin labels"},
		"by status, in the schema's order": {[]any{object{"property": "Status", "direction": "ascending"}, object{"property": "Name", "direction": "ascending"}}, []string{"Subscription for oil and wax", "Wood origin labels", "Gift cards"}, "Order tracking page"},
		"by date":                          {[]any{object{"property": "Due", "direction": "ascending"}}, []string{"Order tracking page", "Faster checkout"}, ""},
		"by title":                         {[]any{object{"property": "Name"}}, []string{"Faster checkout", "Gift cards"}, "Wood origin labels"},
		"by edit time":                     {[]any{object{"timestamp": "last_edited_time", "direction": "descending"}}, []string{"Repair programme", "Gift cards"}, "Product roadmap review"},
	} {
		got := titles(d.query(roadmap, object{"sorts": test.sorts}))
		if diff := cmp.Diff(test.first, got[:len(test.first)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if test.last != "" && got[len(got)-1] != test.last {
			t.Errorf("%s: last is %q, want %q", name, got[len(got)-1], test.last)
		}
	}
	want := titles(d.query(roadmap, nil))
	var got []string
	body := object{"page_size": 3}
	for {
		page := d.query(roadmap, body)
		got = append(got, titles(page)...)
		if page["has_more"] != true {
			break
		}
		body["start_cursor"] = page["next_cursor"]
	}
	if diff := cmp.Diff(want, got); len(want) != 10 || diff != "" {
		t.Errorf("paged (-want +got):\n%s", diff)
	}
}

func TestDatabaseIsCreatedChangedAndQueried(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.id("Experiments")
	made := d.ok("create-a-database", nil, object{
		"parent": object{"page_id": page}, "title": text("Trials"),
		"properties": object{
			"Name": object{"title": object{}}, "Score": object{"number": object{"format": "percent"}},
			"State": object{"status": object{}}, "Kind": object{"select": object{"options": []any{object{"name": "A"}, object{"name": "B"}}}},
		},
	})
	id := made["id"]
	if walk(made, "properties", "Kind", "select", "options", 1, "name") != "B" || walk(made, "properties", "Score", "number", "format") != "percent" || titleOf(made) != "Trials" {
		t.Fatalf("made: %v", made)
	}
	row := d.ok("post-page", nil, object{"parent": object{"database_id": id}, "properties": object{"Name": object{"title": text("First")}, "Score": object{"number": 0.5}}})
	changed := d.ok("update-a-database", object{"database_id": id}, object{
		"title": text("All trials"), "description": text("Every one"),
		"properties": object{"Score": object{"name": "Result"}, "Kind": nil, "Note": object{"rich_text": object{}}},
	})
	if titleOf(changed) != "All trials" || keysOf(propertiesOf(changed)) != "Name Note Result State" {
		t.Errorf("changed: %v", changed)
	}
	got := d.ok("retrieve-a-page", object{"page_id": row["id"]}, nil)
	if walk(got, "properties", "Result", "number") != 0.5 || keysOf(propertiesOf(got)) != "Name Note Result State" {
		t.Errorf("the row after a rename: %v", propertiesOf(got))
	}
	for words, body := range map[string]object{
		"Title is not provided":   {"parent": object{"page_id": page}, "properties": object{"Score": object{"number": object{}}}},
		"should define a propert": {"parent": object{"page_id": page}, "properties": object{"Name": object{"title": object{}}, "X": object{"formula": object{}}}},
		"parent should be a page": {"parent": object{"workspace": true}, "properties": object{"Name": object{"title": object{}}}},
	} {
		d.refused("create-a-database", nil, body, "validation_error", words)
	}
	d.refused("update-a-database", object{"database_id": id}, object{"properties": object{"Name": nil}}, "validation_error", "title")
	d.refused("update-a-database", object{"database_id": id}, object{"properties": object{"Result": object{"name": "State"}}}, "validation_error", "exists")
}

func keysOf(o object) string {
	var list []string
	for key := range o {
		list = append(list, key)
	}
	var out strings.Builder
	for i, key := range sorted(list) {
		if i > 0 {
			out.WriteString(" ")
		}
		out.WriteString(key)
	}
	return out.String()
}

func TestNewVersionSeparatesDatabasesAndDataSources(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	database := d.id("Roadmap")
	d.caller.Version = "2025-09-03"
	base := d.ok("retrieve-a-database", object{"database_id": database}, nil)
	source, _ := walk(base, "data_sources", 0, "id").(string)
	if source == "" || source == database || base["properties"] != nil {
		t.Fatalf("database: %v", base)
	}
	one := d.ok("retrieve-a-data-source", object{"data_source_id": source}, nil)
	if one["object"] != "data_source" || walk(one, "parent", "database_id") != database || propertiesOf(one)["Effort"] == nil || walk(one, "database_parent", "type") != "page_id" {
		t.Errorf("data source: %v", one)
	}
	rows := d.ok("query-data-source", object{"data_source_id": source}, object{"page_size": 1})
	if rows["type"] != "page_or_data_source" || walk(rows, "results", 0, "parent", "data_source_id") != source || walk(rows, "results", 0, "parent", "database_id") != database {
		t.Errorf("rows: %v", rows)
	}
	made := d.ok("post-page", nil, object{"parent": object{"data_source_id": source}, "properties": object{"Name": object{"title": text("By source")}}})
	if walk(made, "parent", "data_source_id") != source {
		t.Errorf("a row by data source: %v", made["parent"])
	}
	if got := d.ok("update-a-data-source", object{"data_source_id": source}, object{"title": text("Plan")}); titleOf(got) != "Plan" {
		t.Errorf("renamed: %v", got)
	}
	d.refused("retrieve-a-data-source", object{"data_source_id": database}, nil, "object_not_found", "data source")
	created := d.ok("create-a-database", nil, object{
		"parent": object{"page_id": d.id("Experiments")}, "initial_data_source": object{"properties": object{"Name": object{"title": object{}}}},
	})
	if walk(created, "data_sources", 0, "id") == nil {
		t.Errorf("created: %v", created)
	}
}
