package letters

import (
	"slices"
	"strings"

	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// Envelopes are the names of the geometries that a vendor's profile and a pack
// may name.
func Envelopes() []string {
	var names []string
	for _, g := range paper.Geometries() {
		names = append(names, g.Name)
	}
	return names
}

// Envelope finds the geometry in which a format is printed by its vendor's
// envelope. Large print has too many sheets to be folded, and the pictures of
// Easy Read are not to be: behind a window both go unfolded, in a large
// envelope. What takes more sheets than its envelope cannot be printed.
func Envelope(name, format string) (paper.Geometry, error) {
	g, ok := paper.GeometryNamed(name)
	if !ok {
		return g, fault.In("geometry", fault.Invalid, "There is no envelope called %q.", name)
	}
	if unfolded(format) && g.MaxSheets > 0 {
		return paper.C4Window(), nil
	}
	return g, nil
}

func unfolded(format string) bool {
	return strings.HasPrefix(format, "large_print") || format == paper.EasyRead
}

// unfoldedFormats lists the formats that go in large envelopes.
var unfoldedFormats = slices.DeleteFunc(slices.Clone(paper.Formats), func(f string) bool { return !unfolded(f) })

// Sizes of post by which letters are paid.
const (
	SmallLetter = "letter"
	LargeLetter = "large letter"
)

// SizeOf is the size by which letters of a format are paid.
func SizeOf(format string) string {
	if unfolded(format) {
		return LargeLetter
	}
	return SmallLetter
}

// What envelopes weigh, in grams at 90 g a square metre: the one that is
// addressed, C5 or C4, and the return envelope in it.
const (
	smallGrams  = 7
	largeGrams  = 15
	returnGrams = 5
)

// Grams is what a piece of so many sheets weighs with both envelopes.
func Grams(sheets int, format string) int {
	return sheets*paper.SheetGrams + envelopesOf(SizeOf(format))
}

func envelopesOf(size string) int {
	if size == LargeLetter {
		return largeGrams + returnGrams
	}
	return smallGrams + returnGrams
}

// mostGrams is the most that a piece of a size may weigh: the Royal Mail's
// letter and large letter.
func mostGrams(size string) int {
	if size == LargeLetter {
		return 750
	}
	return 100
}
