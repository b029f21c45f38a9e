//go:build !unix

package kept

import "os"

// ours trusts what the directory inherited from the user's own.
func ours(os.FileInfo) bool { return true }
