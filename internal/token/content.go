package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// maxFile bounds the file; a token takes some 200 bytes of it.
const maxFile = 4 << 20

// content is the file's JSON.
type content struct {
	Tokens []row `json:"tokens"`
}

type row struct {
	Name      string    `json:"name"`
	Hash      string    `json:"hash"` // SHA-256 of the token, 64 hexadecimal digits
	User      string    `json:"user"` // may be empty
	CreatedAt time.Time `json:"created_at"`
}

// readFile returns the bytes of the file. Errors leave out the path, which the
// callers name.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() { // reading a pipe would wait for a writer
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(path) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, reason(err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return data, nil
}

// reason is err without the path.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// parse reads the file's JSON. Whatever is not understood is an error: a field
// that a later version added could forbid what this one would allow. Errors quote
// nothing of the content, where somebody may have put a token by mistake.
func parse(data []byte) ([]Token, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var in content
	if err := decoder.Decode(&in); err != nil {
		return nil, explain(data, decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind its JSON object")
	}
	if in.Tokens == nil {
		return nil, errors.New(`it has no list "tokens"`)
	}
	tokens := make([]Token, len(in.Tokens))
	names, hashes := make(map[string]bool), make(map[[sha256.Size]byte]bool)
	for i, row := range in.Tokens {
		token, err := row.token()
		switch {
		case err != nil:
			return nil, fmt.Errorf("entry %d of its list: %w", i+1, err)
		case names[token.Name]:
			return nil, fmt.Errorf("entry %d of its list has the name of an earlier one", i+1)
		case hashes[token.hash]:
			return nil, fmt.Errorf("entry %d of its list has the hash of an earlier one", i+1)
		}
		names[token.Name], hashes[token.hash] = true, true
		tokens[i] = token
	}
	return tokens, nil
}

// explain says where JSON goes wrong, without the decoder's words.
func explain(data []byte, offset int64, err error) error {
	const sentence = "it is not JSON (line %d)"
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf(sentence+": it ends too early", line(data, int64(len(data))))
	case errors.As(err, &syntax):
		return fmt.Errorf(sentence, line(data, syntax.Offset))
	}
	return fmt.Errorf("it is not a list of tokens as this version writes it (in or before line %d)", line(data, offset))
}

func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
}

func (r row) token() (Token, error) {
	if err := checkName(r.Name); err != nil {
		return Token{}, err
	}
	if err := checkUser(r.User); err != nil {
		return Token{}, err
	}
	raw, err := hex.DecodeString(r.Hash)
	if err != nil || len(raw) != sha256.Size {
		return Token{}, errors.New("the hash must be a SHA-256 in 64 hexadecimal digits")
	}
	return Token{Name: r.Name, User: r.User, CreatedAt: r.CreatedAt.UTC(), hash: [sha256.Size]byte(raw)}, nil
}

// format is the reverse of parse.
func format(tokens []Token) ([]byte, error) {
	out := content{Tokens: make([]row, len(tokens))}
	for i, token := range tokens {
		out.Tokens[i] = row{Name: token.Name, Hash: hex.EncodeToString(token.hash[:]), User: token.User, CreatedAt: token.CreatedAt}
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the list: %w", err)
	}
	return append(data, '\n'), nil
}
