package intake

import "strings"

// NHSNumber reads an NHS number, written in one or as 3-3-4 with spaces or
// hyphens, and returns its ten digits. What is wrong with it comes back as a
// rule, else "". The last digit is 11 − (sum of the digits times 10 … 2
// mod 11), where 11 counts as 0 and 10 does not occur (NHS Data Dictionary);
// numbers of one repeated digit pass that sum and stand for no number.
func NHSNumber(s string) (number string, wrong Rule) {
	if len(s) != 10 {
		s = joined(s)
	}
	if s == "" {
		return "", NumberMissing
	}
	if len(s) != 10 {
		switch {
		case rounded(s):
			return "", NumberExcel
		case len(s) == 9 && digitsOnly(s) && valid("0"+s):
			return "", NumberLostZero
		}
		return "", NumberShape
	}
	sum, same := 0, true
	for i := 0; i < 10; i++ {
		c := s[i]
		if c < '0' || c > '9' {
			if rounded(s) {
				return "", NumberExcel
			}
			return "", NumberShape
		}
		same = same && c == s[0]
		if i < 9 {
			sum += int(c-'0') * (10 - i)
		}
	}
	if same {
		return "", NumberSentinel
	}
	if check := (11 - sum%11) % 11; check != int(s[9]-'0') {
		return "", NumberCheckDigit
	}
	return s, ""
}

func valid(s string) bool {
	_, wrong := NHSNumber(s)
	return wrong == ""
}

// MadeUp tells numbers that are given to made-up people where the test range
// 999 does not suffice: those that begin with 5.
func MadeUp(number string) bool { return strings.HasPrefix(number, "5") }

// joined takes out blanks around the number and the two separators of 3-3-4.
func joined(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\u00a0", " "))
	if len(s) == 12 && s[3] == s[7] && (s[3] == ' ' || s[3] == '-') {
		return s[:3] + s[4:7] + s[8:]
	}
	return s
}

// rounded tells what a spreadsheet makes of ten digits: 9.99E+09, 9990000000.0.
func rounded(s string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E+")
	if !ok {
		return strings.HasSuffix(s, ".0") && digitsOnly(strings.TrimSuffix(s, ".0"))
	}
	return digitsOnly(exponent) && digitsOnly(strings.Replace(mantissa, ".", "", 1))
}

func digitsOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
