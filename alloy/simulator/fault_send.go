package simulator

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sendFault answers c as f has it; answer is the real one, empty where the request was not carried out.
func (s *Simulator) sendFault(w http.ResponseWriter, c *call, f Fault, answer reply) {
	switch f.Kind {
	case FaultReset:
		s.reset(w, c)
	case FaultHang:
		s.record(c)
		pause(c.r, orElse(f.Delay, 10*time.Minute))
		s.reset(w, c)
	case FaultSlow:
		if pause(c.r, f.Delay) {
			s.send(w, c, answer)
		}
	case FaultDrip:
		s.drip(w, c, f, answer)
	case FaultTruncate:
		s.truncate(w, c, f, answer)
	case FaultHuge, FaultGzipBomb:
		s.flood(w, c, f)
	case FaultRename:
		s.send(w, c, renamed(answer, f.Rename))
	case FaultWrongType:
		s.send(w, c, wrongTypes(answer))
	default:
		s.send(w, c, f.page(s, c))
	}
}

// page is the answer of the kinds that have a plain one.
func (f Fault) page(s *Simulator, c *call) reply {
	out := reply{contentType: jsonType, header: http.Header{}}
	switch f.Kind {
	case FaultRateLimit: // the body is a guess: nobody has published one
		out.status, out.body = http.StatusTooManyRequests, []byte(`{"error":"Too Many Requests","message":"Rate limit exceeded"}`)
	case FaultHTML:
		out.status, out.contentType = f.status(http.StatusBadGateway), "text/html"
		out.body = []byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n")
	case FaultErrorHTML:
		out = cannotRoute(c.r.Method, c.r.URL.Path)
		out.status, out.header = f.status(http.StatusNotFound), http.Header{}
	case FaultEmpty:
		out.status = f.status(http.StatusOK)
	case FaultGarbage:
		out.status, out.body = f.status(http.StatusOK), s.garbage(orElse(f.Size, 512))
	case FaultDeep:
		n := orElse(f.Size, 10_000)
		out.status = f.status(http.StatusOK)
		out.body = []byte(`{"responseData":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
	case FaultRedirect:
		out.status = f.status(http.StatusTemporaryRedirect)
		location := orElse(f.Location, "http://127.0.0.1:9"+c.r.URL.RequestURI())
		out.header.Set("Location", location)
	case FaultEchoSecret:
		out = wrapped(f.status(http.StatusInternalServerError), "INTERNAL_ERROR",
			"upstream refused the request with Authorization: "+c.r.Header.Get("Authorization"),
			object{"headers": c.r.Header})
		out.header = http.Header{}
	default:
		out.status = f.status(http.StatusInternalServerError)
	}
	if f.Body != "" {
		out.body = []byte(f.Body)
	}
	if f.ContentType != "" {
		out.contentType = f.ContentType
	}
	if f.RetryAfter != "" {
		out.header.Set("Retry-After", f.retryAfter(c.now))
	}
	for name, value := range f.Header {
		out.header.Set(name, value)
	}
	return out
}

// reset cuts the connection, with a TCP RST where the connection can be had.
func (s *Simulator) reset(w http.ResponseWriter, c *call) {
	s.record(c)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or a body already begun: net/http cuts it
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// truncate announces the whole body and sends less.
func (s *Simulator) truncate(w http.ResponseWriter, c *call, f Fault, answer reply) {
	n := f.Size
	switch {
	case n == 0:
		n = len(answer.body) / 2
	case n < 0:
		n = 0
	}
	c.entry.Status = answer.status
	s.record(c)
	h := w.Header()
	h.Set("Content-Type", answer.contentType)
	h.Set("Content-Length", strconv.Itoa(max(len(answer.body), 1)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body[:min(n, len(answer.body))])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func (s *Simulator) drip(w http.ResponseWriter, c *call, f Fault, answer reply) {
	c.entry.Status = answer.status
	s.record(c)
	h := w.Header()
	h.Set("Content-Type", answer.contentType)
	h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	step, rest := max(orElse(f.Size, 1), 1), answer.body
	for len(rest) > 0 {
		n := min(step, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		rest = rest[n:]
		if len(rest) > 0 && !pause(c.r, orElse(f.Delay, time.Second)) {
			return
		}
	}
}

// flood sends a valid JSON body of f.Size bytes, a piece at a time. Gzipped pieces are compressed once and
// repeated as members of one stream, so that a bomb costs the simulator next to nothing.
func (s *Simulator) flood(w http.ResponseWriter, c *call, f Fault) {
	const piece = 1 << 20
	size := orElse(f.Size, 9<<20)
	encode := func(b []byte) []byte { return b }
	c.entry.Status = f.status(http.StatusOK)
	s.record(c)
	w.Header().Set("Content-Type", jsonType)
	if f.Kind == FaultGzipBomb {
		size = orElse(f.Size, 256<<20)
		encode = gzipped
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(c.entry.Status)
	head, tail := []byte(`{"responseData":"`), []byte(`"}`)
	rest := max(size-len(head)-len(tail), 0)
	filler := bytes.Repeat([]byte("a"), min(piece, rest))
	whole := encode(filler)
	write := func(b []byte) bool {
		_, err := w.Write(b)
		return err == nil && c.r.Context().Err() == nil
	}
	if !write(encode(head)) {
		return
	}
	for ; rest >= piece; rest -= piece {
		if !write(whole) {
			return
		}
	}
	if write(encode(filler[:rest])) {
		write(encode(tail))
	}
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, err := z.Write(b)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil // a bytes.Buffer does not fail
	}
	return buf.Bytes()
}

// garbage is bytes that are neither JSON nor UTF-8.
func (s *Simulator) garbage(n int) []byte {
	out := make([]byte, max(n, 1))
	_, _ = s.source("garbage").Read(out) // never fails
	out[0] = 0xff                        // never valid JSON by accident
	return out
}

func renamed(answer reply, names map[string]string) reply {
	return rewritten(answer, func(key string, value json.RawMessage) (string, json.RawMessage) {
		if to, found := names[key]; found {
			return to, value
		}
		if len(names) == 0 {
			return "renamed_" + key, value
		}
		return key, value
	})
}

func wrongTypes(answer reply) reply {
	return rewritten(answer, func(key string, _ json.RawMessage) (string, json.RawMessage) {
		return key, json.RawMessage(`"not what it used to be"`)
	})
}

// rewritten changes the members at the top of an answer that is a JSON object.
func rewritten(answer reply, change func(string, json.RawMessage) (string, json.RawMessage)) reply {
	var top map[string]json.RawMessage
	if json.Unmarshal(answer.body, &top) != nil {
		return answer
	}
	out := make(map[string]json.RawMessage, len(top))
	for key, value := range top {
		key, value = change(key, value)
		out[key] = value
	}
	changed := jsonReply(answer.status, out)
	changed.header = answer.header
	return changed
}

// pause waits, or reports false where the client goes first.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// decodeStrict reads one JSON value and refuses members that v does not have.
func decodeStrict(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON value")
	}
	return nil
}
