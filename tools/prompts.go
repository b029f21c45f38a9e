package tools

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Prompt is a request that a person picks from a menu of their client.
type Prompt struct {
	Name        string
	Title       string
	Description string
	Arguments   []PromptArgument
	// Text is what is said to the model for the person. values has every argument
	// that is required.
	Text func(values map[string]string) string
}

// PromptArgument is something that the person fills in.
type PromptArgument struct {
	Name        string
	Description string
	Required    bool
}

// The names of the prompts.
const (
	findAndRun      = "find_and_run_action"
	whatIsConnected = "what_is_connected"
)

// Prompts returns the prompts, in a fixed order.
func (*Set) Prompts() []Prompt {
	return []Prompt{
		{
			Name: findAndRun, Title: "Find and run an action",
			Description: "Finds the action that does a task in one of your apps, shows what it would do, and runs it.",
			Arguments: []PromptArgument{
				{"task", "What to do, in your own words.", true},
				{"connector", "The app to use: a connector_id such as notion. Without it, any.", false},
			},
			Text: findAndRunText,
		},
		{
			Name: whatIsConnected, Title: "What is connected?",
			Description: "Lists the apps and accounts that are connected, and which of them need attention.",
			Text:        whatIsConnectedText,
		},
	}
}

// maxTask bounds what a prompt repeats of a task, in bytes.
const maxTask = 8_000

func findAndRunText(values map[string]string) string {
	search := map[string]any{"query": "a few words of the task"}
	app := ""
	if connector := strings.TrimSpace(values["connector"]); connector != "" {
		search["connector_id"] = clean(connector, 200)
		app = " Use only the app " + clean(connector, 200) + "."
	}
	text, err := json.Marshal(search)
	if err != nil {
		text = []byte("{}")
	}
	task := values["task"]
	if len(task) > maxTask {
		task = strings.ToValidUTF8(task[:maxTask], "") + "…"
	}
	return fmt.Sprintf(`Do the following with an app that is connected through Alloy.%s

%s

1. Find the action: search_actions with %s.
2. Read about the best match with describe_action: its arguments, its effect, the account it would use.
3. If a value is missing that only I can know, ask me; find ids with a read action instead of guessing.
4. Run it with the run_ tool of its effect. If it changes something, first tell me in one sentence what will change and in which account, and wait for my yes.
5. Tell me the outcome, with a link or an id of what was made or changed. If nothing fits the task, say so and name the nearest action.`, app, task, text)
}

func whatIsConnectedText(map[string]string) string {
	return `Which apps and accounts of mine are connected through Alloy?

Call list_connectors with {"connected": true, "limit": 100}, and go on with its next_cursor if there is one. Show a table: app, account (owner or name), status. Below it, name the accounts that need to be connected again and the apps with several accounts. If nothing is connected, say which apps there are and offer to connect one with start_oauth.`
}
