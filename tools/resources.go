package tools

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// Resource is something that a client can read by its URI, or a family of such
// things: then URI is a template of RFC 6570.
type Resource struct {
	URI         string
	Name        string
	Title       string
	Description string
}

// IsTemplate says that the URI has variables.
func (r Resource) IsTemplate() bool { return strings.Contains(r.URI, "{") }

// The URIs that [Set.ReadResource] reads.
const (
	uriConnectors = "alloy://connectors"
	uriConnector  = "alloy://connectors/{id}"
	uriAction     = "alloy://actions/{connector}/{action}"
	uriResult     = "alloy://result/{id}"
)

// maxURI bounds a resource's URI in bytes: the longest ids, each byte escaped, fit.
const maxURI = 4_096

// Resources returns what can be read, in a fixed order.
func (*Set) Resources() []Resource {
	return []Resource{
		{uriConnectors, "connectors", "Apps", "The apps (connectors) and the accounts connected to each, as list_connectors tells."},
		{uriConnector, "connector", "An app", "One app: its accounts and its actions. id is a connector_id."},
		{uriAction, "action", "An action", "One action of an app: its arguments, effect, an example and what it returns, as describe_action tells."},
		{uriResult, "result", "A result", "The outcome of a call, as get_result tells: id is the request_id. Only whoever made the call can read it, for 15 minutes."},
	}
}

// resourceURI is a URI taken apart.
type resourceURI struct {
	kind  string // one of the URIs above
	parts []string
}

// UnknownResourceError says that no resource has a URI of this form.
type UnknownResourceError struct {
	// Written is the URI as it has to be written, "" where it is not known what was
	// meant.
	Written string
}

// Error says what there is instead.
func (e *UnknownResourceError) Error() string {
	if e.Written != "" {
		return "this URI is not written as it has to be: " + e.Written
	}
	return "there is no such resource: there are " + uriConnectors + ", " + uriConnector + ", " + uriAction + " and " + uriResult
}

// CheckURI returns an [*UnknownResourceError] unless the URI has the form of a
// resource. It asks nobody whether there is one.
func (*Set) CheckURI(uri string) error {
	_, err := parseURI(uri)
	return err
}

func parseURI(uri string) (resourceURI, error) {
	rest, ours := strings.CutPrefix(uri, "alloy://")
	if !ours || len(uri) > maxURI {
		return resourceURI{}, &UnknownResourceError{}
	}
	host, path, _ := strings.Cut(rest, "/")
	var found resourceURI
	switch {
	case host == "connectors" && path == "" && !strings.HasSuffix(uri, "/"):
		return resourceURI{kind: uriConnectors}, nil
	case host == "connectors" && path != "":
		found = resourceURI{uriConnector, []string{path}}
	case host == "result" && path != "":
		found = resourceURI{uriResult, []string{path}}
	case host == "actions":
		connector, action, _ := strings.Cut(path, "/")
		if connector == "" || action == "" {
			return resourceURI{}, &UnknownResourceError{}
		}
		found = resourceURI{uriAction, []string{connector, action}}
	default:
		return resourceURI{}, &UnknownResourceError{}
	}
	for i, part := range found.parts {
		if text, err := url.PathUnescape(part); err == nil {
			found.parts[i] = text
		}
	}
	if written := found.String(); written != uri {
		return resourceURI{}, &UnknownResourceError{Written: clean(written, 400)}
	}
	return found, nil
}

// String writes the URI as its template does: everything but letters, digits and
// -._~ is escaped, so that an id such as "GET:/v1/pages" is one part.
func (r resourceURI) String() string {
	text := r.kind
	for _, part := range r.parts {
		start, end := strings.IndexByte(text, '{'), strings.IndexByte(text, '}')
		text = text[:start] + escapePart(part) + text[end+1:]
	}
	return text
}

func escapePart(part string) string {
	var b strings.Builder
	for i := range len(part) {
		switch c := part[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// ReadResource answers with what the URI names, in the JSON of the tool that tells
// the same. It obeys the same rules.
func (s *Set) ReadResource(ctx context.Context, uri string) Answer {
	r, err := parseURI(uri)
	if err != nil {
		return s.failed(ctx, "", &Error{Code: CodeNotFound, Message: sentence(err.Error()), Hint: "resources/templates/list shows how a URI is made."})
	}
	switch r.kind {
	case uriConnectors:
		return s.callWith(ctx, "list_connectors", map[string]any{"limit": 100})
	case uriAction:
		return s.callWith(ctx, "describe_action", map[string]any{"action_id": r.parts[0] + "." + r.parts[1]})
	case uriResult:
		return s.callWith(ctx, "get_result", map[string]any{"request_id": r.parts[0]})
	}
	result, err := s.readConnector(ctx, r.parts[0])
	if err != nil {
		return s.failed(ctx, "list_connectors", err)
	}
	return s.encode(ctx, "list_connectors", result, false)
}

func (s *Set) callWith(ctx context.Context, name string, arguments map[string]any) Answer {
	text, err := marshal(arguments)
	if err != nil {
		return s.failed(ctx, name, fmt.Errorf("encode the arguments: %w", err))
	}
	return s.Call(ctx, name, text)
}

// connectorPage is one app as a resource.
type connectorPage struct {
	connectorRow
	Actions []listedAction `json:"actions"`
	// Total is how many actions there are; Actions has the first of them.
	Total int    `json:"total"`
	Hint  string `json:"hint,omitempty"`
	Next  *Next  `json:"next,omitempty"`
}

type listedAction struct {
	ActionID string `json:"action_id"`
	Title    string `json:"title,omitempty"`
	Effect   string `json:"effect,omitempty"`
}

// maxActionsRead bounds the actions of one app in an answer, in bytes.
const maxActionsRead = 16_000

func (s *Set) readConnector(ctx context.Context, id string) (any, error) {
	connector, err := s.connector(ctx, id)
	if err != nil {
		return nil, err
	}
	byConnector, hint, err := s.connectionsByConnector(ctx, false)
	if err != nil {
		return nil, err
	}
	page := connectorPage{
		connectorRow: connectorRow{
			ConnectorID: connector.ID, Name: clean(connector.Name, 80), Categories: cleanAll(connector.Categories), Connections: views(byConnector[id]),
		},
		Actions: []listedAction{}, Hint: hint, Next: next("get_credential_metadata", "connector_id", connector.ID),
	}
	resources, err := s.config.Catalog.Resources(ctx, id)
	if err != nil {
		return nil, err
	}
	left := maxActionsRead
	for _, resource := range resources {
		for _, a := range resource.Actions {
			whole := id + "." + a.ID
			effect := s.config.Catalog.EffectShown(id, a)
			if clean(whole, 600) != whole || s.maySee(ctx, whole, effect) != nil {
				continue
			}
			row := listedAction{ActionID: whole, Title: clean(a.Name, 120), Effect: string(effect)}
			if left -= encodedSize(row) + 1; left > 0 {
				page.Actions = append(page.Actions, row)
			}
			page.Total++
		}
	}
	if len(page.Actions) < page.Total {
		page.Hint = sentences([]string{page.Hint, fmt.Sprintf("These are the first %d of its actions; search_actions finds the others.", len(page.Actions))})
	}
	return page, nil
}

// Err is what an answer that failed says, nil for one that did not.
func (a Answer) Err() *Error {
	if !a.IsError {
		return nil
	}
	failed := &Error{}
	if err := unmarshal(a.JSON, failed); err != nil {
		return &Error{Code: CodeInternal, Message: "The answer could not be read.", Hint: "Try again."}
	}
	return failed
}
