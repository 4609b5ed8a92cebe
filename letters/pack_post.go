package letters

import (
	"errors"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// Thickness is what a letter of a source is to the post: measured with an
// ordinary person, for a long name may take a page more.
type Thickness struct {
	paper.Place
	Envelope string
	Weight   int    // in grams, with both envelopes
	Size     string // by which it is paid
}

// Thickness measures a letter of a source behind an envelope's window. A source
// that cannot be drawn is a fault that says why.
func (s Source) Thickness(envelope string, today calendar.Date) (t Thickness, err error) {
	g, err := Envelope(envelope, s.Format)
	if err != nil {
		return t, err
	}
	l := specimen(0, today)
	file, err := paper.NewBatch(specimenPack(s.Pack), g)
	if err != nil {
		return t, err
	}
	at, err := file.Try(l)
	var unfit *paper.Unfit
	if errors.As(err, &unfit) {
		return t, fault.New(fault.Invalid, "%s", unfit.Problems[0].Sentence)
	}
	if err != nil {
		return t, err
	}
	return Thickness{at, g.Name, Grams(at.Sheets, s.Format), SizeOf(s.Format)}, nil
}

// Window is the part of the sheet that shows through an envelope, in
// millimetres; ok is false for envelopes without one.
func Window(envelope string) (z paper.Zone, ok bool) {
	g, known := paper.GeometryNamed(envelope)
	return g.Window, known && g.StartTag != ""
}
