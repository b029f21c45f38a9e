//go:build !unix

package bolt

// syncDirectory does nothing where directories cannot be synced.
func syncDirectory(string) error { return nil }
