package settings

import (
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/nearest"
)

// meant returns the name of a setting that somebody may have meant by name, or "".
func meant(name string) string {
	var names []string
	for _, s := range Table() {
		names = append(names, s.Name)
		if s.Kind == Secret {
			names = append(names, s.Name+FileSuffix)
		}
	}
	return nearest.Of(strings.ToUpper(name), names)
}
