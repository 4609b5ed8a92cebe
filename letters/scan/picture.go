package scan

import (
	"image"

	"golang.org/x/image/draw"
)

// reduced brings a page to the size in which it is read; smaller ones stay.
func reduced(g *image.Gray) *image.Gray {
	b := g.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= longSide*5/4 {
		return cropped(g, b)
	}
	out := image.NewGray(image.Rect(0, 0, max(1, b.Dx()*longSide/long), max(1, b.Dy()*longSide/long)))
	draw.ApproxBiLinear.Scale(out, out.Bounds(), g, b, draw.Src, nil)
	return out
}

// shrunk is a picture with each n by n pixels as one.
func shrunk(g *image.Gray, n int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, max(1, g.Rect.Dx()/n), max(1, g.Rect.Dy()/n)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range n {
				for dx := range n {
					sum += int(g.GrayAt(min(x*n+dx, g.Rect.Max.X-1), min(y*n+dy, g.Rect.Max.Y-1)).Y)
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / n / n)
		}
	}
	return out
}

// cropped is a part of a picture as a picture of its own, from 0, 0.
func cropped(g *image.Gray, r image.Rectangle) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Copy(out, image.Point{}, g, r, draw.Src, nil)
	return out
}

// softened takes grain out: each pixel becomes the middle one of nine.
func softened(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	w, h := g.Rect.Dx(), g.Rect.Dy()
	var near [9]uint8
	for y := range h {
		for x := range w {
			n := 0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					v := g.Pix[min(max(y+dy, 0), h-1)*g.Stride+min(max(x+dx, 0), w-1)]
					at := n
					for ; at > 0 && near[at-1] > v; at-- {
						near[at] = near[at-1]
					}
					near[at] = v
					n++
				}
			}
			out.Pix[y*out.Stride+x] = near[4]
		}
	}
	return out
}

// blank tells whether nothing is on a page: hardly a cell of it is darker
// than paper.
func blank(g *image.Gray) bool {
	small := shrunk(g, max(1, max(g.Rect.Dx(), g.Rect.Dy())/300))
	var counts [256]int
	for _, v := range small.Pix {
		counts[v]++
	}
	paper, seen := 255, 0
	for ; paper > 0 && seen < len(small.Pix)/10; paper-- {
		seen += counts[paper]
	}
	if paper < 64 {
		return false // black is not blank: something lay on the glass
	}
	dark := 0
	for v := range max(0, paper*3/4) {
		dark += counts[v]
	}
	return dark*2000 < len(small.Pix)
}
