package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// hostile is what others may write where a name or a text is expected.
const hostile = `</title><script>document.title="owned"</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"'{{.}}`

// Texts of an app are shown as texts, whatever they hold; the browser's own complaints
// and requests are checked for every person.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.load(t, app("hostile", hostile, "apiKey", `{"type":"object","required":["choice"],"properties":{
		"choice":{"type":"string","title":`+quote(hostile)+`,"description":`+quote(hostile)+`},
		"two words":{"type":"string","enum":[`+quote(hostile)+`,"b"]}, `+quote(hostile)+`:{"type":"string","title":"Odd name"}, "__proto__":{"type":"string"}, "action":{"type":"string"}}}`))
	p := w.person(t)
	request := w.start(t, local, "hostile")
	p.open(request.URL)
	if got := p.heading(); !strings.HasPrefix(got, "Connect </title><script>") {
		t.Errorf("the heading is %q", got)
	}
	p.report("the page", inspect+`("`+w.site+`")`)
	p.fill("</title><script>", "decline")
	p.press(evaluate[string](p, `document.querySelector("main form button").innerText`))
	if got := p.heading(); !strings.HasSuffix(got, "is connected") {
		t.Errorf("the heading is %q\n%s", got, p.text())
	}
	p.open("/connect")
	p.sees("Your connections", hostile[:60])
	p.report("the list", inspect+`("`+w.site+`")`)
	p.open("/connect/account/" + w.listed(t, local, "hostile")[0].ID)
	p.report("the connection", inspect+`("`+w.site+`")`)
	if evaluate[string](p, `document.title`) == "owned" {
		t.Error("a script of an app ran")
	}
}

// A form of 200 fields works as one of two does.
func TestTwoHundredFields(t *testing.T) {
	t.Parallel()
	var properties []string
	for i := range 200 {
		properties = append(properties, fmt.Sprintf(`"field_%d":{"type":"string","description":"What belongs into field %d."}`, i, i))
	}
	w := newWorld(t, nil)
	w.load(t, app("big", "Big", "apiKey", `{"type":"object","required":["field_199"],"properties":{`+strings.Join(properties, ",")+`}}`))
	p := w.person(t)
	request := w.start(t, local, "big")
	p.open(request.URL)
	p.fill("Field 199", "x")
	p.press("Connect Big")
	p.sees("Big is connected")
}

// Somebody pastes a whole file. They are told, and nothing is lost but time.
func TestPastingAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "shippo")
	p.open(request.URL)
	p.fill("Access token", strings.Repeat("canary-file ", 8_000))
	p.press("Connect Shippo")
	p.sees("That is too much text", "Nothing was stored")
	p.open(request.URL)
	p.fill("Access token", w.right("shippo", "accessToken"))
	p.press("Connect Shippo")
	p.sees("Shippo is connected")
	if got := w.status(t, local, request); got.Status != connect.Connected {
		t.Errorf("the assistant sees %+v", got)
	}
}

// An app that goes on by OAuth may ask for something first. Nothing of it is found by
// going back in the end.
func TestWhatWasTypedBeforeOAuthIsGone(t *testing.T) {
	t.Parallel()
	const secret = "canary-typed-before-oauth"
	w := newWorld(t, nil)
	w.load(t, app("shop", "Shop", "oauth2", `{"type":"object","required":["shopName","clientSecret"],"properties":{"shopName":{"type":"string"},"clientSecret":{"type":"string"}}}`))
	p := w.person(t)
	request := w.start(t, local, "shop")
	p.open(request.URL)
	p.fill("Shop name", "harbour")
	p.fill("Client secret", secret)
	p.press("Continue to Shop")
	p.sees("Connect Shop?")
	p.press("Approve")
	p.waitsFor("Shop is connected")
	p.back()
	p.back()
	p.sees("Shop is connected")
	p.forgot(secret)
}
