package simulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// path, query and body wrap the parts of an execution.
func path(name string, value any) map[string]any {
	return map[string]any{"pathParams": map[string]any{name: value}}
}

func query(q map[string]any) map[string]any { return map[string]any{"queryParameters": q} }

func body(v any) map[string]any { return map[string]any{"requestBody": v} }

func TestShipStationKeepsOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("shipStation")
	run := func(action string, parts map[string]any) answer { return b.run("shipStation", action, id, parts) }
	all := run("listOrders", nil)
	if all.at("responseData", "total") != 6.0 {
		t.Fatalf("list: %s", all.body)
	}
	second := run("listOrders", query(map[string]any{"pageSize": "4", "page": 2}))
	if list, _ := second.at("responseData", "orders").([]any); len(list) != 2 || second.at("responseData", "pages") != 2.0 {
		t.Errorf("second page: %s", second.body)
	}
	one := run("listOrders", query(map[string]any{"orderStatus": "shipped", "customerName": "brandt"}))
	if one.at("responseData", "total") != 1.0 || one.at("responseData", "orders", 0, "shipTo", "name") != "Studio Brandt" {
		t.Errorf("filtered: %s", one.body)
	}
	order := map[string]any{"orderNumber": "N-1", "orderKey": "k1", "orderDate": "2025-11-21", "orderStatus": "awaiting_shipment", "shipTo": map[string]any{"name": "Zoë"}}
	made := run("createOrUpdateOrder", body(order)).at("responseData", "orderId")
	order["orderNumber"] = "N-2"
	if again := run("createOrUpdateOrder", body(order)); again.at("responseData", "orderId") != made || again.at("responseData", "orderNumber") != "N-2" {
		t.Errorf("the same key again: %s", again.body)
	}
	run("markOrderAsShipped", body(map[string]any{"orderId": made, "carrierCode": "ups", "trackingNumber": "1Z"}))
	if got := run("getOrder", path("orderId", made)); got.at("responseData", "orderStatus") != "shipped" || got.at("responseData", "trackingNumber") != "1Z" {
		t.Errorf("shipped: %s", got.body)
	}
	run("deleteOrder", path("orderId", made))
	if got := run("getOrder", path("orderId", fmt.Sprint(int(made.(float64))))); got.at("responseData", "orderStatus") != "cancelled" {
		t.Errorf("deleted: %s", got.body)
	}
	for name, got := range map[string]answer{
		"an unknown order":          run("getOrder", path("orderId", 1)),
		"an order without fields":   run("createOrUpdateOrder", body(map[string]any{})),
		"shipping an unknown order": run("markOrderAsShipped", body(map[string]any{"orderId": 1})),
		"deleting an unknown order": run("deleteOrder", path("orderId", 1)),
	} {
		if got.at("status") != "failed" || got.at("responseData", "Message") == nil {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if got := run("listCarriers", nil); got.at("responseData", 0, "code") != "royal_mail" {
		t.Errorf("carriers: %s", got.body)
	}
	want := map[string]int{"shipStation.createOrUpdateOrder": 2, "shipStation.markOrderAsShipped": 1, "shipStation.deleteOrder": 1}
	if diff := cmp.Diff(want, b.Writes().ByAction); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestShippoKeepsAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("shippo")
	run := func(action string, parts map[string]any) answer { return b.run("shippo", action, id, parts) }
	made, _ := run("CreateAddress", body(map[string]any{"name": "Zoë", "country": "PT"})).at("responseData", "object_id").(string)
	if len(made) != 32 {
		t.Fatalf("object_id %q", made)
	}
	if got := run("GetAddress", path("AddressId", made)); got.at("responseData", "name") != "Zoë" {
		t.Errorf("get: %s", got.body)
	}
	if got := run("ValidateAddress", path("AddressId", made)); got.at("responseData", "validation_results", "is_valid") != false {
		t.Errorf("an address without a street is valid: %s", got.body)
	}
	list := run("ListAddresses", query(map[string]any{"results": 2, "page": 3}))
	if items, _ := list.at("responseData", "results").([]any); len(items) != 1 || list.at("responseData", "count") != 5.0 {
		t.Errorf("list: %s", list.body)
	}
	for name, got := range map[string]answer{
		"an unknown address": run("GetAddress", path("AddressId", "x")),
		"no country":         run("CreateAddress", body(map[string]any{"name": "x"})),
	} {
		if got.at("status") != "failed" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if got := run("ListCarrierAccounts", nil); got.at("responseData", "results", 0, "carrier") == nil {
		t.Errorf("carrier accounts: %s", got.body)
	}
	if diff := cmp.Diff(map[string]int{"shippo.CreateAddress": 1}, b.Writes().ByAction); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestJiraKeepsIssues(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("jira")
	run := func(action string, parts map[string]any) answer { return b.run("jira", action, id, parts) }
	search := func(jql string) answer { return run("searchForIssuesUsingJql", body(map[string]any{"jql": jql})) }
	for jql, want := range map[string]float64{
		"": 6, "project = SHOP": 6, `text ~ "UMLAUT"`: 1, `status = "In Progress" AND project = "Web shop" ORDER BY created`: 2, "key = SHOP-3": 1, "project = OTHER": 0,
	} {
		if got := search(jql); got.at("responseData", "total") != want {
			t.Errorf("%q: %v, want %v", jql, got.at("responseData", "total"), want)
		}
	}
	if got := search("assignee = currentUser()"); got.at("status") != "failed" || !strings.Contains(got.body, "does not understand") {
		t.Errorf("more of the language: %s", got.body)
	}
	key, _ := run("createIssue", body(map[string]any{"fields": map[string]any{"summary": "New thing", "project": map[string]any{"key": "SHOP"}}})).at("responseData", "key").(string)
	if key != "SHOP-7" {
		t.Fatalf("key %q", key)
	}
	edited := run("editIssue", map[string]any{
		"pathParams": map[string]any{"issueIdOrKey": key}, "requestBody": map[string]any{"fields": map[string]any{"summary": "Newer thing"}},
	})
	if edited.status != 200 || edited.at("responseData") != nil {
		t.Errorf("edit: %s", edited.body)
	}
	if got := run("getIssue", path("issueIdOrKey", key)); got.at("responseData", "fields", "summary") != "Newer thing" {
		t.Errorf("get: %s", got.body)
	}
	run("addComment", map[string]any{"pathParams": map[string]any{"issueIdOrKey": key}, "requestBody": map[string]any{"body": map[string]any{"type": "doc"}}})
	if got := run("getComments", path("issueIdOrKey", key)); got.at("responseData", "total") != 1.0 || got.at("responseData", "comments", 0, "body", "type") != "doc" {
		t.Errorf("comments: %s", got.body)
	}
	run("deleteIssue", path("issueIdOrKey", key))
	for name, got := range map[string]answer{
		"a deleted issue":      run("getIssue", path("issueIdOrKey", key)),
		"no summary":           run("createIssue", body(map[string]any{"fields": map[string]any{}})),
		"a comment of nothing": run("addComment", path("issueIdOrKey", "SHOP-1")),
	} {
		if got.at("status") != "failed" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if got := run("searchProjects", nil); got.at("responseData", "values", 0, "key") != "SHOP" {
		t.Errorf("projects: %s", got.body)
	}
	want := map[string]int{"jira.createIssue": 1, "jira.editIssue": 1, "jira.addComment": 1, "jira.deleteIssue": 1}
	if diff := cmp.Diff(want, b.Writes().ByAction); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// Every action of the shipped connectors has a back end: none answers a made-up sample.
func TestShippedActionsAllWork(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	total := 0
	for _, connector := range []string{"notion", "shipStation", "shippo", "jira"} {
		id := b.connect(connector)
		list, _ := b.do("GET", "/connectors/"+connector+"/actions", nil).at("actions").([]any)
		for _, item := range list {
			name, _ := walk(item, "id").(string)
			action := b.do("GET", "/connectors/"+connector+"/actions/"+name, nil)
			for _, key := range []string{"id", "displayName", "description", "httpMethod", "path"} {
				if text, _ := action.at("action", key).(string); text == "" {
					t.Errorf("%s.%s has no %s", connector, name, key)
				}
			}
			params := map[string]any{}
			for _, piece := range strings.Split(action.at("action", "path").(string), "{")[1:] {
				param, _, _ := strings.Cut(piece, "}")
				params[param] = "absent"
			}
			got := b.run(connector, name, id, map[string]any{"pathParams": params})
			if len(params) > 0 && got.at("status") != "failed" {
				t.Errorf("%s.%s found something that does not exist: %s", connector, name, got.body)
			}
			total++
		}
	}
	if total != 39 {
		t.Errorf("%d actions, want 39", total)
	}
}
