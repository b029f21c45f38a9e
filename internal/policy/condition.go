package policy

import "fmt"

// verdict is what is known of a condition, or of a rule's conditions together.
type verdict uint8

const (
	holds   verdict = iota
	fails           // it does not
	unknown         // nobody knows the arguments yet
	unclear         // an argument is of a kind that the condition is not about
)

// answer is a verdict, with what stands in the way where it is unclear.
type answer struct {
	verdict verdict
	doubt   string
}

// condition is about the argument at one path.
type condition struct {
	path     path
	presence presence
	optional bool // an argument that is not there is as one that fits
	tests    []test
}

type presence uint8

const (
	presenceFree presence = iota
	presenceDemanded
	presenceForbidden
)

// test is one test of a value. It knows the value's kind or returns what kind it
// should have, such as "a number".
type test interface {
	holds(value any) (bool, string)
}

// judge says whether a rule whose when and unless are about the arguments applies.
// What a path names several times counts on the safe side: to refuse or to ask,
// one value that fits `when` or one that does not fit `unless` is enough; to allow,
// every value must fit `when` and none `unless`.
func (r *rule) judge(arguments map[string]any) answer {
	if len(r.when) == 0 && len(r.unless) == 0 {
		return answer{verdict: holds}
	}
	if arguments == nil {
		return answer{verdict: unknown}
	}
	strict := !r.allows
	when := all(r.when, arguments, !strict)
	if when.verdict == fails || len(r.unless) == 0 {
		return when
	}
	switch unless := all(r.unless, arguments, strict); unless.verdict {
	case holds:
		return answer{verdict: fails}
	case unclear:
		return unless
	case fails, unknown:
	}
	return when
}

// all joins conditions: all must hold, and one that fails decides.
func all(conditions []condition, arguments map[string]any, every bool) answer {
	result := answer{verdict: holds}
	for i := range conditions {
		switch a := conditions[i].judge(arguments, every); a.verdict {
		case fails:
			return a
		case unclear:
			result = a
		case holds, unknown:
		}
	}
	return result
}

// judge looks at the values that the path names; every says that all of them must
// fit, else one is enough.
func (c *condition) judge(arguments map[string]any, every bool) answer {
	found := c.path.find(arguments)
	if len(found.values) == 0 && found.doubt == "" {
		return c.absent()
	}
	if found.missing {
		if a := c.absent(); every != (a.verdict == holds) {
			return a
		}
	}
	for _, value := range found.values {
		switch a := c.test(value); {
		case a.verdict == unclear:
			found.doubt = a.doubt
		case every != (a.verdict == holds):
			return a
		}
	}
	switch {
	case found.doubt != "":
		return answer{unclear, found.doubt}
	case every:
		return answer{verdict: holds}
	}
	return answer{verdict: fails}
}

// absent judges an argument that is not there.
func (c *condition) absent() answer {
	if c.optional || c.presence == presenceForbidden {
		return answer{verdict: holds}
	}
	return answer{verdict: fails}
}

// test tests one value.
func (c *condition) test(value any) answer {
	result := answer{verdict: holds}
	if c.presence == presenceForbidden {
		return answer{verdict: fails}
	}
	for _, test := range c.tests {
		fits, want := test.holds(value)
		switch {
		case want != "":
			result = answer{unclear, fmt.Sprintf("the argument %s would have to be %s, and is %s", shown(c.path.text), want, kindOf(value))}
		case !fits:
			return answer{verdict: fails}
		}
	}
	return result
}
