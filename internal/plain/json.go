package plain

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// JSON returns a JSON text whose strings hold nothing but what [Text] leaves. A
// name of an object that is changed by that is written as [Visible] shows it, so
// that it never becomes one of the names beside it. The text has to be valid.
func JSON(text []byte) []byte {
	if jsonIsPlain(text) {
		return text
	}
	var b bytes.Buffer
	b.Grow(len(text))
	for i := 0; i < len(text); {
		if text[i] != '"' {
			b.WriteByte(text[i])
			i++
			continue
		}
		end := stringEnd(text, i)
		b.Write(plainString(text[i:end], isName(text[end:])))
		i = end
	}
	return b.Bytes()
}

// jsonIsPlain reports that no string of the text can be changed by [Text]. It may
// be wrong about one that cannot.
func jsonIsPlain(text []byte) bool {
	last := rune(0)
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			switch text[i+1] {
			case 'u', 'r', 'b', 'f':
				return false
			}
			last = ' '
			i += 2
			continue
		case c < 0x7f:
			last = rune(c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if visible(r, last) != r || r == utf8.RuneError && size == 1 {
			return false
		}
		last = r
		i += size
	}
	return true
}

// stringEnd is where the string ends that begins at i.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// isName reports whether what follows a string makes it a name.
func isName(after []byte) bool {
	after = bytes.TrimLeft(after, " \t\r\n")
	return len(after) > 0 && after[0] == ':'
}

func plainString(token []byte, name bool) []byte {
	var s string
	if json.Unmarshal(token, &s) != nil {
		return []byte(`""`)
	}
	clean := Text(s)
	if clean == s {
		return token
	}
	if name {
		clean = Visible(s)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(clean) != nil { // a string can always be encoded
		return []byte(`""`)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
