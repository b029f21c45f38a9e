// Package server speaks the Model Context Protocol over stdio, streamable HTTP
// and HTTP+SSE, in every revision from 2024-11-05 to 2026-07-28. It is the only
// package that knows mcp-go.
//
// The library decides what a message means, and runs the HTTP transport of the
// stateless revisions and of GET streams. What stands around it is here:
//
//   - Nothing reaches the library before [scan] has read it: one JSON object,
//     no duplicate keys, no key that differs from a known one in case only,
//     bounded depth, size and number of tokens. A check made here therefore
//     holds for what the library decodes.
//   - stdio and SSE are transports of our own ([link]). The library's stdio
//     shares one session between all servers of a process, accepts lines of any
//     length and drops running calls at the end of input; its SSE answers any
//     web page and never ends a call.
//   - Sessions cost nothing. An id is an HMAC over the principal and over what
//     its client can do, checked on every request; neither the library nor this
//     package remembers it, and any replica with the same key takes it.
//   - Each request has its own queue of notifications ([outbox]), so that none
//     is lost and none goes to somebody else's stream.
//   - A question to the client is answered by the session that was asked
//     ([questions]), and only a client that can answer is asked.
//
// The principal comes from the transport: [tools.Local] on stdio and on HTTP
// without authentication, else what [Config.Authenticate] says.
package server
