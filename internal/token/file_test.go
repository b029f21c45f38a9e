package token

import (
	"encoding/hex"
	"errors"
	"io/fs"
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
