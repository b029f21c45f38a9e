package shape

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Position is where a part of a value begins: "" at its start. It is an index for
// each container on the way, in the order of the parts, and an offset into a text;
// a caller keeps it as it is. It holds nothing of the value, has at most
// MaxPosition characters and belongs to one value and one set of fields.
type Position string

// MaxPosition is the most characters that a Position has.
const MaxPosition = 512

// base of the numbers in a position.
const base = 36

// position writes the steps; none are the end.
func position(steps []int, mark uint32) Position {
	if len(steps) == 0 {
		return ""
	}
	text := strconv.AppendUint(nil, uint64(mark), base)
	for _, step := range steps {
		text = strconv.AppendInt(append(text, '.'), int64(step), base)
	}
	return Position(text)
}

// steps reads a position that was made for fields of the same mark.
func (p Position) steps(mark uint32) ([]int, error) {
	if p == "" {
		return nil, nil
	}
	if len(p) > MaxPosition {
		return nil, ErrPosition
	}
	first, rest, ok := strings.Cut(string(p), ".")
	if !ok || first != strconv.FormatUint(uint64(mark), base) {
		return nil, ErrPosition
	}
	var steps []int
	for text := range strings.SplitSeq(rest, ".") {
		step, err := strconv.ParseInt(text, base, 32)
		if err != nil || step < 0 || strconv.FormatInt(step, base) != text {
			return nil, ErrPosition
		}
		steps = append(steps, int(step))
	}
	return steps, nil
}

// fingerprint tells one set of fields from another.
func fingerprint(fields []string) uint32 {
	fields = slices.Clone(fields)
	slices.Sort(fields)
	h := fnv.New32a()
	for _, field := range slices.Compact(fields) {
		_, _ = h.Write([]byte(field + "\x00")) // a hash never fails
	}
	return h.Sum32()
}
