package schemas_test

import (
	"testing"

	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// BenchmarkFromActionPinned is what the program does at its start.
func BenchmarkFromActionPinned(b *testing.B) {
	a, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		compile(b, a, schemas.WithoutUpstreamText(), schemas.Hide("Notion-Version"))
	}
}

// BenchmarkFromActionLarge compiles the largest body of the catalogues.
func BenchmarkFromActionLarge(b *testing.B) {
	a := catalogueAction(b, "hubspot.createList")
	b.ReportAllocs()
	for b.Loop() {
		compile(b, a)
	}
}

// BenchmarkFromActionAll compiles all 896 actions.
func BenchmarkFromActionAll(b *testing.B) {
	list := catalogue(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range list {
			compile(b, e.action)
		}
	}
}

func BenchmarkReflect(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schemas.Reflect[toolInput](); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckSmall(b *testing.B) {
	s := compile(b, catalogueAction(b, "notion.post-search")).Schema()
	benchmarkCheck(b, s, `{"query":"x","filter":{"value":"page","property":"object"},"page_size":10}`)
}

// BenchmarkCheckNestedForms checks a filter six levels deep, each a choice of
// eight forms: form by form that would be a quarter of a million.
func BenchmarkCheckNestedForms(b *testing.B) {
	branch := `{"filterBranchType":"OR","filterBranchOperator":"OR","filters":[],"filterBranches":[]}`
	for range 6 {
		branch = `{"filterBranchType":"OR","filterBranchOperator":"OR","filters":[],"filterBranches":[` + branch + `]}`
	}
	s := compile(b, catalogueAction(b, "hubspot.createList")).Schema()
	benchmarkCheck(b, s, `{"name":"x","processingType":"DYNAMIC","objectTypeId":"0-1","filterBranch":`+branch+`}`)
}

func benchmarkCheck(b *testing.B, s *schemas.Schema, args string) {
	b.Helper()
	parsed := parse(b, args)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Check(parsed); err != nil {
			b.Fatal(err)
		}
	}
}
