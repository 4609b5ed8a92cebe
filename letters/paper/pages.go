package paper

import (
	"strconv"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// letter lays out the pages before the form.
func (k *composer) letter() error {
	k.furniture()
	if err := k.run(); err != nil {
		return err
	}
	if k.set.flow {
		k.questions()
	}
	k.turn()
	return nil
}

// following lays the letter out once more in the pack's second wording, for
// whoever helps the reader.
func (k *composer) following(lastDay, dated calendar.Date) error {
	if k.pack.Following == "" {
		return nil
	}
	first, values := k.doc, k.values
	k.doc = parse(k.pack.Following)
	k.values = k.pack.values(k.doc, lastDay, dated)
	k.values["pages"], k.values["form_page"] = values["pages"], values["form_page"]
	k.air = 0
	if err := k.run(); err != nil {
		return err
	}
	k.turn()
	k.doc, k.values = first, values
	return nil
}

// run lays out the blocks of a wording from the present height on.
func (k *composer) run() error {
	for i, b := range k.doc.blocks {
		if b.kind == pageBreak {
			if k.set.flow { // large print runs on; paper is saved
				k.y += k.set.gap
				continue
			}
			if len(k.pages) == 0 {
				k.spare = k.set.bottom + k.set.gap - k.y + k.air*airTaken
			}
			k.turn()
			continue
		}
		before := k.y
		first := i == 0 || k.doc.blocks[i-1].kind == pageBreak
		if err := k.block(b, edge, bodyWidth, first, k.least(k.doc.blocks[i+1:])); err != nil {
			return err
		}
		if err := k.overfull(b, before); err != nil {
			return err
		}
	}
	return nil
}

// overfull says whether a block reaches below its page, and on which page.
func (k *composer) overfull(b blockText, before float64) error {
	over := k.set.gap
	if k.set.flow { // spaces after a part count for nothing
		over = 4 * k.set.gap
	}
	switch {
	case k.y <= k.set.bottom+over:
		return nil
	case k.set.flow || before == k.top:
		return fault.New(fault.Invalid, "The part of the letter on line %d is longer than a page.", b.line)
	case len(k.pages) == 0:
		return fault.New(fault.Invalid, "The first page of the letter is too full by %.0f mm.", k.y-k.set.bottom)
	}
	return fault.New(fault.Invalid, "Page %d of the letter is too full by %.0f mm; break it with ---.", len(k.pages)+1, k.y-k.set.bottom)
}

// need turns the page where a height does not fit below, in a format that runs
// on; the first thing of a page stays.
func (k *composer) need(high float64) {
	if k.set.flow && k.y+high > k.set.bottom && k.y > k.top+0.01 {
		k.turn()
	}
}

// turn ends the page with its footer and begins the next.
func (k *composer) turn() {
	k.values["page"] = strconv.Itoa(len(k.pages) + k.before + 1)
	left, right, size := k.sides[0], k.sides[1], k.set.foot
	y := k.set.rule + 1.6*min(k.set.scale, 1.2) + drop(size, 1.2)
	k.c.rule(left, k.set.rule, right, k.set.rule, 0.25)
	k.line(left, y, size, 0, k.inline(k.doc.spans["footer-page"]))
	if !k.set.flow {
		k.c.textRight(right, y, size, k.inline(k.doc.spans["footer-pack"])...)
	}
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		s.line = append(s.line[:0], span{s.reference, regular})
		x := right - c.width(size, 0, s.line...)
		if !k.set.flow {
			x = (left + x) / 2
		}
		c.text(x, y, size, 0, s.line...)
		return nil
	})
	k.pages = append(k.pages, page{shared: k.c.take(), slots: k.slots})
	k.slots, k.y = nil, k.top
	if k.opening != nil {
		k.opening()
	}
}
