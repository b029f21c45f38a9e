package token

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// ExistsError says that a token of this name exists.
type ExistsError struct{ Token Token }

// Error names the token and says what to do.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("a token named %s exists already (made %s, fingerprint %s): choose another name, or revoke that one first",
		e.Token.Name, e.Token.CreatedAt.Format(time.RFC3339), e.Token.Fingerprint())
}

// Add makes a token and returns it, the only time that it can be had. user is the
// Alloy user that its holder acts as, an id or a username, and may be empty. A
// name that cannot be one is an [*InvalidError], one that exists an [*ExistsError].
func (f *File) Add(name, user string, now time.Time) (bearer string, added Token, err error) {
	if err := errors.Join(checkName(name), checkUser(user)); err != nil {
		return "", Token{}, err
	}
	bearer = random()
	added = Token{Name: name, User: user, CreatedAt: now.UTC().Truncate(time.Second), hash: hashOf(bearer)}
	err = f.edit(func(tokens []Token) ([]Token, error) {
		if i := slices.IndexFunc(tokens, named(name)); i >= 0 {
			return nil, &ExistsError{tokens[i]}
		}
		return append(tokens, added), nil
	})
	if err != nil {
		return "", Token{}, err
	}
	return bearer, added, nil
}

// Revoke removes the token of this name and returns what it was. Without one the
// error is [ErrUnknown].
func (f *File) Revoke(name string) (revoked Token, err error) {
	err = f.edit(func(tokens []Token) ([]Token, error) {
		i := slices.IndexFunc(tokens, named(name))
		if i < 0 {
			return nil, ErrUnknown
		}
		revoked = tokens[i]
		return slices.Delete(tokens, i, i+1), nil
	})
	if err != nil {
		return Token{}, err
	}
	return revoked, nil
}

func named(name string) func(Token) bool {
	return func(t Token) bool { return t.Name == name }
}

// List returns the tokens as they are in the file now, in the order in which they
// were made. Where there is no file the error is [fs.ErrNotExist].
func (f *File) List() ([]Token, error) {
	data, err := readFile(f.path)
	var tokens []Token
	if err == nil {
		tokens, err = parse(data)
	}
	if err != nil {
		return nil, fmt.Errorf("the tokens in %s cannot be read: %w", f.path, err)
	}
	return tokens, nil
}

// edit changes the list while nobody else does. What cannot be read is left as it
// is; a file that is not there is an empty list.
func (f *File) edit(change func([]Token) ([]Token, error)) (err error) {
	path := f.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the link stays, and everybody locks the same file
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", f.path, reason(err))
	}
	// The file itself cannot carry the lock, since a change puts another in its place.
	lock, err := lockedfile.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock %s: %w", f.path, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	tokens, err := f.List()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if tokens, err = change(tokens); err != nil {
		return err
	}
	data, err := format(tokens)
	if err != nil {
		return err
	}
	if len(data) > maxFile {
		return fmt.Errorf("%s would be larger than %d bytes: revoke tokens that nobody uses", f.path, maxFile)
	}
	if err := f.replace(path, data); err != nil {
		return fmt.Errorf("write %s, which stays as it was: %w", f.path, reason(err))
	}
	return nil
}

// temporary is the file that takes another one's place.
type temporary interface {
	io.WriteCloser
	Sync() error
	Name() string
}

func createTemp(dir string) (temporary, error) {
	return os.CreateTemp(dir, ".tokens-*.new") // 0600
}

// replace puts data in the place of path at once: who reads meanwhile sees the old
// content or the new one, and after a power failure it is one of the two.
func (f *File) replace(path string, data []byte) error {
	file, err := f.temp(filepath.Dir(path))
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = keepOwner(path, file.Name())
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes the rename last. Not every system lets a folder be synced.
func syncFolder(dir string) {
	folder, err := os.Open(dir) //nolint:gosec // the folder of the file that was just written
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
