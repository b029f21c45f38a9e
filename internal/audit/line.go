package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

const (
	// maxLine bounds a line in bytes, with its line break: less than what a file
	// system or a collector of lines may split.
	maxLine = 8 << 10
	// maxText bounds a text in bytes, and shortText that of a line that would be too
	// long otherwise.
	maxText, shortText = 512, 120
)

// stamp is RFC 3339 with milliseconds.
const stamp = "2006-01-02T15:04:05.000Z07:00"

// line is the JSON of a line. The names of its members are a contract.
type line struct {
	Time               string `json:"time"`
	Event              string `json:"event"`
	RequestID          string `json:"request_id,omitempty"`
	Principal          string `json:"principal,omitempty"`
	AlloyUser          string `json:"alloy_user,omitempty"`
	ConnectorID        string `json:"connector_id,omitempty"`
	ActionID           string `json:"action_id,omitempty"`
	ConnectionID       string `json:"connection_id,omitempty"`
	Effect             string `json:"effect,omitempty"`
	Decision           string `json:"decision,omitempty"`
	Rule               string `json:"rule,omitempty"`
	ArgumentsHash      string `json:"arguments_hash,omitempty"`
	IdempotencyKeyHash string `json:"idempotency_key_hash,omitempty"`
	Outcome            string `json:"outcome,omitempty"`
	ErrorCode          string `json:"error_code,omitempty"`
	DurationMS         *int64 `json:"duration_ms,omitempty"`
	Confirm            string `json:"confirm,omitempty"`
	Transport          string `json:"transport,omitempty"`
	Agent              string `json:"agent,omitempty"`
	Environment        string `json:"environment,omitempty"`
	KeyFingerprint     string `json:"key_fingerprint,omitempty"`
	Truncated          bool   `json:"truncated,omitempty"` // texts were cut to fit
}

// encode returns the line with its line break.
func (l *Log) encode(event string, r Record) ([]byte, error) {
	now := time.Now().UTC().Format(stamp)
	for _, limit := range []int{maxText, shortText} {
		text, err := json.Marshal(l.lineOf(now, event, r, limit))
		if err != nil {
			return nil, fmt.Errorf("encode the line: %w", err)
		}
		if l.config.Scrub != nil {
			text = l.config.Scrub(text)
		}
		if text = append(bytes.Clone(text), '\n'); len(text) <= maxLine {
			return text, nil
		}
	}
	return nil, fmt.Errorf("the line has more than %d bytes", maxLine)
}

func (l *Log) lineOf(now, event string, r Record, limit int) line {
	text := func(s string) string { return plain.Line(s, limit) }
	out := line{
		Time: now, Event: event,
		RequestID: text(r.RequestID), Principal: text(r.Principal), AlloyUser: text(r.AlloyUser),
		ConnectorID: text(r.ConnectorID), ActionID: text(r.ActionID), ConnectionID: text(r.ConnectionID),
		Effect: text(r.Effect), Decision: text(r.Decision), Rule: text(r.Rule),
		ArgumentsHash: text(r.ArgumentsHash), IdempotencyKeyHash: text(r.IdempotencyKeyHash),
		Outcome: text(r.Outcome), ErrorCode: text(r.ErrorCode), Confirm: text(r.Confirm),
		Transport: text(r.Transport), Agent: text(r.Agent),
		Environment: text(l.config.Environment), Truncated: limit == shortText,
	}
	if event == "read" || event == "outcome" {
		ms := r.Duration.Milliseconds()
		out.DurationMS = &ms
	}
	if l.config.Fingerprint != nil {
		out.KeyFingerprint = text(l.config.Fingerprint())
	}
	return out
}
