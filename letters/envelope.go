package letters

import (
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// envelopes are the geometries that a vendor's profile and a pack may name.
var envelopes = []paper.Geometry{paper.C5Window()}

// Envelopes are the names of the geometries there are.
func Envelopes() []string {
	names := make([]string, len(envelopes))
	for i, e := range envelopes {
		names[i] = e.Name
	}
	return names
}

// Envelope finds a geometry by its name.
func Envelope(name string) (paper.Geometry, error) {
	for _, e := range envelopes {
		if e.Name == name {
			return e, nil
		}
	}
	return paper.Geometry{}, fault.In("geometry", fault.Invalid, "There is no envelope called %q.", name)
}
