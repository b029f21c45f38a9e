package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A record in the file is a version, the instant of expiry in milliseconds since
// 1970 or 0 (8 bytes, big-endian), a checksum, and the value.
const (
	recordVersion = 1
	sumAt         = 1 + 8
	sumSize       = 16
	valueAt       = sumAt + sumSize
)

// encode makes the record of key. A fraction of a millisecond counts as a whole one.
func encode(key, value []byte, now time.Time, ttl time.Duration) []byte {
	record := make([]byte, valueAt, valueAt+len(value))
	record[0] = recordVersion
	if ttl > 0 {
		expires := now.Add(ttl).Add(time.Millisecond - 1).UnixMilli()
		binary.BigEndian.PutUint64(record[1:], uint64(expires))
	}
	record = append(record, value...)
	copy(record[sumAt:], checksum(key, record))
	return record
}

// decode reads the record of key. The value is a part of record. The checksum
// tells whether both are what was written; the error tells nothing of them.
func decode(key, record []byte) (value []byte, expires time.Time, err error) {
	if len(record) < valueAt {
		return nil, time.Time{}, errors.New("a record is too short")
	}
	if record[0] != recordVersion {
		return nil, time.Time{}, fmt.Errorf("a record has the format %d, this alloy-mcp reads %d", record[0], recordVersion)
	}
	if !bytes.Equal(record[sumAt:valueAt], checksum(key, record)) {
		return nil, time.Time{}, errors.New("the checksum of a record is wrong")
	}
	return record[valueAt:], expiry(record), nil
}

// expiry reads when a record expires without asking whether that is what was
// written. The zero time is never.
func expiry(record []byte) time.Time {
	if len(record) < valueAt {
		return time.Time{}
	}
	at := binary.BigEndian.Uint64(record[1:sumAt])
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(at)) //nolint:gosec // encode made it of an int64
}

// live tells whether a record with this expiry is there at now.
func live(expires, now time.Time) bool { return expires.IsZero() || now.Before(expires) }

// checksum is that of a key and all of its record but the checksum itself.
func checksum(key, record []byte) []byte {
	hash := sha256.New()
	hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(key))))
	hash.Write(key)
	hash.Write(record[:sumAt])
	hash.Write(record[valueAt:])
	return hash.Sum(nil)[:sumSize]
}
