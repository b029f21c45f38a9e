package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/doctor"
	"github.com/alloy-mcp/alloy-mcp/internal/token"
)

// The values of --report.
const (
	reportReads = "reads"
	reportFull  = "full"
)

func (p *program) doctorCommand() *cobra.Command {
	var (
		security bool
		report   string
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong and what to do",
		Long: `Check settings, key, user, connectors, accounts and this machine, one resting on
the other, and say for what is wrong what explains it and what to do. It reads
only, and shows no secret.

With --report it asks the API what its documents leave open and prints a page
made to be sent to the makers of this program; --report=full also tries what
writes, on a user that it makes and deletes.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if security && report != "" {
				return usage(cmd, errors.New("--security and --report exclude each other"))
			}
			config, err := p.doctorConfig(cmd)
			if err != nil {
				return err
			}
			colour := isTerminal(p.Stdout) && p.env("NO_COLOR") == ""
			switch {
			case security:
				list := doctor.Secure(config)
				return p.examined(cmd, int(list.Exit()), list.WriteJSON, func(w io.Writer) error { return list.WriteText(w, colour) })
			case report == reportReads || report == reportFull:
				survey, err := doctor.Ask(cmd.Context(), config, report == reportFull)
				if err != nil {
					return err
				}
				return p.examined(cmd, int(survey.Exit()), survey.WriteJSON, survey.WriteMarkdown)
			case report != "":
				return usage(cmd, fmt.Errorf("--report is %q: say --report, or --report=full", report))
			}
			result := doctor.Run(cmd.Context(), config)
			return p.examined(cmd, int(result.Exit()), result.WriteJSON, func(w io.Writer) error { return result.WriteText(w, colour) })
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links, settings.Server, settings.Tokens, settings.Policy)
	cmd.Flags().BoolVar(&security, "security", false, "answer the security checklist, from the settings alone")
	cmd.Flags().StringVar(&report, "report", "", "print a page about how the API behaves; `full` also tries what writes")
	cmd.Flags().Lookup("report").NoOptDefVal = reportReads
	outputFlag(cmd)
	return cmd
}

// statusError ends a command with an exit code when everything is said already.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// examined writes a result of the doctor's and ends with its exit code.
func (p *program) examined(cmd *cobra.Command, code int, asJSON, asText func(io.Writer) error) error {
	wanted, err := wantsJSON(cmd)
	if err != nil {
		return err
	}
	write := asText
	if wanted {
		write = asJSON
	}
	if err := write(p.Stdout); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	if code != exitDone {
		return &statusError{code: code}
	}
	return nil
}

// doctorConfig gathers what is known before anything is asked. Settings that
// cannot be read are a finding, not an error.
func (p *program) doctorConfig(cmd *cobra.Command) (doctor.Config, error) {
	config := doctor.Config{ProgramVersion: readBuild().Version, Now: p.Now, Scrubber: p.scrubber}
	s, err := p.load(cmd, false)
	if err != nil {
		if !errors.As(err, new(*settings.Invalid)) {
			return config, err
		}
		config.SettingsError = p.scrubber.String(words(err))
		return config, nil
	}
	log := p.newLogger(s)
	config.Logger = log
	config.Warnings, config.Environment = s.Warnings, s.Environment
	config.BaseURL, config.Version, config.User = s.BaseURL, s.APIVersion, s.User
	config.RedirectURI, config.PublicURL, config.Transport, config.Addr, config.Auth = s.RedirectURI, s.PublicURL, s.Transport, s.Addr, s.Auth
	config.AuthConfigs, config.Connections, config.ConnectionID = s.AuthConfigs, s.Connections, s.ConnectionID
	for _, other := range s.Others {
		config.Environments = append(config.Environments, doctor.Environment(other))
	}
	keyOfDoctor(cmd.Context(), &config, s)
	tokensOfDoctor(cmd.Context(), &config, s)
	config.AuditLog, config.AuditRequired = s.AuditLog, s.AuditRequired
	if _, err := policyOf(s); err != nil {
		config.SettingsError = words(err)
	}
	if config.Client, err = newClient(s, log, s.Key.Secret); err != nil {
		config.Client, config.SettingsError = nil, words(err)
	}
	return config, nil
}

// tokensOfDoctor fills in what is known of the file of tokens, where one is used.
func tokensOfDoctor(ctx context.Context, config *doctor.Config, s *settings.Settings) {
	if s.Auth != settings.AuthToken {
		return
	}
	list, err := token.Open(s.TokensFile).List()
	switch {
	case len(list) > 0:
	case err == nil, errors.Is(err, fs.ErrNotExist):
		config.Warnings = append(config.Warnings, "there is no token in "+s.TokensFile+", so nobody can use the server: make one with `alloy-mcp token add NAME`")
	default:
		config.Warnings = append(config.Warnings, oneLine(err.Error())+"; until that is repaired the server lets nobody in")
	}
	if file, err := doctor.InspectFile(ctx, s.TokensFile, false); err == nil {
		config.Files = append(config.Files, file)
	}
}

// keyOfDoctor fills in what is known of the key and of the files.
func keyOfDoctor(ctx context.Context, config *doctor.Config, s *settings.Settings) {
	key, err := s.Key.Secret(ctx)
	if err != nil {
		key = alloy.Secret{} // its absence is a finding
	}
	source := s.Source("ALLOY_API_KEY")
	config.Key, config.KeySource = key, source
	keyFile := s.Key.File()
	switch {
	case key.IsZero():
	case keyFile != "":
		config.KeyPlace, config.KeySource = doctor.PlaceKeyFile, keyFile
	case strings.HasPrefix(source, "environment"):
		config.KeyPlace = doctor.PlaceEnvironment
	default:
		config.KeyPlace = doctor.PlaceEnvFile
	}
	paths := s.Files
	if keyFile != "" {
		paths = append(append([]string{}, paths...), keyFile)
	}
	for _, path := range paths {
		file, err := doctor.InspectFile(ctx, path, path == config.KeySource)
		if err != nil {
			file = doctor.File{Path: path, HoldsKey: path == config.KeySource} // it was read a moment ago: say what is known
		}
		config.Files = append(config.Files, file)
	}
}
