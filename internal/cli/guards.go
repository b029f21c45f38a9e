package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
)

// policyOf is what the settings and the policy file allow. Its errors name the
// setting and what is wrong.
func policyOf(s *settings.Settings) (*policy.Policy, error) {
	if s.PolicyFile == "" {
		return policy.New(s.Policy, nil), nil
	}
	data, err := readSmall(s.PolicyFile, policy.MaxFile)
	if err != nil {
		return nil, s.Wrong("POLICY_FILE", fmt.Errorf("%s cannot be read: %w", s.PolicyFile, err))
	}
	file, err := policy.ParseFile(data)
	if err != nil {
		return nil, s.Wrong("POLICY_FILE", fmt.Errorf("%s: %w", s.PolicyFile, err))
	}
	return policy.New(s.Policy, file), nil
}

// auditLog opens the audit log; nil where none is kept.
func (p *program) auditLog(s *session) (*audit.Log, error) {
	if s.settings.AuditLog == "" {
		return nil, nil
	}
	log, err := audit.Open(audit.Config{
		Path: s.settings.AuditLog, Stderr: p.Stderr, Required: s.settings.AuditRequired, Logger: s.log, Scrub: p.scrubber.Values,
		Environment: s.settings.Environment, Fingerprint: s.settings.Key.Fingerprint,
	})
	if err != nil {
		return nil, s.settings.Wrong("AUDIT_LOG", fmt.Errorf("%s cannot be written: %w", s.settings.AuditLog, err))
	}
	return log, nil
}

// readSmall reads a regular file of at most limit bytes. Errors do not name it.
func readSmall(path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() { // reading a pipe would wait for a writer
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(path) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case len(data) > limit:
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return data, nil
}

func withoutPath(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
