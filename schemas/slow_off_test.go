//go:build !race

package schemas_test

// slowdown stretches time limits where code runs slower than it is meant to.
const slowdown = 1
