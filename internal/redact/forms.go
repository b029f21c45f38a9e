package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// formsOf returns the ways in which the secrets may stand in a text, longest
// first, so that a secret which holds another one is removed whole.
func formsOf(secrets []string) []string {
	var forms []string
	for _, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if len(secret) < MinLength || strings.Contains(Mask, secret) {
			continue
		}
		for _, form := range escapedForms(secret) {
			if len(form) >= MinLength && !strings.Contains(Mask, form) {
				forms = append(forms, form)
			}
		}
	}
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return slices.Compact(forms)
}

// escapedForms returns secret and what one or two layers of escaping make of it:
// JSON is put into JSON strings (a body inside an error message), URLs into URLs
// (a redirect) and into JSON.
func escapedForms(secret string) []string {
	forms := append([]string{secret}, escapeOnce(secret)...)
	for _, once := range slices.Clone(forms)[1:] {
		if once != secret {
			forms = append(forms, escapeOnce(once)...)
		}
	}
	return append(forms, base64Cores(secret)...)
}

func escapeOnce(s string) []string {
	query, path := url.QueryEscape(s), url.PathEscape(s)
	quoted := strconv.Quote(s)
	ascii := strconv.QuoteToASCII(s)
	escaped, plain := jsonEscape(s, true), jsonEscape(s, false)
	return []string{
		escaped, upperEscapes(escaped), plain,
		strings.ReplaceAll(escaped, "/", `\/`), strings.ReplaceAll(plain, "/", `\/`),
		quoted[1 : len(quoted)-1], ascii[1 : len(ascii)-1],
		query, lowerEscapes(query), strings.ReplaceAll(query, "+", "%20"),
		path, lowerEscapes(path),
		html.EscapeString(s),
	}
}

// jsonEscape returns the inside of the JSON string that stands for s.
func jsonEscape(s string, escapeHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(s); err != nil {
		return s // a string can always be encoded
	}
	out := strings.TrimSuffix(b.String(), "\n")
	return out[1 : len(out)-1]
}

// lowerEscapes writes the hexadecimal digits of URL escapes in lower case, as some
// encoders do: "%2f" for "%2F".
func lowerEscapes(s string) string { return mapEscapes(s, "%", 2, strings.ToLower) }

// upperEscapes writes the hexadecimal digits of JSON escapes in upper case.
func upperEscapes(s string) string { return mapEscapes(s, `\u`, 4, strings.ToUpper) }

func mapEscapes(s, marker string, digits int, convert func(string) string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, marker)
		if i < 0 || len(s) < i+len(marker)+digits {
			b.WriteString(s)
			return b.String()
		}
		end := i + len(marker) + digits
		b.WriteString(s[:i+len(marker)])
		b.WriteString(convert(s[i+len(marker) : end]))
		s = s[end:]
	}
}

// base64Cores returns what is in every base64 text of something that holds
// secret, whatever precedes it ("Basic" credentials, an encoded body): the three
// alignments without the characters that the neighbours decide.
func base64Cores(secret string) []string {
	if len(secret) < 2*MinLength { // a core of fewer characters would match by chance
		return nil
	}
	var cores []string
	for shift := range 3 {
		padded := append(make([]byte, shift), secret...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(padded)
			start := (shift*8 + 5) / 6
			end := len(padded) * 8 / 6
			cores = append(cores, text[start:end])
		}
	}
	return cores
}
