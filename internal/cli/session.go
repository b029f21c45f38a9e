package cli

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// load reads the settings for cmd; see settings.Inputs.ForSetup.
func (p *program) load(cmd *cobra.Command, forSetup bool) (*settings.Settings, error) {
	s, err := settings.Load(settings.Inputs{
		Flags: settings.GivenFlags(cmd.Flags()), LookupEnv: p.LookupEnv,
		WorkDir: p.WorkDir, ConfigDir: p.ConfigDir, CacheDir: p.CacheDir, ForSetup: forSetup,
	})
	if err != nil {
		return nil, err
	}
	s.Secrets.Add(p.secrets.List()...)
	p.settings = s
	return s, nil
}

// session is what a command needs that talks to Alloy.
type session struct {
	settings *settings.Settings
	log      *slog.Logger
	client   *alloy.Client
}

// open reads the settings, says what is odd about them, and makes the client.
// It needs no network, and no key until the first call.
func (p *program) open(cmd *cobra.Command) (*session, error) {
	s, err := p.load(cmd, false)
	if err != nil {
		return nil, err
	}
	return p.begin(s)
}

// begin makes a session of settings.
func (p *program) begin(s *settings.Settings) (*session, error) {
	p.settings = s
	log := p.newLogger(s)
	if p.serving {
		for _, warning := range s.Warnings {
			log.Warn("settings need a look", "reason", warning)
		}
	} else {
		p.warn(s)
	}
	s.Key.LogTo(log)
	client, err := newClient(s, log, s.Key.Secret)
	if err != nil {
		return nil, err
	}
	return &session{settings: s, log: log, client: client}, nil
}

// openWithKey is open for commands that can do nothing without a key.
func (p *program) openWithKey(cmd *cobra.Command) (*session, error) {
	session, err := p.open(cmd)
	if err != nil {
		return nil, err
	}
	if _, err := session.settings.Key.Secret(cmd.Context()); err != nil {
		return nil, err
	}
	return session, nil
}

// newClient makes the one Alloy client of the process.
func newClient(s *settings.Settings, log *slog.Logger, key func(context.Context) (alloy.Secret, error)) (*alloy.Client, error) {
	client, err := alloy.New(alloy.Config{
		BaseURL: s.BaseURL, Version: s.APIVersion, Key: key, Logger: log,
		Proxy: http.ProxyFromEnvironment, UserAgent: name + "/" + readBuild().Version,
	})
	if err != nil {
		return nil, s.Wrong("ALLOY_BASE_URL", err)
	}
	return client, nil
}

// warn says what is odd about the settings and stops nothing.
func (p *program) warn(s *settings.Settings) {
	for _, warning := range s.Warnings {
		p.say("%s: warning: %s", name, p.scrubber.String(warning))
	}
}
