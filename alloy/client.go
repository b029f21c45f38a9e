package alloy

import (
	"errors"
	"log/slog"
	"net/url"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"
)

// Client calls Alloy with one API key. It is safe for concurrent use; make
// one and share it, since retry budget, breakers and the limit of concurrent
// calls belong to it.
type Client struct {
	base    *url.URL
	version string
	agent   string
	config  Config
	log     *slog.Logger
	limits  limits
	wires   wires
	guard   *guard
	intake  *intake
	// http2 is set once the host answered over HTTP/2, where writes may share
	// a connection with other requests.
	http2 atomic.Bool
}

// New returns a client, or an error that says which setting is wrong. It
// opens no connection.
func New(config Config) (*Client, error) {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	if config.Version == "" {
		config.Version = DefaultVersion
	}
	if config.UserAgent == "" {
		config.UserAgent = DefaultUserAgent
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	base, err := checkBaseURL(config.BaseURL)
	if err != nil {
		return nil, err
	}
	switch {
	case config.Key == nil:
		return nil, errors.New("alloy needs an API key: Config.Key is nil")
	case config.Rate < 0:
		return nil, errors.New("the rate of requests must not be negative")
	case !httpguts.ValidHeaderFieldValue(config.Version):
		return nil, errors.New("the API version holds characters that a header cannot carry")
	case !httpguts.ValidHeaderFieldValue(config.UserAgent):
		return nil, errors.New("the user agent holds characters that a header cannot carry")
	}
	c := &Client{
		base: base, version: config.Version, agent: config.UserAgent,
		config: config, log: config.Logger, limits: defaultLimits(),
	}
	c.wires = newWires(config, base)
	c.guard = newGuard(c.log, config.Rate)
	c.intake = newIntake()
	return c, nil
}

// As returns the client of one user. For the zero [UserID] every call of it
// fails with [ErrNoUser] before anything is sent.
func (c *Client) As(user UserID) *UserClient { return &UserClient{client: c, user: user} }

// CloseIdleConnections closes connections that no call is using.
func (c *Client) CloseIdleConnections() { c.wires.closeIdle() }

// UserClient makes the calls that act for one user: every request of it names
// that user in the header x-alloy-userid. Only [Client.As] makes one.
type UserClient struct {
	client *Client
	user   UserID
}

// ID returns the user that the client acts for.
func (u *UserClient) ID() UserID { return u.user }

// ready refuses to work for nobody: Alloy would run the call as the owner of
// the API key (official).
func (u *UserClient) ready(op string) error {
	if !u.user.IsZero() {
		return nil
	}
	return &Error{
		Kind: KindNoUser, Op: op, Message: ErrNoUser.Error(), Fault: FaultOperator, Outcome: OutcomeNotSent,
		Advice: "Set the Alloy user to act for (24 hexadecimal digits); GET /users lists them.", cause: ErrNoUser,
	}
}
