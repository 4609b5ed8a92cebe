package letters

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// referencePrefix begins the reference of every piece.
const referencePrefix = "DN"

// References have nine digits of their own and one to check them.
const (
	referenceDigits = 9
	referenceCount  = 1_000_000_000
	halfBits        = 15 // two halves make 30 bits, the fewest that hold nine digits
	halfMask        = 1<<halfBits - 1
	rounds          = 8
)

// references turns the ids of pieces into references that look random, so that
// nobody can count letters or guess a neighbour's. It is a permutation: no two
// ids below a thousand million share a reference.
type references struct{ key []byte }

// referencesOf derives the permutation from the oldest pepper that is known,
// so that it stays the same while peppers are changed.
func referencesOf(codes optout.CodeMaker) references {
	oldest := codes.Newest
	for id := range codes.Peppers {
		oldest = min(oldest, id)
	}
	codes.Newest = oldest
	return references{[]byte(codes.Derive([]byte("references of pieces"), "v1"))}
}

// of returns the reference of a piece: DN, nine digits and a Luhn digit.
func (r references) of(id PieceID) (string, error) {
	if id < 0 || id >= referenceCount {
		return "", fmt.Errorf("make reference: piece %d is beyond %d", id, referenceCount)
	}
	v := r.permute(uint32(id))
	for v >= referenceCount { // walk on along the cycle until a number of nine digits comes
		v = r.permute(v)
	}
	digits := fmt.Sprintf("%0*d", referenceDigits, v)
	return referencePrefix + digits + string(luhn(digits)), nil
}

// permute is a balanced Feistel network over 30 bits.
func (r references) permute(v uint32) uint32 {
	left, right := v>>halfBits, v&halfMask
	for round := range byte(rounds) {
		h := hmac.New(sha256.New, r.key)
		h.Write([]byte{round, byte(right >> 8), byte(right)})
		left, right = right, left^binary.BigEndian.Uint32(h.Sum(nil))&halfMask
	}
	return left<<halfBits | right
}

// luhn returns the check digit of a row of digits (ISO/IEC 7812-1, annex B).
func luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// PrintedReference writes a reference as letters show it: DN 4831 772 056.
func PrintedReference(reference string) string {
	if len(reference) != len(referencePrefix)+referenceDigits+1 {
		return reference
	}
	return reference[:2] + " " + reference[2:6] + " " + reference[6:9] + " " + reference[9:]
}

// NormaliseReference reads a reference as people and machines write it, in any
// case and spaced anyhow. A slip is told at once: each single wrong digit, and
// nearly every swap of two.
func NormaliseReference(written string) (string, error) {
	s := strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, written))
	digits, ok := strings.CutPrefix(s, referencePrefix)
	if !ok || len(digits) != referenceDigits+1 || strings.Trim(digits, "0123456789") != "" || luhn(digits[:referenceDigits]) != digits[referenceDigits] {
		return "", fault.In("reference", fault.Invalid, "A reference is DN and ten digits, such as DN 4831 772 056. Check this one.")
	}
	return s, nil
}
