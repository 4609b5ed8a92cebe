package scan

import (
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"duenotice/letters/paper"
)

func needsPoppler(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("poppler is not installed")
	}
}

func plans(p paper.Pack) Plans {
	return func(mark string) (paper.FormPlan, error) { return paper.PlanForm(p, paper.C5Window(), mark) }
}

// batchOf is how many forms the batch has: 20 in the usual run, and as many as
// DUENOTICE_SCANS says.
func batchOf() int {
	if n, err := strconv.Atoi(os.Getenv("DUENOTICE_SCANS")); err == nil && n > 0 {
		return n
	}
	return 20
}

func TestABatchOfScannedFormsKeysItselfAndNoneIsKeyedWrong(t *testing.T) {
	t.Parallel()
	needsPoppler(t)
	if testing.Short() {
		t.Skip("takes half a minute under the race detector")
	}
	n, seed := batchOf(), uint64(20261120)
	if s, err := strconv.ParseUint(os.Getenv("DUENOTICE_SCANS_SEED"), 10, 64); err == nil {
		seed = s
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	right, doubtful := 0, map[string]int{}
	for from := 0; from < n; from += 20 {
		language := []string{"en", "cy", "pl"}[from/20%3]
		p := pack(language)
		var batch []paper.Letter
		for i := from; i < min(n, from+20); i++ {
			batch = append(batch, letter(i))
		}
		for i, g := range printed(t, p, batch...) {
			mark := paper.Mark(batch[i].Reference, p.Form)
			plan, err := plans(p)(mark)
			if err != nil {
				t.Fatal(err)
			}
			says, field := "no", paper.FieldNo
			if rng.IntN(4) == 0 {
				says, field = "yes", paper.FieldYes
			}
			ink := uint8(20 + rng.IntN(90))
			tick(g, rng, fieldsOf(plan, field)[0], ink)
			sign(g, rng, fieldsOf(plan, paper.FieldSignature)[0], ink)
			r := Read(scanned(g, rng, rng.IntN(4)), plans(p))
			switch {
			case !r.Sure:
				doubtful[r.Why]++
				t.Logf("form %d (%s): %s; ink %v", from+i, says, r.Why, r.Ink)
			case r.Says != says || r.Reference != batch[i].Reference:
				t.Errorf("form %d says %s of %s and was keyed as %s of %s (seed %d)", from+i, says, batch[i].Reference, r.Says, r.Reference, seed)
			default:
				right++
			}
		}
	}
	t.Logf("%d of %d keyed themselves right; in doubt: %v", right, n, doubtful)
	if right*100 < n*95 {
		t.Errorf("%d of %d keyed themselves, fewer than 95 of 100; in doubt: %v (seed %d)", right, n, doubtful, seed)
	}
}

func TestWhatIsNotClearlyOneAnswerIsLeftToPeople(t *testing.T) {
	t.Parallel()
	needsPoppler(t)
	p := pack("en")
	l := letter(3)
	clean := printed(t, p, l)[0]
	plan, err := plans(p)(paper.Mark(l.Reference, p.Form))
	if err != nil {
		t.Fatal(err)
	}
	yes, no := fieldsOf(plan, paper.FieldYes)[0], fieldsOf(plan, paper.FieldNo)[0]
	hand := fieldsOf(plan, paper.FieldSignature)[0]
	for name, c := range map[string]struct {
		fill func(g *image.Gray, rng *rand.Rand) *image.Gray
		why  string
	}{
		"both boxes": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, yes, 30)
			tick(g, rng, no, 30)
			return g
		}, "both boxes are ticked"},
		"neither box": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return g }, "no box is clearly ticked"},
		"a tick beside the box": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, paper.Zone{X0: no.X0 - 8, Y0: no.Y0, X1: no.X0 - 1, Y1: no.Y1}, 30)
			return g
		}, "no box is clearly ticked"},
		"a box blackened out": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			for y := no.Y0 + 0.5; y < no.Y1; y += 0.4 {
				pen(g, rng, no.X0+0.5, y, no.X1-0.5, y, 0.6, 30)
			}
			return g
		}, "the box may be crossed out"},
		"signed for another": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, no, 30)
			tick(g, rng, fieldsOf(plan, paper.FieldCapacity)[0], 30)
			return g
		}, "somebody may have signed for another"},
		"not signed": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, no, 30)
			for i := range g.Pix { // take the signature away again
				x, y := float64(i%g.Stride)/dpmm, float64(i/g.Stride)/dpmm
				if x > hand.X0 && x < hand.X1 && y > hand.Y0 && y < hand.Y1 {
					g.Pix[i] = 255
				}
			}
			return g
		}, "it is not signed"},
		"a crease through one box": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			pen(g, rng, no.X0-20, no.Y0+4, no.X1+30, no.Y0+4.6, 0.35, 60)
			return g
		}, "no box is clearly ticked"},
		"a black page": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return image.NewGray(g.Rect) }, "no mark of a form can be read"},
		"a blank page": {func(g *image.Gray, _ *rand.Rand) *image.Gray {
			for i := range g.Pix {
				g.Pix[i] = 250
			}
			return g
		}, "the page is blank"},
		"a form copied smaller": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, no, 30)
			return beside(shrunkTo(g, 868, 1228), nil)
		}, "the sheet does not fill the page: a part is cut off, or it is a copy"},
		"two forms": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, no, 30)
			other := printed(t, p, letter(4))[0]
			return beside(g, other)
		}, "several forms are on one page"},
		"half a form": {func(g *image.Gray, rng *rand.Rand) *image.Gray {
			tick(g, rng, no, 30)
			return cropped(g, image.Rect(0, 0, 1240, 900))
		}, "the sheet does not fill the page: a part is cut off, or it is a copy"},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 7))
			g := cropped(clean, clean.Rect)
			sign(g, rng, hand, 30)
			r := Read(c.fill(g, rng), plans(p))
			if r.Sure || r.Why != c.why {
				t.Errorf("sure %v, because %q, not %q; ink %v", r.Sure, r.Why, c.why, r.Ink)
			}
		})
	}
}

func TestAFormOfAnotherHouseIsLeftToPeople(t *testing.T) {
	t.Parallel()
	needsPoppler(t)
	g := printed(t, pack("en"), letter(1))[0]
	r := Read(g, func(string) (paper.FormPlan, error) { return paper.FormPlan{}, os.ErrNotExist })
	if r.Sure || r.Why != "its letter or its form is not known here" || r.Reference == "" {
		t.Errorf("sure %v, because %q", r.Sure, r.Why)
	}
}

func shrunkTo(g *image.Gray, w, h int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Pix[y*out.Stride+x] = sampled(g, float64(x)*float64(g.Rect.Dx())/float64(w), float64(y)*float64(g.Rect.Dy())/float64(h))
		}
	}
	return out
}

// beside puts two pages beside each other, or one at the corner of a larger sheet.
func beside(a, b *image.Gray) *image.Gray {
	w, h := a.Rect.Dx()*2, a.Rect.Dy()
	if b == nil {
		w, h = 1240, 1754
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for y := range a.Rect.Dy() {
		copy(out.Pix[y*out.Stride:], a.Pix[y*a.Stride:y*a.Stride+a.Rect.Dx()])
		if b != nil {
			copy(out.Pix[y*out.Stride+a.Rect.Dx():], b.Pix[y*b.Stride:y*b.Stride+b.Rect.Dx()])
		}
	}
	return out
}
