package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// scene is a state that a person can meet on our pages.
type scene struct {
	name    string
	heading string
	change  func(*connect.Config)
	lead    func(p *person)
}

// scenes lead to every page that there is. What holds on all pages is tested on
// all of them.
var scenes = []scene{
	{"ask-oauth", "Connect Notion", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
	}},
	{"ask-sandbox", "Connect Notion", func(c *connect.Config) { c.Environment = "staging" }, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
	}},
	{"ask-form", "Connect Jira", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "jira").URL)
	}},
	{"ask-many", "Connect Warehouse", nil, func(p *person) {
		p.w.load(p.t, warehouse)
		p.open(p.w.start(p.t, local, "warehouse").URL)
	}},
	{"ask-nothing", "Connect Open Data", nil, func(p *person) {
		p.w.load(p.t, openData)
		p.open(p.w.start(p.t, local, "openData").URL)
	}},
	{"form-missing", "Connect Jira", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "jira").URL)
		p.fill("Domain", "harbourpine")
		p.withoutRequired()
		p.press("Connect Jira")
	}},
	{"form-error", "Connect Jira", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "jira").URL)
		p.fill("Domain", "harbourpine")
		p.fill("Username", "robin@harbourpine.example")
		p.fill("Password", "not-the-right-one")
		p.press("Connect Jira")
	}},
	{"key-rejected", "Connect Notion", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
		p.w.fault(p.t, simulator.Fault{Kind: simulator.FaultStatus, Status: 401, Body: `{"message":"Invalid Authorization"}`})
		p.press("Continue to Notion")
	}},
	{"connected", "Notion is connected", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
		p.press("Continue to Notion")
		p.press("Approve")
	}},
	{"connected-unproved", "Open Data is connected", nil, func(p *person) {
		p.w.load(p.t, openData)
		p.open(p.w.start(p.t, local, "openData").URL)
		p.press("Connect Open Data")
	}},
	{"declined", "Notion was not connected", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
		p.press("Do not connect")
	}},
	{"failed", "Notion was not connected", nil, func(p *person) {
		request := p.w.start(p.t, local, "notion")
		p.open(request.URL)
		p.press("Continue to Notion")
		p.press("Deny")
		p.w.shift(p.t, "returned", request.ID, "", -time.Minute)
		p.open(request.URL)
	}},
	{"checking", "Checking the connection to Notion", nil, func(p *person) {
		p.w.modes(p.t, func(m *simulator.Modes) { m.ListDelay = time.Minute })
		p.open(p.w.start(p.t, local, "notion").URL)
		p.press("Continue to Notion")
		p.press("Approve")
	}},
	{"expired", "This link has expired", nil, func(p *person) {
		request := p.w.start(p.t, local, "notion")
		p.w.shift(p.t, "request", request.ID, "expires", -time.Hour)
		p.open(request.URL)
	}},
	{"unknown", "This link is not known", nil, func(p *person) { p.open("/connect/NOSUCHREQUESTNOSUCHREQUEST") }},
	{"nothing", "Nothing here", nil, func(p *person) { p.open("/connect/a/b/c") }},
	{"used", "This address is not known", nil, func(p *person) { p.open("/oauth/callback/NOSUCHNONCE") }},
	{"back", "Back from the app", nil, func(p *person) { p.open("/oauth/callback") }},
	{"index", "Your connections", nil, func(p *person) {
		p.w.load(p.t, warehouse)
		p.furnish()
		p.open("/connect")
	}},
	{"index-empty", "Your connections", nil, func(p *person) { p.open("/connect") }},
	{"index-search", "Your connections", nil, func(p *person) { p.open("/connect?q=nothing+like+it") }},
	{"disconnect", "Disconnect Notion?", nil, func(p *person) {
		p.open(p.w.start(p.t, local, "notion").URL)
		p.press("Continue to Notion")
		p.press("Approve")
		p.open("/connect/account/" + p.w.listed(p.t, local, "notion")[0].ID)
	}},
	{"disconnected", "Notion is disconnected", nil, func(p *person) {
		p.open("/connect/account/" + p.w.add(p.t, local, "notion"))
		p.press("Disconnect Notion")
	}},
	{"duplicates", "Duplicate connections", nil, func(p *person) {
		p.furnish()
		p.open("/connect/duplicates")
	}},
	{"duplicates-none", "Duplicate connections", nil, func(p *person) { p.open("/connect/duplicates") }},
	{"confirm", "Allow this in Notion?", nil, func(p *person) { p.open(p.w.ask(p.t, local)) }},
	{"confirm-allowed", "You allowed it", nil, func(p *person) {
		p.open(p.w.ask(p.t, local))
		p.press("Allow once")
	}},
	{"confirm-declined", "You did not allow it", nil, func(p *person) {
		p.open(p.w.ask(p.t, local))
		p.press("Do not allow")
	}},
	{"confirm-unknown", "This link is not known", nil, func(p *person) { p.open("/confirm/NOSUCHREQUESTNOSUCHREQUEST") }},
	{"login", "Log in", twoPeople, func(p *person) { p.open("/connect") }},
	{"login-wrong", "Log in", twoPeople, func(p *person) {
		p.open("/connect")
		p.fill("Your token", "amcp_wrong")
		p.press("Log in")
	}},
	{"index-known", "Your connections", twoPeople, func(p *person) { p.logIn("ada") }},
	{"somebody-else", "This link is somebody else's", twoPeople, func(p *person) {
		p.logIn("ben")
		p.open(p.w.start(p.t, "ada", "notion").URL)
	}},
	{"other-browser", "This was begun in another browser", twoPeople, func(p *person) {
		a := p.w.person(p.t)
		a.logIn("ada")
		a.open(p.w.start(p.t, "ada", "notion").URL)
		a.press("Continue to Notion")
		p.open(a.url())
		p.press("Approve")
	}},
}

// furnish connects several accounts, some of them twice, one of them dead.
func (p *person) furnish() {
	p.t.Helper()
	w, t := p.w, p.t
	w.add(t, local, "notion")
	p.open(w.start(t, local, "notion").URL)
	p.press("Continue to Notion")
	p.press("Approve")
	w.add(t, local, "shippo")
	w.add(t, local, "shippo")
	jira := w.start(t, local, "jira")
	if _, err := w.flow.Enter(t.Context(), local, jira.ID, w.sim.ProviderData("jira")); err != nil {
		t.Fatal(err)
	}
	if err := w.sim.RevokeAtProvider(w.listed(t, local, "jira")[0].ID); err != nil {
		t.Fatal(err)
	}
	user, err := w.user(t.Context(), local)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.accounts.Probe(t.Context(), local, user, "jira", w.listed(t, local, "jira")[0].ID); err != nil {
		t.Fatal(err)
	}
}

func (w *world) fault(t *testing.T, fault simulator.Fault) {
	t.Helper()
	if err := w.sim.SetFault(fault); err != nil {
		t.Fatal(err)
	}
}

func (w *world) load(t *testing.T, catalog string) {
	t.Helper()
	if err := w.sim.LoadCatalog([]byte(catalog)); err != nil {
		t.Fatal(err)
	}
}

// withoutRequired makes the browser send what it would otherwise hold back.
func (p *person) withoutRequired() {
	p.t.Helper()
	evaluate[int](p, `[...document.querySelectorAll("[required]")].map(e => e.required = false).length`)
}

// app is a catalog of an app without actions, with one way to connect it.
func app(id, name, authType, data string) string {
	if data != "" {
		data = `,"data":` + data
	}
	return fmt.Sprintf(`{"connector":{"id":%q,"name":%q,"category":["testing"]},"metadata":[{"authenticationType":%q,"inputSchema":{
		"type":"object","properties":{"userId":{"type":"string"}%s}}}],"resources":[],"actions":{}}`, id, name, authType, data)
}

// warehouse asks for every kind of field.
var warehouse = app("warehouse", "Warehouse", "apiKey", `{"type":"object","required":["account","region","private_key"],"properties":{
	"account":{"type":"string","title":"Account","description":"What stands before .warehouse.example in the address of your console."},
	"region":{"type":"string","enum":["eu-central-1","us-east-1"],"description":"Where your data is kept."},
	"private_key":{"type":"string","description":"Made in the console under Admin, API keys."},
	"role":{"type":"string","enum":["reader","writer"]},
	"port":{"type":"integer","minimum":1,"maximum":65535,"description":"Leave it out for the usual one."}}}`)

// openData asks for nothing at all.
var openData = app("openData", "Open Data", "apiKey", "")
