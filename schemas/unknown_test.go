package schemas_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnknownKeysInsideArgumentsAreReported(t *testing.T) {
	t.Parallel()
	const parent = `{"type":"object","properties":{"page_id":{"type":"string"},"database_id":{"type":"string"}}`
	for _, test := range []struct {
		name, schema, args string
		want               []string
	}{
		{"none", parent + `}`, `{"x":{"page_id":"1"}}`, nil},
		{"misspelt", parent + `}`, `{"x":{"page_idd":"1"}}`, []string{"x.page_idd (nearest: page_id)"}},
		{"like no other", parent + `}`, `{"x":{"colour":"1"}}`, []string{"x.colour"}},
		{"in a list", `{"type":"array","items":` + parent + `}}`, `{"x":[{"page_id":"1"},{"pageid":"1"}]}`, []string{"x[1].pageid (nearest: page_id)"}},
		{"in a list by place", `{"type":"array","prefixItems":[{"type":"string"},` + parent + `}]}`, `{"x":["a",{"pageid":"1"},{"any":1}]}`, []string{"x[1].pageid (nearest: page_id)"}},
		{"deep", `{"type":"object","properties":{"a":{"type":"object","additionalProperties":` + parent + `}}}}`, `{"x":{"a":{"k":{"pageid":"1"}}}}`, []string{"x.a.k.pageid (nearest: page_id)"}},
		{"others are allowed", parent + `,"additionalProperties":true}`, `{"x":{"page_idd":"1"}}`, nil},
		{"others have a schema", parent + `,"additionalProperties":{"type":"string"}}`, `{"x":{"page_idd":"1"}}`, nil},
		{"no key is described", `{"type":"object"}`, `{"x":{"page_idd":"1"}}`, nil},
		{"a pattern", parent + `,"patternProperties":{"^x_":{}}}`, `{"x":{"x_any":"1","y_any":1}}`, []string{"x.y_any"}},
		{"required, not described", parent + `,"required":["ghost"]}`, `{"x":{"ghost":"1"}}`, nil},
		{"a reference", `{"$ref":"#/$defs/p"}`, `{"x":{"page_idd":"1"}}`, []string{"x.page_idd (nearest: page_id)"}},
		{"all of", `{"allOf":[` + parent + `},{"properties":{"more":{}}},{"description":"Any."}]}`, `{"x":{"page_id":"1","more":2,"mor":3}}`, []string{"x.mor (nearest: more)"}},
		{"known to another form", `{"anyOf":[` + parent + `},{"type":"object","required":["url"],"properties":{"url":{"type":"string"}}}]}`, `{"x":{"page_id":"1","url":1,"ur":2}}`, []string{"x.ur (nearest: url)"}},
		{"a form that takes all", `{"anyOf":[` + parent + `},{"type":"object"}]}`, `{"x":{"ur":2}}`, nil},
		{"a form that could not be read", `{"allOf":[` + parent + `},{"$ref":"#/nowhere"}]}`, `{"x":{"ur":2}}`, nil},
		{"a form of no object", `{"anyOf":[` + parent + `},{"type":"string"}]}`, `{"x":{"pageid":2}}`, []string{"x.pageid (nearest: page_id)"}},
		{"a form of required keys only", `{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`, `{"x":{"a":1,"c":2}}`, []string{"x.c (nearest: a)"}},
		{
			"in each of two forms", `{"oneOf":[{"required":["o"],"properties":{"o":` + parent + `}}},{"properties":{"o":{"type":"object","properties":{"url":{}}}},"required":["never"]}]}`,
			`{"x":{"o":{"url":1,"ur":2}}}`,
			[]string{"x.o.ur (nearest: url)"},
		},
		{"a name that is shown otherwise", `{"type":"object","properties":{"a.b":` + parent + `}}}`, `{"x":{"a_b":{"pageid":1}}}`, []string{"x.a_b.pageid (nearest: page_id)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := compile(t, post(`{"type":"object","properties":{"x":`+test.schema+`},"$defs":{"p":`+parent+`}}}`))
			checked, err := s.Schema().Check(parse(t, test.args))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range checked.Unknown {
				got = append(got, u.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFewUnknownKeysAreReportedInLittleTime(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, `,"%s%d":1`, strings.Repeat("\u202ex", 300), i)
	}
	s := compile(t, post(`{"type":"object","properties":{"x":{"$ref":"#/$defs/l"}},"$defs":{
		"l":{"type":"array","items":{"anyOf":[{"$ref":"#/$defs/l"},{"type":"object","properties":{"kids":{"$ref":"#/$defs/l"},"a":{}}}]}}}}`))
	checked, err := s.Schema().Check(parse(t, `{"x":[{"a":1`+keys.String()+`}]}`))
	if err != nil || len(checked.Unknown) != 5 {
		t.Fatalf("%d of them, %v", len(checked.Unknown), err)
	}
	for _, u := range checked.Unknown {
		if len(u.String()) > 250 || strings.ContainsRune(u.String(), '\u202e') {
			t.Errorf("%q", u)
		}
	}
}

// What the metadata itself gives as an example has no misspelt names.
func TestExamplesHaveNoUnknownKeys(t *testing.T) {
	t.Parallel()
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		args, err := s.Example()
		if err != nil {
			continue
		}
		checked, err := s.Schema().Check(args)
		if err != nil || len(checked.Unknown) > 0 {
			text, _ := json.Marshal(args)
			t.Errorf("%s: %v %v in %s", e, checked.Unknown, err, text)
		}
	}
}
