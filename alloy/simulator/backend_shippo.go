package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// shippoBackend keeps addresses.
type shippoBackend struct {
	addresses []object
	nextID    int
}

func (b *shippoBackend) reset() {
	b.addresses, b.nextID = nil, 0
	for _, a := range [][4]string{
		{"Harbour & Pine", "12 Quay Street", "Porto", "PT"},
		{"Nora Lind", "4 Mill Lane", "Cork", "IE"},
		{"Studio Brandt", "Hafenweg 9", "Hamburg", "DE"},
		{"Sakura Imports", "2-11 Kiba", "Tokyo", "JP"},
	} {
		b.add(object{"name": a[0], "street1": a[1], "city": a[2], "country": a[3]})
	}
}

func (b *shippoBackend) add(in object) object {
	b.nextID++
	address := object{
		"object_id":      fmt.Sprintf("d799c2679e64%020x", b.nextID),
		"object_created": "2025-11-20T08:00:00.000Z", "object_owner": "shipping@harbourpine.example", "is_complete": true,
		"company": "", "street2": "", "state": "", "zip": "", "phone": "", "email": "", "test": true,
		"validation_results": object{},
	}
	maps.Copy(address, in)
	b.addresses = append(b.addresses, address)
	return address
}

func (b *shippoBackend) knows(actionID string) bool {
	return slices.Contains([]string{"ListAddresses", "GetAddress", "CreateAddress", "ValidateAddress", "ListCarrierAccounts"}, actionID)
}

func (b *shippoBackend) do(call providerCall) providerReply {
	if !call.accepted {
		return notOK(http.StatusUnauthorized, object{"detail": "Token does not exist"})
	}
	switch call.action {
	case "ListAddresses":
		size := within(wholeNumber(call.query["results"], 25), 1, 100)
		page := max(wholeNumber(call.query["page"], 1), 1)
		return fine(object{"next": nil, "previous": nil, "count": len(b.addresses), "results": cut(b.addresses, (page-1)*size, size)})
	case "GetAddress", "ValidateAddress":
		return b.one(call)
	case "CreateAddress":
		in := call.object()
		if country, isText := in["country"].(string); !isText || len(country) != 2 {
			return notOK(http.StatusBadRequest, object{"country": []string{"This field is required: two letters."}})
		}
		if len(b.addresses) >= maxRecords {
			return notOK(http.StatusServiceUnavailable, object{"detail": "The simulated account is full."})
		}
		delete(in, "object_id")
		return done(b.add(in))
	default:
		return fine(object{"next": nil, "previous": nil, "results": []any{object{
			"object_id": "b741b99f95e841639b54272834bc478c", "carrier": "dhl_express", "account_id": "SIM-DHL", "active": true, "test": true,
		}}})
	}
}

func (b *shippoBackend) one(call providerCall) providerReply {
	i := slices.IndexFunc(b.addresses, func(a object) bool { return a["object_id"] == call.path["AddressId"] })
	if i < 0 {
		return notOK(http.StatusNotFound, object{"detail": "Not found."})
	}
	address := b.addresses[i]
	if call.action == "ValidateAddress" {
		complete := address["street1"] != nil && address["street1"] != "" && address["city"] != nil && address["city"] != ""
		address = merged(address, object{"is_complete": complete, "validation_results": object{"is_valid": complete, "messages": []any{}}})
	}
	return fine(address)
}

func merged(a, b object) object {
	out := object{}
	for _, o := range []object{a, b} {
		maps.Copy(out, o)
	}
	return out
}
