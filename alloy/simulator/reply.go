package simulator

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// reply is an answer before it is sent: faults look at it and may spoil it.
type reply struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
}

const jsonType = "application/json; charset=utf-8"

func jsonReply(status int, v any) reply {
	body, err := encodeJSON(v)
	if err != nil {
		return reply{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte("simulator: " + err.Error())}
	}
	return reply{status: status, contentType: jsonType, body: body}
}

// encodeJSON leaves < and > as they are, as Express does: HTML in JSON is to look like HTML.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

func ok(v any) reply { return jsonReply(http.StatusOK, v) }

// write puts r on the wire.
func (r reply) write(w http.ResponseWriter) {
	h := w.Header()
	maps.Copy(h, r.header)
	if r.contentType != "" {
		h.Set("Content-Type", r.contentType)
	}
	if r.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // the client may be gone; there is nobody to tell
}

// object is a JSON object written by hand.
type object = map[string]any
