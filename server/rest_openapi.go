package server

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

//go:embed openapi.json
var openAPI []byte

// description is the OpenAPI document as far as it is the same for everybody.
type description map[string]any

// newDescription fills in what the configuration decides.
func newDescription(version string, authenticated bool) (description, error) {
	var doc description
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		return nil, fmt.Errorf("server: read openapi.json: %w", err)
	}
	if info, ok := doc["info"].(map[string]any); ok {
		info["version"] = version
	}
	if authenticated {
		doc["security"] = []any{map[string]any{"bearer": []any{}}}
	}
	return doc, nil
}

// describeREST serves the document, with the address under which it was found.
func (s *Server) describeREST(_ http.ResponseWriter, r *http.Request) restAnswer {
	if _, refused := queryOf(r); refused != nil {
		return *refused
	}
	base := "http://" + r.Host // the guard knows this host
	switch {
	case s.public != nil:
		base = s.public.String()
	case r.TLS != nil:
		base = "https://" + r.Host
	}
	doc := make(description, len(s.api)+1)
	maps.Copy(doc, s.api)
	doc["servers"] = []any{map[string]any{"url": base}}
	return s.done(doc)
}
