package tools

import (
	"context"
	"fmt"
	"strings"
)

// slackChannels resolves a part of a channel's name to the ids of the channels
// that have it: Slack takes ids in most places, and people know names.
func slackChannels() resolver {
	return resolver{
		connectorID: "slack",
		keys:        []string{"channel_name"},
		applies:     func(d *description) bool { return d.takes("channel") },
		resolve: func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error) {
			wanted := strings.ToLower(strings.TrimPrefix(ids["channel_name"], "#"))
			found, err := s.lookUp(ctx, d, map[string]any{"limit": maxChannels, "exclude_archived": true}, "conversations_list")
			if err != nil {
				return nil, err
			}
			if found["ok"] == false {
				return nil, &Error{Code: CodeUpstreamError, Message: "Slack answered: " + textOf(found["error"], 200) + ".", Hint: "The account may lack the right to list channels."}
			}
			var channels, words []string
			all := objectsIn(found["channels"])
			for _, c := range all {
				id, name := textOf(c["id"], 40), textOf(c["name"], 80)
				if id != "" && strings.Contains(strings.ToLower(name), wanted) {
					channels = append(channels, id)
					words = append(words, id+" #"+name)
				}
			}
			if len(channels) == 0 {
				d.notes = append(d.notes, fmt.Sprintf("None of the %d channels that were listed has %q in its name.", len(all), clean(wanted, 60)))
				return nil, nil
			}
			p := &special{object: "The channels with " + clean(wanted, 60) + " in their names, read now."}
			p.arguments = []known{{name: "channel", fixed: func(bytes int) map[string]any { return choice(counted(words, bytes/2), channels) }}}
			p.examples = []map[string]any{{"channel": channels[0]}}
			return p, nil
		},
	}
}

// maxChannels is what Slack gives at once without being slow.
const maxChannels = 200
