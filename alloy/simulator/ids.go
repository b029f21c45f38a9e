package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
)

// idSource makes ids that depend on the seed and on how many were asked for.
type idSource struct {
	seed uint64

	mu    sync.Mutex
	count map[string]uint64
}

func newIDSource(seed uint64) *idSource {
	return &idSource{seed: seed, count: map[string]uint64{}}
}

func (s *idSource) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count = map[string]uint64{}
}

// digest is the next hash of a kind: 64 hexadecimal digits. Kinds count apart, so
// that one more user does not change the ids of the credentials.
func (s *idSource) digest(kind string) string {
	s.mu.Lock()
	s.count[kind]++
	n := s.count[kind]
	s.mu.Unlock()
	buf := binary.BigEndian.AppendUint64([]byte(kind+"\x00"), s.seed)
	buf = binary.BigEndian.AppendUint64(buf, n)
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:])
}

// objectID is the next id of a kind in the form of a Mongo ObjectId: 24 hexadecimal
// digits that begin as those made in our years do.
func (s *idSource) objectID(kind string) string { return "68" + s.digest(kind)[:22] }

func isObjectID(id string) bool {
	if len(id) != 24 {
		return false
	}
	_, err := hex.DecodeString(id)
	return err == nil
}

// fingerprint names a secret without giving it away: 8 hexadecimal digits of its SHA-256.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:4])
}
