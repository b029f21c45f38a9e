package catalog

import (
	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
)

// Effect is what running an action does at the app.
type Effect = effect.Effect

// The effects, from harmless to final.
const (
	Read        = effect.Read
	Write       = effect.Write
	Destructive = effect.Destructive
)

// EffectOf classifies an action by its details alone; [Catalog.EffectOf] knows
// the operator's overrides as well.
func EffectOf(a alloy.Action) Effect { return effect.Of(a) }

// GuessEffect classifies an action whose details are not known yet. It is to be
// shown as a guess, and nothing may be run by it.
func GuessEffect(id, name, description string) Effect { return effect.Guess(id, name, description) }
