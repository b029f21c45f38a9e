// Package golden compares test output with files under testdata.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Equal fails the test unless got is the content of testdata/name. With the
// flag -update it writes the file instead. A missing file fails the test, so
// that a new case cannot pass unseen.
func Equal(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("make the folder of %s: %v", path, err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatalf("write %s: %v", path, err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run the test with -update and look at what it writes", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (-want +got); if the change is meant, run the test with -update:\n%s",
			path, cmp.Diff(string(want), string(got)))
	}
}
