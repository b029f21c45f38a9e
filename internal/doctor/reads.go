package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const (
	// maxReads bounds how many accounts are read, newest first.
	maxReads = 20
	// readsAtOnce bounds how many reads run at a time.
	readsAtOnce = 4
)

// checkReads makes one harmless read with each account: that an account is
// listed proves nothing about its tokens.
func (e *examination) checkReads(ctx context.Context) {
	if len(e.credentials) == 0 {
		e.skip(CheckRead, "nothing to read: no account is connected")
		return
	}
	list := e.credentials[:min(len(e.credentials), maxReads)]
	reads := make([]alloy.Execution, len(list))
	for i, c := range list {
		reads[i] = e.harmlessRead(ctx, c)
	}
	findings := make([]Finding, len(list))
	free := make(chan struct{}, readsAtOnce)
	var group sync.WaitGroup
	for i := range list {
		group.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			findings[i] = e.read(ctx, list[i], reads[i])
		})
	}
	group.Wait()
	e.soften(list, findings)
	for i, f := range findings {
		f.Check, f.Subject = CheckRead, list[i].ID
		f.Message = describe(list[i]) + ": " + f.Message
		e.add(f)
	}
	if left := len(e.credentials) - len(list); left > 0 {
		e.skip(CheckRead, count(left, "older account")+" not read")
	}
}

// soften turns the problem of an account into a warning where nobody depends on
// it: another one of its connector is chosen by the settings or works.
func (e *examination) soften(list []alloy.Credential, findings []Finding) {
	groups, _ := e.perConnector()
	spare := func(i int) bool {
		c := list[i]
		if pin := e.pinFor(groups[c.ConnectorID]); pin != "" {
			return pin != c.ID
		}
		for j, f := range findings {
			if list[j].ConnectorID == c.ConnectorID && f.State != Problem && f.State != Skipped {
				return true
			}
		}
		return false
	}
	for i := range findings {
		if findings[i].State == Problem && findings[i].exit == ExitNotConnected && spare(i) {
			findings[i].State = Warning
			findings[i].Cure = "Another account of " + list[i].ConnectorID + " is used instead; delete this one in Alloy's dashboard, or connect it again."
		}
	}
}

// describe names an account by its connector and id.
func describe(c alloy.Credential) string {
	if c.ConnectorID == "" {
		return c.ID
	}
	return c.ConnectorID + " " + c.ID
}

// harmlessRead returns the read to make, without an ActionID where none is known.
// For Notion that is its search for one page: besides the token it shows whether
// anything is shared, which "who am I" cannot. Elsewhere it is "who am I".
func (e *examination) harmlessRead(ctx context.Context, c alloy.Credential) alloy.Execution {
	x := alloy.Execution{ConnectorID: c.ConnectorID, CredentialID: c.ID, Effect: alloy.EffectRead, AdditionalHeaders: e.headers(c.ConnectorID)}
	if c.ConnectorID == "" {
		return x
	}
	actions, err := e.actionsOf(ctx, c.ConnectorID)
	if c.ConnectorID == notionID && (err != nil || len(actions) == 0 || slices.Contains(actions, searchID)) {
		x.ActionID, x.RequestBody = searchID, map[string]any{"page_size": 1}
		return x
	}
	for _, id := range actions {
		if whoAmI(id) {
			x.ActionID = id
			break
		}
	}
	return x
}

// whoAmI reports whether an action id is one of those under which apps tell
// whose account it is: a read without arguments that changes nothing.
func whoAmI(actionID string) bool {
	switch strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(actionID)) {
	case "getself", "getme", "me", "whoami", "authtest", "getmyself", "getcurrentuser", "getmyuser":
		return true
	}
	return false
}

// read makes one read and judges its end.
func (e *examination) read(ctx context.Context, c alloy.Credential, x alloy.Execution) Finding {
	if x.ActionID == "" {
		return Finding{State: Skipped, Message: "not read: no read is known here that is harmless without arguments"}
	}
	result, err := call(ctx, e, func(ctx context.Context) (alloy.ExecutionResult, error) {
		return e.config.Client.As(e.user.ID).Execute(ctx, x)
	})
	if err != nil {
		return e.readFailed(ctx, c, x, asError(err), err)
	}
	if x.ActionID != searchID {
		return Finding{State: OK, Message: "works (" + x.ActionID + ")"}
	}
	var page struct {
		Results []json.RawMessage `json:"results"`
	}
	switch {
	case json.Unmarshal(result.Data, &page) != nil || page.Results == nil:
		return Finding{
			State: Warning, Message: "Notion answered, but not with a list of results",
			Cause: "Alloy wraps answers in another way than this program knows.", Cure: "Send us the page of `alloy-mcp doctor --report`.",
		}
	case len(page.Results) == 0:
		return Finding{
			State: Warning, Message: "works, but nothing is shared with the connection: a search for everything finds no page",
			Cause: "In Notion a connection sees only what somebody chose for it; what was shared a moment ago can also still be missing.",
			Cure:  "In Notion open a page, then its menu (•••), Connections, and add the connection; what lies under the page is shared with it.",
		}
	}
	return Finding{State: OK, Message: "works (" + x.ActionID + ")"}
}

// readFailed explains a read that failed.
func (e *examination) readFailed(ctx context.Context, c alloy.Credential, x alloy.Execution, failure *alloy.Error, err error) Finding {
	f := failed(CheckRead, x.ActionID, err)
	f.Message = x.ActionID + " failed: " + seen(failure)
	again := "Connect it again: `alloy-mcp call start_oauth connector_id=" + c.ConnectorID + "`."
	switch failure.Kind {
	case alloy.KindCredentialRevoked:
		f.Message = "must be connected again: " + seen(failure)
		f.Cause, f.Cure, f.exit = "The access was revoked or has expired.", again, ExitNotConnected
	case alloy.KindCredentialNotFound:
		f.Message = "is listed, but cannot be used: " + seen(failure)
		f.Cause = "The call ran as " + nameUser(e.user) + ". An account of another user or key answers so, and one whose connecting was never finished."
		if e.wantsRegion(ctx, c.ConnectorID) {
			f.Cause += " This connector asks for a region: a wrong one ends like this."
			again += " Give the region of the account."
		}
		f.Cure, f.exit = again, ExitNotConnected
	case alloy.KindProvider:
		return providerFailed(f, failure, again)
	case alloy.KindNotFound, alloy.KindInvalidInput, alloy.KindRoute:
		f.State, f.exit = Warning, ExitOK
		f.Cause = "The read itself does not exist in this form, which says nothing about the account."
		f.Cure = "Send us the page of `alloy-mcp doctor --report`."
	}
	return f
}

// providerFailed explains a refusal of the connected app.
func providerFailed(f Finding, failure *alloy.Error, again string) Finding {
	switch {
	case failure.Provider == nil:
	case failure.Provider.Code == "restricted_resource", failure.Provider.Status == 403 && failure.Fault == alloy.FaultPerson:
		f.State, f.exit = Warning, ExitOK
		f.Cause = "The connection lacks a capability or nothing is shared with it; its tokens work."
		f.Cure = "Grant it in the app (Notion: page menu, Connections, add), or connect again with more rights."
	case failure.Fault == alloy.FaultPerson:
		f.Message = "must be connected again: " + seen(failure)
		f.Cause, f.Cure, f.exit = "The app no longer takes this connection's tokens.", again, ExitNotConnected
	case failure.Provider.Status == 429 || failure.Retryable:
		f.State, f.Cause, f.Cure = Warning, "The app asks to wait, or is in trouble itself.", "Run this again in a minute."
		f.exit = ExitOK
	default:
		f.State, f.exit = Warning, ExitOK
		f.Cause = "The app refused the read itself; the account was let in."
	}
	return f
}

// wantsRegion reports whether connecting the connector asks for a region: with
// the wrong one the consent seems to succeed and the account is not found later
// (observed with Zoho).
func (e *examination) wantsRegion(ctx context.Context, connectorID string) bool {
	methods, err := call(ctx, e, func(ctx context.Context) ([]alloy.AuthMethod, error) {
		return e.config.Client.CredentialMetadata(ctx, connectorID)
	})
	if err != nil {
		return false
	}
	for _, method := range methods {
		var schema struct {
			Properties struct {
				Data struct{ Properties map[string]json.RawMessage }
			}
		}
		if json.Unmarshal(method.InputSchema, &schema) != nil {
			continue
		}
		for name := range schema.Properties.Data.Properties {
			if strings.Contains(strings.ToLower(name), "region") || strings.EqualFold(name, "dc") {
				return true
			}
		}
	}
	return false
}
