package intake

import "strings"

// Why a person cannot be written to by post, as Person.Undeliverable says it.
const (
	NoAddress      = "no address"
	NoPostcode     = "no postcode"
	BadPostcode    = "postcode not valid"
	MarkerPostcode = "marker postcode"
	NoFixedAbode   = "no fixed abode"
	AddressUnknown = "address not known"
	InPrison       = "in prison"
)

// sensitiveMarker is written for the postcode of people whose address may
// not be shown.
const sensitiveMarker = "ZZZSECUR"

// Postcode reads a postcode in any spacing and case and returns it as
// "SE1 7EH". The markers ZZ99…, NFA, ANK and ZZZSECUR come back in capitals
// with PostcodeMarker; a shape that no postcode has comes back with
// PostcodeShape. "" is no postcode and nothing wrong.
func Postcode(s string) (postcode string, wrong Rule) {
	if n := len(s); n > 4 && n < 9 && s[n-4] == ' ' && s[0] != 'Z' && isPostcode(s[:n-4]+s[n-3:]) {
		return s, ""
	}
	c := strings.ToUpper(strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), ""))
	switch {
	case c == "":
		return "", ""
	case c == "NFA" || c == "ANK" || c == sensitiveMarker || strings.HasPrefix(c, "ZZ99"):
		return c, PostcodeMarker
	case strings.HasPrefix(c, "BFPO") && digitsOnly(c[4:]) && len(c) <= 8:
		return "BFPO " + c[4:], ""
	case isPostcode(c):
		return c[:len(c)-3] + " " + c[len(c)-3:], ""
	}
	return c, PostcodeShape
}

// undeliverable says why a marker is no place.
func undeliverable(marker string) string {
	switch marker {
	case "NFA", "ZZ993VZ":
		return NoFixedAbode
	case "ANK", "ZZ993WZ":
		return AddressUnknown
	}
	return MarkerPostcode
}

// isPostcode tells the six shapes (AN, ANN, AAN, AANN, ANA, AANA, then NAA),
// in capitals and without a space. Special shapes: GIR 0AA.
func isPostcode(s string) bool {
	if len(s) < 5 || len(s) > 7 {
		return false
	}
	in := s[len(s)-3:]
	if !isDigit(in[0]) || !inwardLetter(in[1]) || !inwardLetter(in[2]) {
		return false
	}
	switch out := s[:len(s)-3]; len(out) {
	case 2:
		return isCapital(out[0]) && isDigit(out[1])
	case 3:
		if !isCapital(out[0]) {
			return false
		}
		return isDigit(out[1]) && (isDigit(out[2]) || isCapital(out[2])) || isCapital(out[1]) && isDigit(out[2]) || s == "GIR0AA"
	default:
		return isCapital(out[0]) && isCapital(out[1]) && isDigit(out[2]) && (isDigit(out[3]) || isCapital(out[3]))
	}
}

func isDigit(c byte) bool   { return c >= '0' && c <= '9' }
func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }

// inwardLetter leaves out the letters that never occur in the second half.
func inwardLetter(c byte) bool { return isCapital(c) && strings.IndexByte("CIKMOV", c) < 0 }

// isODSCode tells the shape of an organisation's code: three to six capitals
// and digits, at least one of them a digit.
func isODSCode(s string) bool {
	if len(s) < 3 || len(s) > 6 {
		return false
	}
	digits := 0
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			digits++
		} else if !isCapital(s[i]) {
			return false
		}
	}
	return digits > 0
}
