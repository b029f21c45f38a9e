package catalog

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
	"strconv"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// hashSize is how much of a SHA-256 is kept, in bytes.
const hashSize = 16

// hashOf hashes an action in a form that does not change with the order of the
// parameters or of the keys of a schema, nor with white space.
func hashOf(a alloy.Action) string {
	sum := sha256.New()
	put(sum, a.ID, a.DisplayName, a.Description, a.Method, a.Path, canonical(a.RequestBody), canonical(a.SampleSuccessResponse))
	parameters := slices.Clone(a.Parameters)
	slices.SortStableFunc(parameters, func(p, q alloy.Parameter) int {
		return cmp.Or(cmp.Compare(p.In, q.In), cmp.Compare(p.Name, q.Name))
	})
	for _, p := range parameters {
		put(sum, p.In, p.Name, strconv.FormatBool(p.Required), p.Description, canonical(p.Schema))
	}
	return hex.EncodeToString(sum.Sum(nil)[:hashSize])
}

// hashOfNames hashes a connector's list of actions, in the order of the list.
func hashOfNames(list []alloy.Resource) string {
	sum := sha256.New()
	for _, r := range list {
		put(sum, "resource", r.Name, r.Description)
		for _, a := range r.Actions {
			put(sum, "action", a.ID, a.Name, a.Description)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:hashSize])
}

// put writes texts so that no two lists of texts look the same.
func put(sum hash.Hash, texts ...string) {
	var size []byte
	for _, text := range texts {
		size = append(strconv.AppendInt(size[:0], int64(len(text)), 10), ':')
		_, _ = sum.Write(size) // a hash never fails
		_, _ = sum.Write([]byte(text))
	}
}

// canonical writes JSON with sorted keys. What is no JSON stays as it is.
func canonical(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(raw)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return string(raw)
	}
	return string(text)
}
