package optout_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"duenotice/campaigns/fault"
	"duenotice/optout"
)

const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var maker = optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("the pepper of last year, 32 bytes"), 2: []byte("the pepper of this year, 32 bytes")}, Newest: 2}

func TestEveryWrongSymbolAndEverySwapOfNeighboursOrOverOneIsFound(t *testing.T) {
	for n := range 40 {
		code := maker.Derive([]byte("salt"), fmt.Sprint("DN", n))
		found := func(what, typed string) {
			if typed == code {
				return
			}
			if _, err := optout.NormaliseCode(typed); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %s for %s passes: %v", what, typed, code, err)
			}
		}
		for i := range len(code) {
			for _, s := range symbols {
				found("a wrong symbol", code[:i]+string(s)+code[i+1:])
			}
			for _, over := range []int{1, 2} {
				if j := i + over; j < len(code) {
					b := []byte(code)
					b[i], b[j] = b[j], b[i]
					found("a swap", string(b))
				}
			}
		}
		found("one too few", code[:15])
		found("one too many", code+"0")
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := maker.Derive(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt"), rapid.StringMatching(`DN[0-9]{6}`).Draw(t, "reference"))
		var typed strings.Builder
		for _, s := range optout.GroupCode(code) {
			switch {
			case s == '0':
				s = rapid.SampledFrom([]rune("0Oo")).Draw(t, "nought")
			case s == '1':
				s = rapid.SampledFrom([]rune("1IilL")).Draw(t, "one")
			case s == ' ':
				s = rapid.SampledFrom([]rune(" -\u2013\u2014\u00a0\u2009\t")).Draw(t, "between")
			case rapid.Bool().Draw(t, "small"):
				s = []rune(strings.ToLower(string(s)))[0]
			}
			typed.WriteRune(s)
		}
		if got, err := optout.NormaliseCode(typed.String()); got != code || err != nil {
			t.Fatalf("%q is read as %q, %v; want %q", typed.String(), got, err, code)
		}
	})
}

func TestNoInputOfPatientsBreaksTheReadingOfACode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.String().Draw(t, "typed")
		if got, err := optout.NormaliseCode(typed); err == nil && len(got) != 16 {
			t.Fatalf("%q is read as %q", typed, got)
		}
	})
}

func TestAHundredThousandCodesAreDistinctAndEvenlySpread(t *testing.T) {
	const n = 100_000
	seen := make(map[string]struct{}, n)
	var counts [16][256]int
	for i := range n {
		code := maker.Derive([]byte("the salt of one batch"), fmt.Sprintf("DN%07d", i))
		seen[code] = struct{}{}
		for p := range 16 {
			counts[p][code[p]]++
		}
	}
	if len(seen) != n {
		t.Errorf("%d codes of %d are distinct", len(seen), n)
	}
	for p := range 16 {
		chi := 0.0
		for _, s := range symbols {
			d := float64(counts[p][s]) - n/32
			chi += d * d / (n / 32)
		}
		if chi > 75 { // 31 degrees of freedom: less than one in fifty thousand
			t.Errorf("symbol %d is not evenly spread: chi-square %.1f", p+1, chi)
		}
	}
}

func TestACodeFollowsFromSaltReferenceAndPepperAndNothingKeptGivesItAway(t *testing.T) {
	code := maker.Derive([]byte("salt"), "DN1")
	other := optout.CodeMaker{Peppers: map[int16][]byte{2: []byte("a pepper of somebody else, 32 byt")}, Newest: 2}
	for what, c := range map[string]string{"salt": maker.Derive([]byte("salz"), "DN1"), "reference": maker.Derive([]byte("salt"), "DN2"), "pepper": other.Derive([]byte("salt"), "DN1")} {
		if c == code {
			t.Errorf("another %s gives the same code", what)
		}
	}
	mac, key := maker.MAC(code)
	if otherMAC, _ := other.MAC(code); key != 2 || string(otherMAC) == string(mac) || strings.Contains(string(mac), code) {
		t.Error("what is kept follows from the code alone")
	}
}
