package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// linkLife is how long an OAuth link works (read from the tokens of published links).
const linkLife = time.Hour

// linkClaims is the payload of the token in an OAuth link, with exactly the members observed.
type linkClaims struct {
	User struct {
		ID string `json:"_id"`
	} `json:"user"`
	IssuedAt int64 `json:"iat"`
	Expires  int64 `json:"exp"`
}

// signLink makes the HS256 JWT of an OAuth link.
func signLink(secret []byte, userID string, now time.Time) string {
	claims := linkClaims{IssuedAt: now.Unix(), Expires: now.Add(linkLife).Unix()}
	claims.User.ID = userID
	payload, err := json.Marshal(claims)
	if err != nil {
		return "" // a struct of strings and numbers always encodes
	}
	text := segment([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + segment(payload)
	return text + "." + segment(seal(secret, text))
}

// readLink returns the claims of a token that signLink made with the same secret.
func readLink(secret []byte, token string) (linkClaims, bool) {
	var claims linkClaims
	cut := strings.LastIndexByte(token, '.')
	if cut < 0 || len(token) > 4096 {
		return claims, false
	}
	text := token[:cut]
	sum, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	if err != nil || !hmac.Equal(sum, seal(secret, text)) {
		return claims, false
	}
	_, payload, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	return claims, err == nil && json.Unmarshal(raw, &claims) == nil
}

func seal(secret []byte, text string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
