package intake

import (
	"strings"
	"unicode/utf8"
)

// maxAddressLine is what the window of a C5 envelope shows in 10 point; a
// longer line is kept whole and told.
const maxAddressLine = 60

// address reads the five lines and the postcode, and why they reach nobody.
// The address of a sensitive person is dropped here and goes no further.
func (c *cohort) address() {
	postcode, wrong := Postcode(c.cell(colPostcode))
	if postcode == sensitiveMarker {
		c.p.Sensitive = true
		c.p.Unsaid &^= UnsaidSensitive
	}
	if c.p.Sensitive {
		return
	}
	lines := [5]int{colAddress1, colAddress2, colAddress3, colAddress4, colAddress5}
	last, prison := -1, false
	for i, col := range lines {
		s := c.cell(col)
		if s == "" {
			continue
		}
		s = plainText(lineEnds.Replace(s))
		if c.p.Address[i] = s; s != "" {
			last = i
		}
		if len(s) > maxAddressLine && utf8.RuneCountInString(s) > maxAddressLine {
			c.say(c.layout.columns[col], AddressTooLong, mask(s))
		}
		if stray(s, &strayInAddresses) {
			c.say(c.layout.columns[col], StrayCharacters, mask(s))
		}
		prison = prison || strings.HasPrefix(s, "HMP ") || strings.HasPrefix(s, "HMYOI ")
	}
	if postcode == "" && last >= 0 {
		if p, misplaced := Postcode(c.p.Address[last]); misplaced == "" && p != "" {
			c.sayAs(Review, c.layout.columns[lines[last]], FieldsSwapped, mask(p))
			postcode, c.p.Address[last] = p, ""
		}
	}
	c.p.Postcode = postcode
	c.reachable(wrong, c.p.Address == [5]string{}, prison)
}

// reachable says why no letter can be sent, the weightiest reason first.
func (c *cohort) reachable(wrong Rule, noLines, prison bool) {
	postcode := c.p.Postcode
	switch {
	case wrong == PostcodeMarker:
		c.say("postcode", PostcodeMarker, postcode)
		c.p.Undeliverable = undeliverable(postcode)
	case wrong != "" && c.misplacedHere(postcode):
		c.say("postcode", FieldsSwapped, mask(postcode))
	case wrong != "":
		c.say("postcode", wrong, mask(postcode))
		c.p.Undeliverable = BadPostcode
	case noLines:
		c.say(c.layout.columns[colAddress1], AddressMissing, "")
		c.p.Undeliverable = NoAddress
	case postcode == "":
		c.say("postcode", PostcodeMissing, "")
		c.p.Undeliverable = NoPostcode
	case prison:
		c.say(c.layout.columns[colAddress1], AddressPrison, "")
		c.p.Undeliverable = InPrison
	}
}

// misplacedHere tells what stands for a postcode and was meant for another
// column: an NHS number, a date, the code of a practice that is known.
func (c *cohort) misplacedHere(s string) bool {
	if _, wrong := NHSNumber(s); wrong == "" {
		return true
	}
	return isDate(s) || c.opts.Practice != nil && c.opts.Practice(s)
}

// lineEnds turns a line end inside a quoted cell into what it says.
var lineEnds = strings.NewReplacer("\r\n", ", ", "\n", ", ", "\r", ", ")
