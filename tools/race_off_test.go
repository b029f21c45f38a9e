//go:build !race

package tools_test

// everyNth thins out what is merely more of the same where the race detector makes it
// slow.
const everyNth = 1
