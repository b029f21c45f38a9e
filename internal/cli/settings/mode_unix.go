//go:build unix

package settings

import "os"

// readableByOthers reports whether somebody else than the owner may read the file.
func readableByOthers(info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0
}

// openToOthers reports whether somebody else than the owner may read or change the
// file.
func openToOthers(info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o066 != 0
}

// writableByOthers reports whether somebody else than the owner may change the file.
func writableByOthers(info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o022 != 0
}
