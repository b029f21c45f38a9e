package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long anything in a browser may take.
const patience = 90 * time.Second

// person is somebody at a browser with cookies and a history of their own.
type person struct {
	w   *world
	t   *testing.T
	tab *tab

	mu       sync.Mutex
	requests []sighting
	troubles []string // what the browser complained about
	lured    []string // further places that a test sends the browser to
	last     int64    // the status of the last document
}

// sighting is a request that the browser sent.
type sighting struct{ method, url, referrer, body string }

// person opens a browser of its own. In the end it checks what holds on every
// page: nothing came from elsewhere, and the browser had nothing to complain of.
func (w *world) person(t *testing.T) *person {
	t.Helper()
	p := &person{w: w, t: t, tab: takeTab(t)}
	t.Cleanup(p.tab.putBack)
	return p.begin()
}

// secondTab is another window of the same person, with the same cookies.
func (p *person) secondTab() *person {
	p.t.Helper()
	other := &person{w: p.w, t: p.t, tab: openTab(p.tab.ctx, p.t)}
	p.t.Cleanup(other.tab.end)
	return other.begin()
}

func (p *person) begin() *person {
	watch := p.watch
	p.tab.watch.Store(&watch)
	p.t.Cleanup(p.checkManners)
	return p
}

// watch keeps what the browser sends and what it complains about.
func (p *person) watch(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		sent := sighting{method: e.Request.Method, url: e.Request.URL}
		sent.referrer, _ = e.Request.Headers["Referer"].(string)
		for _, part := range e.Request.PostDataEntries {
			sent.body += string(part.Bytes)
		}
		p.requests = append(p.requests, sent)
	case *network.EventRequestWillBeSentExtraInfo:
		if referrer, ok := e.Headers["Referer"].(string); ok {
			p.requests = append(p.requests, sighting{referrer: referrer})
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			p.last = e.Response.Status
		}
	case *cdplog.EventEntryAdded:
		switch {
		case e.Entry.Source == cdplog.EntrySourceNetwork: // the status again
		case e.Entry.Level == cdplog.EntryLevelError, e.Entry.Level == cdplog.EntryLevelWarning:
			p.troubles = append(p.troubles, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
		}
	case *runtime.EventConsoleAPICalled:
		p.troubles = append(p.troubles, fmt.Sprintf("console: %s", e.Type))
	case *runtime.EventExceptionThrown:
		p.troubles = append(p.troubles, "an exception: "+e.ExceptionDetails.Text)
	case *audits.EventIssueAdded:
		if details, err := json.Marshal(e.Issue.Details); err == nil && !harmless(e.Issue.Code) {
			p.troubles = append(p.troubles, fmt.Sprintf("%s: %s", e.Issue.Code, details))
		}
	}
}

// harmless tells what the browser only remarks: that an app's name of a field means
// something to it, and that one was at Alloy's for a moment only.
func harmless(code audits.InspectorIssueCode) bool {
	return code == audits.InspectorIssueCodeGenericIssue || code == audits.InspectorIssueCodeBounceTrackingIssue
}

func (p *person) checkManners() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, trouble := range p.troubles {
		p.t.Errorf("the browser complains: %s", trouble)
	}
	for _, r := range p.requests {
		for _, address := range []string{r.url, r.referrer} {
			u, err := url.Parse(address)
			if err != nil || address != "" && address != "about:blank" && !slices.Contains(append([]string{p.w.site, p.w.alloyURL}, p.lured...), u.Scheme+"://"+u.Host) {
				p.t.Errorf("the browser went elsewhere: %q", address)
			}
		}
	}
}

func (p *person) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.tab.ctx, patience)
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("in the browser: %v", err)
	}
}

// evaluate asks the page; the debugger may do that though the page itself may
// not run scripts.
func evaluate[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("in the browser: %v\n%s", err, expression)
	}
	return value
}

// goes does the steps and waits for the page that they lead to.
func (p *person) goes(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	all := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, step := range steps {
			if _, err := step(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, all)); err != nil {
		p.t.Fatalf("waiting for the next page: %v\nat %s\n%s", err, p.url(), p.text())
	}
}

// open goes to an address, of ours where it begins with a slash.
func (p *person) open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.w.site + address
	}
	p.goes(command(page.Navigate, page.NavigateParams{URL: address}))
}

func (p *person) reload() { p.t.Helper(); p.goes(command(page.Reload, page.ReloadParams{})) }

func (p *person) back()    { p.t.Helper(); p.travel(-1) }
func (p *person) forward() { p.t.Helper(); p.travel(1) }

// travel goes through the tab's history as the browser's buttons do. What the
// browser has kept whole it shows again without loading it.
func (p *person) travel(steps int64) {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	entries, err := chromedp.Run(ctx, chromedp.NavigationEntries())
	if err != nil {
		p.t.Fatal(err)
	}
	to := page.NavigateToHistoryEntryParams{EntryID: entries.Entries[entries.CurrentIndex+steps].ID}
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.FrameNavigated, nil, command(page.NavigateToHistoryEntry, to))); err != nil {
		p.t.Fatalf("going back or forward: %v", err)
	}
	p.until(func() bool { return evaluate[string](p, `document.readyState`) == "complete" }, "the page is not loaded")
}

// until looks again and again until something is so.
func (p *person) until(so func() bool, complaint string) {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("%s\nat %s\n%s", complaint, p.url(), p.text())
		}
	}
}

// press presses the button or link with these words and waits for the next page.
func (p *person) press(words string) {
	p.t.Helper()
	p.goes(p.click(words, 1))
}

// click presses the mouse on the button or link with these words.
func (p *person) click(words string, times int64) chromedp.Action[chromedp.Void] {
	p.t.Helper()
	at := p.find(`[...document.querySelectorAll("button, a, label, summary")].filter(e => (e.innerText || e.textContent).trim().replace(/\s+/g, " ") === `+quote(words)+`)`, words)
	return p.clickAt(at, times)
}

func (p *person) clickAt(at point, times int64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for n := int64(1); n <= times; n++ {
			for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
				_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{
					Type: kind, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, ClickCount: n,
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// point is where something is in the window.
type point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// find returns the middle of the one visible element of the expression.
func (p *person) find(expression, what string) point {
	p.t.Helper()
	found := evaluate[[]point](p, `(() => { const all = (`+expression+`).filter(e => e.getClientRects().length > 0);
		return all.map(e => { e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return {x: r.x + r.width / 2, y: r.y + r.height / 2}; }); })()`)
	if len(found) != 1 {
		p.t.Fatalf("%q is there %d times on the page at %s:\n%s", what, len(found), p.url(), p.text())
	}
	return found[0]
}

// headline is the expression of what the page calls itself, as it is read out.
const headline = `[...document.querySelectorAll("h1")].map(e => { const read = e.cloneNode(true);
	read.querySelectorAll("[aria-hidden]").forEach(e => e.remove()); return read.textContent.trim(); }).join()`

// field is the expression of the control with this label.
func field(label string) string {
	return `[...document.querySelectorAll("input, select, textarea")].filter(e => [...(e.labels || [])].some(l => l.firstChild && l.innerText.trim().startsWith(` + quote(label) + `)))`
}

// fill types a value into the field with this label, in place of what is there.
func (p *person) fill(label, value string) {
	p.t.Helper()
	p.do(p.clickAt(p.find(field(label), label), 3), command(input.InsertText, input.InsertTextParams{Text: value}))
}

// value is what stands in the field with this label.
func (p *person) value(label string) string {
	p.t.Helper()
	return evaluate[string](p, field(label)+`[0].value`)
}

func (p *person) url() string { p.t.Helper(); return evaluate[string](p, `location.href`) }
func (p *person) heading() string {
	p.t.Helper()
	return evaluate[string](p, headline)
}

func (p *person) text() string { p.t.Helper(); return evaluate[string](p, `document.body.innerText`) }

func (p *person) source() string {
	p.t.Helper()
	return evaluate[string](p, `document.documentElement.outerHTML`)
}

// status is the HTTP status of the page.
func (p *person) status() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// sees fails the test unless the page has this heading and these texts.
func (p *person) sees(heading string, texts ...string) {
	p.t.Helper()
	if got := p.heading(); got != heading {
		p.t.Fatalf("the page says %q, want %q\nat %s\n%s", got, heading, p.url(), p.text())
	}
	for _, text := range texts {
		if got := p.text(); !strings.Contains(got, text) {
			p.t.Errorf("the page %q does not say %q:\n%s", heading, text, got)
		}
	}
}

// waitsFor looks at a page that loads itself again, or is about to be replaced, until
// it has the heading and stays.
func (p *person) waitsFor(heading string) {
	p.t.Helper()
	const enough = 5
	seen := 0
	p.until(func() bool {
		ctx, cancel := p.context()
		defer cancel()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](headline))
		if seen++; err != nil || got != heading { // an error: the page is just being replaced
			seen = 0
		}
		return seen == enough
	}, "the page never says "+heading)
}

// history lists the addresses and titles of the tab's history.
func (p *person) history() []string {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	entries, err := chromedp.Run(ctx, chromedp.NavigationEntries())
	if err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, e := range entries.Entries {
		all = append(all, e.URL, e.Title)
	}
	return all
}

// tabTo presses Tab until the button or link with these words has the focus.
func (p *person) tabTo(words string) {
	p.t.Helper()
	var seen []string
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		at := evaluate[string](p, `(document.activeElement.innerText || document.activeElement.value || "").trim().replace(/\s+/g, " ")`)
		if at == words {
			return
		}
		seen = append(seen, at)
	}
	p.t.Fatalf("Tab never comes to %q, only to %q", words, seen)
}

// sightings is what the browser sent so far.
func (p *person) sightings() []sighting {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string can always be encoded
	return string(text)
}
