package tools

import (
	"testing"
)

func TestFittingCountsToTheCharacter(t *testing.T) {
	t.Parallel()
	records := []string{"aaa", "üü", "<&>", "d"} // 5, 4, 5 and 3 characters, and a comma each
	for limit, want := range map[int]int{0: 0, 5: 0, 6: 1, 10: 1, 11: 2, 16: 2, 17: 3, 20: 3, 21: 4, 1_000: 4} {
		if got := fitting(records, limit+envelopeChars); got != want {
			t.Errorf("%d characters have room for %d records, want %d", limit, got, want)
		}
	}
}
