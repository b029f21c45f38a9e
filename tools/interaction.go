package tools

import "context"

// Link is a page that the caller's person has to open before a call can go on.
type Link struct {
	RequestID   string
	URL         string // ours; it holds no secret
	ConnectorID string
	Message     string // for the person, one sentence
}

// Choice is a question between accounts that the caller's person can answer.
type Choice struct {
	Message string
	Options []Option // at least two
}

// Option is one account of a [Choice].
type Option struct {
	ConnectionID string
	Label        string // whose it is
}

// Approval is a call that the caller's person has to approve before it is made.
type Approval struct {
	RequestID string
	Message   string // for the person: what would be done, in which account
}

// question is what an answer has for the caller's person.
type question struct {
	link     *Link
	choice   *Choice
	approval *Approval
}

type (
	agentKey     struct{}
	transportKey struct{}
	resumeKey    struct{}
	chosenKey    struct{}
	decisionKey  struct{}
)

// decision is what a person said about a call.
type decision struct {
	requestID string
	approved  bool
}

// WithAgent returns a context that carries what the client calls itself. It is
// shown to the person, and nothing is decided by it.
func WithAgent(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, agentKey{}, clean(name, 60))
}

// AgentFrom returns what [WithAgent] stored, "" where nothing was.
func AgentFrom(ctx context.Context) string {
	name, _ := ctx.Value(agentKey{}).(string)
	return name
}

// WithTransport returns a context that carries how the call came: stdio, http, sse, rest
// or command. It is recorded, and nothing is decided by it.
func WithTransport(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, transportKey{}, name)
}

// TransportFrom returns what [WithTransport] stored, "" where nothing was.
func TransportFrom(ctx context.Context) string {
	name, _ := ctx.Value(transportKey{}).(string)
	return name
}

// WithResume returns a context for a call that is made again after its person has
// opened the link of a request: it waits for the account and then goes on. The
// id proves nothing; the request must be the principal's.
func WithResume(ctx context.Context, requestID string) context.Context {
	return context.WithValue(ctx, resumeKey{}, requestID)
}

// ResumeFrom returns what [WithResume] stored, "" where nothing was.
func ResumeFrom(ctx context.Context) string {
	id, _ := ctx.Value(resumeKey{}).(string)
	return id
}

// WithChosen returns a context for a call that is made again after its person has
// chosen an account. A connection_id among the arguments counts more.
func WithChosen(ctx context.Context, connectionID string) context.Context {
	return context.WithValue(ctx, chosenKey{}, connectionID)
}

// ChosenFrom returns what [WithChosen] stored, "" where nothing was.
func ChosenFrom(ctx context.Context) string {
	id, _ := ctx.Value(chosenKey{}).(string)
	return id
}

// WithDecision returns a context for a call that is made again after the client
// asked its person to approve it. The id must be that of the very call's request.
func WithDecision(ctx context.Context, requestID string, approved bool) context.Context {
	return context.WithValue(ctx, decisionKey{}, decision{requestID, approved})
}

// DecisionFrom returns what [WithDecision] stored, "" where nothing was.
func DecisionFrom(ctx context.Context) (requestID string, approved bool) {
	d, _ := ctx.Value(decisionKey{}).(decision)
	return d.requestID, d.approved
}
