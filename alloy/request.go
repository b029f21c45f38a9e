package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// call is one call of the API, before it is put on the wire.
type call struct {
	op     string
	method string
	path   []string // elements, not yet escaped
	query  url.Values
	body   any    // encoded as JSON; nil sends none
	user   UserID // zero: the request names no user
	class  class
	// connector groups calls whose failures say something about one app.
	connector string
	// execute: an answer may be the connected app's.
	execute bool
	// sent is called when an attempt may have reached Alloy; nil is not called.
	sent func()
	// secrets of the arguments, which no error may repeat.
	secrets []string
	// upload replaces path and body: a file goes to an address of its own.
	upload *uploadTarget
}

// maxPathElement is more than any id that was ever seen, and little enough
// for every server's limit on a path.
const maxPathElement = 1_024

// escapePath joins path elements. An element can never become two, vanish or
// climb: "" and the dot segments are errors, everything else is escaped.
func escapePath(elements []string) (plain, escaped string, err error) {
	var p, e strings.Builder
	for _, element := range elements {
		switch {
		case element == "":
			return "", "", errors.New("an id is empty")
		case element == "." || element == "..":
			return "", "", fmt.Errorf("%q is not an id", element)
		case len(element) > maxPathElement:
			return "", "", fmt.Errorf("an id has %d characters, more than %d", len(element), maxPathElement)
		}
		p.WriteString("/" + element)
		e.WriteString("/" + url.PathEscape(element))
	}
	return p.String(), e.String(), nil
}

func (c *Client) endpoint(elements []string) (*url.URL, error) {
	plain, escaped, err := escapePath(elements)
	if err != nil {
		return nil, err
	}
	u := *c.base
	u.Path = c.base.Path + plain
	u.RawPath = c.base.EscapedPath() + escaped
	return &u, nil
}

// encodeBody encodes a request's body without turning <, > and & into escapes.
func encodeBody(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// key asks for the API key and checks that a header can carry it.
func (c *Client) key(ctx context.Context) (string, *Error) {
	const cure = "Create one in Alloy's dashboard (Settings, API Keys) and set it."
	secret, err := c.config.Key(ctx)
	switch {
	case err != nil:
		return "", &Error{Kind: KindUnauthorized, Outcome: OutcomeNotSent, cause: err, Message: "reading the API key failed: " + err.Error()}
	case secret.IsZero():
		return "", &Error{Kind: KindUnauthorized, Outcome: OutcomeNotSent, Message: "there is no API key", Advice: cure}
	case !httpguts.ValidHeaderFieldValue(secret.Reveal()) || strings.ContainsAny(secret.Reveal(), " \t"):
		return "", &Error{
			Kind: KindUnauthorized, Outcome: OutcomeNotSent, Advice: "Copy the key again, without spaces or line breaks.",
			Message: "the API key holds a space or a control character",
		}
	}
	return secret.Reveal(), nil
}

// request builds one request. It is the only place that writes Alloy's headers.
func (c *Client) request(ctx context.Context, k *call, payload []byte, key string) (*http.Request, error) {
	u, err := c.endpoint(k.path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = k.query.Encode()
	r := &http.Request{Method: k.method, URL: u, Host: u.Host, Header: make(http.Header, 8), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	h := r.Header
	h.Set("Authorization", "Bearer "+key)
	h.Set("X-Api-Version", c.version)
	h.Set("Accept", "application/json")
	h.Set("Accept-Encoding", "gzip")
	h.Set("User-Agent", c.agent)
	if !k.user.IsZero() {
		h.Set("X-Alloy-Userid", k.user.String())
	}
	if payload != nil {
		h.Set("Content-Type", "application/json")
		setBody(r, payload)
	}
	return r.WithContext(ctx), nil
}
