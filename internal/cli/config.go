package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// configReport is what `config` prints.
type configReport struct {
	Environment string           `json:"environment"` // ALLOY_ENV
	Files       []string         `json:"files"`       // the .env files that were read, in order
	UserFile    string           `json:"user_file"`   // where `setup` writes
	Settings    []settings.Value `json:"settings"`
	Warnings    []string         `json:"warnings"`
}

func (p *program) configCommand() *cobra.Command {
	var example, markdown bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings in force and where they come from",
		Long: `Print the settings in force and where each comes from. Secrets are shown as
fingerprints: the first 8 hexadecimal digits of their SHA-256.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case example && markdown:
				return usage(cmd, errors.New("--example and --markdown exclude each other"))
			case example:
				return p.write(settings.EnvExample())
			case markdown:
				return p.write(settings.Markdown())
			}
			s, err := p.load(cmd, false)
			if err != nil {
				return err
			}
			p.warn(s)
			report := configReport{
				Environment: s.Environment, Files: append([]string{}, s.Files...), UserFile: p.userFile(s.Environment),
				Settings: s.Values(), Warnings: append([]string{}, s.Warnings...),
			}
			return p.print(cmd, report, report.text)
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links, settings.Server, settings.Tokens, settings.Policy)
	cmd.Flags().BoolVar(&example, "example", false, "print .env.example")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the table of all settings for the README")
	outputFlag(cmd)
	return cmd
}

// userFile is the file that `setup` writes, "" where the user has no
// configuration directory.
func (p *program) userFile(environment string) string {
	if p.ConfigDir == "" {
		return ""
	}
	file := ".env"
	if environment != "" {
		file += "." + environment
	}
	return filepath.Join(p.ConfigDir, name, file)
}

func (r configReport) text(w io.Writer) error {
	rows := make([][]string, len(r.Settings))
	for i, value := range r.Settings {
		rows[i] = []string{value.Name, orDash(value.Value), orDash(value.Source)}
	}
	if err := table(w, []string{"SETTING", "VALUE", "FROM"}, rows); err != nil {
		return err
	}
	files := "none"
	for i, file := range r.Files {
		if i == 0 {
			files = file
			continue
		}
		files += ", " + file
	}
	_, err := fmt.Fprintf(w, "\nfiles read: %s\nyour file:  %s\n", files, orDash(r.UserFile))
	return err
}

// write writes text to standard output.
func (p *program) write(text string) error {
	if _, err := io.WriteString(p.Stdout, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}
