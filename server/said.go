package server

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// said is what a handler says instead of the library, which answers every failure
// of one with the code of an internal error.
type said struct {
	id     []byte // of the request
	modern bool
	what   atomic.Pointer[wireFault]
}

// wireFault is a JSON-RPC error.
type wireFault struct {
	code    int
	message string
	data    any
}

// status is that of the HTTP response in the stateless revisions.
func (f *wireFault) status() int {
	if f.code == mcp.INTERNAL_ERROR {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

type saidKey struct{}

// withSaid lets the handler of a request fail in its own words. Only requests for
// resources can.
func withSaid(ctx context.Context, message *envelope) (context.Context, *said) {
	if message.method != string(mcp.MethodResourcesRead) {
		return ctx, nil
	}
	s := &said{id: message.id, modern: message.modern()}
	return context.WithValue(ctx, saidKey{}, s), s
}

func (s *said) fault() *wireFault {
	if s == nil {
		return nil
	}
	return s.what.Load()
}

func (s *said) frame() []byte {
	f := s.fault()
	return errorFrame(s.id, f.code, f.message, f.data)
}

// notRead is the error of a resource that could not be read. Data repeats what the
// tools say, for clients that show it to a model.
func notRead(modern bool, uri string, failed *tools.Error) *wireFault {
	f := &wireFault{code: mcp.INVALID_PARAMS, message: failed.Message + " " + failed.Hint}
	f.data = struct {
		URI   string       `json:"uri"`
		Error *tools.Error `json:"error"`
	}{uri, failed}
	switch failed.Code {
	case tools.CodeNotFound, tools.CodeUnknownConnector, tools.CodeUnknownAction:
		f.code = notFoundCode(modern)
	case tools.CodeInternal, tools.CodeUpstreamError, tools.CodeUpstreamUnavailable, tools.CodeRateLimited, tools.CodeAPIKeyRejected:
		f.code = mcp.INTERNAL_ERROR
	}
	return f
}

// notFoundCode is the code of a resource that does not exist: the stateless
// revisions have none of their own for it (official).
func notFoundCode(modern bool) int {
	if modern {
		return mcp.INVALID_PARAMS
	}
	return mcp.RESOURCE_NOT_FOUND
}
