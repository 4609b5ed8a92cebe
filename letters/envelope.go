package letters

import (
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
// envelope. Large print has too many sheets to be folded: behind a window it
// goes unfolded, in a large envelope.
func Envelope(name, format string) (paper.Geometry, error) {
	g, ok := paper.GeometryNamed(name)
	if !ok {
		return g, fault.In("geometry", fault.Invalid, "There is no envelope called %q.", name)
	}
	if large(format) && g.MaxSheets > 0 {
		return paper.C4Window(), nil
	}
	return g, nil
}

func large(format string) bool { return strings.HasPrefix(format, "large_print") }

// Sizes of post by which letters are paid.
const (
	SmallLetter = "letter"
	LargeLetter = "large letter"
)

// sizeOf is the size by which letters of a format are paid.
func sizeOf(format string) string {
	if large(format) {
		return LargeLetter
	}
	return SmallLetter
}
