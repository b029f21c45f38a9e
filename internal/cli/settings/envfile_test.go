package settings

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
)

// FuzzEnvFile reads arbitrary files. What is accepted means what godotenv says
// it means; what is refused is refused in one line that quotes nothing.
func FuzzEnvFile(f *testing.F) {
	for _, seed := range []string{
		"", "A=1", "ALLOY_API_KEY='a$b'", "ALLOY_API_KEY=a$b", "export A: x # y", "A=\"b\nc\"\nD='", "\ufeffA=1\r\nA=2", "A", "=", "A B=c",
		"ALLOY_ENV=x\nMCP_ADR=1", "A=${A}\n\n#", "\xff\xfe", "A=\"\\\"\"",
	} {
		f.Add([]byte(seed), "canary")
	}
	f.Fuzz(func(t *testing.T, data []byte, mark string) {
		secret := "zq" + strings.Trim(mark, "\x00\r\n") + "canary"
		data = bytes.ReplaceAll(data, []byte("canary"), []byte(secret))
		file, err := parseEnvFile("F", data)
		if err != nil {
			if strings.Contains(err.Error(), secret) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error of %q is no line without a quotation: %q", data, err)
			}
			return
		}
		want, err := godotenv.Parse(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
		if err != nil {
			t.Fatalf("godotenv refuses %q: %v", data, err)
		}
		if diff := cmp.Diff(want, file.values); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
		l := &loader{out: &Settings{}}
		l.add(file, source{})
		for _, warning := range l.out.Warnings {
			if strings.Contains(warning, secret) && !strings.Contains(strings.Join(file.names, " "), secret) || strings.ContainsAny(warning, "\r\n") {
				t.Errorf("the warning about %q shows a value or breaks the line: %q", data, warning)
			}
		}
	})
}

// FuzzValue checks every kind of value: no panic, no echo of a secret, and what
// is accepted once is accepted again unchanged.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"", "a", "https://a.example/", "127.0.0.1:1", "[::1]:0", "notion=65f000000000000000000001", "“x”", "a\nb", "${x}", "Bearer abcdefgh"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, setting := range Table() {
			check := checkValue
			if setting.Kind == Secret {
				check = func(_ Setting, raw string) (string, error) { return checkSecret(raw) }
			}
			value, err := check(setting, raw)
			if err == nil && setting.parse != nil && value != "" {
				err = setting.parse(&Settings{}, value)
			}
			switch {
			case err == nil:
				if again, err := check(setting, value); err != nil || again != value {
					t.Errorf("%s: %q became %q, which becomes %q, %v", setting.Name, raw, value, again, err)
				}
			case strings.ContainsAny(err.Error(), "\r\n"):
				t.Errorf("%s: the error of %q breaks the line: %q", setting.Name, raw, err)
			case setting.Kind == Secret && len(raw) > 8 && strings.Contains(err.Error(), raw):
				t.Errorf("%s: the error shows the secret %q: %q", setting.Name, raw, err)
			}
		}
	})
}
