package doctor

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Safety is the answer to one question of the security checklist.
type Safety string

// The answers.
const (
	Safe    Safety = "ok"
	Missing Safety = "missing"     // a setting or a command mends it
	Yours   Safety = "yours to do" // nothing here can see or do it
)

// ChecklistItem is one question and its answer.
type ChecklistItem struct {
	Number   int    `json:"number"` // 1 to 10
	Item     string `json:"item"`
	Answer   Safety `json:"answer"`
	Evidence string `json:"evidence"`     // what the answer rests on
	Do       string `json:"do,omitempty"` // what to do
}

// Checklist is the result of [Secure].
type Checklist struct {
	Items []ChecklistItem `json:"items"`
}

// Secure answers the security checklist from the settings alone; nothing is
// asked over a network.
func Secure(config Config) *Checklist {
	c := &config
	list := &Checklist{Items: []ChecklistItem{
		unreadable(c), unpublished(c), unchangeable(c), keyPlace(c), apartEnvironments(c),
		rotation(c), encrypted(c), guardedServer(c), leastPrivilege(c), monitoring(c),
	}}
	for i := range list.Items {
		item := &list.Items[i]
		item.Number = i + 1
		item.Evidence, item.Do = clean(c.Scrubber, item.Evidence), clean(c.Scrubber, item.Do)
	}
	return list
}

// Exit returns ExitProblem where something is missing.
func (l *Checklist) Exit() Exit {
	for _, item := range l.Items {
		if item.Answer == Missing {
			return ExitProblem
		}
	}
	return ExitOK
}

func unreadable(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Nobody else on this machine can read the API key", Answer: Safe}
	var holders, open []string
	for _, file := range c.Files {
		if !file.HoldsKey {
			continue
		}
		if !file.ModeKnown {
			item.Answer, item.Evidence = Yours, file.Path+": permissions cannot be read on this system"
			item.Do = "See in its properties that only you may read it."
			return item
		}
		holders = append(holders, fmt.Sprintf("%s (%04o)", file.Path, file.Mode.Perm()))
		if file.Mode&othersRead != 0 {
			open = append(open, shellWord(file.Path))
		}
	}
	switch {
	case len(open) > 0:
		item.Answer, item.Do = Missing, "chmod 600 "+strings.Join(open, " ")
		item.Evidence = strings.Join(holders, ", ") + " can be read by others"
	case len(holders) > 0:
		item.Evidence = strings.Join(holders, ", ")
	case c.Key.IsZero():
		item.Answer, item.Evidence = Yours, "no key is set yet"
		item.Do = "`alloy-mcp setup` writes it to a file that only you can read."
	default:
		item.Evidence = "the key is in no file; it comes from " + keySource(c)
	}
	return item
}

func keySource(c *Config) string {
	switch {
	case c.KeyPlace == PlaceEnvironment:
		return "the environment"
	case c.KeySource != "":
		return c.KeySource
	}
	return "a place that is not known"
}

func unpublished(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Files with settings are not published through git", Answer: Safe}
	var bad, unknown, good []string
	tracked := false
	for _, file := range c.Files {
		switch file.Git {
		case GitTracked:
			tracked = true
			bad = append(bad, file.Path+" is part of a repository")
		case GitUntracked:
			bad = append(bad, file.Path+" lies in a repository and is not ignored")
		case GitIgnored:
			good = append(good, file.Path+" is ignored")
		case GitOutside:
			good = append(good, file.Path+" is in no repository")
		default:
			unknown = append(unknown, file.Path)
		}
	}
	switch {
	case len(bad) > 0:
		item.Answer, item.Evidence, item.Do = Missing, strings.Join(bad, "; "), "Add it to .gitignore."
		if tracked {
			item.Do = "git rm --cached the file, add it to .gitignore, and replace every key that was in it: history keeps them."
		}
	case len(unknown) > 0:
		item.Answer, item.Evidence = Yours, "git did not say about "+strings.Join(unknown, ", ")
		item.Do = "See that `git check-ignore` names it."
	case len(good) > 0:
		item.Evidence = strings.Join(good, "; ")
	default:
		item.Evidence = "no file is used"
	}
	return item
}

// unchangeable: who can change a settings file, or put another in its place, can
// send the key elsewhere through ALLOY_BASE_URL.
func unchangeable(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Nobody else on this machine can change the settings", Answer: Safe}
	var bad, good, doing []string
	for _, file := range c.Files {
		switch {
		case !file.ModeKnown:
			item.Answer, item.Evidence = Yours, file.Path+": permissions cannot be read on this system"
			item.Do = "See in its properties that only you may change it."
			return item
		case file.Mode&othersWrite != 0:
			bad = append(bad, fmt.Sprintf("%s (%04o)", file.Path, file.Mode.Perm()))
			doing = append(doing, "chmod go-w "+shellWord(file.Path))
		case file.FolderMode&othersWrite != 0 && file.FolderMode&fs.ModeSticky == 0:
			bad = append(bad, fmt.Sprintf("the folder of %s (%04o)", file.Path, file.FolderMode.Perm()))
			doing = append(doing, "chmod go-w the folder of "+shellWord(file.Path))
		default:
			good = append(good, fmt.Sprintf("%s (%04o)", file.Path, file.Mode.Perm()))
		}
	}
	switch {
	case len(bad) > 0:
		item.Answer, item.Evidence, item.Do = Missing, "others can change "+strings.Join(bad, ", "), strings.Join(doing, "; ")
	case len(good) > 0:
		item.Evidence = strings.Join(good, ", ") + ", and their folders"
	default:
		item.Evidence = "no file is used"
	}
	return item
}

func keyPlace(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "The key comes from a file or a vault, not from the environment", Answer: Safe, Evidence: "it comes from " + keySource(c)}
	const file = "Set ALLOY_API_KEY_FILE to a file that only you can read, or that your vault writes, and unset ALLOY_API_KEY."
	switch {
	case c.Key.IsZero():
		item.Answer, item.Evidence, item.Do = Yours, "no key is set yet", "`alloy-mcp setup` writes it to a file."
	case c.KeyPlace == PlaceEnvironment:
		item.Answer, item.Do = Missing, file
		item.Evidence += "; every program started from there sees it, and so do crash reports"
	case c.KeyPlace == "":
		item.Answer, item.Do = Yours, file
	}
	return item
}

func apartEnvironments(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Development, staging and production have keys of their own", Answer: Safe}
	own := c.Key.Fingerprint()
	var same, other []string
	for _, environment := range c.Environments {
		label := environment.Name + " " + environment.Fingerprint
		if own != "" && environment.Fingerprint == own {
			same = append(same, label)
		} else {
			other = append(other, label)
		}
	}
	switch {
	case len(same) > 0:
		item.Answer, item.Evidence = Missing, "the key in use is also that of "+strings.Join(same, ", ")
		item.Do = "Make a key for each environment: Alloy dashboard, Settings, API Keys."
	case len(other) > 0:
		item.Evidence = "fingerprints differ: in use " + own + "; " + strings.Join(other, ", ")
	default:
		item.Answer, item.Evidence = Yours, "only one environment can be seen from here (fingerprint "+orNone(own)+")"
		item.Do = "Compare this fingerprint with those on your other machines; ALLOY_ENV and .env.NAME keep environments apart on one."
	}
	return item
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func rotation(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "The key can be exchanged without a restart, and is exchanged regularly"}
	if c.Key.IsZero() {
		item.Answer, item.Evidence, item.Do = Yours, "no key is set yet", "Set ALLOY_API_KEY_FILE: that file is read again when it changes."
		return item
	}
	if c.KeyPlace == PlaceKeyFile {
		item.Answer, item.Evidence = Yours, keySource(c)+" is read again when it changes, so no restart is needed; the key's age cannot be seen"
		item.Do = "Replace it regularly: make a new key, write it to the file, check that the fingerprint in the log changed, delete the old key in Alloy's dashboard."
		return item
	}
	item.Answer, item.Evidence = Missing, "the key is read once, at start"
	item.Do = "Set ALLOY_API_KEY_FILE: that file is read again when it changes."
	return item
}

func encrypted(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "The key and your data travel encrypted, to Alloy and nobody else", Answer: Safe, Evidence: c.baseURL()}
	u, err := url.Parse(c.baseURL())
	switch {
	case err == nil && isLoopback(u.Hostname()):
		item.Answer, item.Evidence = Yours, c.baseURL()+" is on this machine: what it does with the key is not seen from here"
		item.Do = "Use a simulator's key only, or leave ALLOY_BASE_URL unset."
	case err != nil || u.Scheme != "https":
		item.Answer, item.Do = Missing, "Leave ALLOY_BASE_URL unset."
	case !strings.HasSuffix(strings.ToLower(u.Hostname()), ".runalloy.com"):
		item.Answer, item.Evidence = Yours, c.baseURL()+" is https, but not Alloy's"
		item.Do = "See that you know who runs it: it is given the key."
	}
	return item
}

func guardedServer(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Only you, or people who say who they are, reach the server", Answer: Safe}
	if c.Transport == "" || c.Transport == "stdio" {
		item.Evidence = "stdio: only the program that started it"
		return item
	}
	u, err := url.Parse("http://" + c.Addr)
	switch {
	case c.Auth != "" && c.Auth != "none":
		item.Evidence = c.Addr + " with MCP_AUTH=" + c.Auth
	case err == nil && isLoopback(u.Hostname()):
		item.Evidence = c.Addr + " is reached from this machine only; every program on it is let in"
	default:
		item.Answer, item.Evidence = Missing, c.Addr+" is reached from other machines, and MCP_AUTH is none"
		item.Do = "Set MCP_AUTH=token and give each person a token (`alloy-mcp token add NAME`), or set MCP_ADDR to 127.0.0.1:3000."
	}
	return item
}

func leastPrivilege(c *Config) ChecklistItem {
	item := ChecklistItem{Item: "Only the accounts that are needed can be used", Answer: Yours}
	var pins []string
	for _, connector := range slices.Sorted(maps.Keys(c.Connections)) {
		pins = append(pins, connector+"="+c.Connections[connector])
	}
	if c.ConnectionID != "" {
		pins = append(pins, "CONNECTION_ID="+c.ConnectionID)
	}
	item.Evidence = "no account is chosen: every account of the user can be used"
	item.Do = "Choose with ALLOY_CONNECTIONS=connector=id; give the server an Alloy user of its own and share with its accounts what is needed, no more (in Notion: single pages); give the key no more permissions than it needs, in Alloy's dashboard."
	if len(pins) > 0 {
		item.Evidence = "chosen: " + strings.Join(pins, ", ")
		item.Do = "Share with these accounts what is needed, no more (in Notion: single pages), and see in Alloy's dashboard that the key has no more permissions than it needs."
	}
	return item
}

func monitoring(c *Config) ChecklistItem {
	item := ChecklistItem{
		Item: "What is done in your name is recorded and watched", Answer: Yours,
		Evidence: "AUDIT_LOG is not set: nothing is recorded",
		Do:       "Set AUDIT_LOG to a file or to - for standard error, and AUDIT_REQUIRED=true if nothing may change that was not recorded; have somebody watch it and standard error (LOG_FORMAT=json for machines).",
	}
	if c.AuditLog == "" {
		return item
	}
	item.Evidence = "every read, refusal and change is recorded in " + c.AuditLog
	if c.AuditLog == "-" {
		item.Evidence = "every read, refusal and change is recorded on standard error"
	}
	if c.AuditRequired {
		item.Evidence += ", and a change that cannot be recorded does not run"
	}
	item.Do = "Have somebody watch it; Alloy's dashboard lists executions too."
	return item
}

// WriteText writes the checklist for people.
func (l *Checklist) WriteText(w io.Writer, colour bool) error {
	var b strings.Builder
	counts := make(map[Safety]int)
	const width = len(Yours)
	for _, item := range l.Items {
		counts[item.Answer]++
		answer := pad(string(item.Answer), width)
		if colour {
			answer = paint(map[Safety]State{Safe: OK, Missing: Problem, Yours: Warning}[item.Answer], answer)
		}
		fmt.Fprintf(&b, "%2d  %s  %s\n", item.Number, answer, item.Item)
		const indent = 2 + 2 + width + 2
		const label = len("Evidence: ")
		b.WriteString(strings.Repeat(" ", indent) + "Evidence: " + wrap(item.Evidence, indent+label))
		if item.Do != "" {
			b.WriteString(strings.Repeat(" ", indent) + "Do:       " + wrap(item.Do, indent+label))
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d missing, %d yours to do.\n", counts[Safe], counts[Missing], counts[Yours])
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the checklist as one JSON object, with the exit code in it.
func (l *Checklist) WriteJSON(w io.Writer) error {
	return writeJSON(w, struct {
		Exit int `json:"exit"`
		*Checklist
	}{int(l.Exit()), l})
}
