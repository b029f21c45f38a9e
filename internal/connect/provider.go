package connect

import "strings"

// provider is what people should know of an app besides what Alloy tells.
type provider struct {
	sandbox string // where to try things without touching real data
	revoke  string // where the app itself lists who has access
}

// known holds where the apps keep these things, by general knowledge; menus move,
// and nothing depends on the words. An app that is missing is spoken of in general
// words.
func known(connectorID string) provider {
	switch connectorID {
	case "notion":
		return provider{sandbox: "a personal Notion workspace", revoke: "Notion, Settings, Connections"}
	case "hubspot":
		return provider{sandbox: "a HubSpot developer test account", revoke: "HubSpot, Settings, Integrations, Connected apps"}
	case "salesforce":
		return provider{sandbox: "a Salesforce sandbox or Developer Edition org", revoke: "Salesforce, Settings, Connected Apps OAuth Usage"}
	case "slack":
		return provider{sandbox: "a Slack workspace of your own", revoke: "Slack, Apps, Manage, Installed apps"}
	case "shopify":
		return provider{sandbox: "a Shopify development store", revoke: "Shopify admin, Settings, Apps"}
	case "quickbooks":
		return provider{sandbox: "a QuickBooks sandbox company", revoke: "QuickBooks, Apps, My apps"}
	case "xero":
		return provider{sandbox: "the Xero demo company", revoke: "Xero, Settings, Connected apps"}
	case "jira":
		return provider{sandbox: "a free Jira site of your own", revoke: "Atlassian account, Security, API tokens"}
	case "shippo":
		return provider{sandbox: "a Shippo test token (it begins with shippo_test_)", revoke: "Shippo, Settings, API"}
	case "shipStation":
		return provider{revoke: "ShipStation, Settings, Account, API Settings"}
	case "zendesk":
		return provider{sandbox: "a Zendesk sandbox or trial account", revoke: "Zendesk Admin Center, Apps and integrations"}
	}
	return provider{}
}

// Sandbox names where an app can be tried without touching real data. It is "" where
// none is known, and in production, where nobody wants to be sent there.
func (f *Flow) Sandbox(connectorID string) string {
	if f.environment() == "" {
		return ""
	}
	return known(connectorID).sandbox
}

// environment is the name of the environment, "" for production.
func (f *Flow) environment() string {
	switch e := strings.ToLower(f.config.Environment); e {
	case "", "production", "prod":
		return ""
	}
	return f.config.Environment
}

// Revocation names where an app itself lists who has access, in general words
// where the place is not known: what Alloy forgets, the app may still allow.
func Revocation(connectorID string) string {
	if where := known(connectorID).revoke; where != "" {
		return where
	}
	return "the app's settings, where it lists connected apps"
}
