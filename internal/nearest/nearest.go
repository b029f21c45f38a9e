// Package nearest finds the word that somebody may have meant by another one.
package nearest

// maxMistakes is how many letters may be wrong: more are another word.
const maxMistakes = 3

// Of returns the candidate that word comes nearest to, the first of several, or ""
// where none is near. No more than half of it may be wrong.
func Of(word string, candidates []string) string {
	best, distance := "", maxMistakes+1
	if len(word) > maxLength {
		return ""
	}
	for _, candidate := range candidates {
		if d := edits(word, candidate); d < distance && 2*d <= max(len(word), len(candidate)) {
			best, distance = candidate, d
		}
	}
	return best
}

// maxLength bounds the work on a hostile word; nothing we name is half as long.
const maxLength = 128

// edits counts the bytes to insert, delete or exchange (Levenshtein).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}
