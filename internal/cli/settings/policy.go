package settings

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/policy"
)

// StandardError is the value of AUDIT_LOG that stands for standard error.
const StandardError = "-"

func parsePatterns(value string, into *[]policy.Pattern) (err error) {
	*into, err = policy.ParsePatterns(value)
	return err
}

// parseConnectors reads ids. A pattern would never be equal to one, and so forbid
// everything that it was meant to allow.
func parseConnectors(value string, into *[]string) error {
	var ids []string
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		switch {
		case item == "" || slices.Contains(ids, item):
			continue
		case strings.ContainsAny(item, "*?."):
			return fmt.Errorf("holds %s, which is no connector's id: ALLOY_ALLOW takes patterns, such as %s", shown(item), shown(strings.TrimSuffix(item, ".*")+".*"))
		}
		ids = append(ids, item)
	}
	if ids == nil {
		return errors.New("holds nothing but commas: give ids such as notion,slack, or leave it unset")
	}
	*into = ids
	return nil
}

// checkPolicy looks at what contradicts itself, and warns of what is odd.
func (l *loader) checkPolicy() error {
	if l.out.AuditRequired && l.out.AuditLog == "" {
		return invalid("AUDIT_REQUIRED (%s) is true, but AUDIT_LOG is not set: no change could be recorded, and so none could run; set AUDIT_LOG to a file or to - for standard error", l.out.Source("AUDIT_REQUIRED"))
	}
	for _, list := range []struct {
		name     string
		patterns []policy.Pattern
	}{{"ALLOY_ALLOW", l.out.Policy.Allow}, {"ALLOY_DENY", l.out.Policy.Deny}, {"ALLOY_EXPOSE", l.out.Expose}} {
		for _, pattern := range list.patterns {
			if odd := pattern.Odd(); odd != "" {
				l.warn("%s (%s): %s", list.name, l.out.Source(list.name), odd)
			}
		}
	}
	if info, err := os.Stat(l.out.PolicyFile); l.out.PolicyFile != "" && err == nil && writableByOthers(info) {
		l.warn("%s says what is allowed and can be changed by others: run `chmod go-w %s`", l.out.PolicyFile, l.out.PolicyFile)
	}
	return nil
}
