//go:build race

package server

// raceEnabled tells that the race detector makes everything slower and larger.
const raceEnabled = true
