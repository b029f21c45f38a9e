package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// HashArguments returns the SHA-256 of the arguments in hexadecimal digits. It is
// taken of JSON without white space, with sorted names and each number in one form,
// so that equal arguments have equal hashes. It is no secret's keeper: whoever can
// guess the arguments can check the guess. What is no JSON has the hash "".
func HashArguments(arguments map[string]any) string {
	if arguments == nil {
		arguments = map[string]any{}
	}
	text, err := canonical(arguments)
	if err != nil {
		return ""
	}
	return hash(text)
}

// HashKey returns the SHA-256 of an idempotency key in hexadecimal digits, "" for
// none.
func HashKey(key string) string {
	if key == "" {
		return ""
	}
	return hash([]byte(key))
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func canonical(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(&b)
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	return json.Marshal(uniform(plain)) // which sorts names
}

// uniform writes every number in one way.
func uniform(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = uniform(member)
		}
	case []any:
		for i, item := range v {
			v[i] = uniform(item)
		}
	case json.Number:
		return uniformNumber(v)
	}
	return value
}

func uniformNumber(n json.Number) json.Number {
	if whole, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return json.Number(strconv.FormatInt(whole, 10))
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	switch {
	case err != nil || math.IsInf(f, 0) || !strings.ContainsAny(n.String(), ".eE"):
		return n // too large to be read exactly: it stays as it was written
	case f == math.Trunc(f) && math.Abs(f) <= 1<<53:
		return json.Number(strconv.FormatInt(int64(f), 10))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}
