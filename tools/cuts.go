package tools

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// cut says what was left out of an answer: how many elements of a list, or what
// the first of its places counts where no list was cut.
type cut struct {
	Truncated bool `json:"truncated,omitempty"`
	Total     int  `json:"total,omitempty"`
	Returned  int  `json:"returned,omitempty"`
}

// summary is the first of the places, which are lists if any list was cut.
func summary(places []place) cut {
	return cut{Truncated: true, Total: places[0].Total, Returned: places[0].Returned}
}

// Limits of what an answer says about its cuts; with the rest of its envelope
// that is less than envelopeChars.
const (
	maxPlaces    = 260 // characters, all together
	maxPath      = 80
	maxExample   = 40
	maxExamples  = 3
	maxSelection = 100 // characters of a value that is worth an example
)

// shown are the first of the places, as many as an envelope has room for.
func shown(places []place) []place {
	var list []place
	left := maxPlaces
	for _, p := range places {
		p.Path = clean(p.Path, maxPath)
		left -= len(p.Path) + len(`{"path":"","unit":"characters","total":8388608,"returned":40000},`)
		if left < 0 {
			break
		}
		list = append(list, p)
	}
	return list
}

// selectHint names paths for fields that lead to something in kept, those below
// the place of the cut first. It is empty where there are none.
func selectHint(kept any, at place) string {
	var below, others []string
	for _, path := range examples(kept, "") {
		if strings.HasPrefix(path, at.Path+"[].") || strings.HasPrefix(path, at.Path+".") {
			below = append(below, path)
		} else {
			others = append(others, path)
		}
	}
	paths := append(below, others...)
	if len(paths) == 0 {
		return ""
	}
	return "Select with fields, e.g. " + strings.Join(paths[:min(len(paths), maxExamples)], ", ") + ". "
}

// examples are the paths to the short single values below value, the shortest
// path first. Of a list its first element stands for all.
func examples(value any, path string) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		if len(value) > 0 {
			found = examples(value[0], path+"[]")
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if inner := join(path, key); addressable(key) && len(inner) <= maxExample {
				found = append(found, examples(value[key], inner)...)
			}
		}
	default:
		if strings.Trim(path, "[]") != "" && shape.Width(value, maxSelection) <= maxSelection {
			found = []string{path}
		}
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return found
}

// addressable reports whether fields can name the key and a reader can see all
// of it.
func addressable(key string) bool {
	return key != "" && !strings.Contains(key, ".") && !strings.HasSuffix(key, "[]") && clean(key, maxExample) == key
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
