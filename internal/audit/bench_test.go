package audit

import (
	"path/filepath"
	"testing"
)

// BenchmarkIntent records changes, which a required log brings to the disk.
func BenchmarkIntent(b *testing.B) {
	for name, required := range map[string]bool{"optional": false, "required": true} {
		b.Run(name, func(b *testing.B) {
			l := open(b, Config{Path: filepath.Join(b.TempDir(), "audit"), Required: required})
			r := Record{RequestID: "0123456789abcdef", Principal: "token:alice", ConnectorID: "slack", ActionID: "chat_postMessage", Effect: "write"}
			for b.Loop() {
				if err := l.Intent(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
