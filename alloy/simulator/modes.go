package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Modes are switches between ways in which Alloy might behave where nobody is sure, or
// behaved in another year. The zero Modes is the best guess throughout.
type Modes struct {
	// KeyBeforeVersion checks the key before the version header. Which comes first is unknown.
	KeyBeforeVersion bool `json:"key_before_version"`
	// BareExecution drops executionId and status from execute answers: {"responseData":…} alone was observed too.
	BareExecution bool `json:"bare_execution"`
	// ResultWrapper answers executions as {"success":true,"result":…}: documented, never observed.
	ResultWrapper bool `json:"result_wrapper"`
	// OldCredentials gives GET …/credentials its old meaning, the metadata, and
	// leaves …/credentials/metadata unrouted.
	OldCredentials bool `json:"old_credentials"`
	// LegacyCredentialType wants credentialType where others want authenticationType.
	LegacyCredentialType bool `json:"legacy_credential_type"`
	// CreatePath is where credentials are created; the other two paths are unrouted.
	CreatePath CreatePath `json:"create_path"`
	// PrefixedFiles moves the file calls to /<version>/connectors/files/…, as one guide has them.
	PrefixedFiles bool `json:"prefixed_files"`
	// ProviderErrors says where a provider's refusal shows. Unknown, so the default is a guess.
	ProviderErrors ProviderErrors `json:"provider_errors"`
	// Order is the order of lists. Alloy's is unknown.
	Order Order `json:"order"`
	// CreatedStatus makes create calls answer 201 in place of 200.
	CreatedStatus bool `json:"created_status"`
	// EmptyDeletes makes delete calls answer 204 without a body. What DELETE really answers is known for one form only.
	EmptyDeletes bool `json:"empty_deletes"`
	// UsersRefused answers 401 to every call under /users, as one project met it.
	UsersRefused bool `json:"users_refused"`
	// Statuses changes the HTTP status of errors whose status is unknown, by the Status… names.
	Statuses map[string]int `json:"statuses,omitempty"`

	// ListDelay passes between Approve and the new credential's being listed and usable.
	ListDelay time.Duration `json:"-"`
	// Denied says what follows Deny. Unknown, so the default is a guess.
	Denied Denied `json:"denied"`
	// KeepRedirectQuery keeps the query that the redirectUri had. Whether Alloy does is unknown;
	// dropping it is the harder case.
	KeepRedirectQuery bool `json:"keep_redirect_query"`
	// RedirectQuery is added to the redirect after Approve. Alloy was observed to add nothing.
	RedirectQuery string `json:"redirect_query"`

	// AnySecret lets apiKey, bearer and basic connectors accept every secret, not only [Simulator.ProviderData].
	AnySecret bool `json:"any_secret"`
	// NotionVersion is the Notion version in the shipped connector's metadata, and the one that is assumed
	// for calls that name none. Empty means 2022-06-28; 2025-09-03 knows data sources.
	NotionVersion string `json:"notion_version"`
	// RequireNotionVersion answers missing_version to a call without the header. By default the simulator adds
	// one, as Alloy evidently does (inferred).
	RequireNotionVersion bool `json:"require_notion_version"`
	// NotionRateLimit limits each credential to 3 Notion calls a second, bursts of 3.
	NotionRateLimit bool `json:"notion_rate_limit"`
	// NotionReadsOnly makes Notion answer restricted_resource to every write, as to an integration without that capability.
	NotionReadsOnly bool `json:"notion_reads_only"`
	// NotionIndexDelay passes before a new or renamed page can be found by search.
	NotionIndexDelay time.Duration `json:"-"`
	// NothingShared makes new Notion credentials see no page at all.
	NothingShared bool `json:"nothing_shared"`
}

// CreatePath is where credentials are created.
type CreatePath string

// The places where credentials are created; the zero value is /connectors/{id}/credentials (observed).
const (
	CreateAtConnectors      CreatePath = ""
	CreateAtUsersConnectors CreatePath = "users_connectors" // POST /users/connectors/{id}/credentials (one guide)
	CreateAtUsers           CreatePath = "users"            // POST /users/{userId}/credentials, connectorId in the body (one guide)
)

// ProviderErrors says where a provider's refusal shows in the answer of an execution.
type ProviderErrors string

// Where a provider's refusal shows. All are guesses: no source tells.
const (
	ProviderErrorsInside ProviderErrors = ""       // HTTP 200, the provider's error object in responseData
	ProviderErrorsStatus ProviderErrors = "status" // the provider's status and Retry-After, its error object in responseData
	ProviderErrorsBare   ProviderErrors = "bare"   // the provider's status, Retry-After and body, no envelope
)

// Order is the order of lists.
type Order string

// The orders of lists.
const (
	OrderNewestLast  Order = ""             // as created
	OrderNewestFirst Order = "newest_first" // credentials newest first, other lists as usual
	OrderReversed    Order = "reversed"     // every list reversed, connectors and users too
	OrderShuffled    Order = "shuffled"     // every list in another order at each call
)

// Denied says what follows a press on Deny.
type Denied string

// What follows Deny. All are guesses: no source tells.
const (
	DeniedRedirect Denied = ""      // back to the redirectUri, bare, as after Approve
	DeniedPage     Denied = "page"  // a page that says so; the browser stays
	DeniedQuery    Denied = "query" // back with ?error=access_denied
)

func (m Modes) check() error {
	if !slices.Contains([]CreatePath{CreateAtConnectors, CreateAtUsersConnectors, CreateAtUsers}, m.CreatePath) {
		return fmt.Errorf("create_path %q is unknown", m.CreatePath)
	}
	if !slices.Contains([]ProviderErrors{ProviderErrorsInside, ProviderErrorsStatus, ProviderErrorsBare}, m.ProviderErrors) {
		return fmt.Errorf("provider_errors %q is unknown", m.ProviderErrors)
	}
	if !slices.Contains([]Order{OrderNewestLast, OrderNewestFirst, OrderReversed, OrderShuffled}, m.Order) {
		return fmt.Errorf("order %q is unknown", m.Order)
	}
	if !slices.Contains([]Denied{DeniedRedirect, DeniedPage, DeniedQuery}, m.Denied) {
		return fmt.Errorf("denied %q is unknown", m.Denied)
	}
	if !slices.Contains([]string{"", "2022-06-28", "2025-09-03"}, m.NotionVersion) {
		return fmt.Errorf("notion_version %q is unknown: 2022-06-28 or 2025-09-03", m.NotionVersion)
	}
	if m.ListDelay < 0 || m.ListDelay > time.Minute || m.NotionIndexDelay < 0 || m.NotionIndexDelay > time.Hour {
		return fmt.Errorf("a delay is negative or too long: list_delay up to 1m, notion_index_delay up to 1h")
	}
	for name, status := range m.Statuses {
		if status < 400 || status > 599 {
			return fmt.Errorf("status %d of %s is no error status", status, name)
		}
	}
	return nil
}

func (m Modes) notionVersion() string {
	if m.NotionVersion == "" {
		return "2022-06-28"
	}
	return m.NotionVersion
}

type plainModes Modes

// modesWire shows the delays as text such as "2s".
type modesWire struct {
	*plainModes
	ListDelay        string `json:"list_delay"`
	NotionIndexDelay string `json:"notion_index_delay"`
}

// MarshalJSON writes the delays as Go durations ("1.5s").
func (m Modes) MarshalJSON() ([]byte, error) {
	plain := plainModes(m)
	return json.Marshal(modesWire{&plain, m.ListDelay.String(), m.NotionIndexDelay.String()})
}

// UnmarshalJSON changes what the JSON names and leaves the rest.
func (m *Modes) UnmarshalJSON(raw []byte) error {
	plain := plainModes(*m)
	wire := modesWire{plainModes: &plain}
	if err := decodeStrict(raw, &wire); err != nil {
		return err
	}
	if err := parseDelay(wire.ListDelay, &plain.ListDelay); err != nil {
		return err
	}
	if err := parseDelay(wire.NotionIndexDelay, &plain.NotionIndexDelay); err != nil {
		return err
	}
	*m = Modes(plain)
	return nil
}

func parseDelay(text string, into *time.Duration) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("a delay is written like 1.5s: %w", err)
	}
	*into = d
	return nil
}
