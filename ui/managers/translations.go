package managers

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// translationLine is one language of the public service and how far it may go.
type translationLine struct {
	*page.Catalogue
	Sentences      int
	Colour, State  string
	Says, Accepted string
	AcceptedAt     time.Time
}

// translationLines puts what came with the program beside what was accepted.
func (h *Hall) translationLines(c *fiber.Ctx) ([]translationLine, error) {
	all, err := page.Catalogues()
	if err != nil {
		return nil, err
	}
	accepted, err := h.Register.Acceptances(c.UserContext())
	if err != nil {
		return nil, err
	}
	var list []translationLine
	for _, one := range all {
		l := translationLine{Catalogue: one, Sentences: len(one.Sentences()), Colour: "orange", State: "Not public", Says: "Draft: nobody who speaks it has checked it"}
		if one.Status != page.TranslationDraft {
			l.Says = "Checked by " + one.CheckedBy
		}
		for _, a := range accepted {
			if a.Language != one.Code {
				continue
			}
			l.Accepted, l.AcceptedAt = a.Staff, a.At
			switch {
			case a.ShownAs == campaigns.ShownNot:
				l.State = "Withdrawn"
			case a.Fingerprint != one.Fingerprint:
				l.State = "Changed since it was accepted, not public"
			case a.ShownAs == campaigns.ShownAsChecked:
				l.Colour, l.State, l.Says = "blue", "Public", "Checked by "+a.CheckedBy
			default:
				l.Colour, l.State = "aqua", "Public as a draft"
			}
		}
		list = append(list, l)
	}
	return list, nil
}

// translations lists the languages of the public service.
func (h *Hall) translations(c *fiber.Ctx, _ campaigns.Viewer) error {
	list, err := h.translationLines(c)
	if err != nil {
		return err
	}
	return h.show(c, "translations.html", page.View{Title: "Languages of the public service", Active: "/packs", Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}}, Body: list})
}

type translationPage struct {
	translationLine
	Lines   []page.Sentence
	Shown   page.Radios
	Checked page.Input
}

func (h *Hall) translation(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showTranslation(c, by, nil)
}

func (h *Hall) oneTranslation(c *fiber.Ctx) (translationLine, error) {
	list, err := h.translationLines(c)
	if err != nil {
		return translationLine{}, err
	}
	for _, l := range list {
		if l.Code == c.Params("language") {
			return l, nil
		}
	}
	return translationLine{}, fault.New(fault.NotFound, "The public service has no translation into this language.")
}

func (h *Hall) showTranslation(c *fiber.Ctx, _ campaigns.Viewer, wrong page.Problems) error {
	l, err := h.oneTranslation(c)
	if err != nil {
		return err
	}
	body := translationPage{translationLine: l, Lines: l.Catalogue.Sentences()}
	body.Shown = page.Radios{Field: page.Field{Name: "shown", Label: "How may the public see it?", LabelSize: "s", Error: wrong.For("shown")}, Chosen: c.FormValue("shown"), Options: []page.Option{
		{Value: campaigns.ShownAsChecked, Text: "As checked", Hint: "Somebody who speaks it as a first language has read every sentence below"},
		{Value: campaigns.ShownAsDraft, Text: "As a draft", Hint: "Each page says that it is one and that the English page counts"},
		{Value: campaigns.ShownNot, Text: "Not at all"}}}
	body.Checked = page.Input{Field: page.Field{Name: "checked", Label: "Who has read it", Hint: "Name and calling, for example: Elin Rhys, translator", Error: wrong.For("checked")}, Width: "30", Value: c.FormValue("checked")}
	return h.show(c, "translation.html", page.View{Title: l.EnglishName + " of the public service", Active: "/packs", Problem: wrong,
		Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}, {Text: "Languages", Href: "/translations"}}, Body: body})
}

// acceptTranslation puts the viewer's name to a translation, for exactly the
// wording that the page showed.
func (h *Hall) acceptTranslation(c *fiber.Ctx, by campaigns.Viewer) error {
	l, err := h.oneTranslation(c)
	if err != nil {
		return err
	}
	var wrong page.Problems
	if c.FormValue("fingerprint") != l.Fingerprint {
		wrong.Add("shown", "The translation has changed since you opened this page. Read it again.")
	} else if err := wrong.Take(h.Register.AcceptTranslation(c.UserContext(), by, campaigns.Acceptance{Language: l.Code, Fingerprint: l.Fingerprint,
		ShownAs: c.FormValue("shown"), CheckedBy: c.FormValue("checked")})); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showTranslation(c, by, wrong)
	}
	return h.done(c, "/translations", "%s: your name stands for how it is shown. The public service follows within a minute.", l.EnglishName)
}
