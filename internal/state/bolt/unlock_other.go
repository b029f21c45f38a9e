//go:build !unix || aix || solaris

package bolt

import "os"

// unlock does nothing where closing a file takes bbolt's lock off.
func unlock(*os.File) error { return nil }
