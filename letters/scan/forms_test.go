package scan

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"duenotice/campaigns/calendar"
	"duenotice/letters/paper"
)

// The forms of the tests are ours: drawn as for a print vendor, printed to a
// picture by poppler at 150 dots an inch, filled in with a shaky pen, and
// scanned by a careless hand.

func pack(language string) paper.Pack {
	p := paper.StandardPack()
	for _, s := range paper.Shipped() {
		if s.Language() == language && s.Format == "" {
			p.Text = s.Text
		}
	}
	p.Code, p.Version, p.Area = "SHS", 1, "Kent and Medway"
	p.Sender = []string{"Kent and Medway", "Health Records Office"}
	p.Signatory = "Anneke Marlowe, Head of Health Records"
	p.Phone, p.Hours = "0808 157 0419", []string{"Monday to Friday 8am to 8pm"}
	p.Web, p.QRBase = "answer.duenotice.example", "https://answer.duenotice.example/o"
	p.Freepost = []string{"FREEPOST", "KENT AND MEDWAY", "HEALTH RECORDS CHOICE"}
	return p
}

func letter(i int) paper.Letter {
	names := []string{"Beatrix Oyelaran-Finch", "Li Wu", "Siân Ŵyn-Prydderch", "Bartholomew Featherstonehaugh", "Ada Example"}
	const digits = "0123456789"
	ref := []byte("DN 4831 772 056")
	for k, n := 3, i*7919; k < len(ref); k++ {
		if ref[k] != ' ' {
			ref[k] = digits[(int(ref[k]-'0')+n)%10]
			n /= 3
		}
	}
	return paper.Letter{Reference: string(ref), Name: names[i%len(names)], Address: []string{"Flat 3, Malthouse Court", "27 Priory Lane", "Ashford"},
		Postcode: "TN99 4QZ", NHSNumber: "9992048174", Code: "7K3M9QTX4HWD2VPB", LastDay: calendar.On(2027, 3, 12), Dated: calendar.On(2026, 11, 30)}
}

// printed draws the forms of letters and prints them.
func printed(t testing.TB, p paper.Pack, letters ...paper.Letter) []*image.Gray {
	t.Helper()
	b, err := paper.NewBatch(p, paper.C4Window())
	if err != nil {
		t.Fatal(err)
	}
	var last []int
	for _, l := range letters {
		at, err := b.Draw(l)
		if err != nil {
			t.Fatal(err)
		}
		last = append(last, at.FirstPage+at.Pages-1)
	}
	var out bytes.Buffer
	if _, err := b.Finish(&out); err != nil {
		t.Fatal(err)
	}
	f := saved(t, "forms.pdf", out.Bytes())
	var list []*image.Gray
	for _, n := range last {
		raw, err := (&File{path: f, kind: "PDF"}).pageOfPDF(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		small := image.NewGray(image.Rect(0, 0, 1240, 1754)) // 150 dots an inch
		draw.ApproxBiLinear.Scale(small, small.Rect, raw, raw.Rect, draw.Src, nil)
		list = append(list, small)
	}
	return list
}

func saved(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const dpmm = 150 / 25.4

// pen draws a stroke from one place to another, in millimetres.
func pen(g *image.Gray, rng *rand.Rand, x0, y0, x1, y1, wide float64, ink uint8) {
	n := int(math.Hypot(x1-x0, y1-y0)*dpmm*2) + 1
	for i := 0; i <= n; i++ {
		f := float64(i) / float64(n)
		x := (x0+(x1-x0)*f)*dpmm + rng.NormFloat64()*0.4
		y := (y0+(y1-y0)*f)*dpmm + rng.NormFloat64()*0.4
		r := wide * dpmm / 2
		for py := int(y - r); py <= int(y+r+1); py++ {
			for px := int(x - r); px <= int(x+r+1); px++ {
				if math.Hypot(float64(px)-x, float64(py)-y) <= r && image.Pt(px, py).In(g.Rect) {
					i := py*g.Stride + px
					g.Pix[i] = min(g.Pix[i], ink)
				}
			}
		}
	}
}

// tick fills a box in one of the ways in which people do.
func tick(g *image.Gray, rng *rand.Rand, z paper.Zone, ink uint8) {
	in := func(fx, fy float64) (float64, float64) {
		return z.X0 + z.Width()*(fx+rng.NormFloat64()*0.04), z.Y0 + z.Height()*(fy+rng.NormFloat64()*0.04)
	}
	wide := 0.35 + rng.Float64()*0.4
	stroke := func(ax, ay, bx, by float64) {
		x0, y0 := in(ax, ay)
		x1, y1 := in(bx, by)
		pen(g, rng, x0, y0, x1, y1, wide, ink)
	}
	switch rng.IntN(3) {
	case 0: // a tick
		stroke(0.2, 0.55, 0.4, 0.85)
		stroke(0.4, 0.85, 0.95, 0.0)
	case 1: // a cross
		stroke(0.1, 0.1, 0.9, 0.9)
		stroke(0.9, 0.15, 0.1, 0.85)
	default: // a scribble
		for k := range 5 {
			f := 0.2 + 0.15*float64(k)
			stroke(0.2, f, 0.8, f+0.08)
		}
	}
}

func sign(g *image.Gray, rng *rand.Rand, z paper.Zone, ink uint8) {
	x, y := z.X0+5, z.Y0+z.Height()*0.6
	for range 14 {
		nx, ny := x+1+rng.Float64()*3, z.Y0+z.Height()*(0.2+0.7*rng.Float64())
		pen(g, rng, x, y, nx, ny, 0.4, ink)
		x, y = nx, ny
	}
}

func fieldsOf(plan paper.FormPlan, name string) (list []paper.Zone) {
	for _, f := range plan.Fields {
		if f.Name == name {
			list = append(list, f.Zone)
		}
	}
	return list
}

// scanned lays a page on the glass: turned, skewed, shaded, folded, blurred
// and grainy, as the hand has it.
func scanned(g *image.Gray, rng *rand.Rand, quarter int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	angle := rng.NormFloat64() * 1.2 * math.Pi / 180
	shearX, shearY := rng.NormFloat64()*0.004, rng.NormFloat64()*0.004
	stretch := 1 + rng.NormFloat64()*0.006
	dx, dy := rng.NormFloat64()*8, rng.NormFloat64()*8
	grain, specks := rng.Float64()*22, rng.Float64()*0.01
	fold, crease := float64(h)*(0.32+0.02*rng.Float64()), 25+rng.Float64()*60
	shade := rng.Float64() * 45
	soft := rng.IntN(2) == 0
	out := image.NewGray(image.Rect(0, 0, w, h))
	sin, cos := math.Sincos(angle)
	for y := range h {
		for x := range w {
			fx, fy := float64(x)-float64(w)/2, float64(y)-float64(h)/2
			bend := 3 * math.Sin(float64(y)/float64(h)*math.Pi) * shade / 45
			v := float64(sampled(g, (cos*fx+sin*fy+shearX*fy)*stretch+float64(w)/2+dx+bend, -sin*fx+cos*fy+shearY*fx+float64(h)/2+dy))
			v -= shade * float64(x) / float64(w) * v / 255
			for _, at := range []float64{fold, 2 * fold} {
				if d := math.Abs(float64(y) - at); d < 4 {
					v -= crease * (1 - d/4)
				}
			}
			out.Pix[y*out.Stride+x] = uint8(min(255, max(0, v)))
		}
	}
	if soft {
		draw.ApproxBiLinear.Scale(g, g.Rect, out, out.Rect, draw.Src, nil)
		half := shrunk(out, 2)
		draw.BiLinear.Scale(g, g.Rect, half, half.Rect, draw.Src, nil)
		for i := range out.Pix {
			out.Pix[i] = uint8((int(out.Pix[i]) + int(g.Pix[i])) / 2)
		}
	}
	for i := range out.Pix {
		v := float64(out.Pix[i]) + rng.NormFloat64()*grain
		switch s := rng.Float64(); {
		case s < specks/2:
			v = 20
		case s < specks:
			v = 250
		}
		out.Pix[i] = uint8(min(255, max(0, v)))
	}
	for range quarter {
		out = quarterTurn(out)
	}
	return out
}

func quarterTurn(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			out.Pix[x*out.Stride+h-1-y] = g.Pix[y*g.Stride+x]
		}
	}
	return out
}
