package simulator_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func digest(content string) (hexed, base64ed string) {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:])
}

func (b *bench) requestUpload(name, sum string) answer {
	b.t.Helper()
	return b.do("POST", "/connectors/files/upload/request", map[string]any{"filename": name, "mimeType": "text/plain", "md5": sum})
}

func TestUploadGoesThroughThePresignedAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	hexed, base64ed := digest("hello")
	asked := b.requestUpload("a file.txt", hexed)
	key := b.Production().OwnerID() + "_a file.txt"
	if asked.status != 200 || asked.at("presignedUrl", "md5") != base64ed || asked.at("presignedUrl", "type") != "new" || asked.at("presignedUrl", "s3Key") != key {
		t.Fatalf("request: %d %s", asked.status, asked.body)
	}
	address, _ := asked.at("presignedUrl", "presignedUrl").(string)
	path, found := strings.CutPrefix(address, b.url)
	if !found {
		t.Fatalf("address %q", address)
	}
	if got := b.do("GET", "/connectors/files/list", nil); got.body != `{"files":[]}` {
		t.Errorf("before the upload: %s", got.body)
	}
	put := header{"Content-Type": "text/plain", "Content-MD5": base64ed}
	for name, test := range map[string]struct {
		h          header
		path, body string
		status     int
		code       string
	}{
		"other content":         {put, path, "hullo", 400, "BadDigest"},
		"no digest":             {put.as("Content-MD5", ""), path, "hello", 403, "SignatureDoesNotMatch"},
		"another digest":        {put.as("Content-MD5", "AAAA"), path, "hello", 403, "SignatureDoesNotMatch"},
		"a changed address":     {put, strings.Replace(path, "a%20file", "a%20fill", 1), "hello", 403, "SignatureDoesNotMatch"},
		"with an Authorization": {put.as("Authorization", "Bearer x"), path, "hello", 400, "Only one auth mechanism"},
	} {
		if got := b.send("PUT", test.path, test.h, test.body); got.status != test.status || !strings.Contains(got.body, test.code) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := b.send("PUT", path, put, "hello"); got.status != 200 {
		t.Fatalf("upload: %d %s", got.status, got.body)
	}
	want := map[string]any{"files": []any{map[string]any{
		"s3Key": key, "filename": "a file.txt", "size": 5.0, "lastModified": "2025-11-21T10:00:00.000Z",
	}}}
	if diff := cmp.Diff(want, b.do("GET", "/connectors/files/list", nil).data()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	again := b.requestUpload("another name.txt", base64ed)
	if again.at("presignedUrl", "type") != "existing" || again.at("presignedUrl", "s3Key") != key {
		t.Errorf("the same content again: %s", again.body)
	}
	b.clock.pass(time.Hour)
	if got := b.send("PUT", path, put, "hello"); got.status != 403 || !strings.Contains(got.body, "expired") {
		t.Errorf("after an hour: %d %s", got.status, got.body)
	}
	if n := b.Writes().ByAction["files.upload"]; n != 1 {
		t.Errorf("%d uploads were counted", n)
	}
}

func TestUploadRequestsAreValidated(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	got := b.do("POST", "/connectors/files/upload/request", map[string]any{"md5": "abc"})
	var fields []any
	details, _ := got.at("error", "details").([]any)
	for _, d := range details {
		fields = append(fields, walk(d, "properties"))
	}
	if diff := cmp.Diff([]any{"filename", "mimeType", "md5"}, fields); got.status != 400 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", got.status, diff)
	}
}

func TestFilesMoveWithTheMode(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{PrefixedFiles: true}})
	if got := b.do("GET", "/connectors/files/list", nil); got.status != 404 {
		t.Errorf("plain: %d", got.status)
	}
	if got := b.do("GET", "/2025-09/connectors/files/list", nil); got.status != 200 {
		t.Errorf("prefixed: %d %s", got.status, got.body)
	}
	if got := b.do("GET", "/2025-06/connectors/files/list", nil); got.status != 404 {
		t.Errorf("prefixed with another version than the header's: %d", got.status)
	}
}
