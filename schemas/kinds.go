package schemas

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// kinds is a set of JSON types. kindInteger is the part of kindNumber that
// "type": "integer" allows.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBoolean
	kindInteger
	kindNumber
	kindString
	kindArray
	kindObject

	allKinds = kindNull | kindBoolean | kindInteger | kindNumber | kindString | kindArray | kindObject
)

func kindNamed(name string) (kinds, bool) {
	switch strings.ToLower(name) {
	case "null":
		return kindNull, true
	case "boolean", "bool":
		return kindBoolean, true
	case "integer", "int":
		return kindInteger, true
	case "number", "float", "double":
		return kindNumber | kindInteger, true
	case "string":
		return kindString, true
	case "array":
		return kindArray, true
	case "object":
		return kindObject, true
	}
	return 0, false
}

// names lists the kinds in words, an integer not beside a number.
func (k kinds) names() []string {
	if k&kindNumber != 0 {
		k &^= kindInteger
	}
	var out []string
	for _, n := range []struct {
		kind kinds
		name string
	}{
		{kindString, "string"},
		{kindNumber, "number"},
		{kindInteger, "integer"},
		{kindBoolean, "boolean"},
		{kindObject, "object"},
		{kindArray, "array"},
		{kindNull, "null"},
	} {
		if k&n.kind != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

func (k kinds) String() string { return strings.Join(k.names(), " or ") }

// kindOf returns the one kind of a JSON value, 0 for a Go value that JSON does
// not have. A number without a fraction is an integer, as in draft 2020-12.
func kindOf(v any) kinds {
	switch v := v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBoolean
	case string:
		return kindString
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	case json.Number:
		return kindOfNumber(string(v))
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return 0
		case v == math.Trunc(v):
			return kindInteger
		}
		return kindNumber
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return kindInteger
	}
	return 0
}

func kindOfNumber(s string) kinds {
	if !saneNumber(s) {
		return 0
	}
	if _, _, zeros := scientific(s); zeros < 0 {
		return kindNumber
	}
	return kindInteger
}

// scientific takes a sane number apart: its digits without zeros at either end,
// and how many zeros follow them; less than none where it has a fraction. The
// number is not calculated, so the size of its exponent costs nothing.
func scientific(s string) (sign, digits string, zeros int) {
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		zeros, _ = strconv.Atoi(s[i+1:]) // saneNumber has read it
		s = s[:i]
	}
	whole, frac, _ := strings.Cut(s, ".")
	all := strings.TrimLeft(whole+frac, "0")
	if digits = strings.TrimRight(all, "0"); digits == "" {
		return "", "0", 0
	}
	return sign, digits, zeros - len(frac) + len(all) - len(digits)
}

// plainInteger writes an integer without fraction and exponent, as Go's integers
// are read: 2.0 as 2, 1e1 as 10. It fails where that takes more than 64 digits.
func plainInteger(v any) (any, bool) {
	text := numberText(v)
	if text != "-0" && !strings.ContainsAny(text, ".eE") {
		return v, true
	}
	sign, digits, zeros := scientific(text)
	if len(digits)+zeros > maxNumberDigits {
		return nil, false
	}
	return json.Number(sign + digits + strings.Repeat("0", zeros)), true
}

// saneNumber says whether s is a JSON number that may be calculated with:
// 1e999999999 would take a gigabyte as an exact number.
func saneNumber(s string) bool {
	if s == "" || len(s) > maxNumberDigits {
		return false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exp, err := strconv.Atoi(s[i+1:])
		if err != nil || exp > 400 || exp < -400 {
			return false
		}
		s = s[:i]
	}
	return jsonNumber(s)
}

// jsonNumber says whether s is a number as JSON writes it, without exponent.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, dotted := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	return !dotted || digits(frac)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// rational returns a JSON number exactly, nil where v is none.
func rational(v any) *big.Rat {
	switch v := v.(type) {
	case json.Number:
		if !saneNumber(string(v)) {
			return nil
		}
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return r
		}
	case float64:
		return new(big.Rat).SetFloat64(v)
	case int:
		return new(big.Rat).SetInt64(int64(v))
	case int64:
		return new(big.Rat).SetInt64(v)
	case int8, int16, int32, uint, uint8, uint16, uint32, uint64:
		if r, ok := new(big.Rat).SetString(numberText(v)); ok {
			return r
		}
	}
	return nil
}

// numberText writes a number as JSON does.
func numberText(v any) string {
	if n, ok := v.(json.Number); ok {
		return string(n)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
