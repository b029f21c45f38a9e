package shape

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeBoundsWhatItReads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1): "deeper",
		"[" + strings.Repeat("0,", MaxTokens) + "0]":                      "more than",
		"[1] 2":    "more behind",
		"1\x00":    "more behind",
		`{"a":`:    "ends early",
		`{"a"`:     "ends early",
		`["a`:      "ends early",
		"[1":       "ends early",
		"-":        "ends early",
		``:         "ends early",
		"\x00":     "no JSON",
		`{a:1}`:    "no JSON",
		`[1,]`:     "no JSON",
		`01`:       "more behind",
		`1.`:       "ends early",
		`1e+x`:     "no JSON",
		`"\x"`:     "no JSON",
		"\"\n\"":   "no JSON",
		`[1 2]`:    "no JSON",
		`nul`:      "no JSON",
		`{"a" 1}`:  "no JSON",
		`{"a":1,}`: "no JSON",
	} {
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	text := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Decode([]byte(text)); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
}

// Whatever the text, Decode reads what encoding/json reads.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0.5e+3,"é\n\ud83d\ude00\ud800",true,false,null],"a":{}}`, " [ ] ", `"\u12"`, "\"\xff\"", `{"":{"b":"\/"}}`, "1 2", "-", "00", "tru", "[1,]", "{\"a\":1,}", "\ufeff1",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Decode(text)
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var want any
		wantErr := decoder.Decode(&want)
		if wantErr == nil {
			if _, end := decoder.Token(); !errors.Is(end, io.EOF) {
				wantErr = errMore
			}
		}
		if err != nil && (errors.Is(err, errDepth) || errors.Is(err, errTokens)) {
			return
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, encoding/json says %v", text, err, wantErr)
		}
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}
