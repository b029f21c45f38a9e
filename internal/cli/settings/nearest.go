package settings

import "strings"

// nearest returns the name of a setting that somebody may have meant by name, or "".
func nearest(name string) string {
	best, distance := "", 4 // more than three mistakes are another word
	for _, s := range Table() {
		names := []string{s.Name}
		if s.Kind == Secret {
			names = append(names, s.Name+FileSuffix)
		}
		for _, candidate := range names {
			if d := editDistance(strings.ToUpper(name), candidate); d < distance {
				best, distance = candidate, d
			}
		}
	}
	return best
}

// editDistance counts the letters to insert, delete or exchange (Levenshtein).
func editDistance(a, b string) int {
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
