package connect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestFormsConnectWithoutOAuth(t *testing.T) {
	t.Parallel()
	for _, connectorID := range []string{"shipStation", "shippo", "jira"} {
		t.Run(connectorID, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			request := b.start(t, connectorID)
			response, page := b.browse(t, http.MethodGet, request.URL, nil)
			if response.StatusCode != http.StatusOK || !strings.Contains(page, `type="password"`) {
				t.Fatalf("the form: %s\n%s", response.Status, page)
			}
			form := url.Values{}
			for name, value := range b.sim.ProviderData(connectorID) {
				form.Set(name, fmt.Sprint(value))
			}
			response, page = b.browse(t, http.MethodPost, request.URL, form)
			if response.StatusCode != http.StatusOK || !strings.Contains(page, "is connected") {
				t.Fatalf("after submitting: %s\n%s", response.Status, page)
			}
			for name, values := range form {
				if name != "domain" && name != "username" && strings.Contains(page, values[0]) {
					t.Errorf("the page shows the value of %s", name)
				}
			}
			if got := b.check(t, request.ID, 0); got.Status != connect.Connected || got.CredentialID == "" {
				t.Errorf("the request: %+v", got)
			}
		})
	}
}

func TestAFormWithAMistakeIsShownAgainEmpty(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "jira")
	response, page := b.browse(t, http.MethodPost, request.URL, url.Values{"domain": {"acme"}, "password": {"canary-password"}})
	if response.StatusCode != http.StatusOK || !strings.Contains(page, "Username is missing") || !strings.Contains(page, `value="acme"`) {
		t.Errorf("answer: %s\n%s", response.Status, page)
	}
	if strings.Contains(page, "canary-password") {
		t.Error("the page holds the password")
	}
	if got := b.check(t, request.ID, 0); got.Status != connect.Pending {
		t.Errorf("the request: %s", got.Status)
	}
}

func TestADoubleClickStoresOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "shippo")
	form := url.Values{"accessToken": {fmt.Sprint(b.sim.ProviderData("shippo")["accessToken"])}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			response, err := b.browser.PostForm(request.URL, form)
			if err != nil {
				t.Error(err)
				return
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list := b.listed(t, "shippo")
	if len(list) != 1 {
		t.Errorf("8 clicks stored %d credentials", len(list))
	}
}

func TestAForeignSiteCannotSubmitTheForm(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "shippo")
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, request.URL, strings.NewReader("accessToken=x"))
		if err != nil {
			t.Fatal(err)
		}
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		post.Header.Set(name, value)
		response, err := b.browser.Do(post)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s is answered %s", name, value, response.Status)
		}
	}
}

// An answer that is lost may have stored the credential: the form is not offered
// again, and what Alloy lists settles the request.
func TestAFormIsHandedOverOnceWhateverTheFault(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulator.Fault{
		{Kind: simulator.FaultReset},
		{Kind: simulator.FaultHTML},
		{Kind: simulator.FaultEmpty},
		{Kind: simulator.FaultTruncate},
		{Kind: simulator.FaultGarbage},
		{Kind: simulator.FaultStatus, Status: 500},
		{Kind: simulator.FaultStatus, Status: 504},
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %d %v", fault.Kind, fault.Status, after), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, nil)
				request := b.start(t, "shippo")
				fault := fault
				fault.AfterEffect = after && fault.Kind != simulator.FaultTruncate
				fault.Method, fault.Path, fault.Count = "POST", "/connectors/**", 1
				if err := b.sim.SetFault(fault); err != nil {
					t.Fatal(err)
				}
				form := url.Values{"accessToken": {fmt.Sprint(b.sim.ProviderData("shippo")["accessToken"])}}
				for range 3 {
					b.browse(t, http.MethodPost, request.URL, form)
				}
				b.sim.ClearFaults()
				list := b.listed(t, "shippo")
				if len(list) > 1 {
					t.Fatalf("%d credentials are stored", len(list))
				}
				if got := b.check(t, request.ID, 0); len(list) == 1 && got.Status != connect.Connected {
					t.Errorf("the credential is listed, and the request is %s", got.Status)
				}
			})
		}
	}
}
