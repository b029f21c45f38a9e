// Package doctor finds out why alloy-mcp does not work, and says what to do.
//
// [Run] checks what can be checked, in the order in which one thing rests on
// the other: settings, the platform (base URL, API key, version), the Alloy
// user, the user's connected accounts, this machine. [Secure] answers ten
// questions about safety from settings alone. [Ask] puts to the real API those
// questions that its documents leave open and makes a page of the answers.
//
// The package takes facts ([Config]) and an [alloy.Client]. It reads no
// environment and prints nothing by itself; what it returns can be written as
// text, as JSON or, for [Ask], as Markdown. Nothing it returns holds a secret:
// it writes none, and everything passes through [redact.Scrubber] as well.
package doctor
