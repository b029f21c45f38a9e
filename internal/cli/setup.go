package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// maxTries is how often a person may mistype the key.
const maxTries = 3

// setupReport is what `setup` did.
type setupReport struct {
	File        string `json:"file"`
	Fingerprint string `json:"key_fingerprint"`
	Connectors  int    `json:"connectors"`
	UserID      string `json:"user_id"`
	Username    string `json:"username"`
}

func (p *program) setupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Set up your API key and your Alloy user",
		Long: `Ask for your Alloy API key (Alloy dashboard: Settings, API Keys), check it, choose
or create the Alloy user to act for, and write both to your own settings file.

Without a terminal the answers are read from standard input: the key on the
first line, the user's number, id or username on the second. --alloy-user-id
names the user at once; a username that does not exist is created.

The .env file of the working directory is not read here, so that a file in a
cloned repository cannot have your key sent elsewhere.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := p.load(cmd, true)
			if err != nil {
				return err
			}
			p.warn(s)
			report, err := p.setup(cmd.Context(), s)
			if err != nil {
				return err
			}
			return p.print(cmd, report, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Wrote %s: key with fingerprint %s, user %s (%s).\n",
					report.File, report.Fingerprint, printable(report.Username), report.UserID)
				return err
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account)
	outputFlag(cmd)
	return cmd
}

// setup asks, checks and writes.
func (p *program) setup(ctx context.Context, s *settings.Settings) (setupReport, error) {
	file, err := p.setupFile(s)
	if err != nil {
		return setupReport{}, err
	}
	q := p.prompter()
	client, key, connectors, err := p.setupKey(ctx, q, s, keptKey(ctx, s, file))
	if err != nil {
		return setupReport{}, err
	}
	p.say("The key works (%s): %d connectors.", s.BaseURL, connectors)
	user, err := p.setupUser(ctx, q, client, s.User)
	if err != nil {
		return setupReport{}, err
	}
	if err := writeSetup(file, s, key, user); err != nil {
		return setupReport{}, err
	}
	p.adviseAfterSetup(s)
	return setupReport{
		File: file, Fingerprint: key.Fingerprint(), Connectors: connectors,
		UserID: user.ID.String(), Username: user.Username,
	}, nil
}

// setupFile returns the file to write: the one that will be read.
func (p *program) setupFile(s *settings.Settings) (string, error) {
	if source := s.Source("ENV_FILE"); source != "" {
		if len(s.Files) == 0 {
			return "", fmt.Errorf("ENV_FILE (%s) says that no file is read, so there is none to write: unset it", source)
		}
		return s.Files[0], nil
	}
	file := p.userFile(s.Environment)
	if file == "" {
		return "", errors.New("this user has no configuration directory (is HOME set?): set ALLOY_API_KEY and ALLOY_USER_ID in the environment instead")
	}
	return file, nil
}

// keptKey returns the key that an empty answer keeps: one that the file holds or
// that was given for this run, and never that of another environment.
func keptKey(ctx context.Context, s *settings.Settings, file string) alloy.Secret {
	source := s.Source("ALLOY_API_KEY")
	if !given(source) && source != file && source != file+", ALLOY_API_KEY_FILE" {
		return alloy.Secret{}
	}
	key, err := s.Key.Secret(ctx)
	if err != nil {
		return alloy.Secret{} // there is none
	}
	return key
}

// setupKey asks for the key until one works, and returns the client that uses it.
func (p *program) setupKey(
	ctx context.Context, q *prompter, s *settings.Settings, current alloy.Secret,
) (client *alloy.Client, key alloy.Secret, connectors int, err error) {
	question := "Alloy API key (Alloy dashboard: Settings, API Keys; not shown):"
	if !current.IsZero() {
		question = fmt.Sprintf("Alloy API key (Alloy dashboard: Settings, API Keys; not shown; Enter keeps the one with fingerprint %s):", current.Fingerprint())
	}
	for try := 1; ; try++ {
		key, err = p.askKey(ctx, q, question, current)
		if err == nil {
			client, err = newClient(s, p.newLogger(s), alloy.StaticKey(key))
		}
		if err == nil {
			var list []alloy.Connector
			list, err = client.Connectors(ctx)
			connectors = len(list)
		}
		if err == nil || try == maxTries || !q.interactive() || !canRetype(err) {
			return client, key, connectors, err
		}
		p.say("%s", p.scrubber.String(words(err)))
	}
}

// canRetype reports whether another key may help.
func canRetype(err error) bool {
	var failed *alloy.Error
	if errors.As(err, &failed) {
		return failed.Kind == alloy.KindUnauthorized || failed.Kind == alloy.KindForbidden
	}
	return errors.As(err, new(*settings.Invalid))
}

func (p *program) askKey(ctx context.Context, q *prompter, question string, current alloy.Secret) (alloy.Secret, error) {
	text, err := q.askSecret(ctx, question)
	if err != nil && !errors.Is(err, io.EOF) {
		return alloy.Secret{}, fmt.Errorf("read the key: %w", err)
	}
	p.settings.Secrets.Add(text)
	if text == "" {
		if current.IsZero() {
			return alloy.Secret{}, &usageError{err: errors.New("no key was given: copy it from the Alloy dashboard (Settings, API Keys) and run setup again")}
		}
		return current, nil
	}
	return settings.ParseKey(text)
}

// writeSetup writes the file. What flags and the environment say about where
// Alloy is belongs to the key, so it is kept with it.
func writeSetup(file string, s *settings.Settings, key alloy.Secret, user alloy.User) error {
	changes := []settings.Change{
		{Name: "ALLOY_API_KEY_FILE", Unset: true},
		{Name: "ALLOY_API_KEY", Value: key.Reveal()},
		{Name: "ALLOY_USER_ID", Value: user.ID.String(), Comment: printable(user.Username)},
	}
	for _, place := range []settings.Change{
		{Name: "ALLOY_BASE_URL", Value: s.BaseURL},
		{Name: "ALLOY_API_VERSION", Value: s.APIVersion},
	} {
		if given(s.Source(place.Name)) {
			changes = append(changes, place)
		}
	}
	content, err := os.ReadFile(file) //nolint:gosec // the user's own settings file
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read %s: %w", file, err)
	}
	content, err = settings.Edit(content, changes)
	if err != nil {
		return fmt.Errorf("change %s: %w", file, err)
	}
	return settings.WriteFile(file, content)
}

// given reports whether a value was named for this run: by a flag or in the
// environment.
func given(source string) bool {
	return strings.HasPrefix(source, "environment") || strings.HasPrefix(source, "--")
}

// adviseAfterSetup says what counts before the file that was written, and what to
// do next.
func (p *program) adviseAfterSetup(s *settings.Settings) {
	for _, setting := range []string{"ALLOY_API_KEY", "ALLOY_USER_ID"} {
		if strings.HasPrefix(s.Source(setting), "environment") {
			p.say("%s: warning: %s is set in the environment, which counts before the file: unset it there", name, setting)
		}
	}
	p.say("Next: `%s doctor` checks everything; the README shows how to add the server to your client.", name)
}
