package token

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 500, time.FixedZone("", 3600))

func newFile(t *testing.T) *File {
	t.Helper()
	return Open(filepath.Join(t.TempDir(), "folder", "tokens.json"))
}

func add(t *testing.T, f *File, name, user string) string {
	t.Helper()
	bearer, _, err := f.Add(name, user, noon)
	if err != nil {
		t.Fatal(err)
	}
	return bearer
}

func read(t *testing.T, f *File) string {
	t.Helper()
	data, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestATokenLivesFromAddToRevoke(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	bearer, added, err := f.Add("alice", "kim@example.com", noon)
	if err != nil {
		t.Fatal(err)
	}
	want := Token{Name: "alice", User: "kim@example.com", CreatedAt: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), hash: hashOf(bearer)}
	same := cmp.AllowUnexported(Token{})
	if diff := cmp.Diff(want, added, same); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	add(t, f, "bob", "")
	got, err := f.Verify(t.Context(), bearer)
	if diff := cmp.Diff(want, got, same); diff != "" || err != nil {
		t.Errorf("verified, %v (-want +got):\n%s", err, diff)
	}
	if got, err = f.Find(t.Context(), "alice"); got != want || err != nil {
		t.Errorf("found %+v, %v", got, err)
	}
	listed, err := f.List()
	if err != nil || len(listed) != 2 || listed[0] != want || listed[1].Name != "bob" {
		t.Errorf("list: %+v, %v", listed, err)
	}
	if revoked, err := f.Revoke("alice"); revoked != want || err != nil {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	again := Open(f.path)
	for what, err := range map[string]error{
		"verify": second(again.Verify(t.Context(), bearer)), "find": second(again.Find(t.Context(), "alice")), "revoke": second(f.Revoke("alice")),
	} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s after the revocation: %v", what, err)
		}
	}
}

func second(_ Token, err error) error { return err }

func TestNothingButTheTokenItselfIsAccepted(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	bearer := add(t, f, "alice", "")
	hash := hashOf(bearer)
	for name, wrong := range map[string]string{
		"nothing": "", "a space more": bearer + " ", "a character less": bearer[:len(bearer)-1], "lower case": strings.ToLower(bearer),
		"its name": "alice", "its hash": hex.EncodeToString(hash[:]), "without the prefix": strings.TrimPrefix(bearer, Prefix),
		"with the scheme": "Bearer " + bearer, "another one": random(),
	} {
		if got, err := f.Verify(t.Context(), wrong); !errors.Is(err, ErrUnknown) || got != (Token{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What is too long is not even hashed.
func TestATokenLongerThanTheLimitIsUnknown(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	for length, want := range map[int]bool{MaxLength: true, MaxLength + 1: false} {
		bearer := strings.Repeat("x", length)
		tokens := []Token{{Name: "long", CreatedAt: noon, hash: hashOf(bearer)}}
		if err := f.edit(func([]Token) ([]Token, error) { return tokens, nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(f.path).Verify(t.Context(), bearer); (err == nil) != want {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestTheFileHoldsNoToken(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	form := regexp.MustCompile(`^amcp_[A-Z2-7]{26,}$`) // 5 bits a character: 130
	seen := make(map[string]bool)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		bearer, added, err := f.Add(name, "", noon)
		if err != nil {
			t.Fatal(err)
		}
		random := strings.TrimPrefix(bearer, Prefix)
		if !form.MatchString(bearer) || seen[bearer] {
			t.Errorf("the token has the wrong form, or came twice")
		}
		seen[bearer] = true
		text := strings.ToUpper(read(t, f))
		for i := range len(random) - 8 {
			if strings.Contains(text, random[i:i+8]) {
				t.Errorf("the file holds a part of the token of %s", name)
			}
		}
		hash := hex.EncodeToString(added.hash[:])
		if strings.HasPrefix(strings.ToLower(random), added.Fingerprint()) || !strings.HasPrefix(hash, added.Fingerprint()) || len(added.Fingerprint()) != 8 {
			t.Errorf("fingerprint %s of the hash %s", added.Fingerprint(), hash)
		}
	}
	if !strings.Contains(read(t, f), `"hash": "`) {
		t.Error("the file is not what this test is about")
	}
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits here")
	}
	f := newFile(t)
	add(t, f, "alice", "")
	if err := os.Chmod(f.path, 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, f, "bob", "")
	for path, want := range map[string]fs.FileMode{f.path: 0o600, f.path + ".lock": 0o600, filepath.Dir(f.path): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the mode %o, want %o", filepath.Base(path), got, want)
		}
	}
}

func TestNamesAndUsers(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	for name, ok := range map[string]bool{
		"a": true, "0": true, "ci.build_2-x": true, strings.Repeat("a", 63): true,
		"": false, strings.Repeat("a", 64): false, "Alice": false, ".a": false, "-a": false, "_a": false, "a b": false, "a/b": false,
		"a\n": false, "ä": false, "a\x00": false, "amcp_ABC": false,
	} {
		_, _, err := f.Add(name, "", noon)
		if (err == nil) != ok || err != nil && !errors.As(err, new(*InvalidError)) {
			t.Errorf("name %q: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "ABC") {
			t.Errorf("the error quotes what may be a token: %v", err)
		}
	}
	for i, test := range []struct {
		user string
		ok   bool
	}{
		{"65f00000000000000000000a", true},
		{"kim müller@example.com", true},
		{" kim", false},
		{"kim\n", false},
		{"k\x7fim", false},
		{"\xff", false},
		{strings.Repeat("k", 257), false},
	} {
		if _, _, err := f.Add("user"+string(rune('a'+i)), test.user, noon); (err == nil) != test.ok || err != nil && !errors.As(err, new(*InvalidError)) {
			t.Errorf("user %q: %v", test.user, err)
		}
	}
}

func TestANameThatExistsIsKept(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	bearer := add(t, f, "alice", "kim")
	before := read(t, f)
	_, _, err := f.Add("alice", "", noon)
	if !errors.As(err, new(*ExistsError)) || !strings.Contains(err.Error(), "a token named alice exists already (made 2026-03-01T11:00:00Z, fingerprint ") || !strings.Contains(err.Error(), "revoke") {
		t.Errorf("error: %v", err)
	}
	if read(t, f) != before {
		t.Error("the file changed")
	}
	if _, err := f.Verify(t.Context(), bearer); err != nil {
		t.Error(err)
	}
}

// What another process changes counts a second later at most.
func TestAChangeCountsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		served, other := newFile(t), (*File)(nil)
		other = Open(served.path)
		alice := add(t, other, "alice", "")
		for range 20 {
			age(t, served.path, time.Hour) // so that the time of change tells it, as it would in use
			if _, err := served.Verify(t.Context(), alice); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Revoke("alice"); err != nil {
				t.Fatal(err)
			}
			age(t, served.path, time.Minute)
			bob := add(t, other, "bob", "")
			time.Sleep(time.Second)
			if _, err := served.Verify(t.Context(), alice); !errors.Is(err, ErrUnknown) {
				t.Fatalf("a second after its revocation: %v", err)
			}
			if _, err := served.Verify(t.Context(), bob); err != nil {
				t.Fatalf("a second after it was made: %v", err)
			}
			if _, err := other.Revoke("bob"); err != nil {
				t.Fatal(err)
			}
			alice = add(t, other, "alice", "")
			time.Sleep(time.Second)
		}
	})
}

// age sets the time of change to so long before now, which is another now in a
// synctest bubble than for the file system.
func age(t *testing.T, path string, old time.Duration) {
	t.Helper()
	when := time.Now().Add(-old)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeThatLeavesTimeAndSizeIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFile(t)
		one, two := random(), random()
		write := func(bearer string) {
			data, err := format([]Token{{Name: "alice", CreatedAt: noon, hash: hashOf(bearer)}})
			if err == nil {
				err = os.MkdirAll(filepath.Dir(f.path), 0o700)
			}
			if err == nil {
				err = os.WriteFile(f.path, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			age(t, f.path, 0)
		}
		write(one)
		when := time.Now()
		if _, err := f.Verify(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		write(two)
		time.Sleep(time.Second)
		if err := os.Chtimes(f.path, when, when); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Verify(t.Context(), one); !errors.Is(err, ErrUnknown) {
			t.Errorf("the old token: %v", err)
		}
		if _, err := f.Verify(t.Context(), two); err != nil {
			t.Errorf("the new token: %v", err)
		}
	})
}

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

func BenchmarkVerify(b *testing.B) {
	f := Open(filepath.Join(b.TempDir(), "tokens.json"))
	bearer, _, err := f.Add("alice", "", noon)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Verify(b.Context(), bearer); err != nil {
			b.Fatal(err)
		}
	}
}
