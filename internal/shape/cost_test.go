package shape

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/pace"
)

// hostile are texts of 8 MiB that could make a part cost more than it shows.
func hostile() map[string]string {
	const size = 8 << 20
	var keys strings.Builder
	for i := range 66_000 {
		fmt.Fprintf(&keys, `"%d":"%s",`, i, strings.Repeat("y", 100))
	}
	row := `{"id":1,"text":"` + strings.Repeat("z", 250) + `"},`
	return map[string]string{
		"text":        `"` + strings.Repeat("x", size) + `"`,
		"escapes":     `"` + strings.Repeat(`\n`, size/2) + `"`,
		"invisible":   `"` + strings.Repeat("\u200b", size/3) + `"`,
		"angles":      `"` + strings.Repeat("<x ", size/3) + `"`,
		"zeros":       `[` + strings.Repeat("0,", 1_900_000) + `0]`,
		"empty":       `[` + strings.Repeat("{},", 600_000) + `0]`,
		"nulls":       `{"a":[` + strings.Repeat(`{"a":null},`, 400_000) + `0]}`,
		"keys":        `{` + keys.String() + `"z":0}`,
		"unseen keys": `{` + strings.ReplaceAll(keys.String(), `":`, "\u200b\":") + `"z":0}`,
		"chain":       strings.Repeat(`{"a":"`+strings.Repeat("x", size/64)+`","b":`, 60) + "1" + strings.Repeat("}", 60),
		"hollow":      strings.Repeat(`{"b":`, 40) + `{` + strings.ReplaceAll(keys.String(), `"`+strings.Repeat("y", 100)+`"`, "null") + `"z":null}` + strings.Repeat("}", 40),
		"rows alike":  `[` + strings.Repeat(row, 30_000) + `{"text":0}]`,
		"long rows":   `[` + strings.Repeat(`{"id":1,"text":"`+strings.Repeat("z", size/20)+`"},`, 19) + `0]`,
		"wide":        `[` + strings.Repeat(`{"a":{"b":{"c":["`+strings.Repeat("z", 20_000)+`",`+strings.Repeat("1,", 400)+`2]}}},`, 400) + `0]`,
	}
}

// maxCost is what one part may take of the processor. It takes two thirds of that at
// most.
const maxCost = 900 * time.Millisecond

// cost is what a part takes of the processor, the least of several tries where one takes
// too much: the caches are shared with other programs.
func cost(t *testing.T, value any, form Form, from Position) (part Part, took time.Duration) {
	t.Helper()
	for try := range 6 {
		began := pace.Processor(t)
		shaped, err := Shape(value, Options{MaxChars: HardMaxChars, As: form}, from)
		this := pace.Processor(t) - began
		if err != nil {
			t.Fatal(err)
		}
		if part = shaped; try == 0 || this < took {
			took = this
		}
		if took <= maxCost {
			break
		}
	}
	return part, took
}

// The largest answers that the client passes on are cut in a blink, in every form
// and from every place. It runs beside no other test, which would be measured too.
func TestAPartCostsLittleWhateverTheValue(t *testing.T) {
	if raced {
		t.Skip("the detector makes everything many times slower")
	}
	for name, text := range hostile() {
		value := decoded(t, text)
		for _, form := range []Form{JSON, Markdown} {
			var from Position
			for i := range 2 {
				part, took := cost(t, value, form, from)
				t.Logf("%s, %s, part %d: %s", name, form, i, took)
				if limit := pace.Stretch(t, maxCost, took); took > limit {
					t.Errorf("%s, %s: part %d takes %s, more than %s", name, form, i, took, limit)
				}
				if from = part.Next; from == "" {
					break
				}
			}
		}
	}
}
