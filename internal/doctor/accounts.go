package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// accounts checks what the user has connected. Alloy calls it a credential,
// people an account or a connection; the id is the same.
func (e *examination) accounts(ctx context.Context) {
	if e.user.ID.IsZero() {
		for _, check := range [...]Check{CheckCredentials, CheckDuplicates, CheckPins, CheckRead} {
			e.skip(check, "not checked: it needs the Alloy user, see above")
		}
		return
	}
	e.checkCredentials(ctx)
	if !e.credentialsKnown {
		for _, check := range [...]Check{CheckDuplicates, CheckPins, CheckRead} {
			e.skip(check, "not checked: the user's accounts are not known, see above")
		}
		return
	}
	e.checkDuplicates()
	e.checkPins()
	e.checkReads(ctx)
}

// checkCredentials lists the user's accounts.
func (e *examination) checkCredentials(ctx context.Context) {
	all, err := call(ctx, e, e.config.Client.As(e.user.ID).Credentials)
	switch failure := asError(err); {
	case failure.Kind == alloy.KindUnknownUser:
		f := e.unknownUser(e.user.ID.String() + " is no user of this key: " + seen(failure))
		f.Check = CheckCredentials
		e.add(f)
		return
	case failure.Kind == alloy.KindUnauthorized, failure.Kind == alloy.KindForbidden:
		// The key itself is good: it listed connectors. Some keys are refused
		// everything under /users (observed).
		if all = e.credentialsByConnector(ctx); len(all) == 0 {
			e.add(failed(CheckCredentials, "the list of accounts", err))
			return
		}
		e.add(Finding{
			Check: CheckCredentials, State: Warning, Message: "the list of all accounts is refused to this key: " + seen(failure),
			Cause: "Some keys may not use what lies under /users; each app's own list can be read, so this only hides accounts of apps that the settings do not name.",
		})
	case err != nil:
		e.add(failed(CheckCredentials, "the list of accounts", err))
		return
	case len(all) == 0:
		// Another endpoint; the two were seen to disagree.
		all = e.credentialsByConnector(ctx)
	}
	e.credentials, e.credentialsKnown = all, true
	if len(all) == 0 {
		e.add(Finding{
			Check: CheckCredentials, State: Problem, exit: ExitNotConnected,
			Message: "no account is connected for the user " + nameUser(e.user),
			Cause:   "Nothing was connected yet, or it was connected for another user or with another key: accounts belong to one user of one environment.",
			Cure:    "Connect one: `alloy-mcp call start_oauth connector_id=notion`, then run this again. If you did, compare ALLOY_USER_ID with the user it was done for.",
		})
		return
	}
	e.ok(CheckCredentials, count(len(all), "account")+" of "+nameUser(e.user)+": "+e.accountSummary())
}

// credentialsByConnector asks for the accounts of Notion and of the connectors
// that the settings name, one by one.
func (e *examination) credentialsByConnector(ctx context.Context) []alloy.Credential {
	wanted := slices.Sorted(maps.Keys(e.config.Connections))
	if !slices.Contains(wanted, notionID) {
		wanted = append(wanted, notionID)
	}
	var all []alloy.Credential
	for _, id := range wanted {
		if e.connector(id) == nil {
			continue
		}
		list, err := call(ctx, e, func(ctx context.Context) ([]alloy.Credential, error) {
			return e.config.Client.As(e.user.ID).ConnectorCredentials(ctx, id)
		})
		if err == nil {
			all = append(all, list...)
		}
	}
	return all
}

// perConnector groups the accounts, newest first, by the order of ids.
func (e *examination) perConnector() (groups map[string][]alloy.Credential, ids []string) {
	groups = make(map[string][]alloy.Credential)
	for _, c := range e.credentials {
		groups[c.ConnectorID] = append(groups[c.ConnectorID], c)
	}
	return groups, slices.Sorted(maps.Keys(groups))
}

func (e *examination) accountSummary() string {
	groups, ids := e.perConnector()
	parts := make([]string, 0, len(ids))
	for _, id := range ids {
		name := id
		if name == "" {
			name = "of an unknown connector"
		}
		if n := len(groups[id]); n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// nameAccount names an account by id, name and age.
func nameAccount(c alloy.Credential) string {
	text := c.ID
	if c.Name != "" {
		text += " “" + c.Name + "”"
	}
	if !c.CreatedAt.IsZero() {
		text += " of " + c.CreatedAt.UTC().Format("2006-01-02")
	}
	return text
}

// checkDuplicates looks for several accounts of one connector: every finished
// OAuth link makes a new one (observed), so that repeated tries pile up.
func (e *examination) checkDuplicates() {
	groups, ids := e.perConnector()
	found := false
	for _, id := range ids {
		group := groups[id]
		if len(group) < 2 || id == "" {
			continue
		}
		found = true
		names := make([]string, 0, maxNamed)
		for _, c := range group[:min(len(group), maxNamed)] {
			names = append(names, nameAccount(c))
		}
		if more := len(group) - maxNamed; more > 0 {
			names = append(names, "and "+count(more, "other"))
		}
		f := Finding{
			Check: CheckDuplicates, Subject: id, State: Warning,
			Message: fmt.Sprintf("%d accounts of %s, newest first: %s", len(group), id, strings.Join(names, "; ")),
			Cause:   "Each OAuth link that is finished makes a new account at Alloy, also for the same person; or they are different people's.",
			Cure:    "Choose one that works (see the reads below) and set ALLOY_CONNECTIONS=" + id + "=<its id>; delete the others in Alloy's dashboard.",
		}
		if pin := e.pinFor(group); pin != "" {
			f.State, f.Cause, f.Cure = OK, "", ""
			f.Message = fmt.Sprintf("%d accounts of %s, of which the settings choose %s", len(group), id, pin)
		}
		e.add(f)
	}
	if !found {
		e.ok(CheckDuplicates, "no connector has more than one account")
	}
}

// pinFor returns the account of the group that the settings choose, or "".
func (e *examination) pinFor(group []alloy.Credential) string {
	for _, c := range group {
		if e.config.Connections[c.ConnectorID] == c.ID {
			return c.ID
		}
	}
	for _, c := range group {
		if e.config.ConnectionID == c.ID {
			return c.ID
		}
	}
	return ""
}

// checkPins checks the ids that the settings name.
func (e *examination) checkPins() {
	before := len(e.report.Findings)
	if id := e.config.ConnectionID; id != "" {
		e.checkPin("CONNECTION_ID", "", id)
	}
	for _, connector := range slices.Sorted(maps.Keys(e.config.Connections)) {
		e.checkPin("ALLOY_CONNECTIONS", connector, e.config.Connections[connector])
	}
	if len(e.report.Findings) == before {
		e.ok(CheckPins, "none set; an account is chosen for each call, and asked for where several fit")
	}
}

// checkPin checks one id. connector is "" where the setting names none.
func (e *examination) checkPin(setting, connector, id string) {
	f := Finding{Check: CheckPins, Subject: id, State: Problem}
	named := setting
	if connector != "" {
		named += " " + connector
	}
	var found *alloy.Credential
	for i := range e.credentials {
		if e.credentials[i].ID == id {
			found = &e.credentials[i]
		}
	}
	switch {
	case connector != "" && e.connector(connector) == nil && e.nearConnector(connector) != "":
		f.Message = named + ": there is no connector of this id"
		f.Cause, f.Cure = "Ids are case-sensitive, and this key has "+e.nearConnector(connector)+".", "Write "+e.nearConnector(connector)+"="+id+"."
	case found == nil:
		f.Message = named + " " + id + " is none of the accounts of " + nameUser(e.user)
		f.Cause = "It belongs to another user or another key (development and production are apart), comes from Alloy's MCP product, or was deleted."
		f.Cure = "Take an id from `alloy-mcp connections`, or connect again: `alloy-mcp call start_oauth connector_id=" + orNotion(connector) + "`."
		f.exit = ExitNotConnected
	case connector != "" && found.ConnectorID != "" && found.ConnectorID != connector:
		f.Message = named + " names an account of " + found.ConnectorID + ": " + nameAccount(*found)
		f.Cure = "Write ALLOY_CONNECTIONS=" + found.ConnectorID + "=" + id + ", or an account of " + connector + "."
	default:
		f.State, f.Message = OK, named+": "+nameAccount(*found)
	}
	e.add(f)
}

func orNotion(connector string) string {
	if connector == "" {
		return notionID
	}
	return connector
}
