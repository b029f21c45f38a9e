// Package schemas makes the JSON Schemas that tools show and checks arguments
// against them: it reflects Go types, compiles the metadata of Alloy's actions
// into the portable profile, and splits checked arguments back into the parts
// of an execution. Its functions are pure: no I/O, no MCP.
package schemas
