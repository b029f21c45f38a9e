package server

import (
	"bytes"
	"strconv"
)

// maxLinearKeys is how many keys of one object are compared one by one before
// a map takes over.
const maxLinearKeys = 32

// keySet finds duplicate keys of one object. Small objects use the scanner's
// stack of keys and allocate nothing.
type keySet struct {
	base int
	many map[string]struct{}
}

// add reports whether key is new.
func (k *keySet) add(s *scanner, key []byte) bool {
	if k.many != nil {
		if _, ok := k.many[string(key)]; ok {
			return false
		}
		k.many[string(key)] = struct{}{}
		return true
	}
	for _, other := range s.keys[k.base:] {
		if bytes.Equal(other, key) {
			return false
		}
	}
	s.keys = append(s.keys, key)
	if len(s.keys)-k.base > maxLinearKeys {
		k.many = make(map[string]struct{}, 4*maxLinearKeys)
		for _, other := range s.keys[k.base:] {
			k.many[string(other)] = struct{}{}
		}
	}
	return true
}

// member reads the value of one key and keeps it where the envelope needs it.
func (s *scanner) member(depth int, r role, key []byte) *malformed {
	switch r {
	case roleTop:
		return s.topMember(depth, key)
	case roleParams:
		return s.paramsMember(depth, key)
	case roleMeta:
		return s.metaMember(depth, key)
	default:
		_, fault := s.value(depth, roleOther)
		return fault
	}
}

func (s *scanner) topMember(depth int, key []byte) *malformed {
	if fault := checkVariant(roleTop, key); fault != nil {
		return fault
	}
	inner := roleOther
	if string(key) == "params" {
		inner = roleParams
	}
	raw, fault := s.value(depth, inner)
	if fault != nil {
		return fault
	}
	switch string(key) {
	case "jsonrpc":
		s.version = stringValue(raw)
	case "id":
		s.hasID = true
		return s.keepID(raw)
	case "method":
		s.hasMethod = true
		if raw[0] != '"' || len(raw) > maxMethod {
			return invalid("method must be a short string")
		}
		s.envelope.method = stringValue(raw)
	case "params":
		if raw[0] != '{' {
			return invalid("params must be an object")
		}
	case "result":
		s.hasResult = true
	case "error":
		s.hasError = true
	}
	return nil
}

func (s *scanner) paramsMember(depth int, key []byte) *malformed {
	if fault := checkVariant(roleParams, key); fault != nil {
		return fault
	}
	inner := roleOther
	if string(key) == "_meta" {
		inner = roleMeta
	}
	raw, fault := s.value(depth, inner)
	if fault != nil {
		return fault
	}
	switch string(key) {
	case "name":
		if raw[0] == '"' && len(raw) > maxNameBytes {
			s.envelope.name = string(raw[1:1+maxShown]) + "…"
		} else {
			s.envelope.name = stringValue(raw)
		}
	case "_meta":
		s.envelope.rare = s.envelope.rare || raw[0] != '{'
	case "task", "requestState", "inputResponses":
		s.envelope.rare = true
	}
	return nil
}

func (s *scanner) metaMember(depth int, key []byte) *malformed {
	raw, fault := s.value(depth, roleOther)
	if fault != nil {
		return fault
	}
	switch string(key) {
	case "io.modelcontextprotocol/protocolVersion":
		s.envelope.version = stringValue(raw)
	case "io.modelcontextprotocol/clientCapabilities":
		s.envelope.capabilities = raw
	}
	return nil
}

// keepID accepts what survives the library's float64 unchanged.
func (s *scanner) keepID(raw []byte) *malformed {
	switch {
	case string(raw) == "null":
		s.nullID = true
		return nil
	case raw[0] == '"':
		if len(raw)-len(`""`) > maxIDBytes {
			return invalid("id is longer than " + strconv.Itoa(maxIDBytes) + " bytes")
		}
	default:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || n > maxSafeID || n < -maxSafeID {
			return invalid("id must be a string or an integer of at most 2^53")
		}
	}
	s.envelope.id = raw
	return nil
}

// stringValue is the value of a JSON string, "" for any other value.
func stringValue(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	return string(decoded(inner))
}
