package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"
)

// Change sets a name in a .env file; with Unset it removes it.
type Change struct {
	Name, Value string
	Comment     string // behind the value; may be empty
	Unset       bool
}

// Edit returns the content of a .env file with the changes made. Every other
// line, comments included, stays as it is.
func Edit(content []byte, changes []Change) ([]byte, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	text := string(content)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	for _, change := range changes {
		text = editOne(text, change)
	}
	values, err := godotenv.Parse(strings.NewReader(text))
	if err != nil {
		return nil, errors.New("the file would not be readable afterwards: " + badLine([]byte(text)))
	}
	for _, change := range changes {
		value, ok := values[change.Name]
		if change.Unset == ok || !change.Unset && value != change.Value {
			return nil, fmt.Errorf("%s cannot be written to a .env file as it is", change.Name)
		}
	}
	return []byte(text), nil
}

// editOne replaces the first line that sets the name, drops the others, and
// appends a line where there was none.
func editOne(text string, change Change) string {
	line := ""
	if !change.Unset {
		line = change.Name + "=" + quoteValue(change.Value)
		if change.Comment != "" {
			line += " # " + change.Comment
		}
		line += "\n"
	}
	var b strings.Builder
	done := false
	for old := range strings.Lines(text) {
		if match := settingLine.FindStringSubmatch(strings.TrimRight(old, "\r\n")); match == nil || match[1] != change.Name {
			b.WriteString(old)
			continue
		}
		if !done {
			b.WriteString(line)
			done = true
		}
	}
	if !done {
		b.WriteString(line)
	}
	return b.String()
}

// quoteValue quotes a value that would mean something else without.
func quoteValue(value string) string {
	plain := strings.IndexFunc(value, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=-", r)
	}) < 0
	if plain {
		return value
	}
	return "'" + value + "'"
}

// WriteFile replaces a file at once, readable by its owner alone: whoever reads it
// meanwhile sees the old content or the new one. Its folder is made where there
// is none. A link is followed.
func WriteFile(path string, content []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, reason(err))
	}
	file, err := os.CreateTemp(dir, ".env-*.new") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, reason(err))
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
