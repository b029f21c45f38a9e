// Package alloy is a client of Alloy Automation's Connectivity API
// (https://production.runalloy.com, header x-api-version).
//
// A [Client] holds one API key. Calls that need no Alloy user are methods of
// Client; calls that act for a user are methods of [UserClient], which only
// [Client.As] makes, so that none can be written without naming a user.
//
// The API is documented in parts only. Where this package relies on something
// that Alloy does not document, the comment says whether it was observed in
// public projects or is a guess.
package alloy
