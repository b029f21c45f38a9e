package settings

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func fingerprint(key string) string { return alloy.NewSecret(key).Fingerprint() }

func TestEveryKeyThatWasReadIsKnownToTheScrubber(t *testing.T) {
	t.Parallel()
	s, _, err := world{
		env:  map[string]string{"ALLOY_API_KEY_FILE": "key", "NOTION_API_KEY": "ntn_12345678"},
		user: map[string]string{".env": "ALLOY_API_KEY=" + keyB},
		work: map[string]string{"key": keyA},
	}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(slices.Values(s.Secrets.List()))
	if diff := cmp.Diff([]string{keyA, keyB, "ntn_12345678"}, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

func TestValuesShowFingerprintsOnly(t *testing.T) {
	t.Parallel()
	s, paths, err := world{user: map[string]string{".env": "ALLOY_API_KEY=" + keyA}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Values()[0]
	got.Source = paths.Replace(got.Source)
	want := Value{Name: "ALLOY_API_KEY", Value: "fingerprint " + fingerprint(keyA), Source: "USER/.env"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestNoKeySaysHowToSetOne(t *testing.T) {
	t.Parallel()
	s, _, err := world{}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Key.Secret(t.Context()); !errors.Is(err, ErrNoKey) {
		t.Errorf("Secret = %v, want ErrNoKey", err)
	}
}

func TestAKeyFileIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	replace := func(content string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	replace(keyA)
	s, err := Load(Inputs{LookupEnv: func(name string) (string, bool) { return path, name == "ALLOY_API_KEY_FILE" }})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s.Key.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	steps := []struct {
		name   string
		change func()
		want   string
		logs   string
	}{
		{"nothing changed", func() {}, keyA, ""},
		{"replaced", func() { replace(keyB + "\n") }, keyB, "api key read again"},
		{"gone for a moment", func() {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, keyB, "the last key stays in use"},
		{"still gone: said once", func() {}, keyB, ""},
		{"half written", func() { replace("") }, keyB, ""},
		{"there again", func() { replace(keyA) }, keyA, "api key read again"},
	}
	for _, step := range steps {
		log.Reset()
		step.change()
		if got := key(t, s); got != step.want {
			t.Errorf("%s: key %q, want %q", step.name, got, step.want)
		}
		if got := log.String(); (got == "") != (step.logs == "") || !strings.Contains(got, step.logs) || strings.Contains(got, "key-") {
			t.Errorf("%s: logged %q, want %q and no key", step.name, got, step.logs)
		}
	}
	if !slices.Contains(s.Secrets.List(), keyB) {
		t.Error("the key that was read later is not known to the scrubber")
	}
}
