package doctor

import (
	"context"
	"strings"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const newKey = "Copy it again from Alloy's dashboard: Settings, API Keys."

// checkKeyForm finds what makes a key unusable before it is sent.
func (e *examination) checkKeyForm() bool {
	f := Finding{Check: CheckKey, State: Problem, Cure: newKey}
	key := e.config.Key.Reveal()
	switch {
	case e.config.SettingsError != "" && key == "":
		e.skip(CheckKey, "not known: the settings could not be read")
		return false
	case key == "":
		f.Message = "no Alloy API key is set"
		f.Cure = "Run `alloy-mcp setup`, or set ALLOY_API_KEY (Alloy dashboard: Settings, API Keys)."
	case len(key) >= 7 && strings.EqualFold(key[:7], "bearer "):
		f.Message = `the key begins with the word "Bearer"`
		f.Cause, f.Cure = "The word belongs to the header and is added by this program.", "Give the key alone, without the word."
	case strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		f.Message = "the key holds a space or a line break"
		f.Cause = "It was copied with something around it."
	case strings.ContainsAny(key, "\"'`\u2018\u2019\u201c\u201d"):
		f.Message = "the key holds a quotation mark"
		f.Cause = "The quotes of a shell or a JSON file were taken for a part of it."
	case strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII }):
		f.Message = "the key holds a character that no key has"
	default:
		return true
	}
	e.add(f)
	return false
}

// explainRefusedKey tells the reasons apart for which a key is refused, as far
// as they show from outside. The list of users is asked as well: a key that is
// refused there too is no key of this API, one that is let in lacks a permission.
func (e *examination) explainRefusedKey(ctx context.Context, failure *alloy.Error) {
	f := Finding{Check: CheckKey, State: Problem, Message: "Alloy refuses the key (fingerprint " + e.config.Key.Fingerprint() + "): " + seen(failure)}
	if failure.Outcome == alloy.OutcomeNotSent { // it could not be read
		f.Message, f.Cure = seen(failure), newKey
		e.add(f)
		return
	}
	_, usersErr := call(ctx, e, e.config.Client.Users)
	key := e.config.Key.Reveal()
	switch {
	case usersErr == nil:
		f.Message = "Alloy knows the key (it lists users), but refuses it the connectors: " + seen(failure)
		f.Cause = "The key has no Connectivity permission."
		f.Cure = "Make a key with Connectivity permission: Alloy dashboard, Settings, API Keys."
	case failure.Kind == alloy.KindForbidden:
		f.Cause = "The key is known, but lacks the permission for the Connectivity API."
		f.Cure = "Give it the permission, or make another key: Alloy dashboard, Settings, API Keys."
	case strings.HasPrefix(key, "secret_") || strings.HasPrefix(key, "ntn_"):
		f.Cause = "It looks like a token of Notion's own API, which Alloy does not take."
		f.Cure = "Use a key from Alloy's dashboard (Settings, API Keys); Notion is then connected through Alloy, without a token of yours."
	default:
		f.Cause = refusedCauses(failure)
		f.Cure = "Compare its fingerprint with that of a key that works, or make a new key with Connectivity permission: Alloy dashboard, Settings, API Keys. A key for Alloy's MCP product alone does not do."
	}
	e.add(f)
}

// refusedCauses lists what a plain refusal can mean, the likeliest first. That
// a key of Alloy's MCP product is refused here was observed.
func refusedCauses(failure *alloy.Error) string {
	var b strings.Builder
	if strings.Contains(strings.ToLower(failure.Message), "wrong api key") {
		b.WriteString("These are the words of another of Alloy's products, so check ALLOY_BASE_URL. ")
	}
	b.WriteString("The key is mistyped, cut off, replaced by a newer one or deleted; or it is a key without Connectivity permission, such as one for Alloy's MCP product.")
	return b.String()
}
