//go:build !linux

package cli

// shed does nothing where it is not known how.
func shed() {}
