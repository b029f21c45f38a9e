package tools

import "github.com/alloy-mcp/alloy-mcp/internal/plain"

// clean makes upstream text fit for a model.
func clean(s string, limit int) string { return plain.Line(s, limit) }
