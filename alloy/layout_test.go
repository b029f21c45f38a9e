package alloy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sources returns the package's own files that are not tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	out := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

func TestTheUsersHeaderIsSetInOnePlace(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"X-Alloy-Userid", `"Authorization"`} {
		places := 0
		for _, text := range sources(t) {
			places += strings.Count(strings.ToLower(text), strings.ToLower(`Set("`+strings.Trim(header, `"`)+`"`))
		}
		if places != 1 {
			t.Errorf("%s is set in %d places, want 1", header, places)
		}
	}
}
