package alloy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretShowsItselfNowhere(t *testing.T) {
	t.Parallel()
	const value = "canary-key-0123456789"
	s := NewSecret(value)
	holder := struct {
		S Secret
		P *Secret
		M map[string]Secret
		A []any
	}{s, &s, map[string]Secret{"k": s}, []any{s, &s}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "p", &s, "holder", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "p", &s, "holder", holder)
	marshalled, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{log.String(), string(marshalled), s.String(), fmt.Sprint(s, &s, holder), fmt.Errorf("x %w", fmt.Errorf("%v", s)).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s", "%p"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	for _, text := range texts {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("shown: %s", text)
		}
	}
	if s.Reveal() != value || s.IsZero() || !NewSecret("").IsZero() || NewSecret("").Reveal() != "" {
		t.Error("the value is lost")
	}
	if len(s.Fingerprint()) != 8 || s.Fingerprint() == NewSecret("other").Fingerprint() || NewSecret("").Fingerprint() != "" {
		t.Errorf("fingerprint %q", s.Fingerprint())
	}
}
