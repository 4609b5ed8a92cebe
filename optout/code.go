package optout

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"duenotice/campaigns/fault"
)

// alphabet is Crockford's base32: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 15 random symbols (75 bits) and one check symbol.
const codeLength = 16

var symbolOf = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = int8(i)
		t[strings.ToLower(alphabet)[i]] = int8(i)
	}
	for from, to := range map[byte]byte{'O': '0', 'o': '0', 'I': '1', 'i': '1', 'L': '1', 'l': '1'} {
		t[from] = t[to]
	}
	return t
}()

// powers[i] is alpha^(i+1) in GF(32) with x^5+x^2+1; the weight of symbol i.
var powers = func() (p [codeLength]int) {
	v := 1
	for i := range p {
		v <<= 1
		if v&32 != 0 {
			v ^= 0b100101
		}
		p[i] = v
	}
	return p
}()

func times(a, b int) int {
	r := 0
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			r ^= a
		}
		a <<= 1
		if a&32 != 0 {
			a ^= 0b100101
		}
	}
	return r
}

// checkSymbol is the weighted sum over GF(32): it finds every single wrong
// symbol, every swap of neighbours and every swap over one symbol.
func checkSymbol(symbols []byte) byte {
	sum := 0
	for i, s := range symbols[:codeLength-1] {
		sum ^= times(int(symbolOf[s]), powers[i])
	}
	return alphabet[sum]
}

// NormaliseCode reads a code as people type it: any case, spaces, dashes of
// every kind, O for 0, I and L for 1. A typing error is told at once, without
// a look at the database and without counting as an attempt.
func NormaliseCode(typed string) (string, error) {
	wrong := fault.In("code", fault.Invalid, "Check the code: it has 16 letters and numbers, in four groups of four. One of them does not look right.")
	out := make([]byte, 0, codeLength)
	for _, r := range typed {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0' || r == '\u00ad' || r >= '\u2000' && r <= '\u2015' || r == '\u2060' || r == '\ufeff':
			continue
		case r > 127 || symbolOf[byte(r)] < 0 || len(out) == codeLength:
			return "", wrong
		}
		out = append(out, alphabet[symbolOf[byte(r)]])
	}
	if len(out) != codeLength || checkSymbol(out) != out[codeLength-1] {
		return "", wrong
	}
	return string(out), nil
}

// CodeMaker makes and recognises the codes on letters. What is printed follows
// from a salt that lives with the batch and a pepper that lives apart from the
// database: neither alone gives a code. The database keeps only a keyed MAC.
//
// Deviation from OWASP ASVS 6.5.2 (a slow, salted hash below 112 bits): a code
// is looked up by itself, so the hash must be repeatable; with the pepper
// outside the database a dump gives nothing, and 2^75 guesses stay out of reach.
type CodeMaker struct {
	Peppers map[int16][]byte // by key id; the newest makes, all recognise
	Newest  int16
}

// Derive returns the code of a piece: 75 bits and the check symbol.
func (m CodeMaker) Derive(salt []byte, reference string) string {
	h := hmac.New(sha256.New, m.Peppers[m.Newest])
	h.Write([]byte("optout-code:derive:v1\x00"))
	h.Write(salt)
	h.Write([]byte(reference))
	sum := h.Sum(nil)
	code := make([]byte, codeLength)
	var acc, bits uint
	next := 0
	for i := range codeLength - 1 {
		for bits < 5 {
			acc = acc<<8 | uint(sum[next])
			next++
			bits += 8
		}
		bits -= 5
		code[i] = alphabet[acc>>bits&31]
	}
	code[codeLength-1] = checkSymbol(append(code[:codeLength-1:codeLength-1], 0))
	return string(code)
}

// MAC returns what the database keeps of a code, and under which pepper.
func (m CodeMaker) MAC(code string) ([]byte, int16) { return m.mac(code, m.Newest), m.Newest }

func (m CodeMaker) mac(code string, key int16) []byte {
	h := hmac.New(sha256.New, m.Peppers[key])
	h.Write([]byte("optout-code:v1\x00"))
	h.Write([]byte(code))
	return h.Sum(nil)
}

// macs returns a code's MAC under every live pepper.
func (m CodeMaker) macs(code string) [][]byte {
	list := make([][]byte, 0, len(m.Peppers))
	for key := range m.Peppers {
		list = append(list, m.mac(code, key))
	}
	return list
}

// GroupCode writes a code as the letter does, in groups of four.
func GroupCode(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:4] + " " + code[4:8] + " " + code[8:12] + " " + code[12:]
}
