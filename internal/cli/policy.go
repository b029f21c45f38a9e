package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

func (p *program) policyCommand() *cobra.Command {
	cmd := group("policy", "Show and test what the settings and the policy file allow", p.policyShowCommand(), p.policyTestCommand())
	cmd.Long = `Show and test what the settings (ALLOY_READ_ONLY, ALLOY_CONNECTORS, ALLOY_ALLOW,
ALLOY_DENY) and the policy file (POLICY_FILE) allow. Nothing is asked of Alloy.`
	settings.AddFlags(cmd.PersistentFlags(), settings.Policy)
	return cmd
}

// policy reads the settings and the policy file.
func (p *program) policy(cmd *cobra.Command) (*settings.Settings, *policy.Policy, error) {
	if _, err := wantsJSON(cmd); err != nil {
		return nil, nil, err
	}
	s, err := p.load(cmd, false)
	if err != nil {
		return nil, nil, err
	}
	p.warn(s)
	rules, err := policyOf(s)
	return s, rules, err
}

// decisionRow is a decision as the commands print it.
type decisionRow struct {
	Name      string `json:"name,omitempty"` // of a case
	Line      int    `json:"line,omitempty"`
	Principal string `json:"principal"`
	ActionID  string `json:"action_id"`
	Effect    string `json:"effect"`
	Decision  string `json:"decision"`
	Expected  string `json:"expected,omitempty"`
	// Tentative decisions may turn out stricter, by the arguments.
	Tentative bool   `json:"tentative"`
	Rule      string `json:"rule"`
	WantRule  string `json:"expected_rule,omitempty"`
	Reason    string `json:"reason"`
	OK        *bool  `json:"ok,omitempty"`
}

// decide decides as a run would, but that no schema is at hand: which name stands for
// which is told from the names alone.
func decide(rules *policy.Policy, r policy.Request) (decisionRow, policy.Decision) {
	if r.Arguments != nil {
		portable := make(map[string][]string)
		for _, name := range rules.Names() {
			if shown := schemas.PortableName(name); shown != name {
				portable[shown] = append(portable[shown], name)
			}
		}
		r.Arguments, _ = byBothNames(r.Arguments, portable).(map[string]any)
	}
	d := rules.Decide(r)
	return decisionRow{
		Principal: r.Principal, ActionID: r.ConnectorID + "." + r.ActionID, Effect: r.Effect,
		Decision: d.Outcome(), Tentative: d.Tentative, Rule: d.Rule, Reason: d.Reason,
	}, d
}

// byBothNames adds to objects their members by the names that are shown for them, and by
// those of the rules that are shown as theirs.
func byBothNames(value any, portable map[string][]string) any {
	switch value := value.(type) {
	case map[string]any:
		both, more := make(map[string]any, len(value)), make(map[string]policy.Several)
		for key, kid := range value {
			both[key] = byBothNames(kid, portable)
			for _, other := range append([]string{schemas.PortableName(key)}, portable[key]...) {
				if _, taken := value[other]; !taken {
					more[other] = append(more[other], both[key])
				}
			}
		}
		for name, values := range more {
			both[name] = values
		}
		return both
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = byBothNames(item, portable)
		}
		return list
	}
	return value
}

// word is the decision for people.
func (r decisionRow) word() string {
	if r.Tentative {
		return r.Decision + " (by arguments)"
	}
	return r.Decision
}

func (p *program) policyTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test FILE",
		Short: "Decide the cases of a file and compare with what it expects",
		Long: `Decide the cases of a YAML file, print each decision with the rule that made it,
and end with 1 where one differs from what the file expects:

    cases:
      - name: nobody writes to everybody
        action: slack.chat_postMessage
        effect: write
        arguments: {channel: "#general", text: hello}
        expect: deny             # allow, confirm or deny
        rule: not-to-everybody   # a rule's name; optional, as is what follows
        principal: token:alice   # else the person at the keyboard, local
        groups: [sales]
        scopes: []

A case without arguments asks whether the action may be seen; "arguments: {}" is a
call without any.`,
		Args: oneArg("the file of cases"),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, rules, err := p.policy(cmd)
			if err != nil {
				return err
			}
			data, err := readSmall(args[0], policy.MaxFile)
			if err != nil {
				return usage(cmd, fmt.Errorf("%s cannot be read: %w", args[0], err))
			}
			cases, err := policy.ParseCases(data, tools.Local)
			if err != nil {
				return usage(cmd, fmt.Errorf("%s: %w", args[0], err))
			}
			return p.testCases(cmd, rules, cases)
		},
	}
	outputFlag(cmd)
	return cmd
}

func (p *program) testCases(cmd *cobra.Command, rules *policy.Policy, cases []policy.Case) error {
	rows, failed := make([]decisionRow, len(cases)), 0
	for i, c := range cases {
		row, decision := decide(rules, c.Request)
		ok := c.Agrees(decision)
		if !ok {
			failed++
		}
		row.Name, row.Line, row.Expected, row.WantRule, row.OK = c.Name, c.Line, c.Expect, c.Rule, &ok
		rows[i] = row
	}
	report := map[string]any{"cases": rows, "total": len(rows), "failed": failed}
	err := p.print(cmd, report, func(w io.Writer) error {
		cells := make([][]string, len(rows))
		for i, row := range rows {
			mark := "ok"
			if !*row.OK {
				mark = "DIFFERS"
			}
			cells[i] = []string{mark, row.Name, row.ActionID, row.word(), strings.TrimSpace(row.Expected + " " + row.WantRule), orDash(row.Rule)}
		}
		return table(w, []string{"RESULT", "CASE", "ACTION", "DECISION", "EXPECTED", "RULE"}, cells)
	})
	if err != nil || failed == 0 {
		return err
	}
	p.say("%s: %d of %d cases differ from what is expected", name, failed, len(rows))
	return &statusError{code: exitFailed}
}

// policyRow is the policy in force as `policy show` prints it.
type policyRow struct {
	ReadOnly   bool     `json:"read_only"`
	Connectors []string `json:"connectors"` // empty: all
	Allow      []string `json:"allow"`      // empty: all
	Deny       []string `json:"deny"`
	File       string   `json:"policy_file"`
	Rules      []string `json:"rules"` // names
}

func (p *program) policyShowCommand() *cobra.Command {
	var request policy.Request
	var action, arguments string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the policy in force, or with --action what it decides",
		Long: `Print the policy in force. With --action, print what it decides about one action;
without --arguments that is whether the action may be seen.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, rules, err := p.policy(cmd)
			if err != nil {
				return err
			}
			if action == "" {
				return p.showPolicy(cmd, s, rules)
			}
			if err := readRequest(&request, action, arguments); err != nil {
				return usage(cmd, err)
			}
			row, _ := decide(rules, request)
			return p.print(cmd, row, func(w io.Writer) error {
				return table(w, []string{"ACTION", "DECISION", "RULE", "REASON"}, [][]string{{row.ActionID, row.word(), orDash(row.Rule), orDash(row.Reason)}})
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&action, "action", "", "decide about this `connector.action`")
	flags.StringVar(&request.Effect, "effect", policy.Write, "its `effect`: read, write or destructive")
	flags.StringVar(&request.Principal, "principal", tools.Local, "`who` asks, such as token:NAME")
	flags.StringSliceVar(&request.Groups, "group", nil, "a `group` of theirs (may be repeated)")
	flags.StringSliceVar(&request.Scopes, "scope", nil, "a `scope` of theirs (may be repeated)")
	flags.StringVar(&arguments, "arguments", "", "the call's arguments as `JSON`")
	outputFlag(cmd)
	return cmd
}

// readRequest completes a request by what the flags say.
func readRequest(r *policy.Request, action, arguments string) error {
	var dotted bool
	if r.ConnectorID, r.ActionID, dotted = strings.Cut(action, "."); !dotted {
		return fmt.Errorf("--action is %q: it must be connector.action", action)
	}
	switch r.Effect {
	case policy.Read, policy.Write, policy.Destructive:
	default:
		return fmt.Errorf("--effect is %q: it must be read, write or destructive", r.Effect)
	}
	if arguments == "" {
		return nil
	}
	var err error
	if r.Arguments, err = schemas.ParseArguments(json.RawMessage(arguments)); err != nil {
		return fmt.Errorf("--arguments: %w", err)
	}
	return nil
}

func (p *program) showPolicy(cmd *cobra.Command, s *settings.Settings, rules *policy.Policy) error {
	texts := func(patterns []policy.Pattern) []string {
		list := make([]string, len(patterns))
		for i, pattern := range patterns {
			list[i] = pattern.String()
		}
		return list
	}
	row := policyRow{
		ReadOnly: s.Policy.ReadOnly, Connectors: append([]string{}, s.Policy.Connectors...), Allow: texts(s.Policy.Allow), Deny: texts(s.Policy.Deny),
		File: s.PolicyFile, Rules: append([]string{}, rules.Rules()...),
	}
	return p.print(cmd, row, func(w io.Writer) error {
		or := func(list []string, empty string) string {
			if len(list) == 0 {
				return empty
			}
			return strings.Join(list, ", ")
		}
		return table(w, []string{"POLICY", "VALUE"}, [][]string{
			{"read only", fmt.Sprint(row.ReadOnly)},
			{"connectors", or(row.Connectors, "all")},
			{"allow", or(row.Allow, "all")},
			{"deny", or(row.Deny, "none")},
			{"policy file", orDash(row.File)},
			{"rules", or(row.Rules, "none")},
		})
	})
}
