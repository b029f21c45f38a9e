//go:build !race

package shape

const raced = false
