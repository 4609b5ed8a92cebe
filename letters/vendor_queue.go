package letters

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"duenotice/campaigns/fault"
)

// VendorLetter is one letter as vendors see it who take letters one by one.
type VendorLetter struct {
	Reference     string
	Batch         string
	Specification string // what it is printed on and how it goes: standard-1-en-standard-second
	State         PieceState
	Reason        string // why it is in this state, as the vendor said
}

const (
	mostListed = 2500            // of one list
	listedFor  = 5 * time.Minute // a listed letter is not listed again before
	linkLife   = time.Minute
)

// LetterLink is a token that opens the PDF of one letter of a vendor, without a
// key, for a minute.
func (m *Mailroom) LetterLink(vendor VendorID, reference string) (string, error) {
	codes := m.Desk.Codes()
	raw := binary.BigEndian.AppendUint16(nil, uint16(codes.Newest))
	raw = binary.BigEndian.AppendUint64(raw, uint64(vendor))
	raw = binary.BigEndian.AppendUint64(raw, uint64(m.Clock().Add(linkLife).Unix()))
	sum, err := m.linkSum(codes.Newest, raw, reference)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, sum...)), nil
}

const linkHead = 2 + 8 + 8 // pepper, vendor, end

func (m *Mailroom) linkSum(pepper int16, raw []byte, reference string) ([]byte, error) {
	secret, err := secretFor(m.Desk.Codes(), pepper, "links to letters")
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	h.Write(raw[:linkHead])
	h.Write([]byte(reference))
	return h.Sum(nil), nil
}

// LinkHolder says for which vendor a link to a letter was made. One that ended,
// is another letter's or is none is fault.NotFound.
func (m *Mailroom) LinkHolder(reference, token string) (VendorID, error) {
	gone := fault.New(fault.NotFound, "This link has ended: it lives for a minute. Ask for the letter's data again.")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != linkHead+sha256.Size {
		return 0, gone
	}
	sum, err := m.linkSum(int16(binary.BigEndian.Uint16(raw)), raw, reference)
	if err != nil || !hmac.Equal(sum, raw[linkHead:]) {
		return 0, gone //nolint:nilerr // a secret that is not known here makes no link
	}
	if m.Clock().Unix() >= int64(binary.BigEndian.Uint64(raw[10:])) {
		return 0, gone
	}
	return VendorID(binary.BigEndian.Uint64(raw[2:])), nil
}
