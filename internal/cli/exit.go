package cli

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/server"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// The exit codes.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2 // the call or a setting is wrong
	exitNotConnected = 3 // an account has to be connected first, or again
	exitRefused      = 4 // policy forbids it
	exitUnavailable  = 5 // Alloy or the app cannot be reached, or asks to wait: try later
)

// usageError is a mistake in how a command was called.
type usageError struct {
	err  error
	help string // the command whose --help explains it
}

func (e *usageError) Error() string {
	if e.help == "" {
		return e.err.Error()
	}
	return e.err.Error() + "; see `" + e.help + " --help`"
}
func (e *usageError) Unwrap() error { return e.err }

// toolError is a tool's answer that is no success.
type toolError struct {
	code   tools.Code // of an error; empty otherwise
	status string     // of an answer that asks for something first
	text   string     // for a person; empty where the answer was printed
	answer []byte     // the JSON of it, where there is something to print
}

func (e *toolError) Error() string { return string(e.code) + e.status + ": " + e.text }

// exitCode maps every error to the exit code. It is the only place that does.
func exitCode(err error) int {
	var (
		usage  *usageError
		wrong  *settings.Invalid
		user   *tools.UserRequiredError
		tool   *toolError
		status *statusError
		failed *alloy.Error
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return status.code
	case errors.As(err, &usage), errors.As(err, &wrong), errors.As(err, &user), errors.Is(err, settings.ErrNoKey), errors.Is(err, alloy.ErrNoUser):
		return exitUsage
	case errors.As(err, &tool):
		return toolCode(tool)
	case errors.As(err, &failed):
		return alloyCode(failed.Kind)
	case errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	}
	return exitFailed
}

func toolCode(err *toolError) int {
	switch err.code {
	case tools.CodeInvalidArguments, tools.CodeUserRequired:
		return exitUsage
	case tools.CodeNotPermitted, "refused_by_policy":
		return exitRefused
	case tools.CodeUpstreamUnavailable, tools.CodeRateLimited:
		return exitUnavailable
	case "":
	default:
		return exitFailed
	}
	switch err.status {
	case "connect_required", "reconnect_required", "pending", "denied", "expired", "failed":
		return exitNotConnected
	case "choose_connection": // the call must say which
		return exitUsage
	case "confirmation_required":
		return exitRefused
	}
	return exitFailed
}

func alloyCode(kind alloy.Kind) int {
	switch kind {
	case alloy.KindUnavailable, alloy.KindRateLimited:
		return exitUnavailable
	case alloy.KindCredentialNotFound, alloy.KindCredentialRevoked:
		return exitNotConnected
	case alloy.KindNoUser:
		return exitUsage
	default:
		return exitFailed
	}
}

// words returns what to tell the person about err, in one line; "" for nothing.
func words(err error) string {
	var (
		tool *toolError
		user *tools.UserRequiredError
	)
	switch {
	case err == nil, errors.As(err, new(*statusError)):
		return ""
	case errors.Is(err, syscall.EPIPE) && !errors.Is(err, server.ErrOutput):
		return "" // whoever read the output, such as head, has enough
	case errors.As(err, &tool):
		return oneLine(tool.text)
	case errors.As(err, &user):
		return oneLine(strings.TrimSuffix(user.Error(), ".") + ". " + user.Hint())
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return oneLine(err.Error())
}
