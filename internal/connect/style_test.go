package connect

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Text is told from what it stands on by 4.5 to 1, and edges of fields by 3 to 1, in
// both schemes (WCAG 2.2, 1.4.3 and 1.4.11).
func TestTheColoursCanBeToldApart(t *testing.T) {
	t.Parallel()
	style, err := sources.ReadFile("pages/style.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(style), -1)
	if len(roots) != 2 {
		t.Fatalf("there are %d schemes", len(roots))
	}
	colours := make(map[string]string)
	for i, scheme := range []string{"light", "dark"} {
		for _, pair := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(roots[i][1], -1) {
			colours[pair[1]] = pair[2]
		}
		for _, test := range []struct {
			front, behind string
			least         float64
		}{
			{"ink", "ground sheet field note wrong-sheet", 4.5},
			{"quiet", "ground sheet field", 4.5},
			{"act", "ground sheet note", 4.5},
			{"on-act", "act", 4.5},
			{"wrong", "sheet wrong-sheet", 4.5},
			{"on-wrong", "wrong", 4.5},
			{"good", "sheet", 4.5},
			{"edge", "sheet field", 3},
		} {
			for behind := range strings.FieldsSeq(test.behind) {
				if got := contrast(t, colours[test.front], colours[behind]); got < test.least {
					t.Errorf("%s: %s on %s has %.2f, wanted are %.1f", scheme, test.front, behind, got, test.least)
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := []float64{luminance(t, a), luminance(t, b)}
	return (slices.Max(light) + 0.05) / (slices.Min(light) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		if len(colour) != len("#rrggbb") {
			t.Fatalf("%q is no colour", colour)
		}
		part, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(part) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
