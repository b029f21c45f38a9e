package bolt

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// body is a file that is cut open: its pages by number, and where things are.
type body struct {
	head   header
	page   func(id uint64) []byte
	bucket []byte   // what root page of the records the bucket has
	branch []byte   // the root of the records' tree
	leaves []uint64 // the pages below it
}

func open(t *testing.T, file []byte) body {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, file, 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer func() { must(t, f.Close()) }()
	head, err := readHeaders(f, int64(len(file)))
	must(t, err)
	b := body{head: head, page: func(id uint64) []byte { return file[id*head.pageSize:] }}
	buckets, _, err := elements(b.page(head.root))
	must(t, err)
	b.bucket = buckets[0].value
	b.branch = b.page(binary.NativeEndian.Uint64(b.bucket))
	if pageKind(b.branch) != branchPage {
		t.Fatal("the sample has no branch")
	}
	below, _, err := elements(b.branch)
	must(t, err)
	for _, e := range below {
		b.leaves = append(b.leaves, e.child)
	}
	if pageKind(b.page(b.leaves[0])) != leafPage {
		t.Fatal("the sample is too large")
	}
	return b
}

// add changes a number of 4 bytes.
func add(number []byte, by int) {
	order := binary.NativeEndian
	order.PutUint32(number, uint32(int(order.Uint32(number))+by))
}

// Each of these loses or changes a record while all else stays in order.
func TestVerifyNotices(t *testing.T) {
	t.Parallel()
	m := newSample(t, 40, 3_000)
	order := binary.NativeEndian
	const idAt, kindAt, countAt, furtherAt, first, second = 0, 8, 10, 12, pageHead, pageHead + elementSize
	key := func(page []byte, i int) []byte {
		all, _, err := elements(page)
		must(t, err)
		return all[i].key
	}
	for name, test := range map[string]struct {
		cut  func(body)
		want string
	}{
		"a branch's key is higher": {func(b body) { key(b.branch, 1)[65] = 0xFF }, "its keys are out of order"},
		"a branch's key is lower": {func(b body) {
			copy(key(b.branch, 1), key(b.branch, 0))
			key(b.branch, 1)[65]++
		}, "its keys are out of order"},
		"a leaf is the root":      {func(b body) { order.PutUint64(b.bucket, b.leaves[0]) }, "is neither in use nor free"},
		"a leaf twice":            {func(b body) { order.PutUint64(b.branch[second+8:], b.leaves[0]) }, "used twice"},
		"a free page as a leaf":   {func(b body) { copy(b.branch[second+8:second+16], b.page(b.head.freelist)[first:]) }, "is damaged"}, // it may be old, or have never been written
		"no such page":            {func(b body) { order.PutUint64(b.branch[second+8:], 1<<60) }, "out of bounds"},
		"a header as a leaf":      {func(b body) { order.PutUint64(b.branch[second+8:], 1) }, "out of bounds"},
		"a branch in itself":      {func(b body) { copy(b.branch[second+8:second+16], b.branch[idAt:]) }, "used twice"},
		"a branch without leaves": {func(b body) { order.PutUint16(b.branch[countAt:], 0) }, "has no place in a tree"},
		"fewer leaves":            {func(b body) { order.PutUint16(b.branch[countAt:], pageCount(b.branch)-1) }, "do not lie as they were written"},
		"another page's number":   {func(b body) { order.PutUint64(b.page(b.leaves[0])[idAt:], b.leaves[1]) }, "is another"},
		"another kind of page":    {func(b body) { order.PutUint16(b.page(b.leaves[0])[kindAt:], freelistPage) }, "has no place in a tree"},
		"a longer page":           {func(b body) { add(b.page(b.leaves[0])[furtherAt:], 1) }, "is damaged"}, // what follows is free or another page
		"a page without an end":   {func(b body) { order.PutUint32(b.page(b.leaves[0])[furtherAt:], 1<<32-1) }, "is another"},
		"no records": {func(b body) {
			order.PutUint16(b.page(b.leaves[0])[countAt:], 0)
			order.PutUint32(b.page(b.leaves[0])[first+4:], 0)
		}, "more than its elements"},
		"fewer records": {func(b body) { page := b.page(b.leaves[0]); order.PutUint16(page[countAt:], pageCount(page)-1) }, "do not lie as they were written"},
		"more records":  {func(b body) { page := b.page(b.leaves[0]); order.PutUint16(page[countAt:], 1<<16-1) }, "more elements than room"},
		"a longer key": {func(b body) {
			add(b.page(b.leaves[0])[first+8:], 1)
			add(b.page(b.leaves[0])[first+12:], -1)
		}, "a record has the format 0, this alloy-mcp reads 1"},
		"another value": {func(b body) {
			all, _, err := elements(b.page(b.leaves[0]))
			must(t, err)
			all[0].value[len(all[0].value)-1] ^= 1
		}, "the checksum of a record is wrong"},
		"a record without an end": {func(b body) { order.PutUint32(b.page(b.leaves[0])[first+12:], 1<<32-1) }, "do not lie as they were written"},
		"a bucket":                {func(b body) { add(b.page(b.leaves[0])[first:], bucketFlag) }, "a bucket among its records"},
		"a free page is gone":     {func(b body) { page := b.page(b.head.freelist); order.PutUint16(page[countAt:], pageCount(page)-1) }, "is neither in use nor free"},
		"a free page is used":     {func(b body) { order.PutUint64(b.page(b.head.freelist)[first:], b.leaves[0]) }, "used twice"},
		"endless free pages": {func(b body) {
			order.PutUint16(b.page(b.head.freelist)[countAt:], longFreelist)
			order.PutUint64(b.page(b.head.freelist)[first:], 1<<60)
		}, "the list of free pages is too long"},
		"the older header twice": {func(b body) {
			newer := b.head.transaction % 2
			copy(b.page(newer)[:b.head.pageSize], b.page(1-newer))
		}, "is the other header"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := bytes.Clone(m.file)
			test.cut(open(t, file))
			path := filepath.Join(t.TempDir(), "state.db")
			must(t, os.WriteFile(path, file, 0o600))
			_, err := Open(t.Context(), path)
			if !damaged(err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
