package tools

import (
	"context"
	"maps"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// ExposeAll makes tools of actions by their whole ids, with no bound on how many.
func (s *Set) ExposeAll(ctx context.Context, actions map[string]alloy.Action) {
	var list []exposable
	for _, id := range slices.Sorted(maps.Keys(actions)) {
		list = append(list, exposable{id: id, action: actions[id], effect: catalog.EffectOf(actions[id])})
	}
	s.addExposed(ctx, list)
}

// ToolNames names the tools of actions.
func ToolNames(ids []string, taken func(string) bool) []string {
	list := make([]exposable, len(ids))
	for i, id := range ids {
		list[i].id = id
	}
	return exposedNames(list, taken)
}
