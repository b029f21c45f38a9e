// Package simulator is a local Alloy: an [net/http.Handler] that answers as Alloy Automation's Connectivity API does, as far as
// that is known, for tests, demos and development. It shares no code with the client of that API, so that the
// two can disagree.
//
// A [Simulator] holds two accounts, one behind a production key and one behind a development key, each with an owner and one
// end user. It ships with one connector of each kind of authentication: notion (OAuth, with consent pages for a browser and a
// workspace that really works), shipStation (API key), shippo (bearer token) and jira (basic). More are loaded
// from catalog files.
//
// What no source tells about Alloy had to be guessed; the comments say guess, inferred, observed or official where
// it is coded. Guesses that matter are switches, see [Modes].
//
// # Controls
//
// The methods of [Simulator] are there over HTTP too, as JSON, without a key:
//
//	GET    /_sim/info         keys, user ids, and the secrets that the simulated providers accept
//	GET    /_sim/journal      {"entries":[Entry…]}, oldest first
//	GET    /_sim/writes       WriteCounts
//	GET    /_sim/canaries     {"canaries":[…]}
//	GET    /_sim/faults       {"faults":[Fault…]}
//	POST   /_sim/faults       one Fault or an array, put behind those in force
//	DELETE /_sim/faults       no more faults
//	GET    /_sim/modes        Modes
//	POST   /_sim/modes        the members to change
//	POST   /_sim/reset        the seeded state again
//	POST   /_sim/users        {"username","full_name","account"} → {"user_id"}
//	POST   /_sim/credentials  {"connector","user_id","account"} → {"credential_id"}
//	POST   /_sim/revoke       {"credential_id","at_provider"}
//	POST   /_sim/share        {"credential_id","pages":[…]} or {"credential_id","everything":true}
//	POST   /_sim/catalogs     a catalog file
//
// Wrong input is answered 400 with {"error":"…"}. A POST needs Content-Type: application/json. The controls give keys
// away: serve a Simulator on loopback only.
//
// # What it does not do
//
// It has no Embedded or Unified API, no triggers, no hosted MCP, no CORS, and no limits of Alloy's own (none are
// published; faults stand in for them). It checks neither Auth Config ids nor the bodies of actions without a working back end.
package simulator
