// Package scan reads scanned answer forms: it takes files apart into pages, finds the form's mark, and says which box is ticked and how sure that is.
package scan

import (
	"image"

	"duenotice/letters/paper"
)

// What is sure enough to count without a person (ink is the dark part of a
// field, 0..1). Between the two a person looks.
const (
	TickedFrom  = 0.04  // a box with this much ink inside is ticked
	EmptyUpTo   = 0.012 // a box with no more is empty
	FilledFrom  = 0.80  // a box this full may be crossed out
	SignedFrom  = 0.006 // of the room for the signature
	outlineFrom = 0.40  // how dark each side of a box must be for the box to be where it is looked for
	squareFrom  = 0.55  // how much darker than its surroundings a corner square must be
)

// Reading is what one scanned page says.
type Reading struct {
	Marks     []string // all forms' marks on the page, each once
	Reference string   // of the letter, as printed
	Form      string   // version of the form
	Says      string   // "yes", "no", or "" where that is not clear
	Sure      bool     // it may count without a person
	Why       string   // what keeps it from being sure, in words
	Blank     bool     // nothing is on the page: the back of a form
	Ink       map[string]float64
	Sheet     *image.Gray // the page, upright and straight where a mark was found
	Plan      *paper.FormPlan
}

// PixelsPerMM is the scale of Sheet where a mark was found.
const PixelsPerMM = 6

// Plans says where things lie on the form with a mark; an error means that no
// such form was ever sent.
type Plans func(mark string) (paper.FormPlan, error)

// Read reads one page. It never fails: what it cannot read is not sure, and
// says why.
func Read(page *image.Gray, plans Plans) Reading {
	page = reduced(page)
	r := Reading{Sheet: page, Ink: map[string]float64{}}
	if r.Blank = blank(page); r.Blank {
		r.Why = "the page is blank"
		return r
	}
	found := marksOn(page)
	for _, m := range found {
		r.Marks = append(r.Marks, m.text)
	}
	switch {
	case len(found) == 0:
		r.Why = "no mark of a form can be read"
		return r
	case len(found) > 1:
		r.Why = "several forms are on one page"
		return r
	}
	r.Reference, r.Form, _ = paper.ReadMark(found[0].text)
	plan, err := plans(found[0].text)
	if err != nil {
		r.Why = "its letter or its form is not known here"
		return r
	}
	s := straighten(page, found[0], plan)
	r.Sheet, r.Plan = s.picture(), &plan
	s.judge(&r)
	return r
}

// judge measures the fields and says what they come to.
func (s *sheet) judge(r *Reading) {
	boxes := 0
	for _, f := range s.plan.Fields {
		switch f.Name {
		case paper.FieldYes, paper.FieldNo, paper.FieldCapacity:
			ink, there := s.box(f.Zone)
			if f.Name != paper.FieldCapacity && there {
				boxes++
			}
			r.Ink[f.Name] = max(r.Ink[f.Name], ink)
		default:
			r.Ink[f.Name] = max(r.Ink[f.Name], s.ink(f.Zone))
		}
	}
	yes, no := r.Ink[paper.FieldYes], r.Ink[paper.FieldNo]
	switch {
	case yes >= TickedFrom && no < TickedFrom:
		r.Says = "yes"
	case no >= TickedFrom && yes < TickedFrom:
		r.Says = "no"
	}
	switch {
	case !s.whole:
		r.Why = "the sheet does not fill the page: a part is cut off, or it is a copy"
	case s.squares < 2:
		r.Why = "the corners of the form cannot be found"
	case boxes != 2:
		r.Why = "the boxes are not where they should be"
	case yes >= TickedFrom && no >= TickedFrom:
		r.Why = "both boxes are ticked"
	case yes < TickedFrom && no < TickedFrom:
		r.Why = "no box is clearly ticked"
	case min(yes, no) > EmptyUpTo:
		r.Why = "there is ink in both boxes"
	case max(yes, no) > FilledFrom:
		r.Why = "the box may be crossed out"
	case r.Ink[paper.FieldCapacity] > EmptyUpTo || r.Ink[paper.FieldOther] >= SignedFrom:
		r.Why = "somebody may have signed for another"
	case r.Ink[paper.FieldSignature] < SignedFrom:
		r.Why = "it is not signed"
	default:
		r.Sure = true
	}
}
