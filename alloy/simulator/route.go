package simulator

import (
	"net/http"
	"net/url"
	"strings"
)

// handler answers a call; it runs with the simulator's lock held.
type handler func(*call) reply

// route is one endpoint: a method and a path whose {names} match one element each.
type route struct {
	method   string
	elements []string
	when     func(*call) bool // nil: always
	handle   handler
}

// routes are the endpoints that Alloy is known, or said by its own guides, to have. All else is
// answered as Express answers an unknown path.
func (s *Simulator) routes() []route {
	table := []route{
		at("GET", "/connectors", s.listConnectors),
		at("GET", "/connectors/{connector}", s.showConnector),
		at("GET", "/connectors/{connector}/resources", s.listResources),
		at("GET", "/connectors/{connector}/actions", s.listActions),
		at("GET", "/connectors/{connector}/actions/{action}", s.showAction),
		at("POST", "/connectors/{connector}/actions/{action}/execute", s.execute),
		at("GET", "/connectors/{connector}/credentials/metadata", s.credentialMetadata).
			only(func(c *call) bool { return !c.modes.OldCredentials }),
		at("GET", "/connectors/{connector}/credentials", s.connectorCredentials),
		at("DELETE", "/connectors/{connector}/credentials/{credential}", s.deleteConnectorCredential),
		at("GET", "/credentials/users/{user}", s.userCredentialsSister),
		at("GET", "/users/{user}/credentials", s.userCredentials),
		at("DELETE", "/users/{user}/credentials/{credential}", s.deleteUserCredential),
		at("POST", "/users", s.createUser),
		at("GET", "/users", s.listUsers),
		at("GET", "/users/{user}", s.showUser),
		at("PUT", "/users/{user}", s.updateUser),
		at("DELETE", "/users/{user}", s.deleteUser),
	}
	for path, where := range map[string]CreatePath{
		"/connectors/{connector}/credentials":       CreateAtConnectors,
		"/users/connectors/{connector}/credentials": CreateAtUsersConnectors,
		"/users/{user}/credentials":                 CreateAtUsers,
	} {
		table = append(table, at("POST", path, s.createCredential).only(func(c *call) bool { return c.modes.CreatePath == where }))
	}
	for _, prefix := range []string{"", "/{version}"} {
		files := func(c *call) bool {
			version, prefixed := c.params["version"]
			return prefixed == c.modes.PrefixedFiles && (!prefixed || version == c.r.Header.Get(versionHeader))
		}
		table = append(table,
			at("POST", prefix+"/connectors/files/upload/request", s.requestUpload).only(files),
			at("GET", prefix+"/connectors/files/list", s.listFiles).only(files))
	}
	return table
}

func at(method, path string, handle handler) route {
	return route{method: method, elements: strings.Split(path[1:], "/"), handle: handle}
}

func (r route) only(when func(*call) bool) route {
	r.when = when
	return r
}

// match finds the route of a call and fills its parameters. Elements are unescaped one by one, so that an
// escaped slash stays inside its element.
func (s *Simulator) match(c *call) (handler, bool) {
	elements := strings.Split(strings.TrimPrefix(c.r.URL.EscapedPath(), "/"), "/")
	if len(elements) > 1 && elements[len(elements)-1] == "" {
		elements = elements[:len(elements)-1] // Express ignores one slash at the end
	}
	for i, element := range elements {
		plain, err := url.PathUnescape(element)
		if err != nil || plain == "" {
			return nil, false
		}
		elements[i] = plain
	}
	for _, r := range s.table {
		params, fits := r.fits(c.r.Method, elements)
		if !fits {
			continue
		}
		c.params = params
		if r.when == nil || r.when(c) {
			if refusesUsers(c.modes, elements) {
				return func(*call) reply { return badKey() }, true
			}
			return r.handle, true
		}
	}
	return nil, false
}

func refusesUsers(m Modes, elements []string) bool { return m.UsersRefused && elements[0] == "users" }

func (r route) fits(method string, elements []string) (map[string]string, bool) {
	if method != r.method && (method != http.MethodHead || r.method != http.MethodGet) {
		return nil, false
	}
	if len(elements) != len(r.elements) {
		return nil, false
	}
	params := map[string]string{}
	for i, want := range r.elements {
		if name, isParam := strings.CutPrefix(want, "{"); isParam {
			params[strings.TrimSuffix(name, "}")] = elements[i]
		} else if want != elements[i] {
			return nil, false
		}
	}
	return params, true
}
