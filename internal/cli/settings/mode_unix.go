//go:build unix

package settings

import "os"

// readableByOthers reports whether somebody else than the owner may read the file.
func readableByOthers(info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0
}
