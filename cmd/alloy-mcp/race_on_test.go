//go:build race

package main

// raceEnabled tells that this binary is many times slower than the program.
const raceEnabled = true
