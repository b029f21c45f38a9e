package token

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

const (
	// lookEvery is how long what was read counts before the file is looked at again.
	lookEvery = time.Second
	// settle is how old a file must be to be told by its time of change: two changes
	// within one tick of a file system's clock look like one (two seconds on FAT).
	settle = 3 * time.Second
)

// File is a file of tokens. It is safe for concurrent use, by several processes.
type File struct {
	path string
	temp func(dir string) (temporary, error) // makes the file that replaces path

	mu      sync.Mutex
	log     *slog.Logger
	looked  time.Time // when the file was last looked at
	seen    os.FileInfo
	settled bool              // seen was not new when it was read
	sum     [sha256.Size]byte // of the bytes that were read
	known   map[string]Token  // by name
	byHash  map[[sha256.Size]byte]Token
	err     error // why known cannot be trusted
}

// Open returns the file at path. Nothing is read yet, so it needs not exist.
func Open(path string) *File {
	return &File{path: path, temp: createTemp, log: slog.New(slog.DiscardHandler)}
}

// Path is where the file is.
func (f *File) Path() string { return f.path }

// LogTo makes f log that the file changed, or cannot be read.
func (f *File) LogTo(log *slog.Logger) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = log
}

// Verify returns the token that bearer is. One that is not in the file is
// [ErrUnknown]; any other error means that nobody can tell, because the file
// cannot be read: then nobody is let in, as there is no knowing who was revoked.
// The file is looked at once a second at most.
func (f *File) Verify(ctx context.Context, bearer string) (Token, error) {
	if bearer == "" || len(bearer) > MaxLength {
		return Token{}, ErrUnknown
	}
	// Only hashes are compared, so the time that it takes tells of hashes alone, and
	// nobody can choose a token whose hash begins as another one's.
	return f.lookUp(ctx, func() (Token, bool) {
		token, ok := f.byHash[hashOf(bearer)]
		return token, ok
	})
}

// Find returns the token of this name. Its errors are those of [File.Verify].
func (f *File) Find(ctx context.Context, name string) (Token, error) {
	return f.lookUp(ctx, func() (Token, bool) {
		token, ok := f.known[name]
		return token, ok
	})
}

func (f *File) lookUp(ctx context.Context, find func() (Token, bool)) (Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); f.looked.IsZero() || now.Sub(f.looked) >= lookEvery {
		f.look(ctx, now)
		f.looked = now
	}
	if f.err != nil {
		return Token{}, f.err
	}
	token, ok := find()
	if !ok {
		return Token{}, ErrUnknown
	}
	return token, nil
}

// look reads the file if it may have changed.
func (f *File) look(ctx context.Context, now time.Time) {
	info, err := os.Stat(f.path)
	if err == nil && f.err == nil && f.settled && sameFile(info, f.seen) {
		return
	}
	var data []byte
	if err == nil {
		data, err = readFile(f.path)
	}
	sum := sha256.Sum256(data)
	if err == nil && f.err == nil && f.seen != nil && sum == f.sum {
		f.seen, f.settled = info, now.Sub(info.ModTime()) > settle
		return
	}
	var tokens []Token
	if err == nil {
		tokens, err = parse(data)
	}
	if err != nil {
		f.fail(ctx, err)
		return
	}
	f.known, f.byHash = make(map[string]Token, len(tokens)), make(map[[sha256.Size]byte]Token, len(tokens))
	for _, token := range tokens {
		f.known[token.Name], f.byHash[token.hash] = token, token
	}
	f.seen, f.settled, f.sum, f.err = info, now.Sub(info.ModTime()) > settle, sum, nil
	f.log.InfoContext(ctx, "tokens read", "file", f.path, "count", len(tokens))
}

// fail forgets every token until the file can be read again.
func (f *File) fail(ctx context.Context, err error) {
	before := f.err
	f.known, f.byHash, f.seen = nil, nil, nil
	f.err = fmt.Errorf("the tokens in %s cannot be read: %w", f.path, reason(err))
	if before == nil || before.Error() != f.err.Error() {
		f.log.ErrorContext(ctx, "tokens cannot be read, so nobody is let in until they can", "file", f.path, "error", reason(err))
	}
}

func sameFile(a, b os.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
