package alloy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const helloMD5 = "XUFAKrxLKna5cZ2REBfFkg==" // of "hello"

func hello() Upload {
	return Upload{Filename: "a.txt", MIMEType: "text/plain", Content: []byte("hello")}
}

func ticketBody(address, kind string) string {
	return fmt.Sprintf(`{"presignedUrl":{"md5":%q,"presignedUrl":%q,"type":%q,"s3Key":"u_a.txt"}}`, helloMD5, address, kind)
}

func TestAFileIsUploadedWithoutTheKey(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.route("POST /connectors/files/upload/request", answerWith(200, ticketBody(f.server.URL+"/storage/a?X-Amz-Signature=canary", "new"))).
		route("PUT /storage/a", answerWith(200, ``))
	ticket, err := f.client.RequestUpload(t.Context(), hello())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.client.Upload(t.Context(), ticket, hello().Content); err != nil {
		t.Fatal(err)
	}
	if got := f.seen()[0].body; got != `{"filename":"a.txt","md5":"`+helloMD5+`","mimeType":"text/plain"}` {
		t.Error(got)
	}
	put := f.seen()[1]
	if put.body != "hello" || put.header.Get("Content-MD5") != helloMD5 || put.header.Get("Content-Type") != "text/plain" {
		t.Errorf("%+v", put)
	}
	for _, name := range []string{"Authorization", "X-Alloy-Userid", "X-Api-Version"} {
		if put.header.Get(name) != "" {
			t.Errorf("%s was sent to the storage", name)
		}
	}
	if ticket.Key != "u_a.txt" || strings.Contains(fmt.Sprintf("%+v", ticket), "canary") {
		t.Errorf("%+v", ticket)
	}
}

func TestAnUploadThatExistsIsNotSent(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, ticketBody("", "existing")))
	ticket, err := f.client.RequestUpload(t.Context(), hello())
	if err != nil || !ticket.Existing {
		t.Fatal(ticket, err)
	}
	if err := f.client.Upload(t.Context(), ticket, hello().Content); err != nil {
		t.Error(err)
	}
	f.want("POST /connectors/files/upload/request")
}

func TestUploadsGoToAlloysStorageOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"http://alloy-user-files.s3.us-east-1.amazonaws.com/x", "https://amazonaws.com/x", "https://evilamazonaws.com/x", "https://s3.amazonaws.com.evil.example/x",
		"https://s3.amazonaws.com:8443/x", "https://me@s3.amazonaws.com/x", "file:///etc/passwd", "http://127.0.0.1:1/x", "", "https://.amazonaws.com/",
	} {
		f := newFake(t).reply(answerWith(200, ticketBody(address, "new")))
		_, err := f.client.RequestUpload(t.Context(), hello())
		wantKind(t, err, KindEnvelope)
		err = f.client.Upload(t.Context(), UploadTicket{URL: NewSecret(address)}, nil)
		if e := wantError(t, err, KindInvalidInput); e.Outcome != OutcomeNotSent {
			t.Error(e)
		}
	}
	c, err := New(Config{Key: StaticKey(NewSecret("k"))})
	if err != nil {
		t.Fatal(err)
	}
	if _, problem := c.checkUploadURL(NewSecret("https://alloy-user-files.s3.us-east-1.amazonaws.com/u_a.txt?X-Amz-Signature=1")); problem != "" {
		t.Error(problem)
	}
}

func TestAStoragesRefusalIsNotTheKeys(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(403, `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>Request has expired</Message></Error>`))
	err := f.client.Upload(t.Context(), UploadTicket{URL: NewSecret(f.server.URL + "/storage/a")}, []byte("x"))
	if e := wantError(t, err, KindRejected); !strings.Contains(e.Message, "Request has expired") || !strings.Contains(e.Advice, "request a new one") {
		t.Error(e)
	}
}

func TestFilesFallBackToTheVersionedPath(t *testing.T) {
	t.Parallel()
	list := answerWith(200, `{"files":[{"s3Key":"u_a.txt","filename":"a.txt","size":5,"lastModified":"2025-11-03T09:00:00Z"}]}`)
	want := []File{{Key: "u_a.txt", Filename: "a.txt", Size: 5, LastModified: time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)}}
	for name, first := range map[string]func(http.ResponseWriter, *http.Request){"plain": list, "versioned": noRoute("GET", "/x")} {
		f := newFake(t).route("GET /connectors/files/list", first).route("GET /2025-09/connectors/files/list", list)
		got, err := f.client.Files(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, diff, err)
		}
	}
	f := newFake(t).reply(noRoute("POST", "/x"), answerWith(200, ticketBody("", "existing")))
	if _, err := f.client.RequestUpload(t.Context(), hello()); err != nil {
		t.Error(err)
	}
	f.want("POST /connectors/files/upload/request", "POST /2025-09/connectors/files/upload/request")
}
