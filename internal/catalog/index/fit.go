package index

// Below these a hit does not do what was asked.
const (
	leastScore = 0.3
)

// unfit reports whether even the best hit does something else than what was asked.
func (ix *Index) unfit(_ *request, hits []ranked) bool {
	return hits[0].score < leastScore
}

// categories are the apps of the kind that a part of the query names.
func (ix *Index) categories([]token) []int { return nil }
