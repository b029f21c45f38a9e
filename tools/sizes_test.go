package tools_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// manyRecords is an answer of a number of records, of about 700 bytes each.
func manyRecords(n int) string {
	var b strings.Builder
	b.WriteString(`{"responseData":{"records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"r%05d","name":"Name %d","email":"p%d@example.com","amount":%d.50,"tags":["a","b"],"text":%q}`, i, i, i, i, strings.Repeat(fmt.Sprintf("lorem%d ipsum ", i), 38))
	}
	b.WriteString(`]}}`)
	return b.String()
}

// heapMB is the live heap.
func heapMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// as calls a tool as a principal.
func as(t *testing.T, set *tools.Set, who, tool, arguments string) (map[string]any, bool) {
	t.Helper()
	answer := set.Call(tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: who}), tool, json.RawMessage(arguments))
	var got map[string]any
	if err := json.Unmarshal(answer.JSON, &got); err != nil {
		t.Fatalf("%s %s: %v: %.300s", tool, arguments, err, answer.JSON)
	}
	return got, answer.IsError
}

// Ten thousand records in one answer are counted exactly and read to the last.
func TestTenThousandRecordsAreReadToTheEnd(t *testing.T) { //nolint:paralleltest // it looks at the heap
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	const records = 10_000
	answer := manyRecords(records)
	if len(answer) > 8<<20 || len(answer) < 6<<20 {
		t.Fatalf("%d bytes", len(answer))
	}
	upstream := &foreign{t: t, metadata: getAction, answer: answer}
	set := newSet(t, upstream, foreignKey, foreignUser, nil)
	before := heapMB()
	part, isError := as(t, set, tools.Local, "run_read", `{"action_id":"app.get","arguments":{"kind":"x"},"max_chars":40000}`)
	if isError || part["total"] != float64(records) {
		t.Fatalf("%.300v", part)
	}
	if grown := heapMB() - before; grown > 24 {
		t.Errorf("the result takes %.0f MB", grown)
	}
	id, _ := part["request_id"].(string)
	seen, parts := 0, 0
	for {
		list, _ := path(part, "data", "records").([]any)
		if part["returned"] != nil && part["returned"] != float64(len(list)) {
			t.Fatalf("part %d has %d records and says %v", parts, len(list), part["returned"])
		}
		for _, r := range list {
			if got, want := path(r, "id"), fmt.Sprintf("r%05d", seen); got != want {
				t.Fatalf("record %d is %v", seen, got)
			}
			seen++
		}
		cursor, _ := part["next_cursor"].(string)
		if parts++; cursor == "" {
			break
		}
		if part, isError = as(t, set, tools.Local, "get_result", `{"request_id":"`+id+`","cursor":"`+cursor+`","max_chars":40000}`); isError {
			t.Fatalf("part %d: %v", parts, part)
		}
	}
	grown := heapMB() - before
	t.Logf("%d bytes, %d parts, the heap has grown by %.1f MB", len(answer), parts, grown)
	if seen != records || grown > 24 {
		t.Errorf("%d records; the heap has grown by %.0f MB", seen, grown)
	}
	if len(upstream.executions) != 1 {
		t.Errorf("the app was asked %d times", len(upstream.executions))
	}
}

// tooMuch answers executions with a body beyond every limit.
type tooMuch struct {
	foreign

	zipped bool
}

func (m *tooMuch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/execute") {
		m.foreign.ServeHTTP(w, r)
		return
	}
	out := io.Writer(w)
	if m.zipped {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		defer func() { _ = zip.Close() }()
		out = zip
	}
	_, _ = io.WriteString(out, `{"responseData":{"records":["`)
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range 50 {
		if _, err := out.Write(block); err != nil {
			return
		}
	}
	_, _ = io.WriteString(out, `"]}}`)
}

func TestTooMuchIsStoppedAndSaid(t *testing.T) { //nolint:paralleltest // it looks at the heap
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	for _, zipped := range []bool{false, true} {
		upstream := &tooMuch{foreign: foreign{t: t, metadata: getAction}, zipped: zipped}
		set := newSet(t, upstream, foreignKey, foreignUser, nil)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.TotalAlloc
		answer, isError := as(t, set, tools.Local, "run_read", `{"action_id":"app.get","arguments":{"kind":"x"}}`)
		runtime.ReadMemStats(&m)
		hint, _ := answer["hint"].(string)
		if !isError || answer["code"] != "upstream_error" || !strings.Contains(fmt.Sprint(answer["message"]), "8 MiB") || !strings.Contains(hint, "fewer") && !strings.Contains(hint, "smaller") || strings.Contains(hint, "carried out") {
			t.Errorf("zipped %v: %v", zipped, answer)
		}
		t.Logf("zipped %v: %d MB were allocated", zipped, (m.TotalAlloc-before)>>20)
	}
}

// What is kept of results is bounded: the oldest go first, and whoever asks for one
// is told so.
func TestOldResultsMakeRoom(t *testing.T) { //nolint:paralleltest // it looks at the heap
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	upstream := &foreign{t: t, metadata: getAction, answer: manyRecords(8_000)} // of 6 MB
	set := newSet(t, upstream, foreignKey, foreignUser, nil)
	before := heapMB()
	var ids []string
	read := func(who string) string {
		answer, isError := as(t, set, who, "run_read", `{"action_id":"app.get","arguments":{"kind":"x"},"max_chars":1000}`)
		id, _ := answer["request_id"].(string)
		if isError || id == "" {
			t.Fatalf("%s: %v", who, answer)
		}
		return id
	}
	has := func(who, id string) bool {
		answer, isError := as(t, set, who, "get_result", `{"request_id":"`+id+`","max_chars":1000}`)
		if isError && (answer["code"] != "not_found" || !strings.Contains(fmt.Sprint(answer["message"], answer["hint"]), "call again") && !strings.Contains(fmt.Sprint(answer["hint"]), "make the call again")) {
			t.Errorf("%v", answer)
		}
		return !isError
	}
	for range 6 {
		ids = append(ids, read("alice"))
	}
	kept := 0
	for _, id := range ids {
		if has("alice", id) {
			kept++
		}
	}
	if kept != 24/6-1 && kept != 24/6 || has("alice", ids[0]) || !has("alice", ids[5]) {
		t.Errorf("%d of alice's results are kept", kept)
	}
	for i := range 6 {
		for range 3 {
			read(fmt.Sprintf("user %d", i))
		}
	}
	if has("alice", ids[5]) {
		t.Error("alice's last result is still kept behind 108 MB of others")
	}
	if grown := heapMB() - before; grown > 80 {
		t.Errorf("the heap has grown by %.0f MB", grown)
	} else {
		t.Logf("the heap has grown by %.0f MB", grown)
	}
}
