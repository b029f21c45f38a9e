package policy

import (
	"slices"
	"testing"
)

// Arguments that share a name are each what a path with it names.
func TestArgumentsThatShareAName(t *testing.T) {
	t.Parallel()
	file, err := ParseFile([]byte(`
default: deny
rules:
  - {name: bad, decision: deny, when: {"id[x]": {equals: bad}}}
  - {name: good, decision: allow, when: {"id[x]": {equals: good}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := New(Settings{}, file)
	for _, test := range []struct {
		values Several
		want   bool
	}{
		{Several{"good", "good"}, true},
		{Several{"good", "bad"}, false},
		{Several{"good", "other"}, false},
	} {
		d := p.Decide(Request{ConnectorID: "a", ActionID: "b", Effect: Read, Arguments: map[string]any{"id[x]": test.values}})
		if d.Allowed != test.want {
			t.Errorf("%v: %+v", test.values, d)
		}
	}
	if names := p.Names(); !slices.Equal(names, []string{"id[x]"}) {
		t.Errorf("names %q", names)
	}
}

func TestNamesInAPath(t *testing.T) {
	t.Parallel()
	p, err := parsePath("a.b[][].c")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(slices.Values(p.names()))
	want := []string{"a", "a.b", "a.b[]", "a.b[][]", "a.b[][].c", "b", "b[]", "b[][]", "b[][].c", "c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
