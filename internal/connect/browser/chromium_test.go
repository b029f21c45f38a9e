// Package browser tests the pages of connecting an account as a person meets
// them: in a real Chromium, through the real HTTP handler, with the simulator as
// Alloy. Our pages are at localhost and Alloy's at 127.0.0.1, so that for the
// browser they are two sites and its rules on cookies and origins count.
package browser

import (
	"context"
	"flag"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests; everybody gets a profile of their own
// in it. It starts when the first test needs it.
var chromium struct {
	once sync.Once
	ctx  context.Context
	end  context.CancelFunc
	err  error
}

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // most of the time they wait for the browser
	code := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	os.Exit(code)
}

// browser returns the context of the running browser. Without Chromium the test
// is skipped, but where CI=true it fails: there the pages must have been tried.
func browser(t *testing.T) context.Context {
	t.Helper()
	program, err := exec.LookPath("chromium")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("chromium is missing, and CI=true: %v", err)
	default:
		t.Skipf("chromium is missing: %v", err)
	}
	chromium.once.Do(func() { startChromium(program) })
	if chromium.err != nil {
		t.Fatalf("start chromium: %v", chromium.err)
	}
	return chromium.ctx
}

func startChromium(program string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.CombinedOutput(io.Discard), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	chromium.ctx, chromium.end = ctx, func() { closeBrowser(); stop() }
	chromium.err = chromedp.Do(ctx)
}
