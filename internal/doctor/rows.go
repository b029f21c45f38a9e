package doctor

// Symptom is a row of the list of what users of Alloy's API are known to have
// struggled with, and what becomes of it here.
type Symptom struct {
	Row   string // "U1" to "U24"
	Words string // what people see
	// Checks name the cause where it shows from outside.
	Checks []Check
	// Elsewhere says who takes care of what no check can see.
	Elsewhere string
}

// Symptoms returns the list, in its order.
func Symptoms() []Symptom {
	return []Symptom{
		{Row: "U1", Words: "the callback arrives without a code", Checks: []Check{CheckRedirect}},
		{Row: "U2", Words: "localhost was registered with Notion, without effect", Checks: []Check{CheckRedirect}},
		{Row: "U3", Words: "a dozen credentials of one app", Checks: []Check{CheckDuplicates}},
		{Row: "U4", Words: "a listed credential is not found, an unlisted one works", Checks: []Check{CheckPins, CheckRead}},
		{Row: "U5", Words: "a search succeeds and finds nothing", Checks: []Check{CheckRead}},
		{Row: "U6", Words: "401 with a good key", Checks: []Check{CheckKey, CheckConnectors, CheckUser}},
		{Row: "U7", Words: "errorHtml, Cannot GET", Checks: []Check{CheckVersion, CheckBaseURL}},
		{Row: "U8", Words: "userId must be a valid ID", Checks: []Check{CheckUser}},
		{Row: "U9", Words: "AUTHENTICATION_NOT_FOUND for Notion", Checks: []Check{CheckNotion}},
		{Row: "U10", Words: "an action id was guessed", Checks: []Check{CheckSchema}, Elsewhere: "the tools refuse an unknown id and name the nearest ones"},
		{Row: "U11", Words: "parameters are ignored", Elsewhere: "package schemas checks arguments against the action's metadata before anything is sent; a doctor sees no arguments"},
		{Row: "U12", Words: "the list of credentials is empty", Checks: []Check{CheckCredentials}},
		{Row: "U13", Words: "somebody looks for raw access tokens", Elsewhere: "get_tokens and the command tokens say that Alloy keeps them; there is nothing to check"},
		{Row: "U14", Words: "an unknown envelope reads as an empty list", Checks: []Check{CheckConnectors, CheckUsers, CheckCredentials}},
		{Row: "U15", Words: "the wrong credential is taken after a consent", Checks: []Check{CheckDuplicates}},
		{Row: "U16", Words: "a consent succeeds with the wrong region", Checks: []Check{CheckRead}},
		{Row: "U17", Words: "a connector needs an Auth Config first", Checks: []Check{CheckNotion}},
		{Row: "U18", Words: "Notion and zohocrm are not found", Checks: []Check{CheckNotion, CheckPins}},
		{Row: "U19", Words: "keys are committed or readable", Checks: []Check{CheckFiles}},
		{Row: "U20", Words: "the user's id is lost", Checks: []Check{CheckUser}},
		{Row: "U21", Words: "ids are hard-coded out of distrust", Checks: []Check{CheckPins}},
		{Row: "U22", Words: "the callback's port is taken", Checks: []Check{CheckPort}},
		{Row: "U23", Words: "a test says OK although the credential is dead", Checks: []Check{CheckRead}},
		{Row: "U24", Words: "406 or 403 of an MCP server", Checks: []Check{CheckBaseURL}, Elsewhere: "package server answers a wrong Accept, Host or Origin with the reason"},
	}
}
