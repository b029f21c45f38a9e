package notion_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPageIsCreatedReadChangedAndTrashed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	parent := d.id("Engineering")
	made := d.ok("post-page", nil, object{
		"parent": object{"type": "page_id", "page_id": parent}, "properties": object{"title": text("Night shift")},
		"icon": object{"type": "emoji", "emoji": "🌙"}, "cover": object{"external": object{"url": "https://img.example/x.png"}},
		"children": []any{
			object{"object": "block", "type": "paragraph", "paragraph": object{"rich_text": text("One")}},
			object{"to_do": object{"rich_text": text("Two"), "checked": true, "children": []any{object{"bulleted_list_item": object{"rich_text": text("Deep")}}}}},
		},
	})
	id, _ := made["id"].(string)
	if titleOf(made) != "Night shift" || walk(made, "icon", "emoji") != "🌙" || walk(made, "parent", "page_id") != parent || made["created_time"] != "2025-11-21T10:00:00.000Z" {
		t.Errorf("made: %v", made)
	}
	self := d.ok("get-self", nil, nil)
	if walk(made, "created_by", "id") != self["id"] {
		t.Errorf("created by %v", made["created_by"])
	}
	children := d.ok("get-block-children", object{"block_id": id}, nil)
	if len(results(children)) != 2 || walk(children, "results", 1, "to_do", "checked") != true || walk(children, "results", 1, "has_children") != true {
		t.Errorf("children: %v", children)
	}
	deep := d.ok("get-block-children", object{"block_id": walk(children, "results", 1, "id")}, nil)
	if walk(deep, "results", 0, "bulleted_list_item", "rich_text", 0, "plain_text") != "Deep" {
		t.Errorf("nested: %v", deep)
	}
	d.now = d.now.Add(time.Hour)
	changed := d.ok("patch-page", object{"page_id": strings.ReplaceAll(id, "-", "")}, object{"properties": titled("Day shift"), "icon": nil})
	if titleOf(changed) != "Day shift" || changed["icon"] != nil || changed["last_edited_time"] != "2025-11-21T11:00:00.000Z" || walk(changed, "cover", "type") != "external" {
		t.Errorf("changed: %v", changed)
	}
	if trashed := d.ok("patch-page", object{"page_id": id}, object{"in_trash": true}); trashed["archived"] != true || trashed["in_trash"] != true {
		t.Errorf("trashed: %v", trashed)
	}
	d.refused("patch-block-children", object{"block_id": id}, object{"children": []any{}}, "validation_error", "archived")
	if back := d.ok("patch-page", object{"page_id": id}, object{"archived": false}); back["in_trash"] != false {
		t.Errorf("restored: %v", back)
	}
}

func TestBadPagesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page, roadmap := d.id("Engineering"), d.id("Roadmap")
	under := object{"page_id": page}
	many := make([]any, 101)
	for words, body := range map[string]object{
		"body.parent should be defined":     {"properties": object{}},
		"should name a page_id":             {"parent": object{"type": "page_id"}, "properties": object{}},
		"body.parent.page_id should":        {"parent": object{"page_id": "x"}, "properties": object{}},
		"body.properties should be defined": {"parent": under},
		"body.properties should be an obj":  {"parent": under, "properties": "x"},
		"Stage is not a property":           {"parent": under, "properties": object{"Stage": object{"select": nil}}},
		"title is expected to be title":     {"parent": under, "properties": object{"title": object{"rich_text": text("x")}}},
		"text should be defined":            {"parent": under, "properties": object{"title": object{"title": []any{object{}}}}},
		"≤ `2000`":                          {"parent": under, "properties": titled(strings.Repeat("ä", 2001))},
		"children.length should be ≤ `100`": {"parent": under, "properties": titled("x"), "children": many},
		"block of a known type":             {"parent": under, "properties": titled("x"), "children": []any{object{"table": object{}}}},
		"body.icon":                         {"parent": under, "properties": titled("x"), "icon": object{"file": "x"}},
		"body.cover.external.url":           {"parent": under, "properties": titled("x"), "cover": object{"external": object{}}},
		"status option":                     {"parent": object{"database_id": roadmap}, "properties": object{"Status": object{"status": object{"name": "Nowhere"}}}},
		"Effort should be a number":         {"parent": object{"database_id": roadmap}, "properties": object{"Effort": object{"number": "5"}}},
		"ISO 8601":                          {"parent": object{"database_id": roadmap}, "properties": object{"Due": object{"date": object{"start": "tomorrow"}}}},
		"user IDs":                          {"parent": object{"database_id": roadmap}, "properties": object{"Owner": object{"people": []any{object{"id": "x"}}}}},
		"should be a boolean":               {"parent": object{"database_id": roadmap}, "properties": object{"Public": object{"checkbox": "yes"}}},
	} {
		if strings.HasPrefix(words, "Effort") {
			words = "Effort.number should be a number"
		}
		d.refused("post-page", nil, body, "validation_error", words)
	}
	d.refused("post-page", nil, object{"parent": object{"page_id": strings.Repeat("0", 32)}, "properties": object{}}, "object_not_found", "page")
	before := d.ok("retrieve-a-page", object{"page_id": page}, nil)
	d.refused("patch-page", object{"page_id": page}, object{"properties": titled("Changed"), "archived": "yes"}, "validation_error", "archived")
	after := d.ok("retrieve-a-page", object{"page_id": page}, nil)
	delete(before, "request_id")
	delete(after, "request_id")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a refused change left traces (-before +after):\n%s", diff)
	}
	for _, operation := range []string{"retrieve-a-page", "patch-page", "move-page"} {
		d.refused(operation, object{"page_id": "Engineering"}, object{}, "validation_error", "path.page_id should be a valid uuid")
	}
}

func TestRowsTakeTheColumnsOfTheirDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	roadmap, priya := d.id("Roadmap"), ""
	for _, user := range results(d.ok("get-users", nil, nil)) {
		if walk(user, "name") == "Priya Nair" {
			priya = walk(user, "id").(string)
		}
	}
	made := d.ok("post-page", nil, object{"parent": object{"database_id": roadmap}, "properties": object{
		"Name": object{"title": text("Spare legs")}, "Status": object{"status": object{"name": "Planned"}}, "Effort": object{"number": 2},
		"Tags": object{"multi_select": []any{object{"name": "Growth"}, object{"name": "Brand new"}}}, "Owner": object{"people": []any{object{"id": priya}}},
		"Due": object{"date": object{"start": "2026-01-02"}}, "Public": object{"checkbox": true},
	}})
	for want, path := range map[any][]any{
		"Planned":    {"properties", "Status", "status", "name"},
		2.0:          {"properties", "Effort", "number"},
		"Brand new":  {"properties", "Tags", "multi_select", 1, "name"},
		"Priya Nair": {"properties", "Owner", "people", 0, "name"},
		"2026-01-02": {"properties", "Due", "date", "start"},
		true:         {"properties", "Public", "checkbox"},
		roadmap:      {"parent", "database_id"},
	} {
		if got := walk(made, path...); got != want {
			t.Errorf("%v: %v, want %v", path, got, want)
		}
	}
	if rich, isList := walk(made, "properties", "Summary", "rich_text").([]any); !isList || len(rich) != 0 {
		t.Errorf("an unset column: %v", walk(made, "properties", "Summary"))
	}
	base := d.ok("retrieve-a-database", object{"database_id": roadmap}, nil)
	options, _ := walk(base, "properties", "Tags", "multi_select", "options").([]any)
	if len(options) != 5 || walk(options, 4, "name") != "Brand new" {
		t.Errorf("a new option was not added: %v", options)
	}
	few := d.ok("retrieve-a-page", object{"page_id": made["id"], "filter_properties": []any{walk(made, "properties", "Effort", "id"), "title"}}, nil)
	if len(propertiesOf(few)) != 2 {
		t.Errorf("filter_properties: %v", propertiesOf(few))
	}
	item := d.ok("retrieve-a-page-property", object{"page_id": made["id"], "property_id": walk(made, "properties", "Effort", "id")}, nil)
	if item["object"] != "property_item" || item["number"] != 2.0 {
		t.Errorf("a property: %v", item)
	}
	list := d.ok("retrieve-a-page-property", object{"page_id": made["id"], "property_id": "title", "page_size": 1}, nil)
	if list["object"] != "list" || walk(list, "results", 0, "title", "plain_text") != "Spare legs" || list["has_more"] != false {
		t.Errorf("a title: %v", list)
	}
	d.refused("retrieve-a-page-property", object{"page_id": made["id"], "property_id": "zzz"}, nil, "object_not_found", "property")
}

func TestPagesMove(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page, target := d.id("Glossary"), d.id("Design")
	moved := d.ok("move-page", object{"page_id": page}, object{"parent": object{"page_id": target}})
	if walk(moved, "parent", "page_id") != target {
		t.Errorf("moved: %v", moved["parent"])
	}
	d.refused("move-page", object{"page_id": target}, object{"parent": object{"page_id": page}}, "validation_error", "below itself")
	d.refused("move-page", object{"page_id": page}, object{"parent": object{"database_id": d.id("Roadmap")}}, "validation_error", "between pages")
}

func TestBlocksAreAppendedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.id("Glossary")
	first := walk(d.ok("get-block-children", object{"block_id": page}, nil), "results", 0, "id")
	added := d.ok("patch-block-children", object{"block_id": page}, object{
		"after": first, "children": []any{
			object{"heading_2": object{"rich_text": text("A")}},
			object{"code": object{"rich_text": text("x := 1"), "language": "go"}},
			object{"divider": object{}},
		},
	})
	if len(results(added)) != 3 || walk(added, "results", 0, "heading_2", "is_toggleable") != false || walk(added, "results", 1, "code", "language") != "go" {
		t.Errorf("added: %v", added)
	}
	d.ok("patch-block-children", object{"block_id": page}, object{"children": []any{object{"paragraph": object{"rich_text": text("last")}}}})
	var order []any
	for _, block := range results(d.ok("get-block-children", object{"block_id": page}, nil)) {
		order = append(order, walk(block, "type"))
	}
	if diff := cmp.Diff([]any{"paragraph", "heading_2", "code", "divider", "paragraph"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	heading := walk(added, "results", 0, "id")
	changed := d.ok("update-a-block", object{"block_id": heading}, object{"heading_2": object{"rich_text": text("B")}})
	if walk(changed, "heading_2", "rich_text", 0, "plain_text") != "B" || walk(changed, "heading_2", "color") != "default" {
		t.Errorf("changed: %v", changed)
	}
	d.refused("update-a-block", object{"block_id": heading}, object{"paragraph": object{"rich_text": text("B")}}, "validation_error", "type")
	if gone := d.ok("delete-a-block", object{"block_id": heading}, nil); gone["archived"] != true {
		t.Errorf("deleted: %v", gone)
	}
	if left := results(d.ok("get-block-children", object{"block_id": page}, nil)); len(left) != 4 {
		t.Errorf("%d blocks are left", len(left))
	}
	d.refused("patch-block-children", object{"block_id": page}, object{}, "validation_error", "body.children should be defined")
	d.refused("patch-block-children", object{"block_id": page}, object{"children": []any{}, "after": page}, "validation_error", "append after")
	d.refused("patch-block-children", object{"block_id": d.id("Roadmap")}, object{"children": []any{}}, "validation_error", "does not support")
	three := object{"toggle": object{"rich_text": text("1"), "children": []any{object{"toggle": object{"rich_text": text("2"), "children": []any{object{"divider": object{}}}}}}}}
	d.refused("patch-block-children", object{"block_id": page}, object{"children": []any{three}}, "validation_error", "nested too deeply")
	d.refused("retrieve-a-block", object{"block_id": "x"}, nil, "validation_error", "path.block_id")
}

func TestPagesAndDatabasesAreBlocksOfTheirParent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.id("Product")
	kinds := map[any]int{}
	list := d.ok("get-block-children", object{"block_id": page, "page_size": 2}, nil)
	if list["has_more"] != true {
		t.Fatalf("the first two: %v", list)
	}
	for {
		for _, block := range results(list) {
			kinds[walk(block, "type")]++
		}
		if list["has_more"] != true {
			break
		}
		list = d.ok("get-block-children", object{"block_id": page, "page_size": "2", "start_cursor": list["next_cursor"]}, nil)
	}
	if diff := cmp.Diff(map[any]int{"paragraph": 1, "child_database": 1, "child_page": 4}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one := d.ok("retrieve-a-block", object{"block_id": d.id("Experiments")}, nil)
	if walk(one, "child_page", "title") != "Experiments" || one["has_children"] != true {
		t.Errorf("a page as block: %v", one)
	}
}
