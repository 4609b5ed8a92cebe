package campaigns

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"duenotice/campaigns/fault"
)

// FactorKeys seal the secrets of second factors, so that a copy of the
// database makes no code. They live apart from it.
type FactorKeys struct {
	Keys   map[int16][]byte // 32 bytes each
	Newest int16
}

// A second factor is a code of six digits that changes every thirty seconds
// (RFC 6238 with its defaults, which every app has).
const (
	factorStep   = 30 * time.Second
	factorSecret = 20 // bytes, as RFC 4226 wants
	recoveries   = 10
)

func (k FactorKeys) aead(number int16) (cipher.AEAD, error) {
	key, ok := k.Keys[number]
	if !ok {
		return nil, fault.New(fault.Unavailable, "The secret with number %d, under which second factors are sealed, is not known here.", number)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open second factor: %w", err)
	}
	return cipher.NewGCM(block)
}

// seal wraps a secret for one person only.
func (k FactorKeys) seal(of StaffID, secret []byte) ([]byte, error) {
	gcm, err := k.aead(k.Newest)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	rand.Read(nonce)
	return gcm.Seal(nonce, nonce, secret, fmt.Append(nil, "staff ", of)), nil
}

func (k FactorKeys) open(number int16, of StaffID, sealed []byte) ([]byte, error) {
	gcm, err := k.aead(number)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, fmt.Errorf("open second factor: too short")
	}
	secret, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], fmt.Append(nil, "staff ", of))
	if err != nil {
		return nil, fmt.Errorf("open second factor: %w", err)
	}
	return secret, nil
}

var factorText = base32.StdEncoding.WithPadding(base32.NoPadding)

// factorCode is the code of a secret at a step.
func factorCode(secret []byte, step int64) (string, error) {
	return hotp.GenerateCodeCustom(factorText.EncodeToString(secret), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
}

// stepOf finds the step whose code was given: the present one or a neighbour,
// for telephones whose clock is not quite right, and never one used before.
func stepOf(secret []byte, code string, at time.Time, last int64) (int64, bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(code)
	now := at.Unix() / int64(factorStep.Seconds())
	found, fits := int64(0), 0
	for step := now - 1; step <= now+1; step++ {
		want, err := factorCode(secret, step)
		if err != nil {
			return 0, false
		}
		if step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found, fits = step, 1
		}
	}
	return found, fits == 1
}

// NewFactor is a second factor that its holder has still to confirm.
type NewFactor struct {
	Secret string // for typing, in groups of four
	Link   string // for a QR code: otpauth://totp/…
}

func newFactor(issuer, email string, secret []byte) NewFactor {
	text := factorText.EncodeToString(secret)
	var groups []string
	for s := text; len(s) > 0; s = s[min(4, len(s)):] {
		groups = append(groups, s[:min(4, len(s))])
	}
	q := url.Values{"secret": {text}, "issuer": {issuer}}
	return NewFactor{Secret: strings.Join(groups, " "), Link: "otpauth://totp/" + url.PathEscape(issuer+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")}
}

// newRecoveryCodes are for a lost telephone, each good once: 50 bits, in two groups.
func newRecoveryCodes() []string {
	var list []string
	for range recoveries {
		t := strings.ToLower(rand.Text())
		list = append(list, t[:5]+"-"+t[5:10])
	}
	return list
}

func recoveryHash(of StaffID, code string) []byte {
	h := sha256.Sum256(fmt.Append(nil, of, " ", strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))))
	return h[:]
}
