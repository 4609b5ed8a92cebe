package managers

import (
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// postLine is what a letter in one language and format is to the post.
type postLine struct {
	letters.Thickness
	Name, Print string
	Paid        string
	Price       string // of one piece today; "" where the tariff has none
	Wrong       string // why it cannot be measured
}

// postOf measures the letters of a version: English in every format, each
// other wording in its first, and all supplied pages.
func (h *Hall) postOf(c *fiber.Ctx, v letters.PackVersion, b *packPage) error {
	today := h.Clock.Today()
	b.Class = postageName(v.Postage)
	b.Window = "The vendor prints the address on the envelope."
	if z, ok := letters.Window(v.Geometry); ok {
		b.Window = fmt.Sprintf("The address shows through a window %.0f mm wide and %.0f mm high, %.0f mm from the left and %.0f mm from the top.", z.Width(), z.Height(), z.X0, z.Y0)
	}
	for i, s := range v.Sources {
		if i > 0 && !s.Supplied() && v.Sources[i-1].Language == s.Language && s.Language != v.Sources[0].Language {
			continue
		}
		l := postLine{Name: languageName(s.Language), Print: printName(s.Format)}
		var err error
		l.Thickness, err = s.Thickness(v.Geometry, today)
		if f := fault.Of(err); f != nil {
			l.Wrong = f.Sentence
		} else if err != nil {
			return err
		} else {
			price, ok, err := h.Mailroom.PriceOf(c.UserContext(), v.Postage, s.Format, l.Sheets, today)
			if err != nil {
				return err
			}
			if l.Paid = capital(l.Size); ok {
				l.Price = price.Pence()
			}
		}
		b.Post = append(b.Post, l)
	}
	if b.May {
		b.Postage = page.Select{Field: page.Field{Name: "postage", Label: "Postage"}, Chosen: v.Postage}
		for _, p := range letters.Postages {
			b.Postage.Options = append(b.Postage.Options, page.Option{Value: p, Text: postageName(p)})
		}
		b.Envelope = page.Select{Field: page.Field{Name: "geometry", Label: "Envelope"}, Chosen: v.Geometry}
		for _, e := range letters.Envelopes() {
			b.Envelope.Options = append(b.Envelope.Options, page.Option{Value: e, Text: capital(e)})
		}
	}
	return nil
}

// postageName says a class of postage.
func postageName(p string) string {
	if strings.HasPrefix(p, "econ") {
		return "Economy"
	}
	return capital(p) + " class"
}

func (h *Hall) setPost(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		return h.Mailroom.SetPost(c.UserContext(), by, v.Code, v.Version, c.FormValue("postage"), c.FormValue("geometry"))
	}, "Postage and envelope of %s are kept. It is a draft until somebody has looked at its proofs.")
}
