package letters

import (
	"bytes"
	"context"
	"fmt"
	"image/png"

	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// Margins are looked at in pictures of two dots a millimetre, in which a hair
// of a millimetre over the edge does not count.
const (
	dotsPerMM   = 2
	sheetMM     = 210
	marginSlack = 1.0
	ink         = 0xe000 // darker than this is something
)

// insideThePrint refuses supplied pages that have something where the vendor's
// machines must not print, or put their own marks. Where pages cannot be shown
// as pictures nothing is said; the zones of a proof show it.
func insideThePrint(ctx context.Context, pdf []byte, pages int, g paper.Geometry) error {
	if !CanPicture() {
		return nil
	}
	for page := 1; page <= pages; page++ {
		body, err := Picture(ctx, pdf, page, sheetMM*dotsPerMM)
		if err != nil {
			return err
		}
		picture, err := png.Decode(bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("look at page %d: %w", page, err)
		}
		size := picture.Bounds()
		for y := size.Min.Y; y < size.Max.Y; y++ {
			for x := size.Min.X; x < size.Max.X; x++ {
				left, top := float64(x)/dotsPerMM, float64(y)/dotsPerMM
				if left >= g.Print.X0-marginSlack && left <= g.Print.X1+marginSlack && top >= g.Print.Y0-marginSlack && top <= g.Print.Y1+marginSlack {
					continue
				}
				if r, gr, b, _ := picture.At(x, y).RGBA(); min(r, gr, b) < ink {
					return fault.New(fault.Invalid, "Page %d of the supplied pages has something %.0f mm from the left and %.0f mm from the top; printing is possible from %.0f to %.0f mm across and from %.0f to %.0f mm down.",
						page, left, top, g.Print.X0, g.Print.X1, g.Print.Y0, g.Print.Y1)
				}
			}
		}
	}
	return nil
}
