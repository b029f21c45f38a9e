package connect_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// rightData is what a connector's form takes.
func (b *bench) rightData(connectorID string) url.Values {
	form := url.Values{}
	for name, value := range b.sim.ProviderData(connectorID) {
		form.Set(name, fmt.Sprint(value))
	}
	return form
}

// Where an app's refusal shows is not known, so it is seen in every place.
func TestAWrongKeyIsRefusedAndTheRightOneTaken(t *testing.T) {
	t.Parallel()
	for connectorID, secret := range map[string]string{"shipStation": "apiKey", "shippo": "accessToken", "jira": "password"} {
		for _, where := range []simulator.ProviderErrors{simulator.ProviderErrorsInside, simulator.ProviderErrorsStatus, simulator.ProviderErrorsBare} {
			t.Run(connectorID+" "+string(where), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, nil)
				b.modes(t, func(m *simulator.Modes) { m.ProviderErrors = where })
				request := b.start(t, connectorID)
				form := b.rightData(connectorID)
				form.Set(secret, "canary-not-the-right-one")
				response, page := b.browse(t, http.MethodPost, request.URL, form)
				if response.StatusCode != http.StatusOK || !strings.Contains(page, connectorID+" does not accept this") {
					t.Errorf("the wrong key: %s\n%s", response.Status, page)
				}
				if strings.Contains(page, "canary") {
					t.Error("the page holds the wrong key")
				}
				if list := b.listed(t, connectorID); len(list) > 0 {
					t.Errorf("what was refused is still at Alloy: %+v", list)
				}
				if _, page = b.browse(t, http.MethodPost, request.URL, b.rightData(connectorID)); !strings.Contains(page, "is connected") {
					t.Errorf("the right key: %s", page)
				}
				if got := b.check(t, request.ID, 0); got.Status != connect.Connected {
					t.Errorf("the assistant sees %+v", got)
				}
			})
		}
	}
}

// A double click takes the browser away from the answer to the first one, so the
// page that it ends on tells what the app said. What was entered and is no secret
// need not be typed again, and is forgotten in the end.
func TestAFormThatWasRefusedIsShownAsItWas(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "jira")
	form := b.rightData("jira")
	form.Set("password", "canary-wrong")
	b.browse(t, http.MethodPost, request.URL, form)
	_, page := b.browse(t, http.MethodGet, request.URL, nil)
	for _, want := range []string{"must be authenticated", `value="` + form.Get("username"), `value="` + form.Get("domain"), "<title>Error: "} {
		if !strings.Contains(page, want) {
			t.Errorf("opened again, the page lacks %s\n%s", want, page)
		}
	}
	if kept, err := b.store.Get(t.Context(), state.Name("mistake", request.ID)); err != nil || strings.Contains(string(kept), "canary") {
		t.Errorf("kept: %s, %v", kept, err)
	}
	b.browse(t, http.MethodPost, request.URL, b.rightData("jira"))
	if kept, err := b.store.Get(t.Context(), state.Name("mistake", request.ID)); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("still kept: %s, %v", kept, err)
	}
}

// Some apps repeat the key that they reject.
func TestAnAppsWordsDoNotRepeatWhatWasEntered(t *testing.T) {
	t.Parallel()
	const secret = "canary-5f2c-not-accepted"
	execute := simulator.Fault{Method: "POST", Path: "/connectors/shippo/actions/**"}
	rejected, missing := execute, execute
	rejected.Kind, rejected.Status, rejected.Body = simulator.FaultProvider, http.StatusUnauthorized, `{"detail":"Invalid token `+secret+`"}`
	missing.Kind, missing.Status, missing.Body = simulator.FaultStatus, http.StatusNotFound, `{"message":"Credential not found"}`
	missing.Count = 1
	for _, test := range []struct {
		name   string
		faults []simulator.Fault
		want   connect.Status
	}{
		{"at once", []simulator.Fault{rejected}, connect.Pending},
		{"once it is stored", []simulator.Fault{missing, rejected}, connect.Failed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			request := b.start(t, "shippo")
			if err := b.sim.SetFault(test.faults...); err != nil {
				t.Fatal(err)
			}
			_, page := b.browse(t, http.MethodPost, request.URL, url.Values{"accessToken": {secret}})
			if test.want == connect.Failed {
				b.shift(t, "found", request.ID, "at", -time.Hour)
			}
			got := b.check(t, request.ID, 0)
			_, again := b.browse(t, http.MethodGet, request.URL, nil)
			if said := fmt.Sprint(page, got, again); strings.Contains(said, secret) || got.Status != test.want {
				t.Errorf("want %s and nothing of the key:\n%s", test.want, said)
			}
		})
	}
}
