package managers

import (
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// prices tells whether a role sets what postage costs.
func prices(r campaigns.Role) bool { return r.Manages() || r == campaigns.RoleFinance }

type priceLine struct {
	letters.Price
	Colour, Word string
}

type tariffPage struct {
	Prices  []priceLine
	May     bool
	Postage page.Select
	Size    page.Radios
	Grams   page.Input
	Price   page.Input
	From    page.DateInput
}

func (h *Hall) tariff(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showTariff(c, by, page.DateInput{}, nil)
}

func (h *Hall) showTariff(c *fiber.Ctx, by campaigns.Viewer, from page.DateInput, wrong page.Problems) error {
	list, err := h.Mailroom.Tariff(c.UserContext())
	if err != nil {
		return err
	}
	body := tariffPage{May: prices(by.Role), From: from}
	today := h.Clock.Today()
	for _, p := range list {
		l := priceLine{p, "blue", "Holds"}
		switch {
		case p.ValidFrom.After(today):
			l.Colour, l.Word = "white", "To come"
		case !p.ValidTo.IsZero() && p.ValidTo.Before(today):
			l.Colour, l.Word = "white", "Over"
		}
		body.Prices = append(body.Prices, l)
	}
	body.Postage = page.Select{Field: page.Field{Name: "postage", Label: "Postage", Error: wrong.For("postage")}, Chosen: c.FormValue("postage", "second")}
	for _, p := range letters.Postages {
		body.Postage.Options = append(body.Postage.Options, page.Option{Value: p, Text: postageName(p)})
	}
	body.Size = page.Radios{
		Field: page.Field{Name: "size", Label: "Size", LabelSize: "s", Error: wrong.For("size")}, Small: true, Inline: true, Chosen: c.FormValue("size", letters.SmallLetter),
		Options: []page.Option{{Value: letters.SmallLetter, Text: "Letter"}, {Value: letters.LargeLetter, Text: "Large letter (large print, unfolded)"}},
	}
	body.Grams = page.Input{Field: page.Field{Name: "grams", Label: "Up to", Error: wrong.For("grams")}, Value: c.FormValue("grams"), Width: "4", Inputmode: "numeric", Suffix: "g"}
	body.Price = page.Input{Field: page.Field{Name: "price", Label: "Price of one piece", Error: wrong.For("price")}, Value: c.FormValue("price"), Width: "5", Inputmode: "decimal", Suffix: "pence"}
	body.From.Field = page.Field{Name: "from", Label: "From which day", LabelSize: "s", Hint: "It holds until the next price of the same postage, size and weight begins", Error: wrong.For("from")}
	return h.show(c, "packtariff.html", page.View{Title: "Postage", Active: "/packs", Problem: wrong, Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}}, Body: body})
}

func (h *Hall) addPrice(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	p := letters.Price{Postage: c.FormValue("postage"), Size: c.FormValue("size")}
	var from page.DateInput
	p.ValidFrom, from, wrong = readDay(c, "from", wrong)
	var err error
	if p.MaxGrams, err = strconv.Atoi(strings.TrimSpace(c.FormValue("grams"))); err != nil {
		wrong.Add("grams", "Give the weight in whole grams, such as 100.")
	}
	pence, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(c.FormValue("price")), "p"), 64)
	if err != nil || pence != pence || pence < 0 || pence > 1000 {
		wrong.Add("price", "Give the price of one piece in pence, such as 38.45.")
	} else {
		p.Price = letters.Money(pence*100 + 0.5)
	}
	if len(wrong) == 0 {
		if err := wrong.Take(h.Mailroom.AddPrice(c.UserContext(), by, p)); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showTariff(c, by, from, atFirstBox(wrong, "from"))
	}
	return h.done(c, "/packs/postage", "From %s a piece of up to %d g costs %s.", calendar.Date.Long(p.ValidFrom), p.MaxGrams, p.Price.Pence())
}
