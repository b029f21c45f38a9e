package settings

// policySettings are those about what may be done, and what is recorded of it.
func policySettings() []Setting {
	return []Setting{
		{
			Name: "ALLOY_READ_ONLY", Flag: "alloy-read-only", Kind: Choice, Group: Policy,
			Choices: []string{"true", "false"}, Default: "false",
			Help:  "Whether only actions whose effect is read may be used.",
			parse: func(s *Settings, v string) error { s.Policy.ReadOnly = v == "true"; return nil },
		},
		{
			Name: "ALLOY_CONNECTORS", Flag: "alloy-connectors", Kind: List, Group: Policy,
			DefaultWords: "all",
			Help:         "The connectors that may be used, by their ids, separated by commas.",
			Example:      "notion,slack",
			parse:        func(s *Settings, v string) error { return parseConnectors(v, &s.Policy.Connectors) },
		},
		{
			Name: "ALLOY_ALLOW", Flag: "alloy-allow", Kind: List, Group: Policy,
			DefaultWords: "all",
			Help:         "The actions that may be used: patterns of connector.action, separated by commas; * is any text, ? one character, and :read, :write or :destructive at the end narrows a pattern to that effect.",
			Example:      "notion.*,slack.*:read",
			parse:        func(s *Settings, v string) error { return parsePatterns(v, &s.Policy.Allow) },
		},
		{
			Name: "ALLOY_DENY", Flag: "alloy-deny", Kind: List, Group: Policy,
			Help:    "The actions that may not be used, whatever ALLOY_ALLOW says: patterns of the same kind.",
			Example: "*:destructive,slack.chat_*:write",
			parse:   func(s *Settings, v string) error { return parsePatterns(v, &s.Policy.Deny) },
		},
		{
			Name: "POLICY_FILE", Flag: "policy-file", Kind: Path, Group: Policy,
			Help:    "A file with rules by person, group, scope, action and arguments, which must allow as well; docs/policy.md describes it.",
			Example: "/srv/alloy-mcp/policy.yaml",
			parse:   func(s *Settings, v string) error { s.PolicyFile = v; return nil },
		},
		{
			Name: "AUDIT_LOG", Flag: "audit-log", Kind: Output, Group: Policy,
			DefaultWords: "off",
			Help:         "The file that a line of JSON is added to for every read, every refusal and, twice, every change; - is standard error.",
			Example:      "/var/log/alloy-mcp/audit.jsonl",
			parse:        func(s *Settings, v string) error { s.AuditLog = v; return nil },
		},
		{
			Name: "AUDIT_REQUIRED", Flag: "audit-required", Kind: Choice, Group: Policy,
			Choices: []string{"true", "false"}, Default: "false",
			Help:  "Whether a change that cannot be recorded in AUDIT_LOG does not run.",
			parse: func(s *Settings, v string) error { s.AuditRequired = v == "true"; return nil },
		},
	}
}
