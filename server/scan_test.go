package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

func TestScanReadsEnvelope(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message string
		want    envelope
	}{
		"request": {
			`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"run_read","arguments":{"a":[1,{"b":null}]}}}`,
			envelope{kind: kindRequest, method: "tools/call", id: []byte("7"), name: "run_read"},
		},
		"modern request": {
			`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
				`"io.modelcontextprotocol/clientCapabilities":{"sampling":{}}},"name":"x"}}`,
			envelope{kind: kindRequest, method: "tools/call", id: []byte(`"a"`), name: "x", version: "2026-07-28", capabilities: []byte(`{"sampling":{}}`)},
		},
		"notification": {
			`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
			envelope{kind: kindNotification, method: "notifications/initialized"},
		},
		"response": {
			`{"jsonrpc":"2.0","id":"ask-1","result":{"action":"accept"}}`,
			envelope{kind: kindResponse, id: []byte(`"ask-1"`)},
		},
		"error without id": {
			`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}`,
			envelope{kind: kindResponse},
		},
		"escaped keys and values": {
			`{"json\u0072pc":"2.0","id":1,"m\u0065thod":"tools\/call","params":{"nam\u0065":"\u0072un"}}`,
			envelope{kind: kindRequest, method: "tools/call", id: []byte("1"), name: "run"},
		},
		"white space": {
			"\r\n\t {\"jsonrpc\" : \"2.0\" , \"id\" : -0 , \"method\" : \"ping\" }\n ",
			envelope{kind: kindRequest, method: "ping", id: []byte("-0")},
		},
		"same key in different objects": {
			`{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"n","arguments":{"name":{"name":1},"Name":2,"list":[{"a":1},{"a":2}]}}}`,
			envelope{kind: kindRequest, method: "m", id: []byte("1"), name: "n"},
		},
		"largest id": {
			`{"jsonrpc":"2.0","id":9007199254740992,"method":"m"}`,
			envelope{kind: kindRequest, method: "m", id: []byte("9007199254740992")},
		},
		"longest id": {
			`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 256) + `","method":"m"}`,
			envelope{kind: kindRequest, method: "m", id: []byte(`"` + strings.Repeat("x", 256) + `"`)},
		},
		"deepest nesting": {
			message(strings.Repeat("[", maxDepth-2) + strings.Repeat("]", maxDepth-2)),
			envelope{kind: kindRequest, method: "m", id: []byte("1")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, fault := scan([]byte(test.message))
			if fault != nil {
				t.Fatalf("refused: %v", fault)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(envelope{})); diff != "" {
				t.Errorf("envelope (-want +got):\n%s", diff)
			}
		})
	}
}

// message is a request with value as its only argument.
func message(value string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":` + value + `}}`
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message string
		code    int
		id      string // what the answer can still name
		says    string
	}{
		"nothing":                 {"", mcp.PARSE_ERROR, "", "empty"},
		"no object":               {`"hello"`, mcp.PARSE_ERROR, "", "not a JSON object"},
		"batch":                   {`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, mcp.INVALID_REQUEST, "", "batches are not supported"},
		"two values":              {`{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, mcp.PARSE_ERROR, "1", "more than one"},
		"cut off":                 {`{"jsonrpc":"2.0","id":5,"method":"pi`, mcp.PARSE_ERROR, "5", "ends in the middle"},
		"not UTF-8":               {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", mcp.PARSE_ERROR, "", "UTF-8"},
		"control character":       {message("\"\x01\""), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"bad escape":              {message(`"\x"`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"bad unicode escape":      {message(`"\u12g4"`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"leading zero":            {message(`01`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"bare minus":              {message(`-`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"bare point":              {message(`1.`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"bare exponent":           {message(`1e+`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"not a number":            {message(`NaN`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"trailing comma":          {message(`[1,]`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"trailing comma, object":  {message(`{"a":1,}`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"duplicate method":        {`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`, mcp.INVALID_REQUEST, "1", `"method" appears twice`},
		"duplicate in arguments":  {message(`{"x":1,"y":{"z":1,"z":2}}`), mcp.INVALID_REQUEST, "1", `"z" appears twice`},
		"duplicate by escape":     {`{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}`, mcp.INVALID_REQUEST, "1", "appears twice"},
		"case variant":            {`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}`, mcp.INVALID_REQUEST, "1", "must be written method"},
		"case variant alone":      {`{"jsonrpc":"2.0","id":1,"METHOD":"tools/call"}`, mcp.INVALID_REQUEST, "1", "must be written method"},
		"long s for s":            {`{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{}}`, mcp.INVALID_REQUEST, "1", "must be written params"},
		"Kelvin sign for k":       {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"tas` + "\u212a" + `":{}}}`, mcp.INVALID_REQUEST, "1", "must be written task"},
		"case variant in params":  {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}`, mcp.INVALID_REQUEST, "1", "must be written name"},
		"too deep":                {message(strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1)), mcp.INVALID_REQUEST, "1", "deeper than 64"},
		"far too deep":            {message(strings.Repeat(`{"a":`, 100_000)), mcp.INVALID_REQUEST, "1", "deeper than 64"},
		"too many tokens":         {message("[0" + strings.Repeat(",0", maxTokens) + "]"), mcp.INVALID_REQUEST, "1", "more than 50000"},
		"too many keys":           {message(manyKeys(maxTokens)), mcp.INVALID_REQUEST, "1", "more than 50000"},
		"late duplicate":          {message(strings.TrimSuffix(manyKeys(1000), "}") + `,"k1":0}`), mcp.INVALID_REQUEST, "1", `"k1" appears twice`},
		"id too large":            {`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, mcp.INVALID_REQUEST, "", "at most 2^53"},
		"id with fraction":        {`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, mcp.INVALID_REQUEST, "", "at most 2^53"},
		"id with exponent":        {`{"jsonrpc":"2.0","id":1e3,"method":"ping"}`, mcp.INVALID_REQUEST, "", "at most 2^53"},
		"object id":               {`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, mcp.INVALID_REQUEST, "", "at most 2^53"},
		"null id":                 {`{"jsonrpc":"2.0","id":null,"method":"ping"}`, mcp.INVALID_REQUEST, "", "id must be"},
		"long id":                 {`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 257) + `","method":"ping"}`, mcp.INVALID_REQUEST, "", "longer than"},
		"id with leading zeros":   {`{"jsonrpc":"2.0","id":007,"method":"ping"}`, mcp.PARSE_ERROR, "", "not valid JSON"},
		"id cut off":              {`{"jsonrpc":"2.0","id":12`, mcp.PARSE_ERROR, "", "ends in the middle"},
		"old JSON-RPC":            {`{"id":1,"method":"ping"}`, mcp.INVALID_REQUEST, "1", `jsonrpc must be`},
		"wrong JSON-RPC":          {`{"jsonrpc":2.0,"id":1,"method":"ping"}`, mcp.INVALID_REQUEST, "1", `jsonrpc must be`},
		"method is no string":     {`{"jsonrpc":"2.0","id":1,"method":["ping"]}`, mcp.INVALID_REQUEST, "1", "method must be"},
		"params is an array":      {`{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`, mcp.INVALID_REQUEST, "1", "params must be"},
		"request and response":    {`{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, mcp.INVALID_REQUEST, "1", "not both"},
		"result and error":        {`{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`, mcp.INVALID_REQUEST, "1", "not both"},
		"neither":                 {`{"jsonrpc":"2.0","id":1}`, mcp.INVALID_REQUEST, "1", "needs a method"},
		"result with null id":     {`{"jsonrpc":"2.0","id":null,"result":{}}`, mcp.INVALID_REQUEST, "", "id must be"},
		"key without end":         {`{"a`, mcp.PARSE_ERROR, "", "ends in the middle"},
		"key without value":       {`{"a"}`, mcp.PARSE_ERROR, "", "not valid JSON"},
		"unquoted key":            {`{a:1}`, mcp.PARSE_ERROR, "", "not valid JSON"},
		"missing comma":           {message(`[1 2]`), mcp.PARSE_ERROR, "1", "not valid JSON"},
		"escape at the very end":  {`{"a\`, mcp.PARSE_ERROR, "", "ends in the middle"},
		"unicode escape at end":   {`{"a\u00`, mcp.PARSE_ERROR, "", "ends in the middle"},
		"word that starts as one": {message(`nullx`), mcp.PARSE_ERROR, "1", "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, fault := scan([]byte(test.message))
			if fault == nil {
				t.Fatal("accepted")
			}
			if fault.code != test.code || string(got.id) != test.id || !strings.Contains(fault.message, test.says) {
				t.Errorf("got code %d, id %q, %q; want code %d, id %q, something with %q", fault.code, got.id, fault.message, test.code, test.id, test.says)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// A message of the allowed size costs little whatever it holds.
func TestScanIsLinear(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"one long string": message(`"` + strings.Repeat("x", 4<<20) + `"`),
		"one long escape": message(`"` + strings.Repeat(`\u0041`, 4<<20/6) + `"`),
		"many keys":       message(manyKeys(maxTokens/2 - 20)),
		"many objects":    message("[" + strings.TrimSuffix(strings.Repeat(manyKeys(33)+",", maxTokens/70), ",") + "]"),
		"white space":     message(strings.Repeat(" ", 4<<20) + "1"),
	} {
		fastest := time.Hour
		for range 3 {
			began := time.Now()
			if _, fault := scan([]byte(text)); fault != nil {
				t.Fatal(fault)
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest > 5*time.Second { // about 10 ms each on an idle machine
			t.Errorf("%s: %v a message", name, fastest)
		}
	}
}

// What is accepted means the same to encoding/json, which the library uses.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"x":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
		`{"jsonrpc":"2.0","method":"ping","Method":"tools/call","id":"\u0061"}`,
		`{"jsonrpc":"2.0","id":1,"result":{},"param\u017f":{"name":1}}`,
		`{"jsonrpc":"2.0","id":-9007199254740992,"error":{"code":1}}`,
		`{"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"\ud800","n\u0061me":"b"}}`,
		`[{}]`, `{"a":{"b":[1,2.5e-3,true,null,"\n"]}}`, " {} ", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		got, fault := scan(message)
		if fault != nil {
			return
		}
		var want struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Method  string          `json:"method"`
			Result  json.RawMessage `json:"result"`
			Error   json.RawMessage `json:"error"`
			Params  struct {
				Name any            `json:"name"`
				Meta map[string]any `json:"_meta"`
			} `json:"params"`
		}
		if err := json.Unmarshal(message, &want); err != nil {
			if _, wrongType := err.(*json.UnmarshalTypeError); !wrongType { //nolint:errorlint // never wrapped
				t.Fatalf("accepted what encoding/json refuses: %v", err)
			}
			return
		}
		name, _ := want.Params.Name.(string)
		version, _ := want.Params.Meta["io.modelcontextprotocol/protocolVersion"].(string)
		if want.JSONRPC != "2.0" || got.method != want.Method || got.version != version {
			t.Errorf("read %+v, encoding/json %+v", got, want)
		}
		if got.name != name && len(name) < maxNameBytes/6 {
			t.Errorf("name %q, encoding/json %q", got.name, name)
		}
		if !bytes.Equal(got.id, want.ID) && string(want.ID) != "null" {
			t.Errorf("id %s, encoding/json %s", got.id, want.ID)
		}
		if isResponse := want.Result != nil || want.Error != nil; isResponse != (got.kind == kindResponse) {
			t.Errorf("kind %d for %s", got.kind, message)
		}
	})
}
