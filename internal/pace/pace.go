// Package pace measures what tests compute, and how fast the machine is, so that a
// limit holds on a slow and busy machine as well as on a fast and idle one. Only tests
// use it.
package pace

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

const (
	// usual is what yardstick takes of the processor on the machine that the limits of
	// the tests were set for.
	usual = 7 * time.Millisecond
	// most is how much slower a machine may be; beyond that, limits mean nothing.
	most  = 10.0
	tries = 7
)

// Slower is how many times slower than the machine that limits were set for this one is
// at the moment: from 1, where it is no slower, to 10. It computes for about a tenth of
// a second.
func Slower(t testing.TB) float64 {
	t.Helper()
	times := make([]time.Duration, tries)
	for i := range times {
		began := Processor(t)
		if err := yardstick(); err != nil {
			t.Fatal(err)
		}
		times[i] = Processor(t) - began
	}
	slices.Sort(times)
	return min(max(1, float64(times[tries/2])/float64(usual)), most)
}

// Stretch is a limit of the processor's time for this machine. It measures only where
// what was used is above the limit.
func Stretch(t testing.TB, limit, used time.Duration) time.Duration {
	t.Helper()
	if used <= limit {
		return limit
	}
	return time.Duration(float64(limit) * Slower(t))
}

// yardstick is work of the kind that the program does: texts, maps, memory and JSON.
func yardstick() error {
	rows := make([]map[string]any, 1_500)
	for i := range rows {
		rows[i] = map[string]any{"id": fmt.Sprint(i), "name": fmt.Sprint("name of ", i*7919), "size": i, "tags": []string{"a", "b"}}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	var read []map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	slices.SortFunc(read, func(a, b map[string]any) int { return len(a["name"].(string)) - len(b["name"].(string)) })
	return nil
}
