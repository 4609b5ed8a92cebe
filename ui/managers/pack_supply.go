package managers

import (
	"fmt"
	"io"
	"mime/multipart"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// packRoutes are the pages of what a pack is besides its wording.
var packRoutes = []route{
	{"GET", "/packs/makers", anybody, (*Hall).makers},
	{"POST", "/packs/makers", national, (*Hall).chooseMaker},
	{"POST", "/packs/:code/:version/post", manages, (*Hall).setPost},
	{"GET", "/packs/:code/:version/supplied", manages, (*Hall).supplyForm},
	{"POST", "/packs/:code/:version/supplied", manages, (*Hall).supply},
	{"POST", "/packs/:code/:version/supplied/:language/:format/check", manages, (*Hall).checkSupply},
}

// MaxSupply is the largest PDF of supplied pages, in bytes.
const MaxSupply = paper.MostSuppliedBytes

// Supplying tells whether pages are supplied at an address.
func Supplying(path string) bool {
	return strings.HasPrefix(path, "/packs/") && strings.HasSuffix(path, "/supplied")
}

// supplyLine is supplied pages in the list of a version.
type supplyLine struct {
	letters.Source
	letters.SuppliedFile
	Name, Print  string
	Colour, Word string
	Blocked      string
	First        int    // page of a letter on which they begin
	Check        string // where it is noted who has read them
	Who          page.Input
}

// suppliesOf lists the supplied pages of a version.
func (h *Hall) suppliesOf(c *fiber.Ctx, v letters.PackVersion, b *packPage) error {
	files, err := h.Mailroom.SuppliedFiles(c.UserContext(), v)
	if err != nil {
		return err
	}
	for i, s := range v.Supplies() {
		l := supplyLine{Source: s, SuppliedFile: files[s.Pack.SuppliedSHA256], Name: languageName(s.Language), Print: printName(s.Format), Colour: "blue", Word: "Checked",
			Blocked: s.Blocked(v.Geometry, h.Clock.Today()), Check: fmt.Sprintf("%s/supplied/%s/%s/check", packHref(v), s.Language, s.Format)}
		for _, p := range b.Post {
			if p.Name == l.Name && p.Print == l.Print {
				l.First = p.Supplied
			}
		}
		if !s.Checked() {
			l.Colour, l.Word = "orange", "To be read again"
		}
		l.Who = page.Input{Field: page.Field{Name: "who", ID: fmt.Sprintf("who-%d", i), Label: "Who has read these pages against the English as it is now?"}}
		b.Supplies = append(b.Supplies, l)
	}
	return nil
}

type supplyPage struct {
	Line     packLine
	Language page.Select
	Format   page.Radios
	File     page.FileUpload
	Who      page.Input
}

func (h *Hall) supplyForm(c *fiber.Ctx, _ campaigns.Viewer) error { return h.showSupply(c, nil) }

func (h *Hall) showSupply(c *fiber.Ctx, wrong page.Problems) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	if v.State.Settled() {
		return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
	}
	body := supplyPage{Line: lineOfPack(v)}
	body.Language = page.Select{Field: page.Field{Name: "language", Label: "Language of the pages", Error: wrong.For("language")}, Chosen: c.FormValue("language", paper.English)}
	for _, code := range suppliedLanguages() {
		body.Language.Options = append(body.Language.Options, page.Option{Value: code, Text: languageName(code)})
	}
	body.Format = page.Radios{
		Field: page.Field{Name: "format", Label: "Format", LabelSize: "s", Hint: "Languages that are drawn from a wording take pages for Easy Read only", Error: wrong.For("format")}, Small: true, Chosen: c.FormValue("format", paper.EasyRead),
	}
	for _, f := range append([]string{paper.EasyRead}, paper.PrintedFormats...) {
		body.Format.Options = append(body.Format.Options, page.Option{Value: f, Text: printName(f)})
	}
	body.File = page.FileUpload{Field: page.Field{Name: "file", Label: "The pages", LabelSize: "s", Hint: fmt.Sprintf("One PDF of upright A4 pages, at most %d of them and %d MB, with all its fonts in it and no password. The left 15 mm stay clear.", paper.MostSuppliedPages, MaxSupply>>20), Error: wrong.For("file")}}
	body.Who = page.Input{Field: page.Field{Name: "who", Label: "Who has read them against the English wording?", Hint: "Name and office of somebody who reads the language or the format", Error: wrong.For("who")}, Value: c.FormValue("who")}
	return h.show(c, "packsupply.html", page.View{
		Title: "Supply pages, " + v.Name(), Active: "/packs", Problem: wrong,
		Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}, {Text: v.Name(), Href: packHref(v)}}, Body: body,
	})
}

// suppliedLanguages are those that pages may be supplied in: English and the
// others that letters are drawn in, then those whose script cannot be drawn.
func suppliedLanguages() []string {
	return append(append([]string{}, paper.Languages...), paper.Composed...)
}

func (h *Hall) supply(c *fiber.Ctx, by campaigns.Viewer) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	n := letters.NewSupply{Language: c.FormValue("language"), Format: c.FormValue("format"), Checked: c.FormValue("who")}
	header, err := c.FormFile("file")
	if err == nil {
		n.FileName = header.Filename
		if header.Size <= MaxSupply {
			n.PDF, err = uploaded(header)
		} else {
			err = fault.In("file", fault.Invalid, "The file is larger than %d MB.", MaxSupply>>20)
		}
	} else {
		err = fault.In("file", fault.Invalid, "Choose the PDF with the pages.")
	}
	if err == nil {
		_, err = h.Mailroom.SupplyPages(c.UserContext(), by, v.Code, v.Version, n)
	}
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		return h.showSupply(c, page.Problems{{Field: f.Field, Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, packHref(v)+"/proofs?language="+n.Language+"&format="+n.Format, "The pages stand behind the cover page. Look at every one of them here.")
}

func (h *Hall) checkSupply(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		return h.Mailroom.CheckSupply(c.UserContext(), by, v.Code, v.Version, c.Params("language"), c.Params("format"), c.FormValue("who"))
	}, "The supplied pages in %s are noted as read. They are printed once the version is approved.")
}

// makers shows who makes Braille and audio.
func (h *Hall) makers(c *fiber.Ctx, by campaigns.Viewer) error { return h.showMakers(c, by, nil) }

type makerLine struct {
	letters.Specialist
	Print string
}

type makersPage struct {
	Makers []makerLine
	May    bool
	Format page.Radios
	Vendor page.Select
}

func (h *Hall) showMakers(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	list, err := h.Mailroom.Specialists(c.UserContext())
	if err != nil {
		return err
	}
	vendors, err := h.Mailroom.Vendors(c.UserContext())
	if err != nil {
		return err
	}
	body := makersPage{May: national(by.Role)}
	for _, m := range list {
		body.Makers = append(body.Makers, makerLine{m, formatName(m.Format)})
	}
	body.Format = page.Radios{Field: page.Field{Name: "format", Label: "Letters in", LabelSize: "s", Error: wrong.For("format")}, Small: true, Inline: true, Chosen: c.FormValue("format", paper.Braille)}
	for _, f := range letters.SpecialistFormats() {
		body.Format.Options = append(body.Format.Options, page.Option{Value: f, Text: formatName(f)})
	}
	body.Vendor = page.Select{Field: page.Field{Name: "vendor", Label: "are made by", Error: wrong.For("vendor")}, Chosen: c.FormValue("vendor"), Options: []page.Option{{Text: "Each campaign’s own vendor"}}}
	for _, v := range vendors {
		body.Vendor.Options = append(body.Vendor.Options, page.Option{Value: v.Code, Text: v.Name})
	}
	return h.show(c, "packmakers.html", page.View{Title: "Braille and audio", Active: "/packs", Problem: wrong, Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}}, Body: body})
}

func (h *Hall) chooseMaker(c *fiber.Ctx, by campaigns.Viewer) error {
	format := c.FormValue("format")
	err := h.Mailroom.ChooseSpecialist(c.UserContext(), by, format, c.FormValue("vendor"))
	if f := fault.Of(err); f != nil && f.Kind != fault.Forbidden {
		return h.showMakers(c, by, page.Problems{{Field: f.Field, Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, "/packs/makers", "Batches in %s that are planned from now on go there.", formatName(format))
}

// uploaded reads the whole of a file that a form has sent.
func uploaded(header *multipart.FileHeader) ([]byte, error) {
	f, err := header.Open()
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	return b, nil
}
