package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// Result is what a harmless read showed of an account.
type Result string

// The results of a [Proof].
const (
	Proven   Result = "proven"   // the read succeeded
	Rejected Result = "rejected" // the app or Alloy rejects the account
	Untested Result = "untested" // the app has no harmless read, or the read could not tell
)

// Proof is the outcome of testing an account.
type Proof struct {
	Result Result
	Owner  string // whose account it is, where the read tells
	// Err is what the read failed with; nil where it succeeded or there is none.
	Err error
	// Refused is why no read may be made for whoever asked; nil where one was made, or
	// there is none.
	Refused error
	// Missing: Alloy does not know the account, which it may later.
	Missing bool
}

// maxProbes is how many reads are tried before an account stays untested: some
// are refused for lack of a permission, which says nothing about the account.
const maxProbes = 2

// Read is a read that tests an account.
type Read struct {
	Principal string // who has it made
	User      alloy.UserID
	alloy.Execution
}

// Guard says what decides about the reads that test accounts. It returns why one is
// refused, or what is told how it ended once it was made. Set it before the first test;
// without it all are allowed.
func (d *Directory) Guard(decide func(context.Context, Read) (made func(error), refused error)) {
	d.decide = decide
}

// Probe tests an account for a principal with one harmless read, where the connector
// has one that is not refused, and keeps what it shows. Its error says that nothing
// could be asked at all: the API key is rejected, or ctx is over.
func (d *Directory) Probe(ctx context.Context, principal string, user alloy.UserID, connector, id string) (Proof, error) {
	proof := Proof{Result: Untested}
	tried := 0
	for read, err := range d.harmlessReads(ctx, connector) {
		if err != nil {
			return Proof{Result: Untested, Err: err}, fatal(ctx, err)
		}
		read.CredentialID = id
		made, refused := d.decide(ctx, Read{principal, user, read})
		if refused != nil {
			if proof.Refused == nil && tried == 0 {
				proof.Refused = refused
			}
			continue
		}
		proof.Refused = nil
		data, err := d.try(ctx, user, read)
		made(err)
		switch {
		case err == nil:
			owner := ownerIn(data)
			d.Worked(ctx, user, id, owner)
			return Proof{Result: Proven, Owner: owner}, nil
		case fatal(ctx, err) != nil:
			return Proof{Result: Untested, Err: err}, fatal(ctx, err)
		case RejectsAccount(err), notFound(err):
			d.Failed(ctx, user, id)
			return Proof{Result: Rejected, Err: err, Missing: notFound(err)}, nil
		}
		if proof.Err = err; tried+1 == maxProbes {
			break
		}
		tried++
	}
	return proof, nil
}

// try makes a read. An answer that is no more than a complaint is an error, and a
// failure that gives no status is read for what it says of the account.
func (d *Directory) try(ctx context.Context, user alloy.UserID, read alloy.Execution) (json.RawMessage, error) {
	result, err := d.config.Alloy.As(user).Execute(ctx, read)
	answer := result.Data
	var failed *alloy.Error
	if errors.As(err, &failed) && failed.Kind == alloy.KindProvider && failed.Provider != nil && failed.Provider.Status == 0 {
		answer = failed.Provider.Body
	}
	if refused := complaint(answer); refused != nil && (err == nil || refused.Provider.Status == http.StatusUnauthorized) {
		err = refused
	}
	return result.Data, err
}

// Verify is [Directory.Probe] for an account that is shown afterwards.
func (d *Directory) Verify(ctx context.Context, principal string, user alloy.UserID, a Account) (Account, Proof, error) {
	proof, err := d.Probe(ctx, principal, user, a.ConnectorID, a.ID)
	if err != nil {
		return a, proof, err
	}
	seen, err := d.evidence(ctx, user, a.ID)
	if err != nil {
		return a, proof, err
	}
	return seen.account(a.Credential), proof, nil
}

// fatal returns err where it is about no account: the key is rejected, or the
// caller's time is over.
func fatal(ctx context.Context, err error) error {
	var failed *alloy.Error
	if errors.As(err, &failed) && failed.Kind == alloy.KindUnauthorized {
		return err
	}
	return ctx.Err()
}

// RejectsAccount reports whether err says that the account itself is no longer
// accepted, by Alloy or by the app. A rejected API key is something else.
func RejectsAccount(err error) bool {
	var failed *alloy.Error
	if !errors.As(err, &failed) {
		return false
	}
	if failed.Kind == alloy.KindCredentialRevoked {
		return true
	}
	if failed.Kind != alloy.KindProvider || failed.Provider == nil {
		return false
	}
	switch failed.Provider.Code {
	case "unauthorized", "invalid_auth", "token_revoked", "token_expired", "account_inactive":
		return true
	}
	return failed.Provider.Status == 401
}

func notFound(err error) bool {
	var failed *alloy.Error
	return errors.As(err, &failed) && failed.Kind == alloy.KindCredentialNotFound
}

// maxCandidates bounds how many actions are looked at for a harmless read.
const maxCandidates = 6

// harmlessReads yields actions that surely only read and need no argument: one
// that tells who the account is before one that lists something.
func (d *Directory) harmlessReads(ctx context.Context, connector string) iter.Seq2[alloy.Execution, error] {
	return func(yield func(alloy.Execution, error) bool) {
		candidates, err := d.candidates(ctx, connector)
		if err != nil {
			yield(alloy.Execution{}, err)
			return
		}
		for _, id := range candidates {
			action, err := d.config.Catalog.Action(ctx, connector, id)
			if err != nil {
				yield(alloy.Execution{}, err)
				return
			}
			if d.config.Catalog.EffectOf(connector, action) != catalog.Read {
				continue // whatever it looks like, the operator knows better
			}
			if read, ok := harmless(connector, action); ok && !yield(read, nil) {
				return
			}
		}
	}
}

// candidates are the ids of actions that look like harmless reads, the best first.
func (d *Directory) candidates(ctx context.Context, connector string) ([]string, error) {
	resources, err := d.config.Catalog.Resources(ctx, connector)
	if err != nil {
		return nil, err
	}
	var who, lists []string
	for _, resource := range resources {
		for _, summary := range resource.Actions {
			switch {
			case tellsWho(summary.ID):
				who = append(who, summary.ID)
			case strings.HasPrefix(strings.ToLower(summary.ID), "list"):
				lists = append(lists, summary.ID)
			}
		}
	}
	candidates := append(who, lists...)
	return candidates[:min(len(candidates), maxCandidates)], nil
}

// tellsWho knows the ids, without separators and in lower case, under which
// connectors offer "who am I".
func tellsWho(actionID string) bool {
	folded := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(actionID))
	return slices.Contains([]string{"getself", "getme", "me", "whoami", "authtest", "getmyself", "getcurrentuser", "getmyuser", "retrieveyourtokensbotuser"}, folded)
}

// harmless makes a read of an action that changes nothing and needs nothing but
// headers with a default of their own.
func harmless(connector string, action alloy.Action) (alloy.Execution, bool) {
	read := alloy.Execution{ConnectorID: connector, ActionID: action.ID, Effect: alloy.EffectRead}
	if catalog.EffectOf(action) != catalog.Read || strings.Contains(action.Path, "{") { // even a part of the path that is not declared
		return read, false
	}
	for _, p := range action.Parameters {
		value := defaultOf(p)
		switch {
		case p.In == "header" && value != "":
			if read.AdditionalHeaders == nil {
				read.AdditionalHeaders = make(map[string]string)
			}
			read.AdditionalHeaders[p.Name] = value
		case p.Required && p.In != "header":
			return read, false
		case p.In == "query" && slices.Contains([]string{"limit", "page_size", "pageSize", "per_page", "results"}, p.Name):
			read.QueryParameters = map[string]any{p.Name: 1}
		}
	}
	if connector == "notion" && read.AdditionalHeaders[alloy.NotionVersionHeader] == "" {
		read.AdditionalHeaders = map[string]string{alloy.NotionVersionHeader: alloy.NotionVersion}
	}
	return read, true
}

func defaultOf(p alloy.Parameter) string {
	var schema struct {
		Default string `json:"default"`
	}
	_ = json.Unmarshal(p.Schema, &schema) // one of another type is no use as a header
	return schema.Default
}

// ownerIn finds whose account it is in the answer to "who am I": a workspace, a
// name or an e-mail address.
func ownerIn(data json.RawMessage) string {
	var me struct {
		Name         string `json:"name"`
		DisplayName  string `json:"displayName"`
		Email        string `json:"email"`
		EmailAddress string `json:"emailAddress"`
		Team         string `json:"team"`
		User         any    `json:"user"`
		Bot          struct {
			WorkspaceName string `json:"workspace_name"`
		} `json:"bot"`
	}
	var odd *json.UnmarshalTypeError // of one name; the others are read all the same
	if err := json.Unmarshal(data, &me); err != nil && !errors.As(err, &odd) {
		return ""
	}
	user, _ := me.User.(string)
	var parts []string
	for _, part := range []string{me.Bot.WorkspaceName, me.Team, me.DisplayName, me.Name, user, me.EmailAddress, me.Email} {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts[:min(len(parts), 2)], ", ")
}
