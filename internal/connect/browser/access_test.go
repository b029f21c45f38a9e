package browser

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// inspect is a function that returns what is wrong with the page it runs in.
//
//go:embed testdata/inspect.js
var inspect string

// Every page can be used by people who do not see it, do not see it well, have no
// mouse or a small screen, in both colour schemes.
func TestEveryPageCanBeUsedByEverybody(t *testing.T) {
	t.Parallel()
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s.change)
			p := w.person(t)
			s.lead(p)
			p.sees(s.heading)
			for _, scheme := range []string{"light", "dark"} {
				p.looksAs(scheme, 1000)
				p.report(scheme, inspect+`("`+w.site+`")`)
				p.picture(s.name, scheme)
			}
			p.tabThrough()
			p.do(chromedp.EmulateViewport(320, 600))
			p.report("at 320 pixels", `[...document.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".hidden"))
				.map(e => e.outerHTML.slice(0, 80) + " is wider than the window").concat(document.documentElement.scrollWidth > innerWidth ? ["the page has to be moved sideways"] : [])`)
		})
	}
}

// looksAs gives the person a colour scheme and a window.
func (p *person) looksAs(scheme string, width int64) {
	p.t.Helper()
	p.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}), chromedp.EmulateViewport(width, 600))
}

func (p *person) report(where, expression string) {
	p.t.Helper()
	for _, problem := range evaluate[[]string](p, expression) {
		p.t.Errorf("%s: %s", where, problem)
	}
}

// tabThrough goes through all there is to press and fill in with the Tab key, and
// fails the test where one cannot see where one is.
func (p *person) tabThrough() {
	p.t.Helper()
	const here = `(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return [e.dataset.nth || e.tagName, (e.innerText || e.name || "").replace(/\s+/g, " "), s.outlineStyle, s.outlineWidth, r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0]
			.join("\t"); })()`
	want := evaluate[int](p, `(() => { const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']")];
		all.forEach((e, i) => e.dataset.nth = i); document.activeElement.blur(); return all.length; })()`)
	seen := make(map[string]bool)
	for range want + 2 { // where a field had the cursor, the way round leads through the browser's own controls
		p.do(chromedp.KeyEvent(kb.Tab))
		at := strings.Split(evaluate[string](p, here), "\t")
		if at[0] == "BODY" || seen[at[0]] {
			continue
		}
		seen[at[0]] = true
		if at[2] != "solid" || at[3] == "0px" || at[4] != "true" {
			p.t.Errorf("one does not see the focus on %q", at)
		}
	}
	if len(seen) != want {
		p.t.Errorf("the keyboard comes to %d of %d controls", len(seen), want)
	}
}
