package scan

import (
	"image"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	single "github.com/makiuchi-d/gozxing/qrcode"

	"duenotice/letters/paper"
)

// point is a place on a picture, in pixels, or on a sheet, in millimetres.
type point struct{ x, y float64 }

// found is a form's mark on a picture with the centres of its three eyes.
type found struct {
	text                          string
	bottomLeft, topLeft, topRight point
}

// longSide is the length in pixels to which pages are brought before they are
// read: A4 at about 200 dpi.
const longSide = 2340

// marksOn finds all marks of forms, whichever way up they are. Other codes,
// such as that of the letter, which opens the web page, are passed over and
// kept nowhere.
func marksOn(page *image.Gray) []found {
	var list []found
	keep := func(results []*gozxing.Result, off image.Point, scale float64) {
		for _, one := range results {
			if one == nil || len(one.GetResultPoints()) < 3 {
				continue
			}
			if _, _, ok := paper.ReadMark(one.GetText()); !ok || slices.ContainsFunc(list, func(f found) bool { return f.text == one.GetText() }) {
				continue
			}
			at := func(i int) point {
				p := one.GetResultPoints()[i]
				return point{p.GetX()*scale + float64(off.X), p.GetY()*scale + float64(off.Y)}
			}
			list = append(list, found{one.GetText(), at(0), at(1), at(2)})
		}
	}
	half := shrunk(page, 2)
	for _, try := range []struct {
		on    *image.Gray
		scale float64
	}{{half, 2}, {page, 1}} {
		for _, binary := range bitmaps(try.on) {
			keep(decode(binary), image.Point{}, try.scale)
		}
		if len(list) > 0 && try.scale == 1 {
			break
		}
	}
	if len(list) > 0 {
		return list
	}
	// A corner alone has less on it that looks like an eye.
	b := page.Bounds()
	for _, corner := range []image.Rectangle{
		image.Rect(b.Dx()/2, 0, b.Dx(), b.Dy()/2), image.Rect(0, 0, b.Dx()/2, b.Dy()/2),
		image.Rect(0, b.Dy()/2, b.Dx()/2, b.Dy()), image.Rect(b.Dx()/2, b.Dy()/2, b.Dx(), b.Dy())} {
		part := cropped(page, corner)
		for _, soft := range []*image.Gray{part, softened(part)} {
			for _, binary := range bitmaps(soft) {
				keep(decode(binary), corner.Min, 1)
			}
		}
	}
	return list
}

// bitmaps are the two ways of telling black from white: place by place, and
// over the whole picture.
func bitmaps(g *image.Gray) []*gozxing.BinaryBitmap {
	var list []*gozxing.BinaryBitmap
	source := gozxing.NewLuminanceSourceFromImage(g)
	for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
		if bitmap, err := gozxing.NewBinaryBitmap(b); err == nil {
			list = append(list, bitmap)
		}
	}
	return list
}

// decode finds QR codes; a picture on which the reader loses itself has none.
func decode(b *gozxing.BinaryBitmap) (results []*gozxing.Result) {
	defer func() {
		if recover() != nil {
			results = nil
		}
	}()
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	results, _ = qrcode.NewQRCodeMultiReader().DecodeMultiple(b, hints)
	if one, err := single.NewQRCodeReader().Decode(b, hints); err == nil {
		results = append(results, one)
	}
	return results
}
