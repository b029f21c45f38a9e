package shape

import (
	"fmt"
	"strings"
	"testing"
)

// records is a result of 8 MiB and 10,000 records.
func records() []byte {
	var b strings.Builder
	b.WriteString(`{"object":"list","results":[`)
	for i := range 10_000 {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"object":"page","id":"59833787-2cf9-4fdf-8782-%012d","created_time":"2026-01-01T00:00:00.000Z","last_edited_time":"2026-01-02T00:00:00.000Z","created_by":{"object":"user","id":"c2f20311-9e54-4d11-8c79-7398424ae41e"},"cover":null,"icon":{"type":"emoji","emoji":"🥬"},"parent":{"type":"database_id","database_id":"d9824bdc-8445-4327-be8b-5b47500af6ce"},"archived":false,"properties":{"Name":{"id":"title","type":"title","title":[{"type":"text","text":{"content":"Record %d","link":null},"plain_text":"Record %d","href":null}]},"Tags":{"id":"t","type":"multi_select","multi_select":[{"id":"1","name":"a","color":"red"},{"id":"2","name":"b","color":"blue"}]},"Empty":{"id":"e","type":"rich_text","rich_text":[]}},"url":"https://www.notion.so/record-%d"}`, i, i, i, i)
	}
	b.WriteString(`],"next_cursor":"abc","has_more":true}`)
	return []byte(b.String())
}

func BenchmarkTenThousandRecords(b *testing.B) {
	text := records()
	value := decoded(b, string(text))
	part, err := Shape(value, Options{}, "")
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"decode":        func() error { _, err := Decode(text); return err },
		"first part":    func() error { _, err := Shape(value, Options{}, ""); return err },
		"second part":   func() error { _, err := Shape(value, Options{}, part.Next); return err },
		"chosen fields": func() error { _, err := Shape(value, Options{Fields: []string{"results[].id"}}, ""); return err },
		"decode and cut": func() error {
			value, err := Decode(text)
			if err == nil {
				_, err = Shape(value, Options{}, "")
			}
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
