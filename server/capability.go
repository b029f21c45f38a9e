package server

import "encoding/json"

// declares reports whether the capabilities that a client stated hold the one
// that is needed.
func declares(capabilities []byte, needed string) bool {
	var stated map[string]json.RawMessage
	if err := json.Unmarshal(capabilities, &stated); err != nil {
		return false
	}
	value, ok := stated[needed]
	return ok && string(value) != "null"
}
