package managers

import (
	"encoding/base64"
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type wordingPage struct {
	Line     packLine
	Language string
	Name     string
	Colour   string
	Word, By string
	New      bool // the language is not in the version yet
	May      bool
	Text     page.Textarea
	Was      string // the text as it was when the writer began
	Format   page.Select
	Person   page.Select
	Zones    page.Checkboxes
	Page     page.Select
	Preview  preview
	Changed  []changedLine
	Before   int
	Who      page.Input
	MayCheck bool
	Fields   []string // what a wording may hold
}

// preview is how a wording looks on paper, and what is to be said of it.
type preview struct {
	Picture     template.URL // the page as an image; "" without
	Page, Pages int
	Sheets      int
	Grams       int
	Findings    []paper.Finding
	Readability paper.Readability
	Why         string // why there is no picture
}

// previewOf draws a text that may not be saved yet.
func (h *Hall) previewOf(c *fiber.Ctx, v letters.PackVersion, language, text string, p proofOf) (preview, error) {
	base, err := v.Source(language, p.Format)
	if err != nil {
		if base, err = v.Source(paper.English, p.Format); err != nil {
			return preview{}, err
		}
	}
	base.Language, base.Pack.Text = language, strings.ReplaceAll(text, "\r\n", "\n")
	out := preview{Findings: base.Findings(v.Geometry), Readability: paper.Readable(base.Pack.Text), Page: 1}
	pdf, err := base.Proof(v.Geometry, h.Clock.Today(), letters.ProofOf{Person: p.Person, Zones: p.Zones})
	if f := fault.Of(err); f != nil {
		out.Why = "It cannot be drawn before this is put right: " + f.Sentence
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Pages = pagesOf(pdf)
	out.Sheets = (out.Pages + 1) / 2
	out.Grams = letters.Grams(out.Sheets, p.Format)
	if n, err := strconv.Atoi(c.FormValue("page", "1")); err == nil {
		out.Page = min(max(n, 1), out.Pages)
	}
	png, err := letters.Picture(c.UserContext(), pdf, out.Page, wholePage)
	if f := fault.Of(err); f != nil {
		out.Why = f.Sentence
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Picture = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)) //nolint:gosec // G203: base64 of a picture of ours
	return out, nil
}

// newWording leads from the choice of a language to its page.
func (h *Hall) newWording(c *fiber.Ctx, _ campaigns.Viewer) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	language := c.Query("language")
	if len(language) != 2 || url.PathEscape(language) != language {
		return fault.New(fault.NotFound, "There is no such wording.")
	}
	return page.SeeOther(c, packHref(v)+"/wordings/"+language)
}

func (h *Hall) wording(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showWording(c, by, "", nil)
}

func (h *Hall) showWording(c *fiber.Ctx, by campaigns.Viewer, typed string, wrong page.Problems) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	language := c.Params("language")
	if len(language) != 2 {
		return fault.New(fault.NotFound, "There is no such wording.")
	}
	p := readProof(c, language)
	body := wordingPage{Line: lineOfPack(v), Language: language, Name: languageName(language), May: by.Role.Manages() && !v.State.Settled(), Fields: paper.Placeholders()}
	s, err := v.Source(language, paper.Standard)
	if err != nil {
		if !body.May {
			return err
		}
		if s, err = v.Source(paper.English, paper.Standard); err != nil {
			return err
		}
		s.Language, s.Pack.Text = language, strings.Replace(s.Pack.Text, "lang: en\n", "lang: "+language+"\n", 1)
		body.New = true
	}
	body.Colour, body.Word, body.By = translationWord(s)
	body.Was = s.Pack.Text
	if body.New {
		body.Was = ""
	}
	text := s.Pack.Text
	if typed != "" {
		text = typed
	}
	if was := c.FormValue("was"); was != "" {
		body.Was = was
	}
	if body.Preview, err = h.previewOf(c, v, language, text, p); err != nil {
		return err
	}
	if v.Version > 1 && !body.New {
		if before, err := h.Mailroom.Pack(c.UserContext(), v.Code, v.Version-1); err == nil {
			if old, err := before.Source(language, paper.Standard); err == nil {
				body.Before, body.Changed = before.Version, differences(old.Pack.Text, strings.ReplaceAll(text, "\r\n", "\n"))
			}
		}
	}
	body.fields(v, p, text, wrong)
	h.mayShowPictures(c)
	title := body.Name + ", " + v.Name()
	return h.show(c, "packwording.html", page.View{
		Title: title, Active: "/packs", Problem: wrong, Live: body.May,
		Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}, {Text: v.Name(), Href: packHref(v)}}, Body: body,
	})
}

func (b *wordingPage) fields(v letters.PackVersion, p proofOf, text string, wrong page.Problems) {
	_, b.Format, b.Person, b.Zones = choices(v, p)
	b.Text = page.Textarea{Field: page.Field{
		Name: "text", Label: "Wording", LabelSize: "s", Hint: "Markdown: # and ## head a part, - begins a line of a list, ** ** is bold, --- ends a page. The words between the first two --- are the letter’s own labels.",
		Error: wrong.For("text"), Classes: "dn-source", Attrs: page.Attrs{"spellcheck": "true", "lang": b.Language},
	}, Value: text, Rows: 32}
	b.Page = page.Select{Field: page.Field{Name: "page", Label: "Page"}, Chosen: strconv.Itoa(b.Preview.Page)}
	for i := range max(b.Preview.Pages, 1) {
		b.Page.Options = append(b.Page.Options, page.Option{Value: strconv.Itoa(i + 1), Text: strconv.Itoa(i + 1)})
	}
	b.MayCheck = b.May && !b.New && b.Language != paper.English
	b.Who = page.Input{Field: page.Field{Name: "who", Label: "Who has checked the translation?", Hint: "Name and office of somebody who reads the language", Error: wrong.For("who")}}
}

// mayShowPictures lets this one page show pictures that are part of it, for
// what is drawn of a text that is nowhere yet.
func (h *Hall) mayShowPictures(c *fiber.Ctx) {
	const header = "Content-Security-Policy"
	policy := string(c.Response().Header.Peek(header))
	c.Set(header, strings.Replace(policy, "img-src 'self'", "img-src 'self' data:", 1))
}

// lookAtWording shows how a wording would look that is not saved.
func (h *Hall) lookAtWording(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showWording(c, by, c.FormValue("text"), nil)
}

func (h *Hall) saveWording(c *fiber.Ctx, by campaigns.Viewer) error {
	text := c.FormValue("text")
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	language := c.Params("language")
	_, err = h.Mailroom.SaveWording(c.UserContext(), by, v.Code, v.Version, language, text, c.FormValue("was"))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		return h.showWording(c, by, text, page.Problems{{Field: f.Field, Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, packHref(v)+"/wordings/"+language, "Saved. %s is a draft until somebody has looked at its proofs and somebody else has approved it.", v.Name())
}
