package tools

import "unicode/utf8"

// The most characters that a result may have: what an answer is cut to by
// itself, and what a caller may ask for.
const (
	defaultMaxChars = 16_000
	hardMaxChars    = 40_000
	// envelopeChars is what an answer needs beside its records.
	envelopeChars = 800
)

// fitting returns how many of the records, from the first, fit into limit
// characters of JSON together with their envelope. It is never more than there
// are, and may be 0.
func fitting[T any](records []T, limit int) int {
	left := limit - envelopeChars
	for i, record := range records {
		text, err := marshal(record)
		if err != nil {
			return i
		}
		if left -= utf8.RuneCount(text) + 1; left < 0 {
			return i
		}
	}
	return len(records)
}
