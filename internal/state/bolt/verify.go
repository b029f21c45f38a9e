package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
)

// The layout of a bbolt file, version 2, in the byte order of the machine. A page
// starts with its number (8 bytes), its kind (2), its count of elements (2) and how
// many pages it goes on for (4).
const (
	pageHead = 16
	metaSize = 64 // of what follows it on the pages 0 and 1, the headers

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	longFreelist = 0xFFFF // then the first entry holds the count
)

// verifier reads a file page by page. It relies on nothing that it has not checked.
type verifier struct {
	file *os.File
	head header
	seen []bool // by page
}

// verify returns a [damage] where the file is not whole, holds something besides
// records, or holds a record that fails its checksum. To notice what is missing, it
// asks that elements lie gapless with zeros after the last, as bbolt writes them,
// and that each page is in use or free.
//
// What it cannot see is a page that was whole once and is now out of date, as when
// the disk lost a write that it had confirmed.
func verify(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	head, err := readHeaders(file, info.Size())
	if err != nil {
		return &damage{err}
	}
	v := &verifier{file: file, head: head, seen: make([]bool, head.pages)}
	if err := v.freelist(); err != nil {
		return &damage{err}
	}
	if err := v.root(); err != nil {
		return &damage{err}
	}
	if id := slices.Index(v.seen[2:], false); id >= 0 {
		return &damage{fmt.Errorf("page %d is neither in use nor free", id+2)}
	}
	return nil
}

// header is what a header page says.
type header struct {
	pageSize              uint64
	root, freelist, pages uint64
	transaction           uint64
}

// readHeaders reads both header pages and returns the newer. bbolt makes do with
// one that is whole, which may be the older: then the last change is lost.
func readHeaders(file *os.File, size int64) (header, error) {
	first, err := readHeader(file, 0, 0)
	if err != nil {
		return header{}, err
	}
	head, err := readHeader(file, 1, int64(first.pageSize)) //nolint:gosec // at most 64 KiB
	if err != nil {
		return header{}, err
	}
	if first.transaction > head.transaction {
		head = first
	}
	if head.pageSize != first.pageSize || head.pages < 2 || head.pages > uint64(size)/head.pageSize { //nolint:gosec // a size is not negative
		return header{}, fmt.Errorf("its %d bytes are not its %d pages", size, head.pages)
	}
	return head, nil
}

// readHeader reads page 0 or 1. Transactions take turns with them.
func readHeader(file *os.File, id uint64, at int64) (header, error) {
	page := make([]byte, pageHead+metaSize)
	if _, err := file.ReadAt(page, at); err != nil {
		return header{}, fmt.Errorf("read page %d: %w", id, err)
	}
	meta := page[pageHead:]
	sum := fnv.New64a()
	sum.Write(meta[:56])
	order := binary.NativeEndian
	if order.Uint32(meta) != 0xED0CDAED || order.Uint32(meta[4:]) != 2 || order.Uint64(meta[56:]) != sum.Sum64() {
		return header{}, fmt.Errorf("page %d is no header", id)
	}
	h := header{
		pageSize:    uint64(order.Uint32(meta[8:])),
		root:        order.Uint64(meta[16:]),
		freelist:    order.Uint64(meta[32:]),
		pages:       order.Uint64(meta[40:]),
		transaction: order.Uint64(meta[48:]),
	}
	if order.Uint64(page) != id || h.transaction%2 != id {
		return header{}, fmt.Errorf("page %d is the other header", id)
	}
	if h.pageSize < 1<<10 || h.pageSize > 1<<16 || h.pageSize&(h.pageSize-1) != 0 {
		return header{}, fmt.Errorf("the pages have %d bytes", h.pageSize)
	}
	return h, nil
}

// page reads a page and what it goes on for. Each is met once.
func (v *verifier) page(id uint64) ([]byte, error) {
	head := make([]byte, pageHead)
	if id < 2 || id >= v.head.pages {
		return nil, fmt.Errorf("page %d is out of bounds", id)
	}
	at := int64(id * v.head.pageSize) //nolint:gosec // within the file
	if _, err := v.file.ReadAt(head, at); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	further := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || further >= v.head.pages-id {
		return nil, fmt.Errorf("page %d is another", id)
	}
	for i := id; i <= id+further; i++ {
		if err := v.claim(i); err != nil {
			return nil, err
		}
	}
	page := make([]byte, (further+1)*v.head.pageSize)
	if _, err := v.file.ReadAt(page, at); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return page, nil
}

func (v *verifier) claim(id uint64) error {
	if id < 2 || id >= v.head.pages || v.seen[id] {
		return fmt.Errorf("page %d is used twice or out of bounds", id)
	}
	v.seen[id] = true
	return nil
}

// freelist claims the free pages, so that none of them can be in use.
func (v *verifier) freelist() error {
	page, err := v.page(v.head.freelist)
	if err != nil {
		return fmt.Errorf("the list of free pages: %w", err)
	}
	if pageKind(page) != freelistPage {
		return errors.New("the list of free pages is something else")
	}
	list, n := page[pageHead:], uint64(pageCount(page))
	if n == longFreelist {
		n, list = binary.NativeEndian.Uint64(list), list[8:]
	}
	if n > uint64(len(list))/8 {
		return errors.New("the list of free pages is too long")
	}
	for i := range n {
		if err := v.claim(binary.NativeEndian.Uint64(list[8*i:])); err != nil {
			return fmt.Errorf("the list of free pages: %w", err)
		}
	}
	return nil
}
