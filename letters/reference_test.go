package letters

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNoTwoPiecesShareAReference(t *testing.T) {
	r := references{[]byte("a key")}
	rapid.Check(t, func(t *rapid.T) {
		a := PieceID(rapid.Int64Range(0, referenceCount-1).Draw(t, "one"))
		b := PieceID(rapid.Int64Range(0, referenceCount-1).Draw(t, "other"))
		ra, err1 := r.of(a)
		rb, err2 := r.of(b)
		if err1 != nil || err2 != nil || (ra == rb) != (a == b) {
			t.Fatalf("%d is %s and %d is %s", a, ra, b, rb)
		}
		if read, err := NormaliseReference(PrintedReference(ra)); err != nil || read != ra {
			t.Fatalf("%s is printed as %s", ra, PrintedReference(ra))
		}
	})
	seen := map[string]bool{}
	for id := range PieceID(50_000) {
		s, err := r.of(id)
		if err != nil || seen[s] {
			t.Fatalf("piece %d has the reference %s of another: %v", id, s, err)
		}
		seen[s] = true
	}
}

func TestASlipInAReferenceIsSeen(t *testing.T) {
	r := references{[]byte("a key")}
	rapid.Check(t, func(t *rapid.T) {
		s, _ := r.of(PieceID(rapid.Int64Range(0, referenceCount-1).Draw(t, "piece")))
		at := rapid.IntRange(2, len(s)-1).Draw(t, "place")
		digit := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		wrong := s[:at] + string(digit) + s[at+1:]
		if _, err := NormaliseReference(wrong); (err == nil) != (wrong == s) {
			t.Fatalf("%s passes for %s", wrong, s)
		}
	})
	for _, s := range []string{"", "DN", "DN123", "XX4831772056", "DN48317720561", "DN٤٨٣١٧٧٢٠٥٦"} {
		if _, err := NormaliseReference(s); err == nil {
			t.Errorf("%q passes for a reference", s)
		}
	}
}

func BenchmarkReference(b *testing.B) {
	r := references{[]byte("a key")}
	for i := range b.N {
		_, _ = r.of(PieceID(i))
	}
}
