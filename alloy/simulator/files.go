package simulator

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the upload protocol names files by MD5; nothing is protected by it
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// uploadPath stands for the storage host that presigned addresses really point to.
	uploadPath = "/_s3/alloy-user-files/"
	uploadLife = time.Hour // official guide
)

// file is an upload. Its content is not kept: nothing ever returns it.
type file struct {
	Key      string
	Name     string
	MIME     string
	MD5      string // base64
	OwnerID  string
	Size     int
	Modified time.Time
	Uploaded bool
}

type fileList struct{ items []*file }

func (l *fileList) find(is func(*file) bool) *file {
	for _, f := range l.items {
		if is(f) {
			return f
		}
	}
	return nil
}

// requestUpload answers a presigned address. The reference lists no x-alloy-userid here, so that
// files belong to the owner of the key (inferred).
func (s *Simulator) requestUpload(c *call) reply {
	var in struct {
		Filename string `json:"filename"`
		MIMEType string `json:"mimeType"`
		MD5      string `json:"md5"`
	}
	if !c.decode(&in) {
		return c.invalidInput(problem{"body", "body must be an object"})
	}
	var problems []problem
	for _, field := range [][2]string{{"filename", in.Filename}, {"mimeType", in.MIMEType}, {"md5", in.MD5}} {
		if field[1] == "" {
			problems = append(problems, problem{field[0], field[0] + " is required"})
		}
	}
	sum, valid := base64MD5(in.MD5)
	if in.MD5 != "" && !valid {
		problems = append(problems, problem{"md5", "md5 must be the hex or base64 form of 16 bytes"})
	}
	if len(problems) > 0 {
		return c.invalidInput(problems...)
	}
	owner := c.account.ownerID
	kind := "new"
	f := c.account.files.find(func(f *file) bool { return f.OwnerID == owner && f.MD5 == sum && f.Uploaded })
	if f != nil {
		kind = "existing"
	} else if f = c.account.placeFile(owner+"_"+in.Filename, in.Filename, in.MIMEType, sum); f == nil {
		return simulatorFull("files")
	}
	return ok(object{"presignedUrl": object{
		"md5": sum, "presignedUrl": s.presign(c, f), "type": kind, "s3Key": f.Key,
	}})
}

// placeFile makes room for an upload; one of the same key is replaced when the upload arrives.
func (a *Account) placeFile(key, name, mime, sum string) *file {
	f := a.files.find(func(f *file) bool { return f.Key == key })
	if f == nil {
		if len(a.files.items) >= maxFiles {
			return nil
		}
		f = &file{Key: key, OwnerID: a.ownerID}
		a.files.items = append(a.files.items, f)
	}
	f.Name, f.MIME, f.MD5 = name, mime, sum
	return f
}

// base64MD5 reads a digest in either form that the reference allows.
func base64MD5(text string) (string, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	return base64.StdEncoding.EncodeToString(raw), err == nil && len(raw) == md5.Size
}

func (s *Simulator) presign(c *call, f *file) string {
	expires := c.now.Add(uploadLife).Unix()
	query := url.Values{
		"X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Expires": {"3600"},
		"X-Amz-SignedHeaders": {"content-md5;host"},
		"X-Sim-Until":         {strconv.FormatInt(expires, 10)},
		"X-Amz-Signature":     {s.uploadSignature(f.Key, f.MD5, expires)},
	}
	return c.base + uploadPath + url.PathEscape(f.Key) + "?" + query.Encode()
}

func (s *Simulator) uploadSignature(key, sum string, expires int64) string {
	return hex.EncodeToString(seal(s.linkSecret(), key+"\n"+sum+"\n"+strconv.FormatInt(expires, 10)))
}

// upload is the storage's side of a presigned address. It answers in XML, as S3 does.
func (s *Simulator) upload(c *call) reply {
	key := strings.TrimPrefix(c.r.URL.Path, uploadPath)
	query := c.r.URL.Query()
	if c.r.Method != http.MethodPut {
		return storageError(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	if c.r.Header.Get("Authorization") != "" {
		return storageError(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed.")
	}
	sent := c.r.Header.Get("Content-MD5")
	until, err := strconv.ParseInt(query.Get("X-Sim-Until"), 10, 64)
	if err != nil || !hmac.Equal([]byte(query.Get("X-Amz-Signature")), []byte(s.uploadSignature(key, sent, until))) {
		return storageError(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature does not match: the address was changed, or Content-MD5 is not the digest it was made for.")
	}
	if c.now.Unix() >= until {
		return storageError(http.StatusForbidden, "AccessDenied", "Request has expired")
	}
	if c.tooBig {
		return storageError(http.StatusBadRequest, "EntityTooLarge", "The upload exceeds what the simulator takes.")
	}
	digest := md5.Sum(c.body) //nolint:gosec // see the import
	if base64.StdEncoding.EncodeToString(digest[:]) != sent {
		return storageError(http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	for _, a := range []*Account{s.production, s.develop} {
		if f := a.files.find(func(f *file) bool { return f.Key == key }); f != nil {
			f.Size, f.Modified, f.Uploaded = len(c.body), c.now, true
			s.wrote(c, "files.upload")
			return reply{status: http.StatusOK, header: http.Header{"Etag": {`"` + hex.EncodeToString(digest[:]) + `"`}}}
		}
	}
	return storageError(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

func storageError(status int, code, message string) reply {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
	if err != nil {
		body = nil // two strings always encode
	}
	return reply{status: status, contentType: "application/xml", body: append([]byte(xml.Header), body...)}
}

func (s *Simulator) listFiles(c *call) reply {
	type item struct {
		Key      string `json:"s3Key"`
		Filename string `json:"filename"`
		Size     int    `json:"size"`
		Modified string `json:"lastModified"`
	}
	items := []item{}
	for _, f := range c.account.files.items {
		if f.Uploaded {
			items = append(items, item{f.Key, f.Name, f.Size, f.Modified.UTC().Format(timeFormat)})
		}
	}
	arrange(s, c, items)
	return ok(object{"files": items})
}
