package server

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// progressEvery is how often a client that asked for it hears that a call goes on.
const progressEvery = 5 * time.Second

// tellProgress tells the client that the call goes on, until the returned function
// is called. Clients that gave no token are told nothing.
func (s *Server) tellProgress(ctx context.Context, request mcp.CallToolRequest) (stop func()) {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(s.progressEvery)
		defer tick.Stop()
		began := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := s.mcp.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
				"progressToken": request.Params.Meta.ProgressToken, "progress": time.Since(began).Seconds(),
				"message": request.Params.Name + " is still running.",
			})
			if err != nil {
				s.log.DebugContext(ctx, "the client was not told of progress", "error", err)
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended // nothing may follow the answer
	}
}
