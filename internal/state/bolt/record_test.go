package bolt

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"
)

func atMilli(ms int64) time.Time { return time.UnixMilli(ms) }

// Files that are out there have this format: a change needs a new version.
func TestRecordFormat(t *testing.T) {
	t.Parallel()
	for want, got := range map[string][]byte{
		"01" + "0000000000000000" + "a96b40a30aca3edde663d72ea6760e2d" + "76616c7565": encode([]byte("key"), []byte("value"), atMilli(1_000), 0),
		"01" + "0000000000001388" + "76de205c5e75d542f0039b4ad4a146f0" + "76616c7565": encode([]byte("key"), []byte("value"), atMilli(1_000), 4*time.Second),
	} {
		if hex.EncodeToString(got) != want {
			t.Errorf("got %x, want %s", got, want)
		}
	}
}

func TestExpiryRoundsUp(t *testing.T) {
	t.Parallel()
	now := atMilli(1_000).Add(300 * time.Microsecond)
	for ttl, want := range map[time.Duration]time.Time{
		0:                      {},
		time.Nanosecond:        atMilli(1_001),
		700 * time.Microsecond: atMilli(1_001),
		time.Millisecond:       atMilli(1_002),
		time.Second:            atMilli(2_001),
	} {
		_, got, err := decode([]byte("k"), encode([]byte("k"), nil, now, ttl))
		if err != nil || !got.Equal(want) {
			t.Errorf("a ttl of %s ends at %v (%v), want %v", ttl, got, err, want)
		}
	}
}

// FuzzRecord: what is read is what was written under this key, to the bit, or an
// error.
func FuzzRecord(f *testing.F) {
	seed := encode([]byte("key"), []byte("value"), atMilli(1_000), time.Minute)
	f.Add([]byte("key"), []byte("other"), seed, []byte("value"), int64(1_000), int64(time.Minute), uint16(0))
	f.Add([]byte("ke"), []byte("key"), []byte("yvalue"), []byte{}, int64(0), int64(0), uint16(12))
	f.Add([]byte{}, []byte{0}, []byte{}, []byte{0}, int64(-1), int64(-1), uint16(80))
	f.Add([]byte("key"), []byte("key"), seed[:valueAt-1], []byte(nil), int64(1<<62), int64(1), uint16(200))
	f.Fuzz(func(t *testing.T, key, other, garbage, value []byte, ms, ttl int64, flip uint16) {
		if got, _, err := decode(key, garbage); err == nil && !bytes.Equal(garbage, seed) {
			t.Errorf("garbage became the record %x", got)
		}

		now := atMilli(max(0, ms%(1<<50))) // no clock is before 1970
		record := encode(key, value, now, max(0, time.Duration(ttl)))
		got, expires, err := decode(key, record)
		if err != nil || !bytes.Equal(got, value) {
			t.Fatalf("got %x and %v, want %x", got, err, value)
		}
		if !live(expires, now) || ttl > 0 && (expires.IsZero() || live(expires, expires)) {
			t.Errorf("a ttl of %d from %v on ends at %v", ttl, now, expires)
		}

		if _, _, err := decode(other, record); err == nil && !bytes.Equal(other, key) {
			t.Errorf("the record of %x is that of %x as well", key, other)
		}
		flipped := bytes.Clone(record)
		bit := int(flip) % (8 * len(flipped))
		flipped[bit/8] ^= 1 << (bit % 8)
		for _, wrong := range [][]byte{flipped, record[:int(flip)%len(record)], append(record, 0)} {
			if _, _, err := decode(key, wrong); err == nil {
				t.Errorf("%x was read as well as %x", wrong, record)
			}
		}
	})
}
