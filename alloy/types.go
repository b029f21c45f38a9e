package alloy

import (
	"encoding/json"
	"time"
)

// Connector is one app, an item of GET /connectors (keys observed).
type Connector struct {
	ID         string   // case-sensitive, e.g. "notion", "zohoCRM"
	Name       string   // for people
	IconURL    string   // on Alloy's CDN, may be empty
	Groups     []string // "input", "output"
	Categories []string // slugs such as "crm"
}

// Resource is a named group of actions of a connector.
type Resource struct {
	Name        string
	Description string
	Actions     []ActionSummary
}

// ActionSummary is an action as GET …/resources lists it.
type ActionSummary struct {
	ID          string // case-sensitive, e.g. "post-search"
	Name        string // a label for people, not the id
	Description string
}

// Action is an action in full, the answer of GET …/actions/{actionId}.
type Action struct {
	ID          string
	DisplayName string
	Description string
	Method      string // the provider's HTTP method, lower case
	Path        string // the provider's path with {placeholders}
	Parameters  []Parameter
	// RequestBody is a bare JSON Schema of the body, nil where the action has none.
	RequestBody           json.RawMessage
	SampleSuccessResponse json.RawMessage // the provider's shape, without Alloy's wrapper; may be nil
}

// Parameter is one path, query or header parameter of an [Action].
type Parameter struct {
	Name        string
	In          string // "path", "query" or "header"
	Required    bool
	Description string
	Schema      json.RawMessage // JSON Schema; may be nil
}

// AuthType is how a connector is connected, in Alloy's words.
type AuthType string

// The authentication types that Alloy documents. AuthHTTP covers bearer and basic.
const (
	AuthOAuth2 AuthType = "oauth2"
	AuthAPIKey AuthType = "apiKey"
	AuthHTTP   AuthType = "http"
)

// AuthMethod is one way to connect a connector, an item of its credential metadata.
type AuthMethod struct {
	Type AuthType
	// AuthConfigRequired means that Alloy has no OAuth app of its own here: an
	// Auth Config of the customer's must be named (authConfigId).
	AuthConfigRequired bool
	InputSchema        json.RawMessage // JSON Schema of the create call's body; may be nil
	SampleInput        json.RawMessage // an example, never a default; may be nil
}

// Credential is a stored authentication of one user for one connector. Alloy
// never returns the secrets in it.
type Credential struct {
	ID   string
	Name string
	// Type is Alloy's own word, "<connectorId>-<authenticationType>" (observed) or
	// the bare connector id.
	Type        string
	ConnectorID string   // derived from Type, or the connector that was asked for
	AuthType    AuthType // derived from Type; "" where Type does not tell
	CreatedAt   time.Time
	UpdatedAt   time.Time // later than CreatedAt after a token refresh (a guess)
	ExpiresAt   time.Time // zero where Alloy does not tell; it was never observed to
	Status      string    // Alloy's word; "" where it has none, as in everything observed
}

// User is an end user in the account of the API key.
type User struct {
	ID       UserID
	Username string // unique in the account
	FullName string
}

// Effect says what an execution may change; it decides what may be repeated.
type Effect uint8

// The zero Effect is EffectWrite: what nobody classified is never repeated.
const (
	EffectWrite Effect = iota // any other POST or PATCH: sent at most once
	EffectPut                 // PUT or DELETE
	EffectRead                // changes nothing: may be repeated
)

// Execution is one run of an action.
type Execution struct {
	ConnectorID       string
	ActionID          string
	CredentialID      string
	Effect            Effect
	RequestBody       any // JSON value; nil sends none
	QueryParameters   map[string]any
	PathParams        map[string]any
	AdditionalHeaders map[string]string
	// Sent is called once a request may have reached Alloy; from then on nobody
	// can stop a change any more. It is called for every attempt, from any
	// goroutine; nil is not called.
	Sent func()
}

// ExecutionResult is what a provider answered.
type ExecutionResult struct {
	ExecutionID string // may be empty
	Status      string // Alloy's word, values unknown; may be empty
	// Data is the provider's body, taken out of Alloy's wrapper. It is nil where
	// the body was Truncated or Unreadable.
	Data json.RawMessage
	// Truncated: the action was carried out, but its answer exceeds the body limit.
	Truncated bool
	// Unreadable: the action was carried out, but its answer is not JSON.
	Unreadable bool
}
