package paper

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lettering returns the regular weight.
func lettering(t testing.TB) *typeface {
	t.Helper()
	faces, err := typefaces()
	if err != nil {
		t.Fatal(err)
	}
	return faces[regular]
}

func TestAnAddressIsTidiedAndNeverCut(t *testing.T) {
	face := lettering(t)
	for _, c := range []struct {
		address  []string
		postcode string
		want     string
	}{
		{[]string{"Flat 3", "", " 27  Priory Lane, ", "Ashford,,"}, "tn994qz", "Flat 3|27 Priory Lane|Ashford|TN99 4QZ"},
		{[]string{"", "23 Mill Lane", "Chichester", "England"}, "PO18 0AA", "23 Mill Lane|Chichester|PO18 0AA"},
		{[]string{"FLAT 12A, BLOCK C,, THE TOWERS,", "BIRMINGHAM", "B1 1AA"}, "", "FLAT 12A, BLOCK C,, THE TOWERS|BIRMINGHAM|B1 1AA"},
		{[]string{"Officers Mess", "RAF Akrotiri", "BFPO 57", "United Kingdom"}, "BF1 2AT", "Officers Mess|RAF Akrotiri|BFPO 57|BF1 2AT"},
		{[]string{"Flat 1", "10 High St\nBasement", "Hull"}, "HU1 1AB", "Flat 1|10 High St|Basement|Hull|HU1 1AB"},
		{[]string{"Ty\u0302 Gwyn", "Powys"}, "LD2  3XX", "T\u0177 Gwyn|Powys|LD2 3XX"},
	} {
		l := beatrix()
		l.Address, l.Postcode = c.address, c.postcode
		b, wrong := addressBlock(face, C5Window().Window, &l)
		if got := strings.Join(b.lines[1:], "|"); got != c.want || len(wrong) > 0 {
			t.Errorf("%q became %q (%v), want %q", c.address, got, wrong, c.want)
		}
	}
}

func TestOnlyRealPostcodesArePrinted(t *testing.T) {
	for in, want := range map[string]string{"ls16ae": "LS1 6AE", "HU1  1AA": "HU1 1AA", "sw1a 0aa": "SW1A 0AA", "bf1 2at": "BF1 2AT", "JE2 3QR": "JE2 3QR", "m11ae": "M1 1AE"} {
		if got, ok := PrintedPostcode(in); !ok || got != want {
			t.Errorf("%q became %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "NFA", "ANK", "ZZ99 3VZ", "ZZZSECUR", "12345", "Q1 1AA", "LS1 6CE"} {
		if got, ok := PrintedPostcode(in); ok {
			t.Errorf("%q passed as %q", in, got)
		}
	}
}

func TestWhateverIsPrintedLiesInsideTheWindowAndTheForm(t *testing.T) {
	face, g := lettering(t), C5Window()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[A-Z][A-Za-z ÀéłŵşW]{0,45}`)
		l := beatrix()
		l.Name, l.Address = line.Draw(t, "name"), rapid.SliceOfN(line, 1, 6).Draw(t, "address")
		b, wrong := addressBlock(face, g.Window, &l)
		if len(wrong) > 0 {
			return
		}
		if w := widest(face, b.lines, b.size); w > g.Window.Width() || b.size < 10 {
			t.Fatalf("%.1f mm at %.1f pt", w, b.size)
		}
		if top := b.baseline(g.Window) - b.size*ascent*mmPerPoint; top < g.Window.Y0-1e-9 || b.step < b.size*mmPerPoint {
			t.Fatalf("%d lines of %.2f mm begin at %.1f mm", len(b.lines), b.step, top)
		}
		f := formAddress(face, b.lines)
		if w := widest(face, f.lines, f.size); w > formRight-edge-formInset {
			t.Fatalf("the form's lines are %.1f mm wide and run into the blanks", w)
		}
		bare := strings.NewReplacer(" ", "", ",", "")
		if bare.Replace(strings.Join(f.lines, "")) != bare.Replace(strings.Join(b.lines, "")) {
			t.Fatalf("the form cut %q to %q", b.lines, f.lines)
		}
		if f.step < f.size*mmPerPoint || !slices.Contains([]float64{12, 11, 10, 9, 8.5}, f.size) {
			t.Fatalf("lines of %.2f mm at %.0f pt", f.step, f.size)
		}
	})
}

func TestNoTextOfAnyKindMakesALetterPanicOrEndsItsBatch(t *testing.T) {
	b, err := NewBatch(kent(), C5Window())
	if err != nil {
		t.Fatal(err)
	}
	large := kent()
	large.Format = LargePrint28
	c, err := NewBatch(large, C5Window())
	if err != nil {
		t.Fatal(err)
	}
	text := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", " ", "\x00", "\u00a0", "\u200d", "\U0001F468\u200d\U0001F469", "a\u0301\u0302\u0303", "\ufeff", "\u202e", "{{name}}", "**", "(", "EI", "\ue000", strings.Repeat("W", 120)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		l := beatrix()
		l.Name, l.Address = text.Draw(t, "name"), rapid.SliceOfN(text, 0, 9).Draw(t, "address")
		if rapid.Bool().Draw(t, "more") {
			l.Reference, l.Postcode, l.Code, l.NHSNumber = text.Draw(t, "reference"), text.Draw(t, "postcode"), text.Draw(t, "code"), text.Draw(t, "number")
		}
		for _, batch := range []*Batch{b, c} {
			_, err := batch.Draw(l)
			var unfit *Unfit
			if err != nil && !errors.As(err, &unfit) {
				t.Fatal(err)
			}
		}
	})
	if _, err := b.Draw(beatrix()); err != nil {
		t.Error(err)
	}
}
