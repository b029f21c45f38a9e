package cli

import (
	"log/slog"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// newLogger returns a logger to standard error that holds no secret: coloured
// text on a terminal, JSON lines elsewhere.
func (p *program) newLogger(s *settings.Settings) *slog.Logger {
	terminal := isTerminal(p.Stderr)
	text := s.LogFormat == settings.FormatText || s.LogFormat == "" && terminal
	var handler slog.Handler
	if text {
		handler = tint.NewTextHandler(p.Stderr, &tint.Options{
			Level: s.LogLevel, NoColor: !terminal || p.env("NO_COLOR") != "",
		})
	} else {
		handler = slog.NewJSONHandler(p.Stderr, &slog.HandlerOptions{Level: s.LogLevel})
	}
	return slog.New(redact.NewHandler(handler, p.scrubber))
}

// isTerminal reports whether a stream leads to a person.
func isTerminal(stream any) bool {
	_, ok := terminalOf(stream)
	return ok
}

// terminalOf returns the descriptor of a stream that is a terminal.
func terminalOf(stream any) (fd int, ok bool) {
	file, ok := stream.(interface{ Fd() uintptr })
	if !ok {
		return 0, false
	}
	fd = int(file.Fd())
	return fd, term.IsTerminal(fd)
}
