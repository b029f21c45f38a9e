package settings

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
)

func TestEditChangesItsLinesOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before string
		changes      []Change
		want         string
	}{
		{"a new file", "", []Change{{Name: "A", Value: "1"}, {Name: "B", Value: "x y", Comment: "why"}}, "A=1\nB='x y' # why\n"},
		{"replace in place", "# mine\nexport A = old # x\r\nC=3", []Change{{Name: "A", Value: "new"}}, "# mine\nA=new\nC=3\n"},
		{"drop repetitions", "A=1\nB=2\nA=3\n", []Change{{Name: "A", Value: "4"}}, "A=4\nB=2\n"},
		{"unset", "A=1\nA_FILE=x\n", []Change{{Name: "A_FILE", Unset: true}, {Name: "A", Value: "2"}}, "A=2\n"},
		{"unset what is not there", "B=1\n", []Change{{Name: "A", Unset: true}}, "B=1\n"},
		{"comments are no settings", "#A=1\n", []Change{{Name: "A", Value: "2"}}, "#A=1\nA=2\n"},
		{"a dollar sign stays one", "", []Change{{Name: "A", Value: "a$B#c\"d\\n"}}, "A='a$B#c\"d\\n'\n"},
		{"a byte order mark goes", "\ufeffB=1\n", []Change{{Name: "A", Value: "2"}}, "B=1\nA=2\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Edit([]byte(test.before), test.changes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("Edit (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditRefusesWhatCannotBeReadBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ before, value string }{
		{"", "it's"},
		{"", "two\nlines'"},
		{"B='open\n", "1"},
	} {
		if got, err := Edit([]byte(test.before), []Change{{Name: "A", Value: test.value}}); err == nil {
			t.Errorf("Edit(%q, %q) = %q, want an error", test.before, test.value, got)
		}
	}
}

// FuzzEdit sets a value in an arbitrary file: what is written is read back, and
// no other value changes.
func FuzzEdit(f *testing.F) {
	f.Add([]byte("A=1\nB='x\nA=2'\n"), "v$x")
	f.Add([]byte("export A: \"x\"\r\n#\n"), "a # b")
	f.Fuzz(func(t *testing.T, before []byte, value string) {
		old, err := godotenv.Parse(bytes.NewReader(before))
		if err != nil || bytes.HasPrefix(before, []byte("\ufeff")) {
			return
		}
		got, err := Edit(before, []Change{{Name: "ALLOY_API_KEY", Value: value}})
		if err != nil {
			return
		}
		now, err := godotenv.Parse(bytes.NewReader(got))
		if err != nil {
			t.Fatalf("Edit(%q, %q) = %q, which cannot be read: %v", before, value, got, err)
		}
		if now["ALLOY_API_KEY"] != value {
			t.Errorf("Edit(%q, %q) = %q, which reads %q", before, value, got, now["ALLOY_API_KEY"])
		}
		delete(old, "ALLOY_API_KEY")
		delete(now, "ALLOY_API_KEY")
		if bytes.Contains(before, []byte("ALLOY_API_KEY")) {
			return // inside another value or expanded into one
		}
		if diff := cmp.Diff(old, now); diff != "" {
			t.Errorf("Edit(%q, %q) changed other values (-want +got):\n%s", before, value, diff)
		}
	})
}

func TestWriteFileIsForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, ".env")
	for _, content := range []string{"A=1\n", "A=2\n"} {
		if err := WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("the file holds %q, %v", got, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if readableByOthers(info) {
			t.Errorf("the file's mode is %v", info.Mode())
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v: want the file alone", entries, err)
	}
}

func TestWriteFileFollowsALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, ".env")
	if err := os.WriteFile(real, []byte("A=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := WriteFile(link, []byte("A=2\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(real); err != nil || string(got) != "A=2\n" {
		t.Errorf("the link's target holds %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

func TestWriteFileLeavesNothingBehindWhenItFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, ".env")
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil { // a folder cannot be replaced by a file
		t.Fatal(err)
	}
	err := WriteFile(path, []byte("ALLOY_API_KEY="+keyA))
	if err == nil || strings.Contains(err.Error(), keyA) {
		t.Errorf("WriteFile = %v, want an error without the content", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v: want what was there before", entries, err)
	}
}
