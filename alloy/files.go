package alloy

import (
	"context"
	"crypto/md5" //nolint:gosec // Amazon's storage checks uploads by MD5; nothing here relies on it for security
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Upload is a file to be stored at Alloy for use in an action.
type Upload struct {
	Filename string
	MIMEType string
	Content  []byte
}

// UploadTicket is the permission to store one file, good for an hour (official).
type UploadTicket struct {
	Key      string // names the file in an action's arguments
	Existing bool   // Alloy has this very content: no upload is needed
	URL      Secret // where to put the content
	MD5      string // base64, sent along and checked there
	MIMEType string
}

// File is a stored file. Files belong to the owner of the API key (a guess:
// the reference names no user for them).
type File struct {
	Key          string
	Filename     string
	Size         int64 // bytes; 0 where Alloy does not tell
	LastModified time.Time
}

// RequestUpload asks for the address to store a file at.
func (c *Client) RequestUpload(ctx context.Context, u Upload) (UploadTicket, error) {
	sum := md5.Sum(u.Content) //nolint:gosec // see the import
	digest := base64.StdEncoding.EncodeToString(sum[:])
	k := &call{
		op: "request upload", method: http.MethodPost, path: []string{"connectors", "files", "upload", "request"}, class: classRead,
		body: map[string]string{"filename": u.Filename, "mimeType": u.MIMEType, "md5": digest},
	}
	if u.Filename == "" || u.MIMEType == "" {
		return UploadTicket{}, finish(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: "an upload needs a file name and a MIME type"}, k, &scrubber{})
	}
	return versioned(ctx, c, k, func(a *answer) (UploadTicket, *Error) {
		raw, failure := a.one(has("s3Key"), "presignedUrl", "data", "")
		if failure != nil {
			return UploadTicket{}, failure
		}
		var row struct {
			MD5          looseText
			PresignedURL looseText `json:"presignedUrl"`
			Type         looseText
			Key          looseText `json:"s3Key"`
		}
		if json.Unmarshal(raw, &row) != nil || row.Key == "" {
			return UploadTicket{}, strangeEnvelope(a, nestedObject(raw), "s3Key")
		}
		ticket := UploadTicket{Key: string(row.Key), Existing: row.Type == "existing", URL: NewSecret(string(row.PresignedURL)), MD5: string(row.MD5), MIMEType: u.MIMEType}
		if ticket.MD5 == "" {
			ticket.MD5 = digest
		}
		if !ticket.Existing {
			if _, problem := c.checkUploadURL(ticket.URL); problem != "" {
				return UploadTicket{}, &Error{Kind: KindEnvelope, Status: a.status, Outcome: OutcomeCompleted, Message: problem}
			}
		}
		return ticket, nil
	})
}

// Upload stores the content at the ticket's address. It does nothing where
// the content exists already. The API key is not sent there.
func (c *Client) Upload(ctx context.Context, ticket UploadTicket, content []byte) error {
	if ticket.Existing {
		return nil
	}
	k := &call{op: "upload file", method: http.MethodPut, class: classUpload}
	target, problem := c.checkUploadURL(ticket.URL)
	if problem != "" {
		return finish(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: problem}, k, &scrubber{})
	}
	k.upload = &uploadTarget{url: target, mimeType: ticket.MIMEType, md5: ticket.MD5, content: content}
	_, err := do(ctx, c, k, func(*answer) (struct{}, *Error) { return struct{}{}, nil })
	return err
}

// checkUploadURL accepts Amazon's storage over TLS, or exactly the scheme,
// host and port of the base URL.
func (c *Client) checkUploadURL(address Secret) (*url.URL, string) {
	u, err := url.Parse(address.Reveal())
	switch {
	case address.IsZero() || err != nil || u.Host == "" || u.User != nil:
		return nil, "Alloy's upload address is not a URL"
	case u.Scheme == "https" && isStorageAddress(hostPort(u)):
	case u.Scheme == c.base.Scheme && hostPort(u) == hostPort(c.base):
	default:
		return nil, "the upload address leads to a foreign host, " + label(u.Host) + ", and was not used"
	}
	return u, ""
}

// Files lists the stored files.
func (c *Client) Files(ctx context.Context) ([]File, error) {
	k := &call{op: "list files", method: http.MethodGet, path: []string{"connectors", "files", "list"}}
	return versioned(ctx, c, k, func(a *answer) ([]File, *Error) {
		rows, failure := a.list("files", "data")
		if failure != nil {
			return nil, failure
		}
		return decodeRows(c, a, k.op, rows, (*fileRow).file)
	})
}

type fileRow struct {
	Key          looseText `json:"s3Key"`
	Filename     looseText
	Size         looseText
	LastModified looseTime `json:"lastModified"`
}

func (r *fileRow) file() (File, bool) {
	size, err := strconv.ParseInt(string(r.Size), 10, 64)
	if err != nil {
		size = 0
	}
	return File{Key: string(r.Key), Filename: string(r.Filename), Size: size, LastModified: time.Time(r.LastModified)}, r.Key != ""
}

// versioned makes the call, and where the path is unknown makes it once more
// with the version before the path, as the official guide to files writes it.
func versioned[T any](ctx context.Context, c *Client, k *call, decode func(*answer) (T, *Error)) (T, error) {
	out, err := do(ctx, c, k, decode)
	if !statusIs(err, http.StatusNotFound) {
		return out, err
	}
	other := *k
	other.path = append([]string{c.version}, k.path...)
	if prefixed, otherErr := do(ctx, c, &other, decode); otherErr == nil {
		return prefixed, nil
	}
	return out, err
}

// uploadTarget is where and how a file's content is put.
type uploadTarget struct {
	url      *url.URL
	mimeType string
	md5      string
	content  []byte
}

// request builds the upload: with what the storage checks, and without
// anything that belongs to Alloy.
func (t *uploadTarget) request(ctx context.Context, agent string) *http.Request {
	r := &http.Request{Method: http.MethodPut, URL: t.url, Host: t.url.Host, Header: make(http.Header, 4), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	r.Header.Set("Content-Type", t.mimeType)
	r.Header.Set("Content-MD5", t.md5)
	r.Header.Set("User-Agent", agent)
	setBody(r, t.content)
	return r.WithContext(ctx)
}

// uploadRefusal is the error of a storage that refused a file: XML of Amazon's.
func uploadRefusal(a *answer) *Error {
	text, _ := pageText(string(a.body))
	if text == "" {
		text = "the storage answered " + statusWords(a.status)
	}
	e := &Error{
		Kind: KindRejected, Status: a.status, Message: text, Fault: FaultUpstream, Outcome: refusalOutcome(a.status), RetryAfter: a.retryAfter,
		Advice: "The address is good for one hour and for this content only: request a new one and upload again.",
	}
	if kind := statusKind(a.status); kind == KindUnavailable || kind == KindRateLimited {
		e.Kind, e.Advice = kind, ""
	}
	return e
}
