//go:build race

package alloy

// raceMemory is how many times as much the race detector lets a copy allocate.
const raceMemory = 3
