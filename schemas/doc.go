// Package schemas makes the JSON Schemas that tools show and checks arguments
// against them: it reflects Go types, compiles the metadata of Alloy's actions
// into the portable profile, and splits checked arguments back into the parts
// of an execution. Its functions are pure: no I/O, no MCP.
//
// # How an action is compiled
//
// [FromAction] reads every schema of an action into nodes (read.go, lint.go),
// merges references and unions into one view a value (view.go), gives every
// argument a name that all vendors accept (names.go), and lays out what is shown
// (shape.go, words.go): one flat object, one type a node, no unions, no
// references, limits told in words.
//
// What is shown is wider than what is meant: two forms of a union become one
// object, an enum of 790 values becomes text. [Schema.Check] therefore checks
// the original schema of every part and reports in the names that are shown.
//
// # From arguments to a call and back
//
// [ActionSchema.Split] and [ActionSchema.Join] are inverse to each other. A value
// keeps its type; it is changed only where the schema leaves one way to mean it.
// Where a schema takes text as well as objects or lists, text that is a JSON
// object, list or quoted string is decoded, so that a client that can only send
// text can send everything; Join quotes text that would be taken for one.
//
// # What is hostile
//
// Metadata comes from elsewhere. Reading is bounded in bytes, depth, nodes and
// references; what is beyond is cut to a schema that accepts everything, and
// noted. Checking is bounded in steps. Text is cleaned before it is shown, and
// left out with [WithoutUpstreamText]. Nothing is ever fetched.
package schemas
