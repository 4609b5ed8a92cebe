package letters

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// specimens are made-up people whose letters show soonest what does not fit:
// an ordinary one, the longest name and address, and names that are hard to
// print. Their codes open nothing.
var specimens = []paper.Letter{
	{Name: "Odette Farringham", Address: []string{"14 High Street", "Walthamstow", "LONDON"}, Postcode: "E17 7LD"},
	{
		Name: "Maximiliana-Konstantina Papadopoulou-Featherstonehaugh", Postcode: "IG11 8FJ",
		Address: []string{"Flat 117, Bartholomew House", "Queen Elizabeth II Gardens", "Upper Longbridge Road East", "Becontree Heath", "BARKING"},
	},
	{Name: "Łukasz Żółć-Gwiaździński", Address: []string{"2b Öland Mews", "STRATFORD"}, Postcode: "E15 1AA"},
	{Name: "Siân Ó Súilleabháin", Address: []string{"Tŷ Gwyn", "3 Ștefan Close", "LONDON"}, Postcode: "E3 4TJ"},
}

// specimenCode stands where a code will stand; it has the shape of one and
// opens nothing.
const specimenCode = "SPEC1MEN0000N0NE"

// SpecimenNames name the made-up people, for a choice between them.
func SpecimenNames() []string {
	names := make([]string, len(specimens))
	for i, s := range specimens {
		names[i] = s.Name
	}
	return names
}

func specimen(i int, today calendar.Date) paper.Letter {
	l := specimens[min(max(i, 0), len(specimens)-1)]
	l.Reference, l.NHSNumber, l.Code = "DN 0000 000 000", "9990000018", specimenCode
	l.Dated, l.LastDay = today, calendar.England().OnOrAfter(today.AddDays(87))
	return l
}

// ProofOf asks for letters to look at. With Zones the vendor's zones and marks
// are drawn over them.
type ProofOf struct {
	Person int // of the specimens; -1 for all of them
	Zones  bool
}

// Proof draws a source for made-up people, as it will print. A source that
// cannot be drawn is a fault that says why.
func (s Source) Proof(envelope string, today calendar.Date, of ProofOf) ([]byte, error) {
	var people []paper.Letter
	for i := range specimens {
		if of.Person < 0 || of.Person == i {
			people = append(people, specimen(i, today))
		}
	}
	g, err := Envelope(envelope, s.Format)
	if err != nil {
		return nil, err
	}
	return proof(specimenPack(s.Pack), g, people, of.Zones)
}

func proof(p paper.Pack, g paper.Geometry, people []paper.Letter, zones bool) ([]byte, error) {
	file, err := paper.NewBatch(p, g)
	if err != nil {
		return nil, err
	}
	if zones {
		file.ShowZones()
	}
	for _, l := range people {
		if _, err := file.Draw(l); err != nil {
			return nil, fmt.Errorf("draw proof: %w", err)
		}
	}
	var b bytes.Buffer
	if _, err := file.Finish(&b); err != nil {
		return nil, fmt.Errorf("draw proof: %w", err)
	}
	return b.Bytes(), nil
}

// pictureTime is how long a picture of a page may take.
const pictureTime = 10 * time.Second

// CanPicture tells whether pages can be shown as pictures here: it takes
// poppler's pdftoppm.
func CanPicture() bool {
	_, err := exec.LookPath("pdftoppm")
	return err == nil
}

// Picture draws a page of a PDF, counted from 1, as PNG so many pixels wide.
// Without poppler it fails with fault.Unavailable.
func Picture(ctx context.Context, pdf []byte, page, width int) ([]byte, error) {
	path, err := exec.LookPath("pdftoppm")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "Pictures of pages need the program pdftoppm, which is not installed here. Open the PDF instead.")
	}
	ctx, cancel := context.WithTimeout(ctx, pictureTime)
	defer cancel()
	n := strconv.Itoa(page)
	c := exec.CommandContext(ctx, path, "-png", "-singlefile", "-f", n, "-l", n, "-scale-to-x", strconv.Itoa(width), "-scale-to-y", "-1", "-")
	c.Stdin = bytes.NewReader(pdf)
	var out bytes.Buffer
	c.Stdout = &out // what it complains of may quote the page, so nobody is told
	if err := c.Run(); err != nil || out.Len() == 0 {
		return nil, fmt.Errorf("draw a picture of page %d: %w", page, err)
	}
	return out.Bytes(), nil
}
