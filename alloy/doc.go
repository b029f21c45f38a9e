// Package alloy is a client of Alloy Automation's Connectivity API
// (https://production.runalloy.com, header x-api-version).
//
// A [Client] holds one API key. Calls that need no Alloy user are methods of
// Client; calls that act for a user are methods of [UserClient], which only
// [Client.As] makes, so that none can be written without naming a user.
//
// Every error is an [Error]: it knows what went wrong, whose fault it is,
// whether the call took effect and what a person should do next. The client
// repeats by itself what is safe to repeat, and never sends a write twice
// unless the first request provably was not processed, so callers should not
// retry around it.
//
// The API is documented in parts only. Where this package relies on something
// that Alloy does not document, the comment says whether it was observed in
// public projects or is a guess.
package alloy
