package settings

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// ErrNoKey is what [Key.Secret] returns where no API key is set.
var ErrNoKey = errors.New("no Alloy API key is set: run `alloy-mcp setup`, or set ALLOY_API_KEY (Alloy dashboard: Settings, API Keys)")

// Key is the API key. One that comes from a file is read again when the file
// changed, so that a key can be exchanged while the program runs. It is safe for
// concurrent use.
type Key struct {
	path    string // "" where the key came by value
	secrets *redact.Secrets

	mu     sync.Mutex
	secret alloy.Secret
	seen   os.FileInfo // the file as it was when secret was read
	log    *slog.Logger
	failed bool // a failure was logged and nothing was read since
}

// LogTo makes k log that its file changed, or cannot be read any more.
func (k *Key) LogTo(log *slog.Logger) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.log = log
}

// Secret returns the key as it is now, for alloy.Config. While its file cannot be
// read, which happens for a moment when it is replaced, the last key stays.
func (k *Key) Secret(ctx context.Context) (alloy.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" {
		if k.secret.IsZero() {
			return alloy.Secret{}, ErrNoKey
		}
		return k.secret, nil
	}
	info, err := os.Stat(k.path)
	if err == nil && sameFile(info, k.seen) {
		return k.secret, nil
	}
	if err == nil {
		err = k.read(info)
	}
	switch {
	case err == nil && k.log != nil:
		k.log.InfoContext(ctx, "api key read again", "file", k.path, "fingerprint", k.secret.Fingerprint())
	case err != nil && !k.failed && k.log != nil:
		k.log.WarnContext(ctx, "api key file cannot be read, the last key stays in use", "file", k.path, "error", reason(err))
	}
	k.failed = err != nil
	return k.secret, nil
}

// File returns the file that the key is read from, "" where it came by value.
func (k *Key) File() string { return k.path }

// Fingerprint tells the key apart from others without showing it; "" without one.
func (k *Key) Fingerprint() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.secret.Fingerprint()
}

// Digest returns hexadecimal digits that stand for the key where purpose is the
// same, and cannot be compared with any other digest of it; "" without a key.
func (k *Key) Digest(purpose string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret.IsZero() {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(k.secret.Reveal()))
	_, _ = mac.Write([]byte(purpose)) // a hash never fails
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// read reads the key's file, which was like info before.
func (k *Key) read(info os.FileInfo) error {
	secret, err := readSecretFile(k.path)
	if err != nil {
		return err
	}
	k.secret, k.seen = alloy.NewSecret(secret), info
	k.secrets.Add(secret)
	return nil
}

func sameFile(a, b os.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// readSecretFile returns the one secret that a file holds.
func readSecretFile(path string) (string, error) {
	data, _, err := readNamed(path)
	if err != nil {
		return "", err
	}
	secret, err := checkSecret(strings.TrimPrefix(string(data), "\ufeff"))
	if err == nil && secret == "" {
		err = errors.New("is empty")
	}
	if err != nil {
		return "", fmt.Errorf("what it holds %w", err)
	}
	return secret, nil
}

// applyKey finds the API key. All keys that are seen on the way are kept out of
// logs, not only the one that counts.
func (l *loader) applyKey(setting Setting) error {
	l.out.Key = &Key{secrets: l.out.Secrets}
	found := false
	value := Value{Name: setting.Name}
	for _, s := range l.sources {
		byValue, byFile := s.get(setting.Name), s.get(setting.Name+FileSuffix)
		l.out.Secrets.Add(byValue)
		if byValue != "" && byFile != "" {
			return invalid("%s and %s%s are both set (%s): keep one of them", setting.Name, setting.Name, FileSuffix, s.name)
		}
		if found || byValue == "" && byFile == "" {
			continue
		}
		found, l.keyFrom, value.Source = true, s, s.name
		err := l.keyByValue(setting, s, byValue)
		if byFile != "" {
			value.Source += ", " + setting.Name + FileSuffix
			err = l.keyByFile(setting, s, byFile)
		}
		if err != nil {
			return err
		}
	}
	if found {
		value.Value = "fingerprint " + l.out.Key.secret.Fingerprint()
	}
	l.out.values = append(l.out.values, value)
	return nil
}

func (l *loader) keyByValue(setting Setting, s source, raw string) error {
	secret, err := checkSecret(raw)
	if err != nil {
		return invalid("%s (%s) %w", setting.Name, s.name, err)
	}
	l.out.Key.secret = alloy.NewSecret(secret)
	l.out.Secrets.Add(secret)
	return nil
}

func (l *loader) keyByFile(setting Setting, s source, raw string) error {
	name := setting.Name + FileSuffix
	path, err := checkText(raw)
	if err != nil {
		return invalid("%s (%s) %w", name, s.name, err)
	}
	if path, err = l.ownPath(path, s); err != nil {
		return invalid("%s (%s) %w", name, s.name, err)
	}
	info, err := os.Stat(path)
	if err == nil {
		l.out.Key.path = path
		err = l.out.Key.read(info)
	}
	if errors.Is(err, os.ErrNotExist) {
		err = errAbsent
	}
	if err != nil {
		return invalid("%s (%s) names %s, which cannot be used: %w", name, s.name, path, reason(err))
	}
	if readableByOthers(info) {
		l.warn("%s holds a secret and can be read by others: run `chmod 600 %s`", path, path)
	}
	return nil
}

// ownPath makes a path of source s absolute. One in the working directory's file
// must stay there: else a cloned repository could send any file of the person's,
// as a key, to an address that it chose, or have one written.
func (l *loader) ownPath(path string, s source) (string, error) {
	path = l.path(path, s.dir)
	if s.local && !inside(path, s.dir) {
		return "", fmt.Errorf("names a file outside of %s: set it in the environment or in the user's own .env (`alloy-mcp config` shows where)", s.dir)
	}
	return path, nil
}

// inside reports whether path leads into dir, whatever links are on the way. Of a
// file that does not exist, its folder counts.
func inside(path, dir string) bool {
	realPath, err := filepath.EvalSymlinks(path)
	if err != nil {
		realPath, err = filepath.EvalSymlinks(filepath.Dir(path))
	}
	if err != nil {
		return false
	}
	realDir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(realDir, realPath)
	return err == nil && filepath.IsLocal(relative)
}

// ParseKey checks a key that somebody typed or pasted, as it is checked in a
// setting.
func ParseKey(text string) (alloy.Secret, error) {
	secret, err := checkSecret(text)
	if err == nil && secret == "" {
		err = errors.New("is empty")
	}
	if err != nil {
		return alloy.Secret{}, invalid("the key %w", err)
	}
	return alloy.NewSecret(secret), nil
}
