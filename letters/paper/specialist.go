package paper

import (
	"fmt"
	"strconv"
	"strings"
)

// SpecialistHeader names the columns of SpecialistRow. A specialist makes the
// letter in Braille or audio from the row; address is what stands on the
// parcel, text is the whole letter in the order in which it is read, with a
// blank line before each heading.
func SpecialistHeader() []string {
	return []string{"reference", "format", "need", "language", "pack", "version", "name",
		"address_1", "address_2", "address_3", "address_4", "address_5", "postcode", "last_day", "code", "web", "phone", "title", "text"}
}

// SpecialistRow writes the data from which somebody else makes one letter in
// Braille or audio. p is the pack worded in full, not the cover letter that is
// printed beside it; need is the person's need as it was recorded, such as
// contracted Braille or a SNOMED CT code of the Accessible Information
// Standard, and may be "". It fails with an *Unfit where the parcel could not
// be addressed or the letter would lack something.
func SpecialistRow(p Pack, g Geometry, l Letter, format, need string) ([]string, error) {
	if format != Braille && format != Audio {
		return nil, fmt.Errorf("write the row of a specialist: no format %q", format)
	}
	faces, err := typefaces()
	if err != nil {
		return nil, err
	}
	var s subject
	if wrong := s.prepare(&p, g, faces, &l); len(wrong) > 0 {
		return nil, &Unfit{l.Reference, wrong}
	}
	doc := parse(p.Text)
	page, err := formPageOf(&p, g, doc, l)
	if err != nil {
		return nil, err
	}
	elements := spoken(&p, doc, &l, page)
	lines := s.address.lines
	row := []string{s.reference, format, need, doc.language(), p.Code, strconv.Itoa(p.Version), s.name}
	for i := range addressMost - 2 {
		line := ""
		if i+1 < len(lines)-1 {
			line = lines[i+1]
		}
		row = append(row, line)
	}
	return append(row, lines[len(lines)-1], l.LastDay.String(), strings.Join(strings.Fields(s.code), " "), p.Web, p.Phone,
		titleOf(elements), plainText(elements)), nil
}

// titleOf returns the letter's own heading.
func titleOf(elements []element) string {
	for _, e := range elements {
		if e.tag == "h1" {
			return textOf(e.spans)
		}
	}
	return ""
}

// plainText sets elements as lines of plain text.
func plainText(elements []element) string {
	var out strings.Builder
	for _, e := range elements {
		text := textOf(e.spans)
		switch e.tag {
		case "h1", "h2":
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
		case "li", "lang":
			text = "- " + text
		case "dt":
			out.WriteString(text + ": ")
			continue
		}
		out.WriteString(text + "\n")
	}
	return out.String()
}
