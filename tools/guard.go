package tools

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
)

// policyRequest asks the policy about an action. Nil arguments ask whether it may be
// seen.
func policyRequest(principal Principal, actionID string, effect catalog.Effect, arguments map[string]any) policy.Request {
	connector, action, _ := strings.Cut(actionID, ".")
	return policy.Request{Principal: principal.ID, ConnectorID: connector, ActionID: action, Effect: string(effect), Arguments: arguments}
}

// refusedByPolicy is a call that a rule forbids.
type refusedByPolicy struct{ decision policy.Decision }

func (e *refusedByPolicy) Error() string { return e.decision.Reason }

// maySee refuses an action that the caller may not know of.
func (s *Set) maySee(ctx context.Context, actionID string, effect catalog.Effect) error {
	principal, _ := PrincipalFrom(ctx)
	if d := s.config.Policy.Decide(policyRequest(principal, actionID, effect, nil)); !d.Allowed {
		return &refusedByPolicy{d}
	}
	return nil
}

// mayUse decides whether the principal may use a connector at all.
func (s *Set) mayUse(ctx context.Context, connectorID string) policy.Decision {
	principal, _ := PrincipalFrom(ctx)
	return s.config.Policy.DecideConnector(policyRequest(principal, connectorID+".", "", nil))
}

// connector returns a connector that the principal may use.
func (s *Set) connector(ctx context.Context, id string) (alloy.Connector, error) {
	if d := s.mayUse(ctx, id); !d.Allowed {
		return alloy.Connector{}, &refusedByPolicy{d}
	}
	return s.config.Catalog.Connector(ctx, id)
}

// guard decides whether the order may run.
func (s *Set) guard(o *order) error {
	err := s.ruleOn(o, o.judged())
	if err == nil && o.decision.Tentative {
		err = &refusedByPolicy{o.decision} // without leave to run
	}
	return err
}

// ruleOn asks the policy about the order with these arguments.
func (s *Set) ruleOn(o *order, arguments map[string]any) error {
	o.decision = s.config.Policy.Decide(policyRequest(o.principal, o.actionID, o.effect, arguments))
	if o.decision.Allowed {
		return nil
	}
	return &refusedByPolicy{o.decision}
}

// judged are the arguments as the policy sees them: a rule may call each by the name
// that is shown or by the one in the app's own documentation.
func (o *order) judged() map[string]any {
	judged := make(map[string]any, len(o.args))
	if o.schema == nil {
		maps.Copy(judged, o.args)
		return judged
	}
	for name, values := range o.schema.Names(o.args) {
		if judged[name] = policy.Several(values); len(values) == 1 {
			judged[name] = values[0]
		}
	}
	return judged
}

// record is what the audit log says of the order.
func (o *order) record(ctx context.Context, requestID string) audit.Record {
	connector, action, _ := strings.Cut(o.actionID, ".")
	r := audit.Record{
		RequestID: requestID, Principal: o.principal.ID, AlloyUser: o.user.String(), ConnectorID: connector, ActionID: action,
		ConnectionID: o.account.ID, Effect: string(o.effect), Rule: o.decision.Rule,
		ArgumentsHash: audit.HashArguments(o.args), IdempotencyKeyHash: audit.HashKey(o.key), Confirm: o.confirmed,
		Agent: AgentFrom(ctx), Transport: TransportFrom(ctx),
	}
	if o.decision != (policy.Decision{}) { // it was asked for
		r.Decision = o.decision.Outcome()
	}
	return r
}

// recordEnd records how the order ended: for a read its only line, for a change the
// second one.
func (s *Set) recordEnd(ctx context.Context, o *order, requestID, outcome string, took time.Duration, err error) {
	r := o.record(ctx, requestID)
	r.Outcome, r.Duration = outcome, took
	if err != nil {
		r.ErrorCode = string(codeOf(err))
	}
	if o.effect == catalog.Read {
		s.config.Audit.Read(ctx, r)
		return
	}
	s.config.Audit.Outcome(ctx, r)
}

// codeOf is the code of the answer to an error. What stops for a person has none.
func codeOf(err error) Code {
	var (
		halt    *stop
		choices *accounts.SeveralError
	)
	if errors.As(err, &choices) {
		halt = several(choices)
	}
	if halt != nil || errors.As(err, &halt) {
		return Code(halt.Status)
	}
	return describe(err).Code
}
