package paper

import "duenotice/campaigns/fault"

// mostElastics is the number of elastic texts that a pack may have.
const mostElastics = 8

// lineCounts says how many lines each elastic text of a design takes.
type lineCounts [mostElastics]uint8

// elastic is a text whose lines depend on the person: a salutation in large
// print takes one line for one name and two for another. A design reserves its
// lines exactly, so pages are counted letter by letter.
type elastic struct {
	x, width   float64
	size, lead float64
	spans      []span // with the name in them; nil for name and address, a line each
}

// elastic sets a text of the person on the lines that the design counts.
func (k *composer) elastic(e elastic) {
	i := len(k.elastics)
	if i == mostElastics {
		if k.wrong == nil {
			k.wrong = fault.New(fault.Invalid, "The wording names the person more than %d times.", mostElastics-1)
		}
		return
	}
	k.elastics = append(k.elastics, e)
	high := e.size * e.lead * mmPerPoint
	n := int(k.counts[i])
	k.need(float64(n) * high)
	y := k.y + drop(e.size, e.lead)
	if n == 1 && e.spans != nil {
		// whole, so that a salutation is one piece where text is taken out
		e.spans = joinSpans(nil, e.spans...)
		k.slots = append(k.slots, func(c *canvas, s *subject) error {
			s.line = s.fill(s.line[:0], e.spans)
			c.text(e.x, y, e.size, 0, s.line...)
			return nil
		})
	} else {
		k.slots = append(k.slots, func(c *canvas, s *subject) error {
			at := y
			for _, line := range e.lines(c, s) {
				c.text(e.x, at, e.size, 0, line...)
				at += high
			}
			return nil
		})
	}
	k.y += float64(n) * high
}

// lines breaks the text with this person's things in it.
func (e *elastic) lines(c *canvas, s *subject) [][]span {
	measure := func(word []span) float64 { return c.width(e.size, 0, word...) }
	blank := c.width(e.size, 0, span{" ", regular})
	if e.spans != nil {
		lines, _ := wrapped(s.fill(nil, e.spans), e.width, blank, true, measure)
		return lines
	}
	var all [][]span
	for _, line := range s.address.lines {
		lines, _ := wrapped([]span{{line, regular}}, e.width, blank, true, measure)
		all = append(all, lines...)
	}
	return all
}

// count says how many lines the text takes for this person.
func (e *elastic) count(c *canvas, s *subject) uint8 {
	if e.spans != nil {
		if s.line = s.fill(s.line[:0], e.spans); c.width(e.size, 0, s.line...) <= e.width {
			return 1
		}
	}
	return uint8(min(255, len(e.lines(c, s))))
}
