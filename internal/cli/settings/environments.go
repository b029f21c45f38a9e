package settings

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// checkEnvironment refuses an environment that nothing belongs to, where the key
// would then be that of another one: a plain .env.
func (l *loader) checkEnvironment() error {
	name := l.out.Environment
	if name == "" || !l.keyFrom.dotenv || l.out.Key.Fingerprint() == "" {
		return nil
	}
	if slices.ContainsFunc(l.out.Files, func(path string) bool { return filepath.Base(path) == ".env."+name }) {
		return nil
	}
	return invalid("ALLOY_ENV is %s, but there is no .env.%s beside %s, whose key may be another environment's: create it, or unset ALLOY_ENV", name, name, l.keyFrom.name)
}

// maxEnvironments bounds how many files are compared.
const maxEnvironments = 20

// compareEnvironments warns where two environments have one key, which is how a
// test run writes into production.
func (l *loader) compareEnvironments() {
	byKey := make(map[string][]string)
	if fingerprint := l.out.Key.Fingerprint(); fingerprint != "" {
		byKey[fingerprint] = []string{l.keyLabel()}
	}
	for _, dir := range l.folders() {
		for _, path := range environmentFiles(dir) {
			if path == l.keyFrom.name {
				continue
			}
			if fingerprint := fileFingerprint(path); fingerprint != "" {
				byKey[fingerprint] = append(byKey[fingerprint], path)
				l.out.Others = append(l.out.Others, Environment{Name: path, Fingerprint: fingerprint})
			}
		}
	}
	for _, fingerprint := range slices.Sorted(maps.Keys(byKey)) {
		if places := byKey[fingerprint]; len(places) > 1 {
			l.warn("%s hold the same API key (fingerprint %s): every environment should have its own", strings.Join(places, " and "), fingerprint)
		}
	}
}

// keyLabel says where the key that is in use comes from.
func (l *loader) keyLabel() string {
	if l.out.Environment != "" && l.keyFrom.name == "environment" {
		return fmt.Sprintf("the environment (ALLOY_ENV=%s)", l.out.Environment)
	}
	return l.keyFrom.name
}

// folders are those whose .env files belong to this run.
func (l *loader) folders() []string {
	var dirs []string
	for _, s := range l.sources[2:] {
		if !slices.Contains(dirs, s.dir) {
			dirs = append(dirs, s.dir)
		}
	}
	return dirs
}

// environmentFiles returns the .env files in dir that stand for an environment.
func environmentFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // the comparison is a courtesy
	}
	var paths []string
	for _, entry := range entries {
		name, ok := strings.CutPrefix(entry.Name(), ".env")
		if !ok || len(paths) == maxEnvironments {
			continue
		}
		var environment string
		switch name {
		case "":
		case ".example", ".sample", ".template", ".dist", ".bak":
			continue
		default:
			if name[0] != '.' || parseEnvironment(name[1:], &environment) != nil {
				continue
			}
		}
		paths = append(paths, filepath.Join(dir, entry.Name()))
	}
	return paths
}

// fileFingerprint returns the fingerprint of the API key in a .env file, "" where
// it has none that can be read.
func fileFingerprint(path string) string {
	data, _, err := readFound(path)
	if err != nil {
		return ""
	}
	file, err := parseEnvFile(path, data)
	if err != nil {
		return ""
	}
	secret, err := checkSecret(file.values["ALLOY_API_KEY"])
	if err != nil {
		return ""
	}
	return alloy.NewSecret(secret).Fingerprint()
}
