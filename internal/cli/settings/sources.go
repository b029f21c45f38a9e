package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// gather collects the sources in their order.
func (l *loader) gather() error {
	l.sources = []source{
		{values: l.in.Flags, dir: l.in.WorkDir},
		{name: "environment", values: l.environment(), dir: l.in.WorkDir},
	}
	environment, err := l.early("ALLOY_ENV")
	if err != nil {
		return err
	}
	only, err := l.early("ENV_FILE")
	if err != nil {
		return err
	}
	if only != "" {
		return l.addOnly(l.path(only, l.in.WorkDir))
	}
	if l.in.ConfigDir != "" {
		if err := l.addFolder(filepath.Join(l.in.ConfigDir, "alloy-mcp"), environment); err != nil {
			return err
		}
	}
	if l.in.WorkDir == "" || l.in.ForSetup || l.hasKey() {
		return nil
	}
	return l.addWorkDir(environment)
}

// environment returns those variables that are settings of ours.
func (l *loader) environment() map[string]string {
	values := make(map[string]string)
	if l.in.LookupEnv == nil {
		return values
	}
	names := []string{notionKey}
	for _, setting := range Table() {
		names = append(names, setting.Name)
		if setting.Kind == Secret {
			names = append(names, setting.Name+FileSuffix)
		}
	}
	for _, name := range names {
		if value, ok := l.in.LookupEnv(name); ok {
			values[name] = value
		}
	}
	return values
}

// early returns a setting that decides which files are read, so that it can come
// from a flag or the environment only.
func (l *loader) early(name string) (string, error) {
	setting, _ := lookup(name)
	for _, s := range l.sources {
		raw := s.get(name)
		if raw == "" {
			continue
		}
		value, err := checkText(raw)
		if err == nil {
			err = setting.parse(l.out, value)
		}
		if err != nil {
			return "", invalid("%s (%s) %w", name, s.label(setting), err)
		}
		return value, nil
	}
	return "", nil
}

// path makes a path of a setting absolute: "~/" is the home directory, and what
// is relative starts at dir.
func (l *loader) path(path, dir string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && l.in.LookupEnv != nil {
		if home, ok := l.in.LookupEnv("HOME"); ok && home != "" {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(path) || dir == "" {
		return path
	}
	return filepath.Join(dir, path)
}

// addOnly reads the file that ENV_FILE names.
func (l *loader) addOnly(path string) error {
	if path == os.DevNull || path == "/dev/null" {
		return nil
	}
	file, err := read(path, readNamed)
	if errors.Is(err, errAbsent) {
		return invalid("ENV_FILE names %s, but there is no such file (/dev/null means none)", path)
	}
	if err != nil {
		return invalid("ENV_FILE names %s, which cannot be used: %w", path, err)
	}
	l.add(file, source{dir: filepath.Dir(path)})
	return nil
}

// fileNames are the files of one folder in their order.
func fileNames(environment string) []string {
	if environment == "" {
		return []string{".env"}
	}
	return []string{".env." + environment, ".env"}
}

func (l *loader) addFolder(dir, environment string) error {
	for _, name := range fileNames(environment) {
		path := filepath.Join(dir, name)
		file, err := read(path, readFound)
		if errors.Is(err, errAbsent) {
			continue
		}
		if err != nil {
			return invalid("%s cannot be used: %w", path, err)
		}
		l.add(file, source{dir: dir, dotenv: name == ".env"})
	}
	return nil
}

// addWorkDir reads the files of the working directory, which may belong to
// another program: what names nothing of ours is passed over.
func (l *loader) addWorkDir(environment string) error {
	var files []envFile
	ours := false
	for _, name := range fileNames(environment) {
		path := filepath.Join(l.in.WorkDir, name)
		data, info, err := readFound(path)
		if errors.Is(err, errAbsent) {
			continue
		}
		if err != nil {
			l.warn("%s is not read: %v", path, err)
			continue
		}
		if !bytes.Contains(data, []byte("ALLOY_")) && !bytes.Contains(data, []byte("MCP_")) {
			continue
		}
		file, err := read(path, func(string) ([]byte, os.FileInfo, error) { return data, info, nil })
		if err != nil {
			return invalid("%s cannot be used: %w", path, err)
		}
		files = append(files, file)
		for name := range file.values {
			ours = ours || isOurs(name)
		}
	}
	if !ours {
		return nil
	}
	for _, file := range files {
		l.add(file, source{dir: l.in.WorkDir, local: true, dotenv: filepath.Base(file.path) == ".env"})
	}
	return nil
}

// isOurs reports whether a name can only be meant for this program.
func isOurs(name string) bool {
	return strings.HasPrefix(name, "ALLOY_") || strings.HasPrefix(name, "MCP_")
}

// read reads and parses a .env file, the content of which get returns.
func read(path string, get func(string) ([]byte, os.FileInfo, error)) (envFile, error) {
	data, info, err := get(path)
	if err != nil {
		return envFile{}, err
	}
	file, err := parseEnvFile(path, data)
	if err != nil {
		return envFile{}, err
	}
	if readableByOthers(info) && (file.values["ALLOY_API_KEY"] != "" || file.values[notionKey] != "") {
		file.warnings = append(file.warnings, fmt.Sprintf("%s holds a secret and can be read by others: run `chmod 600 %s`", path, path))
	}
	return file, nil
}

// add makes a source of a file and warns of what has no effect in it.
func (l *loader) add(file envFile, s source) {
	s.name, s.values = file.path, file.values
	l.out.Warnings = append(l.out.Warnings, file.warnings...)
	for _, name := range file.names {
		switch {
		case name == "ALLOY_ENV" || name == "ENV_FILE":
			l.warn("%s in %s has no effect: it says which files to read, so set it as a flag or in the environment", name, file.path)
			delete(s.values, name)
		case isKnown(name) || !isOurs(name):
		default:
			hint := ""
			if near := meant(name); near != "" {
				hint = ": is " + near + " meant?"
			}
			l.warn("%s in %s is not a setting of this version%s", name, file.path, hint)
		}
	}
	l.sources = append(l.sources, s)
	l.out.Files = append(l.out.Files, file.path)
}

func (l *loader) warn(format string, args ...any) {
	l.out.Warnings = append(l.out.Warnings, fmt.Sprintf(format, args...))
}
