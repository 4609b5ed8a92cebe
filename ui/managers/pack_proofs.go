package managers

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// proofOf is which proof of a version somebody looks at.
type proofOf struct {
	Language, Format string
	Person           int
	Zones            bool
}

func readProof(c *fiber.Ctx, language string) proofOf {
	p := proofOf{Language: language, Format: c.FormValue("format", c.Query("format")), Zones: c.FormValue("zones", c.Query("zones")) != ""}
	if p.Language == "" {
		p.Language = c.Query("language", paper.English)
	}
	if p.Format == "" {
		p.Format = paper.Standard
	}
	p.Person, _ = strconv.Atoi(c.FormValue("person", c.Query("person"))) // none is the first
	return p
}

func (p proofOf) query() template.URL {
	q := url.Values{"language": {p.Language}, "format": {p.Format}, "person": {strconv.Itoa(p.Person)}}
	if p.Zones {
		q.Set("zones", "on")
	}
	return template.URL(q.Encode()) //nolint:gosec // G203: encoded just here
}

// pdf draws the proof.
func (p proofOf) pdf(h *Hall, v letters.PackVersion) ([]byte, error) {
	s, err := v.Source(p.Language, p.Format)
	if err != nil {
		return nil, err
	}
	return s.Proof(v.Geometry, h.Clock.Today(), letters.ProofOf{Person: p.Person, Zones: p.Zones})
}

// pagesOf counts the pages of a PDF of ours, whose page objects are written plainly.
func pagesOf(pdf []byte) int {
	return bytes.Count(pdf, []byte("/Type/Page/")) + bytes.Count(pdf, []byte("/Type /Page\n"))
}

type proofsPage struct {
	Line     packLine
	Proof    proofOf
	Query    template.URL
	Pages    []int
	Sheets   int
	Grams    int
	Pictures bool
	Language page.Select
	Format   page.Select
	Person   page.Select
	Zones    page.Checkboxes
	Wrong    string
	Name     string
	Print    string
}

func choices(v letters.PackVersion, p proofOf) (language, format, person page.Select, zones page.Checkboxes) {
	language = page.Select{Field: page.Field{Name: "language", Label: "Language"}, Chosen: p.Language}
	for _, s := range eachLanguage(v) {
		language.Options = append(language.Options, page.Option{Value: s.Language, Text: languageName(s.Language)})
	}
	format = page.Select{Field: page.Field{Name: "format", Label: "Format"}, Chosen: p.Format}
	for _, f := range v.Formats() {
		format.Options = append(format.Options, page.Option{Value: f, Text: printName(f)})
	}
	person = page.Select{Field: page.Field{Name: "person", Label: "Made-up person"}, Chosen: strconv.Itoa(p.Person)}
	for i, name := range letters.SpecimenNames() {
		person.Options = append(person.Options, page.Option{Value: strconv.Itoa(i), Text: name})
	}
	zones = page.Checkboxes{Field: page.Field{Name: "zones", Label: "Over the page"}, Small: true, Options: []page.Option{{Value: "on", Text: "Zones and vendor marks"}}}
	if p.Zones {
		zones.Chosen = []string{"on"}
	}
	return language, format, person, zones
}

// eachLanguage is one source of each language, of words or of supplied pages.
func eachLanguage(v letters.PackVersion) (list []letters.Source) {
	list = v.Wordings()
	for _, s := range v.Supplies() {
		if !slices.ContainsFunc(list, func(known letters.Source) bool { return known.Language == s.Language }) {
			list = append(list, s)
		}
	}
	return list
}

// printName says a printed format as a choice.
func printName(f string) string {
	switch f {
	case paper.Standard:
		return "Standard print"
	case paper.LargePrint:
		return "Large print, 20 point"
	case paper.EasyRead:
		return "Easy Read"
	case paper.Braille, paper.Audio:
		return formatName(f) + ", the cover letter"
	}
	if n, ok := bytesAfter(f, "large_print_"); ok {
		return "Large print, " + n + " point"
	}
	return formatName(f)
}

func bytesAfter(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

func (h *Hall) proofs(c *fiber.Ctx, _ campaigns.Viewer) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	p := readProof(c, "")
	body := proofsPage{Line: lineOfPack(v), Proof: p, Query: p.query(), Pictures: letters.CanPicture(), Name: languageName(p.Language), Print: printName(p.Format)}
	body.Language, body.Format, body.Person, body.Zones = choices(v, p)
	pdf, err := p.pdf(h, v)
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.NotFound) {
		body.Wrong = f.Sentence
	} else if err != nil {
		return err
	}
	for i := range pagesOf(pdf) {
		body.Pages = append(body.Pages, i+1)
	}
	body.Sheets = (len(body.Pages) + 1) / 2
	body.Grams = letters.Grams(body.Sheets, p.Format)
	return h.show(c, "packproofs.html", page.View{
		Title: "Proofs of " + v.Name(), Active: "/packs",
		Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}, {Text: v.Name(), Href: packHref(v)}}, Body: body,
	})
}

// proofPDF sends a proof to be looked at or printed.
func (h *Hall) proofPDF(c *fiber.Ctx, _ campaigns.Viewer) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	p := readProof(c, "")
	pdf, err := p.pdf(h, v)
	if err != nil {
		return err
	}
	return sendPDF(c, pdf, fmt.Sprintf("proof-%s-%d-%s-%s.pdf", v.Code, v.Version, p.Language, p.Format))
}

func sendPDF(c *fiber.Ctx, pdf []byte, name string) error {
	c.Set(fiber.HeaderContentType, "application/pdf")
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+name+`"`)
	return c.Send(pdf)
}

// The widths of pictures, in pixels: of a page to read and of one to glance at.
const (
	wholePage = 1000
	glance    = 360
)

func sendPage(c *fiber.Ctx, pdf []byte) error {
	n, err := strconv.Atoi(c.Query("page", "1"))
	if err != nil || n < 1 || n > pagesOf(pdf) {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	width := wholePage
	if c.Query("size") == "small" {
		width = glance
	}
	png, err := letters.Picture(c.UserContext(), pdf, n, width)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "image/png")
	return c.Send(png)
}

// proofPage sends one page of a proof as a picture.
func (h *Hall) proofPage(c *fiber.Ctx, _ campaigns.Viewer) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	pdf, err := readProof(c, "").pdf(h, v)
	if err != nil {
		return err
	}
	return sendPage(c, pdf)
}
