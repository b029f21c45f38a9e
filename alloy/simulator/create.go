package simulator

import (
	"fmt"
)

// creation is the body of a create call. Fields that Alloy does not know (redirectUrl, scopes,
// fields, …) are ignored, as extra fields evidently are.
type creation struct {
	UserID             string         `json:"userId"`
	AuthenticationType string         `json:"authenticationType"`
	CredentialType     string         `json:"credentialType"`
	RedirectURI        string         `json:"redirectUri"`
	AuthConfigID       string         `json:"authConfigId"`
	ConnectorID        string         `json:"connectorId"`
	Data               map[string]any `json:"data"`
}

// createCredential stores a secret and answers its id, or begins OAuth and answers a link: never both (observed).
func (s *Simulator) createCredential(c *call) reply {
	var in creation
	if !c.decode(&in) {
		return c.invalidInput(problem{"body", "body must be an object"})
	}
	connectorID := c.params["connector"]
	if connectorID == "" {
		connectorID = in.ConnectorID
	}
	con := s.connectors[connectorID]
	if con == nil {
		return c.connectorNotFound(connectorID)
	}
	u, refusal := c.creationUser(in)
	if u == nil {
		return refusal
	}
	field, authType := "authenticationType", in.AuthenticationType
	if c.modes.LegacyCredentialType {
		field, authType = "credentialType", in.CredentialType
	}
	if authType == "" {
		return c.invalidInput(problem{field, field + " is required"})
	}
	m := con.method(authType)
	if m == nil {
		return authenticationNotFound(con.id, authType)
	}
	if problems := m.problems(in); len(problems) > 0 {
		return c.invalidInput(problems...)
	}
	if authType == "oauth2" {
		return s.oauthLink(c, con, u, in.RedirectURI)
	}
	cred := c.account.addCredential(u, con, authType, in.Data, c.now)
	if cred == nil {
		return simulatorFull("credentials")
	}
	s.wrote(c, "credentials.create")
	return c.created(object{"credentialId": cred.ID})
}

// creationUser is the user that the credential will belong to. Without userId it is the actor: two guides leave
// it out, and then the key's user seems to be taken (inferred).
func (c *call) creationUser(in creation) (*user, reply) {
	id := in.UserID
	if id == "" {
		id = c.params["user"]
	}
	if id == "" {
		return c.actor, reply{}
	}
	if !isObjectID(id) {
		return nil, c.invalidInput(problem{"userId", "userId must be a valid ID"})
	}
	if u := c.account.users.byID(id); u != nil {
		return u, reply{}
	}
	return nil, c.unknownUser(id)
}

// problems checks a creation against the metadata. The wording, and that a missing Auth Config is
// an INVALID_INPUT, are guesses.
func (m *method) problems(in creation) []problem {
	var list []problem
	if m.AuthConfigRequired && in.AuthConfigID == "" {
		list = append(list, problem{"authConfigId", "authConfigId is required for this connector"})
	}
	if in.AuthConfigID != "" && !isObjectID(in.AuthConfigID) {
		list = append(list, problem{"authConfigId", "authConfigId must be a valid ID"})
	}
	if m.Type == "oauth2" && !validRedirect(in.RedirectURI) {
		list = append(list, problem{"redirectUri", "redirectUri must be a valid URI"})
	}
	for _, field := range m.InputSchema.Properties.Data.Required {
		if value, given := in.Data[field]; !given || value == nil || value == "" {
			list = append(list, problem{"data." + field, fmt.Sprintf("data.%s is required", field)})
		}
	}
	return list
}
