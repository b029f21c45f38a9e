package doctor

import (
	"fmt"
	"io/fs"
	"strings"
)

// checkSettings judges what needs no network: what reading the settings said,
// the files, the environments.
func (e *examination) checkSettings() {
	c := &e.config
	if c.SettingsError != "" {
		e.add(Finding{
			Check: CheckSettings, State: Problem, Message: c.SettingsError,
			Cure: "Correct that setting; `alloy-mcp config` shows each setting and where it comes from.",
		})
	}
	for _, warning := range c.Warnings {
		e.add(Finding{Check: CheckSettings, State: Warning, Message: warning, Cure: "See `alloy-mcp config` for each setting and where it comes from."})
	}
	if c.SettingsError == "" && len(c.Warnings) == 0 {
		e.ok(CheckSettings, "read, and nothing in them contradicts ("+sources(c)+")")
	}
	e.checkFiles()
	e.checkEnvironments()
}

func sources(c *Config) string {
	if len(c.Files) == 0 {
		return "no file used"
	}
	paths := make([]string, len(c.Files))
	for i, file := range c.Files {
		paths[i] = file.Path
	}
	return strings.Join(paths, ", ")
}

// othersRead are the permission bits by which others can read a file.
const othersRead fs.FileMode = 0o044

// othersWrite are those by which others can change it.
const othersWrite fs.FileMode = 0o022

// checkFiles looks for keys that others can read or that git would publish.
func (e *examination) checkFiles() {
	before := len(e.report.Findings)
	for _, file := range e.config.Files {
		if file.ModeKnown && file.Mode&(othersRead|othersWrite) != 0 {
			e.add(Finding{
				Check: CheckFiles, Subject: file.Path, State: Warning,
				Message: fmt.Sprintf("%s can be read or changed by other users of this machine (%04o)", file.Path, file.Mode.Perm()),
				Cure:    "chmod 600 " + shellWord(file.Path),
			})
		}
		switch file.Git {
		case GitTracked:
			e.add(Finding{
				Check: CheckFiles, Subject: file.Path, State: trackedState(file), Message: file.Path + " is part of a git repository",
				Cause: "Whoever can read the repository, now or later, can read what stands in it.",
				Cure:  "git rm --cached " + shellWord(file.Path) + ", add it to .gitignore, and if it held a key: make a new key at Alloy and delete the old one.",
			})
		case GitUntracked:
			e.add(Finding{
				Check: CheckFiles, Subject: file.Path, State: Warning, Message: file.Path + " lies in a git repository and is not ignored",
				Cause: "The next `git add .` would publish it.", Cure: "Add it to .gitignore.",
			})
		case GitIgnored, GitOutside:
		}
	}
	if len(e.report.Findings) > before {
		return
	}
	if len(e.config.Files) == 0 {
		e.ok(CheckFiles, "none used: the settings come from flags and the environment")
		return
	}
	e.ok(CheckFiles, "yours alone, and git does not see them")
}

// trackedState: a key in a repository is a leak, other settings are a risk.
func trackedState(file File) State {
	if file.HoldsKey {
		return Problem
	}
	return Warning
}

// checkEnvironments looks for two environments with one key.
func (e *examination) checkEnvironments() {
	c := &e.config
	name := c.Environment
	if name == "" {
		name = "none named (ALLOY_ENV)"
	}
	fingerprint := c.Key.Fingerprint()
	var same []string
	for _, other := range c.Environments {
		if fingerprint != "" && other.Fingerprint == fingerprint {
			same = append(same, other.Name)
		}
	}
	if len(same) > 0 {
		e.add(Finding{
			Check: CheckEnvironment, State: Warning,
			Message: "the key in use (fingerprint " + fingerprint + ") is also that of " + strings.Join(same, ", "),
			Cause:   "At Alloy the key decides the environment: with one key a test run works on production's users and accounts.",
			Cure:    "Make a key of its own for each environment: Alloy dashboard, Settings, API Keys.",
		})
		return
	}
	e.ok(CheckEnvironment, name)
}

// shellWord quotes a path for a shell where it needs it.
func shellWord(path string) string {
	if path != "" && !strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,@%", r)
	}) && path[0] != '-' {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
