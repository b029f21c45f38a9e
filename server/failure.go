package server

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
)

// errorFrame is a JSON-RPC error response. id is raw JSON; nil becomes null.
func errorFrame(id []byte, code int, message string, data any) []byte {
	if id == nil {
		id = []byte("null")
	}
	frame, err := json.Marshal(struct {
		JSONRPC string                  `json:"jsonrpc"`
		ID      json.RawMessage         `json:"id"`
		Error   mcp.JSONRPCErrorDetails `json:"error"`
	}{mcp.JSONRPC_VERSION, bytes.Clone(id), mcp.JSONRPCErrorDetails{Code: code, Message: message, Data: data}})
	if err != nil { // an id that was read but is not valid JSON cannot be
		return []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}`)
	}
	return frame
}

// refuse answers a request that does not reach the library.
func refuse(w http.ResponseWriter, status int, frame []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(frame, '\n')) //nolint:gosec // JSON, never shown as HTML; the client may be gone
}

func refuseText(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, message, status)
}
