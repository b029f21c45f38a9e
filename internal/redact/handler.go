package redact

import (
	"context"
	"log/slog"
)

// handler cleans records on their way to next.
type handler struct {
	next     slog.Handler
	scrubber *Scrubber
	masked   bool // an open group has a secret name: everything in it is one
}

// NewHandler returns a handler that hands records to next without secrets:
// messages, keys and values are cleaned by scrubber, values under a name that
// [SecretName] knows become [Mask]. Groups, errors, slog.LogValuer, byte slices,
// structs and maps are looked into.
func NewHandler(next slog.Handler, scrubber *Scrubber) slog.Handler {
	return &handler{next: next, scrubber: scrubber}
}

// Enabled asks the next handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle cleans the record and passes it on.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, h.scrubber.String(record.Message), record.PC)
	record.Attrs(func(attr slog.Attr) bool {
		clean.AddAttrs(h.clean(attr, h.masked))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs cleans the attributes with the secrets that are known now.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		clean[i] = h.clean(attr, h.masked)
	}
	return &handler{next: h.next.WithAttrs(clean), scrubber: h.scrubber, masked: h.masked}
}

// WithGroup opens a group; everything in a group with a secret name is masked.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{
		next: h.next.WithGroup(h.scrubber.String(name)), scrubber: h.scrubber,
		masked: h.masked || SecretName(name),
	}
}
