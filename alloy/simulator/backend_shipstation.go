package simulator

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxRecords bounds what a small back end stores.
const maxRecords = 5_000

// shipStationBackend keeps orders. Like every back end it is called with the simulator's lock held.
type shipStationBackend struct {
	orders []object
	nextID int
}

func (b *shipStationBackend) reset() {
	b.orders, b.nextID = nil, 410_000
	for i, name := range []string{"Nora Lind", "Studio Brandt", "Müller & Söhne", "Ben Achterberg", "Sakura Imports", "Ida Holm"} {
		b.nextID++
		status := []string{"awaiting_shipment", "shipped", "on_hold"}[i%3]
		b.orders = append(b.orders, object{
			"orderId": b.nextID, "orderNumber": fmt.Sprintf("HP-%d", 2001+i), "orderKey": fmt.Sprintf("key-%d", 2001+i),
			"orderDate":   fmt.Sprintf("2025-11-%02dT08:30:00.0000000", 19-i),
			"orderStatus": status, "customerUsername": strings.ToLower(strings.Fields(name)[0]), "customerEmail": nil,
			"shipTo": object{
				"name": name, "street1": fmt.Sprintf("%d Quay Street", 4+i), "street2": nil, "city": "Porto",
				"state": "", "postalCode": fmt.Sprintf("40%02d", i), "country": "PT", "phone": nil,
			},
			"items":      []any{object{"sku": "S3-OAK", "name": "Stool S3, oak", "quantity": 1 + i, "unitPrice": 89.5}},
			"orderTotal": 89.5 * float64(1+i), "trackingNumber": nil, "carrierCode": nil,
		})
	}
}

func (b *shipStationBackend) knows(actionID string) bool {
	return slices.Contains([]string{
		"listOrders", "getOrder", "createOrUpdateOrder", "markOrderAsShipped", "deleteOrder", "listCarriers",
	}, actionID)
}

func (b *shipStationBackend) do(call providerCall) providerReply {
	if !call.accepted {
		return notOK(http.StatusUnauthorized, object{"Message": "Authorization has been denied for this request."})
	}
	switch call.action {
	case "listOrders":
		return b.list(call)
	case "getOrder":
		if order := b.find("orderId", call.path["orderId"]); order != nil {
			return fine(order)
		}
		return shipStationError(http.StatusNotFound, "The order could not be found.")
	case "createOrUpdateOrder":
		return b.save(call)
	case "markOrderAsShipped":
		return b.ship(call)
	case "deleteOrder":
		order := b.find("orderId", call.path["orderId"])
		if order == nil {
			return shipStationError(http.StatusNotFound, "The order could not be found.")
		}
		order["orderStatus"] = "cancelled"
		return done(object{"success": true, "message": "The requested order has been deleted"})
	default:
		return fine([]any{
			object{"name": "Royal Mail", "code": "royal_mail", "accountNumber": "SIM-1", "primary": true},
			object{"name": "DHL Express", "code": "dhl_express", "accountNumber": "SIM-2", "primary": false},
		})
	}
}

func shipStationError(status int, text string) providerReply {
	return notOK(status, object{"Message": text, "ExceptionMessage": text, "ExceptionType": "System.Exception"})
}

func (b *shipStationBackend) find(field string, want any) object {
	for _, order := range b.orders {
		if fmt.Sprint(order[field]) == plain(want) {
			return order
		}
	}
	return nil
}

func (b *shipStationBackend) list(call providerCall) providerReply {
	status, _ := call.query["orderStatus"].(string)
	customer, _ := call.query["customerName"].(string)
	hits := []object{}
	for _, order := range b.orders {
		name, _ := asObject(order["shipTo"])["name"].(string)
		if (status == "" || order["orderStatus"] == status) && strings.Contains(strings.ToLower(name), strings.ToLower(customer)) {
			hits = append(hits, order)
		}
	}
	size := within(wholeNumber(call.query["pageSize"], 100), 1, 500)
	page := max(wholeNumber(call.query["page"], 1), 1)
	pages := (len(hits) + size - 1) / size
	total := len(hits)
	hits = cut(hits, (page-1)*size, size)
	return fine(object{"orders": hits, "total": total, "page": page, "pages": pages})
}

func (b *shipStationBackend) save(call providerCall) providerReply {
	in := call.object()
	for _, field := range []string{"orderNumber", "orderDate", "orderStatus", "shipTo"} {
		if in[field] == nil {
			return shipStationError(http.StatusBadRequest, "The request is invalid: "+field+" is required.")
		}
	}
	order := object(nil)
	if in["orderKey"] != nil {
		order = b.find("orderKey", in["orderKey"])
	}
	if order == nil {
		if len(b.orders) >= maxRecords {
			return shipStationError(http.StatusServiceUnavailable, "The simulated account is full.")
		}
		b.nextID++
		order = object{"orderId": b.nextID, "orderKey": fmt.Sprintf("key-%d", b.nextID)}
		b.orders = slices.Insert(b.orders, 0, order)
	}
	for key, value := range in {
		if key != "orderId" {
			order[key] = value
		}
	}
	return done(order)
}

func (b *shipStationBackend) ship(call providerCall) providerReply {
	in := call.object()
	order := b.find("orderId", in["orderId"])
	if order == nil {
		return shipStationError(http.StatusNotFound, "The order could not be found.")
	}
	order["orderStatus"], order["carrierCode"], order["trackingNumber"] = "shipped", in["carrierCode"], in["trackingNumber"]
	return done(object{"orderId": order["orderId"], "orderNumber": order["orderNumber"]})
}

// fine answers a read, done a write. The body is encoded at once, as it shares maps with the store.
func fine(body any) providerReply { return providerReply{status: http.StatusOK, body: encoded(body)} }

func done(body any) providerReply {
	return providerReply{status: http.StatusOK, body: encoded(body), wrote: true}
}

func encoded(body any) json.RawMessage {
	raw, err := encodeJSON(body)
	if err != nil {
		return json.RawMessage(`null`)
	}
	return raw
}

// object is the requestBody where it is an object.
func (call providerCall) object() object {
	var o object
	if json.Unmarshal(call.body, &o) != nil || o == nil {
		return object{}
	}
	return o
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// plain writes a JSON scalar as people do: 12, not 12.000000.
func plain(v any) string {
	if n, isNumber := v.(float64); isNumber && n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	return fmt.Sprint(v)
}

// wholeNumber reads a number that may have come as text.
func wholeNumber(v any, fallback int) int {
	if n, err := strconv.Atoi(plain(v)); v != nil && err == nil {
		return n
	}
	return fallback
}

func within(n, low, high int) int { return min(max(n, low), high) }

// cut is at most n items from start on.
func cut[T any](items []T, start, n int) []T {
	start = within(start, 0, len(items))
	return items[start:min(start+n, len(items))]
}
