package effect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
)

func TestOverridesComeByIdThenByTheLongestPattern(t *testing.T) {
	t.Parallel()
	const text = `
# ours
notion.patch-page: destructive
slack.*: write
slack.*_list: read
slack.admin_*: destructive
"*.archive*": destructive
hubspot.*Contact*: write
x.*b: read
x.a*: destructive
`
	o, err := effect.ParseOverrides("effects.yaml", []byte(text))
	if err != nil || o.Len() != 8 {
		t.Fatalf("%d overrides, error %v", o.Len(), err)
	}
	for name, want := range map[string]effect.Effect{
		"notion.patch-page": "destructive", "notion.patch-pages": "", "slack.chat_update": "write", "slack.users_list": "read",
		"slack.admin_users": "destructive", "slack.admin_users_list": "destructive", "jira.archiveIssue": "destructive",
		"hubspot.createContacts": "write", "hubspot.createDeal": "", "x.ab": "destructive", "x.c": "", "": "",
	} {
		connector, action, _ := strings.Cut(name, ".")
		if got, ok := o.Of(connector, action); got != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestJSONIsReadToo(t *testing.T) {
	t.Parallel()
	o, err := effect.ParseOverrides("effects.json", []byte(`{"notion.a.b/c": "read", "notion.*": "destructive"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := o.Of("notion", "a.b/c"); got != effect.Read {
		t.Errorf("notion.a.b/c is %q", got)
	}
	if got, _ := o.Of("notion", "x"); got != effect.Destructive {
		t.Errorf("notion.x is %q", got)
	}
}

func TestAnEmptyFileOverridesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n# nothing yet\n", "---\n", "{}"} {
		if o, err := effect.ParseOverrides("e", []byte(text)); err != nil || o.Len() != 0 {
			t.Errorf("%q: %d overrides, error %v", text, o.Len(), err)
		}
	}
	if _, ok := (effect.Overrides{}).Of("a", "b"); ok {
		t.Error("the zero value overrides something")
	}
}

func TestMistakesAreNamedWithFileAndLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"a.b: read\na.c: reed\n", `effects.yaml:2: "a.c" is "reed": it must be read, write or destructive`},
		{"a.b: Read\n", `effects.yaml:1: "a.b" is "Read"`},
		{"a.b:\n", `effects.yaml:1: "a.b" is ""`},
		{"a.b: [read]\n", `effects.yaml:1: "a.b" must be one word`},
		{"\nnotion: read\n", `effects.yaml:2: "notion" names no action`},
		{".b: read\n", `names no action`},
		{"a.: read\n", `names no action`},
		{"a.b: read\na.c: write\na.b: write\n", `"a.b"`},
		{"- a.b: read\n", `effects.yaml:1: must be a list of "connector.action: effect"`},
		{"read\n", `effects.yaml:1: must be`},
		{"a.b: read\n---\na.c: read\n", `effects.yaml:`},
		{"a.b: 'read\n", `effects.yaml is no YAML`},
		{"a.b: &x read\na.c: *x\n", `effects.yaml:2: "a.c" must be one word`},
		{"{a: b}: read\n", `effects.yaml:1`},
		{"a." + strings.Repeat("x", 500) + ": no\n", `xxx…" is "no"`},
		{strings.Repeat("#", 2<<20), `is larger than`},
	} {
		_, err := effect.ParseOverrides("effects.yaml", []byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%.60q: error %v, want one line with %q", test.text, err, test.want)
		}
	}
}

func TestOverridesAreReadFromAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "effects.yaml")
	if _, err := effect.ReadOverrides(path); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("a.b: nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := effect.ReadOverrides(path); err == nil || !strings.Contains(err.Error(), path+":1:") {
		t.Errorf("a wrong file: %v", err)
	}
	if err := os.WriteFile(path, []byte("a.b: read"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := effect.ReadOverrides(path); err != nil || o.Len() != 1 {
		t.Errorf("a right file: %d overrides, %v", o.Len(), err)
	}
}

func FuzzParseOverrides(f *testing.F) {
	f.Add([]byte("a.b: read\n"))
	f.Add([]byte(`{"a.b": "write"}`))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := effect.ParseOverrides("f", data)
		if err == nil {
			o.Of("a", "b")
		} else if o.Len() != 0 {
			t.Error("an error and overrides")
		}
	})
}

// Words can make an action more dangerous than its method, id and path, never
// less.
func TestWordsOnlyAddDanger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, name, description string
		want                      effect.Effect
	}{
		{"get", "", "", effect.Read},
		{"get", "Frob", "Returns the frob. To delete it, call unfrob.", effect.Read},
		{"get", "Frob", "Lists frobs, deleted ones too.", effect.Read},
		{"get", "", "Retrieves comments of a page or block.", effect.Read},
		{"get", "Delete the frob", "", effect.Destructive},
		{"get", "", "Permanently deletes the frob.", effect.Destructive},
		{"get", "", "Use this endpoint to cancel a frob.", effect.Destructive},
		{"get", "", "Returns the frob and deletes it.", effect.Destructive},
		{"get", "", "Sends the frob.", effect.Write},
		{"post", "Get frob", "Returns the frob. Reads only.", effect.Write},
		{"post", "", "Changes the frob. This cannot be undone.", effect.Destructive},
		{"post", "Archive", "", effect.Destructive},
		{"delete", "Get frob", "Returns the frob.", effect.Destructive},
		{"patch", "", "Returns the frob.", effect.Write},
		{"", "List frobs", "Returns the frob.", effect.Write},
	} {
		got := effect.Of(actionWith(test.method, test.name, test.description))
		if got != test.want {
			t.Errorf("%s %q %q is %s, want %s", test.method, test.name, test.description, got, test.want)
		}
	}
}

func TestTheQueryLanguageIsTheCallers(t *testing.T) {
	t.Parallel()
	a := actionWith("post", "", "")
	a.ID, a.Path = "query", "/query"
	if got := effect.Of(a); got != effect.Read {
		t.Errorf("a query is %s", got)
	}
	a.Parameters = sqlParameter()
	if got := effect.Of(a); got != effect.Write {
		t.Errorf("a query in SQL is %s", got)
	}
}
