// Package server speaks the Model Context Protocol over stdio, streamable HTTP
// and HTTP+SSE, in every revision from 2024-11-05 to 2026-07-28. It is the only
// package that knows mcp-go.
//
// The library decides what a message means ([mcpserver.MCPServer.HandleMessage])
// and runs the streamable HTTP transport. What stands around it is here:
//
//   - Nothing reaches the library before [scan] has read it: one JSON object,
//     no duplicate keys, no key that differs from a known one in case only,
//     bounded depth, size and number of tokens. A check made here therefore
//     holds for what the library decodes.
//   - stdio and SSE are transports of our own ([link]). The library's stdio
//     shares one session between all servers of a process, accepts lines of any
//     length and drops running calls at the end of input; its SSE answers any
//     web page and never ends a call.
//   - Sessions cost nothing: an id is an HMAC over the principal, checked on
//     every request, and neither the library nor this package remembers it.
//   - Each request has its own queue of notifications ([outbox]), so that none
//     is lost and none goes to somebody else's stream.
//
// The principal comes from the transport: [tools.Local] on stdio and on HTTP
// without authentication, else what [Config.Authenticate] says.
package server
