package token

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A file that cannot be read lets nobody in and says so once; what it holds is
// never quoted. As soon as it is repaired, it counts again.
func TestAFileThatCannotBeReadLetsNobodyIn(t *testing.T) {
	t.Parallel()
	const canary = "amcp_CANARYCANARYCANARYCANARY22"
	hash := strings.Repeat("ab", 32)
	entry := func(name, hash, rest string) string {
		return `{"name":"` + name + `","hash":"` + hash + `","user":"","created_at":"2026-03-01T11:00:00Z"` + rest + `}`
	}
	list := func(entries ...string) func(string) error {
		return holding(`{"tokens":[` + strings.Join(entries, ",\n") + `]}`)
	}
	good := entry("a", hash, "")
	for name, test := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"deleted":             {os.Remove, "no such file"},
		"a folder":            {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "no regular file"},
		"empty":               {holding(" \n"), "it is empty"},
		"cut short":           {holding("{\"tokens\":[\n" + good[:60]), "not JSON (line 2): it ends too early"},
		"binary":              {holding("\x00\x01\x02"), "not JSON (line 1)"},
		"another shape":       {holding(`[]`), "not a list of tokens"},
		"no list":             {holding(`{}`), `no list "tokens"`},
		"null":                {holding(`null`), `no list "tokens"`},
		"two objects":         {holding(`{"tokens":[]}{"tokens":[]}`), "something behind"},
		"a token for a hash":  {list(good, entry("b", canary, "")), "entry 2 of its list: the hash must be"},
		"a token for a name":  {list(entry(canary, hash, "")), "entry 1 of its list: the name of a token must be"},
		"a short hash":        {list(entry("a", hash[2:], "")), "the hash must be"},
		"a later field":       {list(good, entry("b", hash, `,"expires_at":"`+canary+`"`)), "as this version writes it (in or before line 2)"},
		"a token as field":    {list(entry("a", hash, `,"`+canary+`":1`)), "as this version writes it"},
		"a token for a time":  {list(strings.Replace(good, "2026-03-01T11:00:00Z", canary, 1)), "as this version writes it"},
		"a name twice":        {list(good, entry("a", strings.Repeat("cd", 32), "")), "entry 2 of its list has the name of an earlier one"},
		"a hash twice":        {list(good, entry("b", hash, "")), "entry 2 of its list has the hash of an earlier one"},
		"a control character": {list(strings.Replace(good, `"user":""`, `"user":"a\u0007"`, 1)), "holds a control character"},
		"huge":                {holding(`{"tokens":[]}` + strings.Repeat(" ", maxFile)), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				f := newFile(t)
				f.LogTo(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
				bearer := add(t, f, "alice", "")
				before := read(t, f)
				if _, err := f.Verify(t.Context(), bearer); err != nil {
					t.Fatal(err)
				}
				logged.Reset()
				if err := test.spoil(f.path); err != nil {
					t.Fatal(err)
				}
				for range 5 {
					time.Sleep(time.Second)
					_, err := f.Verify(t.Context(), bearer)
					if err == nil || errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), f.path) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "CANARY") {
						t.Fatalf("spoiled: %v", err)
					}
				}
				text := logged.String()
				if strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, f.path) || strings.Contains(text, "CANARY") {
					t.Errorf("log:\n%s", text)
				}
				if _, _, err := f.Add("bob", "", noon); err == nil && name != "deleted" {
					t.Error("Add wrote over what it could not read")
				}
				if err := errors.Join(os.RemoveAll(f.path), os.WriteFile(f.path, []byte(before), 0o600)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				if _, err := f.Verify(t.Context(), bearer); err != nil {
					t.Errorf("repaired: %v", err)
				}
			})
		})
	}
}

func holding(text string) func(string) error {
	return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
}

func TestAFileWithoutPermissionLetsNobodyIn(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("permissions do not stop this user")
	}
	f := newFile(t)
	bearer := add(t, f, "alice", "")
	if err := os.Chmod(f.path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Verify(t.Context(), bearer); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), f.path) {
		t.Errorf("got %v", err)
	}
}

func TestAListWithoutAFileSaysSo(t *testing.T) {
	t.Parallel()
	if list, err := newFile(t).List(); !errors.Is(err, fs.ErrNotExist) || list != nil {
		t.Errorf("got %v, %v", list, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"tokens":[{"name":"a","hash":"` + strings.Repeat("0", 64) + `","user":"x","created_at":"2026-03-01T11:00:00Z"}]}`))
	f.Add([]byte(`{"tokens":[]}`))
	f.Add([]byte(`{"tokens":null} `))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := parse(data)
		if err != nil {
			if len(err.Error()) > 300 {
				t.Errorf("a long error: %v", err)
			}
			return
		}
		for _, token := range tokens {
			if checkName(token.Name) != nil || checkUser(token.User) != nil {
				t.Errorf("accepted %+v", token)
			}
		}
		out, err := format(tokens)
		if err != nil {
			return // a year that JSON's times do not have
		}
		again, err := parse(out)
		if diff := cmp.Diff(tokens, again, cmp.AllowUnexported(Token{})); diff != "" || err != nil {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}
