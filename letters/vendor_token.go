package letters

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"duenotice/optout"
)

// TokenLife is how long a token works that a vendor bought with its secret.
const TokenLife = 10 * time.Minute

const tokenPrefix = "dnt_"

// token says whose it is, which secret bought it and when it ends.
type token struct {
	vendor VendorID
	key    int64
	ends   time.Time // to the second
}

const tokenBytes = 2 + 8 + 8 + 8

var tokenText = base64.RawURLEncoding.Strict()

// sign writes a token: what it says, and a MAC under a key that every process
// of the installation derives from the newest pepper.
func (t token) sign(codes optout.CodeMaker) (string, error) {
	key, err := secretFor(codes, codes.Newest, "tokens of vendors")
	if err != nil {
		return "", err
	}
	said := make([]byte, 0, tokenBytes+sha256.Size)
	said = binary.BigEndian.AppendUint16(said, uint16(codes.Newest))
	said = binary.BigEndian.AppendUint64(said, uint64(t.vendor))
	said = binary.BigEndian.AppendUint64(said, uint64(t.key))
	said = binary.BigEndian.AppendUint64(said, uint64(t.ends.Unix()))
	mac := hmac.New(sha256.New, key)
	mac.Write(said)
	return tokenPrefix + tokenText.EncodeToString(mac.Sum(said)), nil
}

// readToken reads a token that was signed here and has not ended.
func readToken(codes optout.CodeMaker, text string, now time.Time) (t token, ok bool) {
	raw, err := tokenText.DecodeString(strings.TrimPrefix(text, tokenPrefix))
	if err != nil || len(raw) != tokenBytes+sha256.Size {
		return t, false
	}
	said := raw[:tokenBytes]
	key, err := secretFor(codes, int16(binary.BigEndian.Uint16(said)), "tokens of vendors")
	if err != nil {
		return t, false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(said)
	if !hmac.Equal(mac.Sum(nil), raw[tokenBytes:]) {
		return t, false
	}
	t = token{VendorID(binary.BigEndian.Uint64(said[2:])), int64(binary.BigEndian.Uint64(said[10:])), time.Unix(int64(binary.BigEndian.Uint64(said[18:])), 0)}
	return t, now.Before(t.ends)
}
