package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestConnectPrintsTheLinkAndWaits(t *testing.T) {
	t.Parallel()
	_, env := newSimulator(t)
	r := start(t, env, "connect", "notion", "--no-browser")
	link := r.line()
	consent := press(t, link, url.Values{"choice": {"accept"}})
	press(t, consent, url.Values{"decision": {"approve"}, "pages": {"all"}})
	code, rest := r.wait()
	if code != exitDone || !strings.Contains(rest, " notion ") || !strings.Contains(rest, "working") {
		t.Errorf("ended with %d\n%s\n%s", code, rest, r.stderr)
	}
}

func TestConnectThatIsDeclinedEndsAsNotConnected(t *testing.T) {
	t.Parallel()
	_, env := newSimulator(t)
	r := start(t, env, "connect", "notion", "--no-browser")
	request, err := url.Parse(r.line())
	if err != nil {
		t.Fatal(err)
	}
	submit(t, request.String()+"?decline", url.Values{})
	if code, rest := r.wait(); code != exitNotConnected || rest != "" || !strings.Contains(r.stderr.String(), "declined") {
		t.Errorf("ended with %d\n%s\n%s", code, rest, r.stderr)
	}
}

func TestConnectOpensTheBrowserThatIsNamed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the browser of this test is a shell script")
	}
	_, env := newSimulator(t)
	opened := filepath.Join(t.TempDir(), "opened")
	browser := filepath.Join(t.TempDir(), "browser")
	syscall.ForkLock.RLock() // a child of another test that holds the script open for writing would keep it from running
	err := os.WriteFile(browser, []byte("#!/bin/sh\nprintf %s \"$1\" >"+opened+".new && mv "+opened+".new "+opened+"\n"), 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	env["BROWSER"] = browser
	r := start(t, env, "connect", "notion")
	there := func() bool {
		_, err := os.Stat(opened)
		return err == nil && strings.Contains(r.stderr.String(), "in your browser")
	}
	for deadline := time.Now().Add(time.Minute); !there(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no browser was opened\n%s", r.stderr)
		}
	}
	link, err := os.ReadFile(opened)
	if err != nil || !strings.Contains(string(link), "/connect/") {
		t.Fatalf("the browser was given %q, %v", link, err)
	}
	r.stop()
	if code, rest := r.wait(); code != exitFailed || rest != "" {
		t.Errorf("interrupted: %d\n%s", code, rest)
	}
}
