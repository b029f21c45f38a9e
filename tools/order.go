package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// order is one action as a caller wants it run, checked and ready to be sent.
type order struct {
	principal Principal
	user      alloy.UserID
	tool      string
	effect    catalog.Effect
	actionID  string // connector.action
	action    alloy.Action
	schema    *schemas.ActionSchema
	args      map[string]any // as the schema wants them
	parts     schemas.Parts
	notes     notes
	account   accounts.Account
	key       string // the caller's idempotency key
	allPages  bool   // of a read: those behind the first, too
	decision  policy.Decision
	confirmed string // how the person approved it; empty where nobody was asked
}

// wanted is what a caller says of a run.
type wanted struct {
	ActionID       string
	Arguments      map[string]any
	ConnectionID   string
	IdempotencyKey string
	DryRun         bool
}

// toolFor is the tool that runs actions of an effect.
func toolFor(effect catalog.Effect) string { return "run_" + string(effect) }

// order checks what is wanted. The account is still to be found.
func (s *Set) order(ctx context.Context, principal Principal, user alloy.UserID, effect catalog.Effect, w wanted) (*order, error) {
	o := &order{
		principal: principal, user: user, tool: toolFor(effect), actionID: w.ActionID, args: w.Arguments, key: w.IdempotencyKey,
	}
	attemptIn(ctx).order = o
	action, schema, err := s.action(ctx, w.ActionID)
	if err != nil {
		return nil, err
	}
	o.action, o.schema, o.effect = action, schema, s.effectOf(w.ActionID, action)
	if err := s.ruleOn(o, nil); err != nil { // whatever its arguments are
		return nil, err
	}
	if o.effect != effect {
		return nil, mismatch(w, o.effect, effect)
	}
	checked, err := schema.Schema().Check(w.Arguments)
	if err != nil {
		return nil, unfit(w.ActionID, err)
	}
	o.args = checked.Args
	if o.parts, err = schema.Split(checked.Args); err != nil {
		return nil, unfit(w.ActionID, err)
	}
	connectorID, _, _ := strings.Cut(w.ActionID, ".")
	o.parts.AdditionalHeaders = withDefaults(o.parts.AdditionalHeaders, providerHeaders(connectorID, schema))
	if !checked.Validated || !schema.Validated() {
		no := false
		o.notes.Validated = &no
	}
	for _, c := range checked.Coercions {
		o.notes.Coerced = append(o.notes.Coerced, c.String())
	}
	for _, u := range checked.Unknown {
		o.notes.Unknown = append(o.notes.Unknown, u.String())
	}
	return o, s.guard(o)
}

// mismatch says which tool runs the action.
func mismatch(w wanted, actual, asked catalog.Effect) *Error {
	call := map[string]any{"action_id": w.ActionID}
	if len(w.Arguments) > 0 {
		call["arguments"] = w.Arguments
	}
	if w.ConnectionID != "" {
		call["connection_id"] = w.ConnectionID
	}
	if actual != catalog.Read { // whose tool takes neither
		if w.IdempotencyKey != "" {
			call["idempotency_key"] = w.IdempotencyKey
		}
		if w.DryRun {
			call["dry_run"] = true
		}
	}
	answer := &Error{
		Code: CodeEffectMismatch, Message: fmt.Sprintf("%s is a %s action, and %s runs only those of effect %s.", w.ActionID, actual, toolFor(asked), asked),
		Hint: "Make the same call with " + toolFor(actual) + ".", Next: &Next{Tool: toolFor(actual), Arguments: call},
	}
	if text, err := marshal(call); err != nil || len(text) > maxNext || !bytes.Equal(plain.JSON(text), text) { // they would be shown changed
		answer.Next = next(toolFor(actual), "action_id", w.ActionID)
		if w.DryRun && actual != catalog.Read {
			answer.Next.Arguments["dry_run"] = true
		}
	}
	return answer
}

// maxNext bounds the arguments that a next call repeats, in bytes.
const maxNext = 1_500

// run is the order as it is sent.
func (o *order) run(sent func()) run {
	connectorID, actionID, _ := strings.Cut(o.actionID, ".")
	return run{
		connectorID: connectorID, actionID: actionID, connectionID: o.account.ID, effect: o.retries(),
		pathParams: o.parts.PathParams, query: o.parts.QueryParameters, headers: o.parts.AdditionalHeaders, body: o.parts.RequestBody,
		sent: sent,
	}
}

// retries tells the client how often it may send the order.
func (o *order) retries() alloy.Effect {
	switch {
	case o.effect == catalog.Read:
		return alloy.EffectRead
	case slices.Contains([]string{"put", "delete"}, strings.ToLower(o.action.Method)):
		return alloy.EffectPut
	}
	return alloy.EffectWrite
}

// place finds the account that the order is for.
func (s *Set) place(ctx context.Context, o *order, connectionID string) error {
	r := o.run(nil)
	r.connectionID = connectionID
	account, err := s.account(ctx, o.principal, o.user, r)
	o.account = account
	return err
}

// what identifies the order: the action, the account and the arguments.
func (o *order) what() (string, error) {
	arguments := audit.HashArguments(o.args) // which takes 1 and 1.0 for the same
	if arguments == "" {
		return "", errors.New("the arguments cannot be encoded")
	}
	sum := sha256.Sum256([]byte(o.actionID + "\x00" + o.account.ID + "\x00" + arguments))
	return hex.EncodeToString(sum[:]), nil
}

// write is the order as the ledger knows it. A key is its user's: processes that act
// for several users may share the ledger.
func (o *order) write(what string) ledger.Write {
	w := ledger.Write{Owner: o.principal.ID, What: what}
	if o.key != "" {
		w.Key = o.user.String() + " " + o.key
	}
	return w
}

// providerHeaders are the headers that an action needs and nobody passes.
func providerHeaders(connectorID string, schema *schemas.ActionSchema) map[string]string {
	if connectorID == notion {
		return notionHeaders(schema)
	}
	return schema.HiddenHeaders()
}

func withDefaults(headers, defaults map[string]string) map[string]string {
	merged := make(map[string]string, len(headers)+len(defaults))
	maps.Copy(merged, defaults)
	maps.Copy(merged, headers)
	return merged
}
