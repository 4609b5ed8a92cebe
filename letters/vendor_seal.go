package letters

import (
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"duenotice/campaigns/fault"
)

// The ways in which a batch's file is sealed to its vendor's own key.
const (
	SealedOpenPGP = "openpgp"
	SealedAge     = "age"
)

// recipient is a vendor's public key, ready to seal to.
type recipient struct {
	kind        string
	text        string // as it is kept
	fingerprint string
	age         *age.X25519Recipient
	pgp         *openpgp.Entity
}

// suffix is what the name of a sealed file ends in.
func (r recipient) suffix() string {
	if r.kind == SealedAge {
		return ".age"
	}
	return ".gpg"
}

// mostKey is the largest public key that is read.
const mostKey = 64 << 10

// readRecipient reads the public key of a vendor: one line that begins with
// age1, or an OpenPGP key in its armour that can be encrypted to now.
func readRecipient(kind, text string, now time.Time) (r recipient, err error) {
	text = strings.TrimSpace(text)
	r = recipient{kind: kind, text: text}
	switch {
	case len(text) > mostKey:
		return r, fault.In("key", fault.Invalid, "This is too long for a public key.")
	case strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "AGE-SECRET-KEY"):
		return r, fault.In("key", fault.Invalid, "This is a secret key. Nothing of it was kept; it must be replaced, and only its public half given to anybody.")
	case kind == SealedAge:
		if r.age, err = age.ParseX25519Recipient(text); err != nil {
			return r, fault.In("key", fault.Invalid, "This is no public key of age: one line that begins with age1.")
		}
		r.fingerprint = r.age.String()
		return r, nil
	case kind == SealedOpenPGP:
		return r, r.readPGP(now)
	}
	return r, fault.In("kind", fault.Invalid, "Files are sealed with OpenPGP or with age.")
}

func (r *recipient) readPGP(now time.Time) error {
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(r.text))
	if err != nil || len(ring) != 1 {
		return fault.In("key", fault.Invalid, "This is not one public key of OpenPGP in its armour, from -----BEGIN to the END line.")
	}
	r.pgp = ring[0]
	if r.pgp.PrivateKey != nil {
		return fault.In("key", fault.Invalid, "This is a secret key. Nothing of it was kept; it must be replaced, and only its public half given to anybody.")
	}
	if _, ok := r.pgp.EncryptionKey(now); !ok {
		return fault.In("key", fault.Invalid, "Nothing can be sealed to this key now: it has expired, was revoked, or is for signing only.")
	}
	r.fingerprint = fmt.Sprintf("%X", r.pgp.PrimaryKey.Fingerprint)
	return nil
}

// seal returns a writer that seals to the recipient whatever is written to it;
// the sealed bytes end when it is closed.
func (r recipient) seal(to io.Writer, clock func() time.Time) (io.WriteCloser, error) {
	if r.kind == SealedAge {
		w, err := age.Encrypt(to, r.age)
		if err != nil {
			return nil, fmt.Errorf("seal with age: %w", err)
		}
		return w, nil
	}
	config := &packet.Config{DefaultCipher: packet.CipherAES256, DefaultCompressionAlgo: packet.CompressionNone, Time: clock}
	w, err := openpgp.Encrypt(to, []*openpgp.Entity{r.pgp}, nil, &openpgp.FileHints{IsBinary: true}, config)
	if err != nil {
		return nil, fmt.Errorf("seal with OpenPGP: %w", err)
	}
	return w, nil
}
