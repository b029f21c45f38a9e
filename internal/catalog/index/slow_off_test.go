//go:build !race

package index_test

// slowdown stretches time limits where code runs slower than it is meant to.
const slowdown = 1
