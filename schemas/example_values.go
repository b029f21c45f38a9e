package schemas

import (
	"encoding/json"
	"math/big"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Values that nobody can take for real ones: example.com is reserved for that, and
// the UUID has a version and nothing else.
const (
	sampleUUID  = "11111111-1111-4111-8111-111111111111"
	sampleURL   = "https://example.com/"
	sampleEmail = "person@example.com"
	sampleDate  = "2026-01-15"
	sampleTime  = "2026-01-15T09:00:00Z"
)

// textCandidates lists strings that may satisfy a schema, the most telling first.
func textCandidates(v *view, at exampleSpot) []any {
	var texts []string
	least, most := 0, -1
	for _, n := range v.facts {
		if n.format != "" {
			texts = append(texts, formatSample(n.format)...)
		}
		least = max(least, n.minLength)
		if n.maxLength >= 0 && (most < 0 || n.maxLength < most) {
			most = n.maxLength
		}
	}
	known := len(texts) > 0
	patterned := false
	for _, n := range v.facts {
		if n.pattern != nil {
			patterned = true
			texts = append(texts, namedSample(at))
			texts = append(texts, patternSamples(n.pattern.text, least)...)
		}
	}
	if !known && !patterned {
		texts = append(texts, namedSample(at))
	}
	texts = append(texts, placeholder(at.name), "text", "1", sampleDate, sampleUUID, sampleURL, sampleEmail)
	var out []any
	for _, s := range texts {
		if at.seed > 0 {
			s += strconv.Itoa(at.seed + 1)
		}
		out = append(out, fitted(s, least, most))
	}
	return out
}

// fitted gives a text a length within limits.
func fitted(s string, least, most int) string {
	if n := utf8.RuneCountInString(s); n < least && least <= 4000 {
		s += strings.Repeat("x", least-n)
	}
	if most >= 0 && utf8.RuneCountInString(s) > most {
		s = string([]rune(strings.Trim(s, "<>"))[:min(most, utf8.RuneCountInString(strings.Trim(s, "<>")))])
	}
	return s
}

func formatSample(format string) []string {
	switch format {
	case "uuid", "guid":
		return []string{sampleUUID}
	case "date-time", "datetime":
		return []string{sampleTime}
	case "date":
		return []string{sampleDate}
	case "time":
		return []string{"09:00:00Z", "09:00:00"}
	case "duration":
		return []string{"PT1H"}
	case "email", "idn-email":
		return []string{sampleEmail}
	case "uri", "url", "iri", "uri-reference":
		return []string{sampleURL}
	case "hostname":
		return []string{"example.com"}
	case "ipv4":
		return []string{"192.0.2.1"}
	case "ipv6":
		return []string{"2001:db8::1"}
	case "byte", "base64":
		return []string{"ZXhhbXBsZQ=="}
	case "json":
		return []string{"{}"}
	case "int32", "int64":
		return []string{"1"}
	case "decimal", "double", "float":
		return []string{"1.5"}
	}
	return nil
}

// namedSample guesses a value by the name of what it stands for.
func namedSample(at exampleSpot) string {
	words := strings.Fields(strings.ToLower(humanised(splitCamel(at.name))))
	if len(words) == 0 {
		return "text"
	}
	last := words[len(words)-1]
	switch last {
	case "email", "mail":
		return sampleEmail
	case "url", "uri", "link", "href", "website":
		return sampleURL
	case "date", "day":
		return sampleDate
	case "time", "timestamp":
		return sampleTime
	case "query", "q", "search", "keyword", "keywords", "text", "content", "message", "comment", "description", "summary", "title", "subject", "note":
		return "Example " + map[bool]string{true: "text", false: last}[last == "q" || last == "text"]
	case "jql":
		return "created >= -7d ORDER BY created DESC"
	case "color", "colour":
		return "#336699"
	case "currency":
		return "USD"
	case "country":
		return "US"
	case "language", "locale", "lang":
		return "en"
	case "timezone":
		return "UTC"
	case "phone":
		return "+12025550123"
	}
	return placeholder(at.name)
}

// placeholder stands for a value that only the caller knows: "<page_id>".
func placeholder(name string) string {
	name = clip(oneLine(name), 40)
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_- ", r) {
			return r
		}
		return '_'
	}, name)
	if strings.Trim(name, "_- ") == "" {
		name = "value"
	}
	return "<" + name + ">"
}

// splitCamel puts a space between the words of a name such as dueDate.
func splitCamel(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// numberCandidates lists numbers that may satisfy a schema.
func numberCandidates(v *view, at exampleSpot) []any {
	list := []*big.Rat{}
	add := func(q *big.Rat) {
		if q != nil {
			list = append(list, new(big.Rat).Add(q, new(big.Rat).SetInt64(int64(at.seed))))
		}
	}
	if usefulness(at.name, v) == 5 {
		add(big.NewRat(10, 1))
	}
	one := big.NewRat(1, 1)
	add(one)
	for _, n := range v.facts {
		add(n.min)
		if n.above != nil {
			add(new(big.Rat).Add(n.above, one))
			add(new(big.Rat).Add(n.above, big.NewRat(1, 1000)))
		}
		add(n.max)
		if n.below != nil {
			add(new(big.Rat).Sub(n.below, one))
			add(new(big.Rat).Sub(n.below, big.NewRat(1, 1000)))
		}
		if m := n.multipleOf; m != nil {
			add(m)
			if n.min != nil { // the first multiple that is not below
				q := new(big.Rat).Quo(n.min, m)
				up := new(big.Int).Quo(new(big.Int).Add(q.Num(), new(big.Int).Sub(q.Denom(), big.NewInt(1))), q.Denom())
				add(new(big.Rat).Mul(new(big.Rat).SetInt(up), m))
			}
		}
	}
	add(new(big.Rat))
	var out []any
	for _, q := range list {
		if text := ratText(q); saneNumber(text) {
			out = append(out, json.Number(text))
		}
	}
	return out
}

// patternSamples makes strings that match a regular expression, with more and
// more repetitions until they are long enough.
func patternSamples(text string, least int) []string {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	re = re.Simplify()
	var out []string
	for _, times := range []int{0, 1, 3, 8, 16, 32, 64, 256} {
		w := &patternWriter{times: times}
		w.write(re)
		if s := w.b.String(); !w.failed && utf8.RuneCountInString(s) >= least {
			if out = append(out, s); len(out) == 3 {
				break
			}
		}
	}
	return out
}

// patternWriter writes a string that an expression matches.
type patternWriter struct {
	b      strings.Builder
	times  int // how often what may be repeated is
	failed bool
}

func (w *patternWriter) write(re *syntax.Regexp) {
	if w.b.Len() > 2000 {
		w.failed = true
	}
	if w.failed {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		w.b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		w.class(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.b.WriteByte('a')
	case syntax.OpCapture:
		w.write(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w.write(sub)
		}
	case syntax.OpAlternate:
		w.write(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		times := w.times
		if re.Op == syntax.OpPlus {
			times = max(times, 1)
		}
		if re.Op == syntax.OpQuest {
			times = min(times, 1)
		}
		for range times {
			w.write(re.Sub[0])
		}
	case syntax.OpRepeat: // Simplify leaves none; for safety the fewest
		for range re.Min {
			w.write(re.Sub[0])
		}
	case syntax.OpNoMatch:
		w.failed = true
	}
}

// class writes one character of a class, a letter or a digit where it has one.
func (w *patternWriter) class(ranges []rune) {
	for _, want := range "a1A0bBxX-_ " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				w.b.WriteRune(want)
				return
			}
		}
	}
	if len(ranges) == 0 {
		w.failed = true
		return
	}
	w.b.WriteRune(ranges[0])
}
