package browser

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// tab is a window with a profile of its own. A profile costs half a second, so it is
// cleaned and used again.
type tab struct {
	ctx   context.Context
	end   context.CancelFunc
	watch atomic.Pointer[func(any)] // who wants to know what happens in it
}

var spare struct {
	mu   sync.Mutex
	tabs []*tab
}

// takeTab returns a window that nobody has used, as far as one can see.
func takeTab(t *testing.T) *tab {
	t.Helper()
	parent := browser(t)
	spare.mu.Lock()
	defer spare.mu.Unlock()
	if last := len(spare.tabs) - 1; last >= 0 {
		taken := spare.tabs[last]
		spare.tabs = spare.tabs[:last]
		return taken
	}
	return openTab(parent, t, chromedp.WithNewBrowserContext())
}

func openTab(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *tab {
	t.Helper()
	opened := &tab{}
	opened.ctx, opened.end = chromedp.NewContext(parent, options...)
	err := chromedp.Listen(opened.ctx, func(event any) {
		if watch := opened.watch.Load(); watch != nil {
			(*watch)(event)
		}
	})
	if err == nil {
		err = chromedp.Do(opened.ctx, command(network.Enable, network.EnableParams{}), command(cdplog.Enable, cdp.Empty{}), command(audits.Enable, cdp.Empty{}))
	}
	if err != nil {
		opened.end()
		t.Fatalf("open a window: %v", err)
	}
	return opened
}

// putBack cleans a window for the next person, and closes it where that fails.
func (opened *tab) putBack() {
	opened.watch.Store(nil)
	ctx, cancel := context.WithTimeout(opened.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx,
		chromedp.Navigate("about:blank"), command(page.ResetNavigationHistory, cdp.Empty{}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}), command(emulation.ClearDeviceMetricsOverride, cdp.Empty{}),
	)
	if err == nil {
		_, err = chromedp.CallBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: opened.profile()})
	}
	if err != nil {
		opened.end()
		return
	}
	spare.mu.Lock()
	defer spare.mu.Unlock()
	spare.tabs = append(spare.tabs, opened)
}

func (opened *tab) profile() cdp.BrowserContextID {
	return chromedp.FromContext(opened.ctx).BrowserContextID
}

// command makes a step of a command whose answer does not matter.
func command[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}
