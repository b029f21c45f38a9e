package alloy

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// linkLife is how long a link to a consent page is valid (observed: the
// expiry in its token).
const linkLife = time.Hour

// OAuthRequest begins the connection of an account by OAuth.
type OAuthRequest struct {
	ConnectorID string
	// RedirectURI is where Alloy sends the browser afterwards. It arrives
	// there without any parameter (observed), so tell attempts apart by path.
	RedirectURI string
	// AuthConfigID names an OAuth app of the customer's; needed where
	// [AuthMethod.AuthConfigRequired] says so.
	AuthConfigID string
	// Data holds further fields that the connector's metadata asks for, such
	// as Shopify's shopName. A [Secret] among the values is sent as its text.
	Data map[string]any
}

// OAuthLink leads a person's browser to the consent page. Every use of it that
// is finished makes a new credential (observed).
type OAuthLink struct {
	URL       Secret    // holds a token: show it to nobody but the account's owner
	ExpiresAt time.Time // from the token in the link, else an hour from now
}

// Basic is what a connector with HTTP basic authentication asks for.
type Basic struct {
	Username string
	Password Secret
	Extra    map[string]any // further fields, such as Jira's domain
}

type createBody struct {
	UserID             string         `json:"userId"`
	ConnectorID        string         `json:"connectorId,omitempty"`
	AuthenticationType AuthType       `json:"authenticationType"`
	CredentialType     AuthType       `json:"credentialType,omitempty"`
	RedirectURI        string         `json:"redirectUri,omitempty"`
	AuthConfigID       string         `json:"authConfigId,omitempty"`
	Data               map[string]any `json:"data,omitempty"`
}

// created is Alloy's answer: one of the two (official).
type created struct{ link, credentialID string }

// StartOAuth asks Alloy for a link to its consent page. No credential exists
// until a person has followed it; find it by listing before and after.
//
// A link that may have been made is not asked for again by this client.
func (u *UserClient) StartOAuth(ctx context.Context, r OAuthRequest) (OAuthLink, error) {
	k := u.create(r.ConnectorID, "start OAuth for "+label(r.ConnectorID), classCreateLink)
	if err := u.ready(k.op); err != nil {
		return OAuthLink{}, err
	}
	var secrets scrubber
	fail := func(e *Error) (OAuthLink, error) { return OAuthLink{}, finish(e, k, &secrets) }
	if uri, err := url.Parse(r.RedirectURI); err != nil || uri.Scheme == "" || uri.Host == "" {
		return fail(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: "the redirect URI must be absolute, such as http://localhost:8080/callback"})
	}
	made, err := u.createWith(ctx, k, createBody{
		UserID: u.user.String(), AuthenticationType: AuthOAuth2, RedirectURI: r.RedirectURI,
		AuthConfigID: r.AuthConfigID, Data: k.reveal(r.Data),
	})
	if err != nil {
		return OAuthLink{}, err
	}
	link, problem := u.client.checkLink(made.link)
	if problem != "" {
		return fail(&Error{Kind: KindEnvelope, Outcome: OutcomeCompleted, Message: problem})
	}
	return OAuthLink{URL: NewSecret(made.link), ExpiresAt: linkExpiry(link, time.Now())}, nil
}

// CreateAPIKey stores an API key of the connected app.
func (u *UserClient) CreateAPIKey(ctx context.Context, connectorID string, key Secret) (credentialID string, err error) {
	return u.CreateCredential(ctx, connectorID, AuthAPIKey, map[string]any{"apiKey": key})
}

// CreateBearer stores an access token of the connected app.
func (u *UserClient) CreateBearer(ctx context.Context, connectorID string, token Secret) (credentialID string, err error) {
	return u.CreateCredential(ctx, connectorID, AuthHTTP, map[string]any{"accessToken": token})
}

// CreateBasic stores a user name and a password of the connected app.
func (u *UserClient) CreateBasic(ctx context.Context, connectorID string, b Basic) (credentialID string, err error) {
	data := maps.Clone(b.Extra)
	if data == nil {
		data = map[string]any{}
	}
	data["username"], data["password"] = b.Username, b.Password
	return u.CreateCredential(ctx, connectorID, AuthHTTP, data)
}

// CreateCredential stores the fields that the connector's metadata asks for
// under "data". A [Secret] among the values is sent as its text. Where the
// answer is lost, the user's credentials from before and after are compared,
// so that a stored one is found rather than stored twice.
func (u *UserClient) CreateCredential(ctx context.Context, connectorID string, auth AuthType, data map[string]any) (credentialID string, err error) {
	k := u.create(connectorID, "connect "+label(connectorID), classCreate)
	if err := u.ready(k.op); err != nil {
		return "", err
	}
	before, beforeErr := u.ConnectorCredentials(ctx, connectorID)
	if e := asError(beforeErr); e != nil && e.Kind == KindUnauthorized {
		return "", beforeErr // the same key would be refused once more
	}
	made, err := u.createWith(ctx, k, createBody{UserID: u.user.String(), AuthenticationType: auth, Data: k.reveal(data)})
	switch {
	case err != nil && beforeErr == nil && ambiguous(err):
		if id := u.newCredential(ctx, connectorID, before); id != "" {
			return id, nil
		}
		e := asError(err)
		e.Outcome = OutcomeUnknown // whatever the answer said, the list does not show it
		e.Advice = "List the user's credentials in a moment, and connect again only if there is no new one."
		return "", err
	case err != nil:
		return "", err
	case made.credentialID == "":
		return "", finish(&Error{
			Kind: KindEnvelope, Outcome: OutcomeRejected, Message: "Alloy answered with a link to a consent page instead of a credential",
			Fault: FaultCaller, Advice: "This way of connecting needs a person: start OAuth instead.",
		}, k, &scrubber{})
	}
	return made.credentialID, nil
}

// newCredential returns the one credential that was not there before, or "".
func (u *UserClient) newCredential(ctx context.Context, connectorID string, before []Credential) string {
	after, err := u.ConnectorCredentials(ctx, connectorID)
	if err != nil {
		return ""
	}
	known := make(map[string]bool, len(before))
	for _, c := range before {
		known[c.ID] = true
	}
	id := ""
	for _, c := range after {
		if known[c.ID] {
			continue
		}
		if id != "" {
			return "" // two at once: nobody can tell which is this call's
		}
		id = c.ID
	}
	return id
}

func ambiguous(err error) bool {
	e := asError(err)
	return e != nil && (e.Outcome == OutcomeUnknown || e.Outcome == OutcomeCompleted)
}

func (u *UserClient) create(connectorID, op string, class class) *call {
	return &call{
		op: op, method: http.MethodPost, path: []string{"connectors", connectorID, "credentials"},
		user: u.user, class: class, connector: connectorID,
	}
}

// reveal turns Secrets into texts for the wire, and remembers them and what
// has a telling name, so that no error repeats them.
func (k *call) reveal(data map[string]any) map[string]any {
	out := make(map[string]any, len(data))
	for name, value := range data {
		out[name] = k.revealValue(value, secretName(name))
	}
	return out
}

func (k *call) revealValue(value any, secret bool) any {
	switch v := value.(type) {
	case Secret:
		k.secrets = append(k.secrets, v.Reveal())
		return v.Reveal()
	case string:
		if secret {
			k.secrets = append(k.secrets, v)
		}
	case map[string]any:
		return k.reveal(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = k.revealValue(v[i], secret)
		}
		return out
	}
	return value
}

func secretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range [...]string{"key", "token", "secret", "pass", "credential"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// createWith sends the call under the paths by which it is known, in the order
// of their evidence, and only on from one that provably does not exist. After
// a refusal that is an answer, or a time-out, nothing else is tried.
func (u *UserClient) createWith(ctx context.Context, k *call, body createBody) (created, error) {
	k.body = body
	made, err := do(ctx, u.client, k, decodeCreated)
	if wantsCredentialType(err) {
		body.CredentialType = body.AuthenticationType // the older guide's name for it
		k.body = body
		made, err = do(ctx, u.client, k, decodeCreated)
	}
	connectorID := k.path[1]
	for _, path := range [...][]string{{"users", "connectors", connectorID, "credentials"}, {"users", u.user.String(), "credentials"}} {
		if e := asError(err); e == nil || !e.noRoute || e.Status != http.StatusNotFound && e.Status != http.StatusMethodNotAllowed {
			break
		}
		other := *k
		other.path = path
		if path[1] != "connectors" {
			body.ConnectorID = connectorID
		}
		other.body = body
		var otherErr error
		if made, otherErr = do(ctx, u.client, &other, decodeCreated); otherErr == nil || !asError(otherErr).noRoute {
			err = otherErr
		}
	}
	return made, err
}

func wantsCredentialType(err error) bool {
	e := asError(err)
	if e == nil || e.Status != http.StatusBadRequest {
		return false
	}
	for _, d := range e.Details {
		if strings.Contains(d.Property+" "+d.Message, "credentialType") {
			return true
		}
	}
	return false
}

func decodeCreated(a *answer) (created, *Error) {
	object, failure := a.usable()
	if failure != nil {
		return created{}, failure
	}
	for _, fields := range [...]map[string]json.RawMessage{object, nestedObject(object["data"])} {
		made := created{link: asText(fields["oauthUrl"]), credentialID: asText(fields["credentialId"])}
		if made.link != "" || isObjectID(made.credentialID) {
			return made, nil
		}
	}
	return created{}, strangeEnvelope(a, object, "oauthUrl", "credentialId with 24 hexadecimal digits")
}

func nestedObject(raw json.RawMessage) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if !isObject(raw) || json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return object
}

// checkLink refuses a link that does not lead to Alloy: a person is about to
// type a password behind it.
func (c *Client) checkLink(link string) (*url.URL, string) {
	if link == "" {
		return nil, "Alloy answered with a credential instead of a link to a consent page"
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return nil, "Alloy's link to the consent page is not a URL"
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.Scheme == "https" && strings.HasSuffix(host, ".runalloy.com") && (u.Port() == "" || u.Port() == "443"):
	case u.Scheme == c.base.Scheme && hostPort(u) == hostPort(c.base):
	default:
		return nil, "Alloy's link to the consent page leads to a foreign host, " + label(u.Host) + ", and was dropped"
	}
	return u, ""
}

// linkExpiry reads the expiry in the link's token. The signature is Alloy's
// business: a wrong date only changes what a person is told.
func linkExpiry(link *url.URL, now time.Time) time.Time {
	parts := strings.Split(link.Query().Get("token"), ".")
	if len(parts) == 3 {
		var claims struct{ Exp int64 }
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil && json.Unmarshal(raw, &claims) == nil && claims.Exp > 0 && claims.Exp < now.Add(48*time.Hour).Unix() {
			return time.Unix(claims.Exp, 0).UTC()
		}
	}
	return now.Add(linkLife)
}

// DeleteCredential deletes one of the user's credentials by its connector. It
// is no error if the credential was gone when a first, unanswered attempt had
// been made.
func (u *UserClient) DeleteCredential(ctx context.Context, connectorID, credentialID string) error {
	err := u.remove(ctx, credentialID, connectorID, "connectors", connectorID, "credentials", credentialID)
	if e := asError(err); e != nil && e.noRoute {
		if otherErr := u.DeleteUserCredential(ctx, credentialID); otherErr == nil || !asError(otherErr).noRoute {
			return otherErr
		}
	}
	return err
}

// DeleteUserCredential deletes one of the user's credentials by the user
// (official for the sister product on the same host).
func (u *UserClient) DeleteUserCredential(ctx context.Context, credentialID string) error {
	return u.remove(ctx, credentialID, "", "users", u.user.String(), "credentials", credentialID)
}

func (u *UserClient) remove(ctx context.Context, credentialID, connectorID string, path ...string) error {
	k := &call{op: "delete credential " + label(credentialID), method: http.MethodDelete, path: path, user: u.user, class: classDelete, connector: connectorID}
	if err := u.ready(k.op); err != nil {
		return err
	}
	if !isObjectID(credentialID) {
		return finish(&Error{
			Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: label(credentialID) + " is not a credential id: it must be 24 hexadecimal digits",
		}, k, &scrubber{})
	}
	_, err := do(ctx, u.client, k, decodeDone)
	return err
}

// decodeDone accepts every 2xx that does not say otherwise: the answers of
// deletions were hardly ever shown, and an empty one is to be expected.
func decodeDone(a *answer) (struct{}, *Error) {
	if _, failure := a.usable(); failure != nil && (failure.Outcome == OutcomeRejected || failure.Kind == KindRoute) {
		return struct{}{}, failure
	}
	return struct{}{}, nil
}
