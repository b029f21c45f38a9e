package connect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
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
				if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, connectorID+" does not accept this") {
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
