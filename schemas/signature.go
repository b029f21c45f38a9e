package schemas

import "strings"

const (
	maxSignature      = 240
	maxSignatureInner = 6
)

// Signature tells the action and its arguments in one line of at most 240 bytes:
//
//	post-search(query?, sort?{direction?, timestamp?}, page_size?)
//
// A question mark marks what is optional. Names only: no word of upstream's
// descriptions is in it.
func (s *ActionSchema) Signature() string {
	args := make([]string, 0, len(s.plan.fields))
	for _, f := range s.plan.fields {
		if len(args) > maxSignature/len("a, ") {
			break // there is no room for so many, and cutting them costs their square
		}
		arg := f.name
		if !f.required {
			arg += "?"
		}
		args = append(args, arg+innerNames(f.shape))
	}
	head := clip(visible(s.id), 100) + "("
	line := head + strings.Join(args, ", ") + ")"
	for i := range args { // too long: without what lies inside, then cut
		if len(line) <= maxSignature {
			return line
		}
		j := len(args) - 1 - i
		args[j], _, _ = strings.Cut(args[j], "{")
		args[j] = strings.TrimSuffix(args[j], "[]")
		line = head + strings.Join(args, ", ") + ")"
	}
	for len(line) > maxSignature && len(args) > 0 {
		args = args[:len(args)-1]
		line = head + strings.Join(append(args, "…"), ", ") + ")"
		args = args[:len(args):len(args)]
	}
	return line
}

func innerNames(s *shape) string {
	suffix := ""
	for s != nil && s.kind == "array" {
		s, suffix = s.items, suffix+"[]"
	}
	if s == nil || len(s.members) == 0 {
		return suffix
	}
	var names []string
	for i, m := range s.members {
		if i == maxSignatureInner {
			names = append(names, "…")
			break
		}
		name := m.name
		if !m.required {
			name += "?"
		}
		names = append(names, name)
	}
	return suffix + "{" + strings.Join(names, ", ") + "}"
}
