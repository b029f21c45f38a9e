package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The elements of a page follow its head, each 16 bytes, and their keys and values
// follow them. In a branch an element is the position of the key from the element
// on (4 bytes), the key's size (4) and the page below (8); in a leaf it is flags
// (4), the position (4), the key's size (4) and the value's (4).
//
// The value of a bucket is the page of its tree (8) and a sequence (8). Where the
// page is 0, the tree is one leaf, without slack, that follows.
const (
	elementSize = 16
	bucketHead  = 16
	bucketFlag  = 0x01

	// maxDepth bounds the height of a tree. One with all the pages that can be
	// counted is lower.
	maxDepth = 64
)

type element struct {
	flags      uint32
	child      uint64 // in a branch
	key, value []byte
}

// root checks the tree of buckets, which has the one bucket with the records.
func (v *verifier) root() error {
	buckets := 0
	err := v.tree(v.head.root, 0, nil, nil, func(e element) error {
		buckets++
		if e.flags != bucketFlag || string(e.key) != bucketName {
			return errors.New("it holds what alloy-mcp did not put there")
		}
		return v.bucket(e.value)
	})
	if err == nil && buckets != 1 {
		err = fmt.Errorf("it holds %d sets of records instead of one", buckets)
	}
	return err
}

func (v *verifier) bucket(value []byte) error {
	if len(value) < bucketHead {
		return errors.New("its records are cut short")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return v.tree(root, 0, nil, nil, record)
	}
	page := value[bucketHead:]
	if len(page) < pageHead || pageKind(page) != leafPage {
		return errors.New("its records are something else")
	}
	used, err := v.walk(page, 0, nil, nil, record)
	if err == nil && used != len(page) {
		err = errors.New("its records are followed by something else")
	}
	return err
}

func record(e element) error {
	if e.flags != 0 {
		return errors.New("it holds a bucket among its records")
	}
	_, _, err := decode(e.key, e.value)
	return err
}

// tree walks the pages from id down and gives the elements of the leaves to leaf.
// All keys lie from low up to but without high, where nil is no bound.
func (v *verifier) tree(id uint64, depth int, low, high []byte, leaf func(element) error) error {
	page, err := v.page(id)
	if err != nil {
		return err
	}
	kind := pageKind(page)
	if kind != leafPage && kind != branchPage || kind == branchPage && pageCount(page) == 0 || depth > maxDepth {
		return fmt.Errorf("page %d has no place in a tree", id)
	}
	used, err := v.walk(page, depth, low, high, leaf)
	if err == nil && len(bytes.Trim(page[used:], "\x00")) > 0 {
		err = errors.New("it has more than its elements")
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// walk is tree with the page at hand. It returns how many bytes of it are in use.
func (v *verifier) walk(page []byte, depth int, low, high []byte, leaf func(element) error) (used int, err error) {
	all, used, err := elements(page)
	if err != nil {
		return 0, err
	}
	for i, e := range all {
		above := high
		if i+1 < len(all) {
			above = all[i+1].key
		}
		switch {
		case bytes.Compare(e.key, low) < 0, above != nil && bytes.Compare(e.key, above) >= 0:
			err = errors.New("its keys are out of order")
		case pageKind(page) == branchPage:
			err = v.tree(e.child, depth+1, e.key, above, leaf)
		default:
			err = leaf(e)
		}
		if err != nil {
			return 0, err
		}
	}
	return used, nil
}

// elements reads the elements of a leaf or branch, and how many bytes of the page
// are in use.
func elements(page []byte) (all []element, used int, err error) {
	n := int(pageCount(page))
	used = pageHead + n*elementSize
	if used > len(page) {
		return nil, 0, errors.New("it has more elements than room")
	}
	all = make([]element, n)
	order := binary.NativeEndian
	for i := range all {
		start := pageHead + i*elementSize
		raw := page[start:]
		var position, keySize, valueSize uint32
		if pageKind(page) == branchPage {
			position, keySize, all[i].child = order.Uint32(raw), order.Uint32(raw[4:]), order.Uint64(raw[8:])
		} else {
			all[i].flags, position, keySize, valueSize = order.Uint32(raw), order.Uint32(raw[4:]), order.Uint32(raw[8:]), order.Uint32(raw[12:])
		}
		room := len(page) - used
		if int64(position) != int64(used-start) || keySize == 0 || int64(keySize)+int64(valueSize) > int64(room) {
			return nil, 0, errors.New("its elements do not lie as they were written")
		}
		all[i].key = page[used : used+int(keySize)]
		used += int(keySize)
		all[i].value = page[used : used+int(valueSize)]
		used += int(valueSize)
	}
	return all, used, nil
}

func pageKind(page []byte) uint16  { return binary.NativeEndian.Uint16(page[8:]) }
func pageCount(page []byte) uint16 { return binary.NativeEndian.Uint16(page[10:]) }
