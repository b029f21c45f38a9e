package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/joho/godotenv"
)

// maxFile bounds a .env file and a file that holds one secret.
const maxFile = 64 << 10

// envFile is what was read from one .env file.
type envFile struct {
	path     string
	values   map[string]string
	names    []string // in the order of the file, each once
	warnings []string
}

// errAbsent is returned for a file that is not there, or is no file.
var errAbsent = errors.New("there is no such file")

// readNamed reads at most maxFile bytes of a file that somebody named. It may be
// a pipe, as a shell's <(command) is.
func readNamed(path string) ([]byte, os.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, errAbsent
	case err != nil:
		return nil, nil, reason(err)
	case info.IsDir():
		return nil, nil, errors.New("it is a folder")
	}
	file, err := os.Open(path) //nolint:gosec // the person at the keyboard names the file
	if err != nil {
		return nil, nil, reason(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, nil, reason(err)
	}
	if len(data) > maxFile {
		return nil, nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return data, info, nil
}

// readFound is readNamed for a file that is read because it is there: folders
// called .env are not rare, and a pipe that nobody writes to would be waited for.
func readFound(path string) ([]byte, os.FileInfo, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, nil, errAbsent
	}
	return readNamed(path)
}

// reason is err without the path, which our own sentence names.
func reason(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// parseEnvFile reads the content of a .env file. The errors name the line and
// never quote it: godotenv's own would show what stands beside the mistake.
func parseEnvFile(path string, data []byte) (envFile, error) {
	file := envFile{path: path}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return file, errors.New("it is UTF-16 text: save it as UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 {
		return file, errors.New("it is not a text file")
	}
	values, err := godotenv.Parse(bytes.NewReader(data))
	if err != nil {
		return file, errors.New(badLine(data))
	}
	for name := range values {
		if !plainName.MatchString(name) {
			return file, errors.New("a line in it is no NAME=value")
		}
	}
	file.values = values
	return file, file.lint(data)
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	// A line that sets something, as godotenv reads it.
	settingLine = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*)$`)
)

// lint finds what godotenv accepts and nobody means: a name set twice, and a
// secret with a "$" in it, which is read as a variable and vanishes.
func (f *envFile) lint(data []byte) error {
	seen := make(map[string]bool)
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r", "\n")) {
		match := settingLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if match == nil {
			continue
		}
		name, raw := match[1], match[2]
		if _, ok := f.values[name]; !ok {
			continue // inside a value of several lines
		}
		if seen[name] {
			if isKnown(name) {
				f.warnings = append(f.warnings, fmt.Sprintf("%s is set twice in %s: the last one counts", name, f.path))
			}
			continue
		}
		seen[name] = true
		f.names = append(f.names, name)
		if isSecret(name) && !strings.HasPrefix(raw, "'") && hasVariable(raw) {
			return fmt.Errorf("the value of %s holds a $, which .env files take for a variable: put the value in single quotes", name)
		}
	}
	return nil
}

// hasVariable reports whether raw holds a dollar sign that is not escaped.
func hasVariable(raw string) bool {
	for i := range len(raw) {
		if raw[i] == '$' && (i == 0 || raw[i-1] != '\\') {
			return true
		}
	}
	return false
}

// badLine says where a file that cannot be read goes wrong. The longest readable
// beginning ends in front of it.
func badLine(data []byte) string {
	const sentence = "is not NAME=value (a quote that is not closed, or text behind one)"
	lines := bytes.SplitAfter(data, []byte("\n"))
	if len(lines) > 500 {
		return "a line in it " + sentence
	}
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Parse(bytes.NewReader(bytes.Join(lines[:n], nil))); err == nil {
			return fmt.Sprintf("line %d %s", n+1, sentence)
		}
	}
	return "line 1 " + sentence
}

func isKnown(name string) bool {
	_, ok := lookup(name)
	return ok
}

func isSecret(name string) bool {
	s, ok := lookup(name)
	return ok && s.Kind == Secret && s.Name == name || name == notionKey
}

// lookup finds the row of name, which may be a secret's NAME_FILE.
func lookup(name string) (Setting, bool) {
	for _, s := range Table() {
		if s.Name == name || s.Kind == Secret && s.Name+FileSuffix == name {
			return s, true
		}
	}
	return Setting{}, false
}
