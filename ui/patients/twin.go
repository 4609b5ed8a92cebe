package patients

import (
	"html/template"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/letters"
	"duenotice/ui/page"
)

type twinPage struct {
	Letter    template.HTML
	Languages []page.Language
}

// nativeNames say languages in themselves, for whoever looks for theirs.
var nativeNames = map[string]string{
	"en": "English", "cy": "Cymraeg", "pl": "Polski", "ro": "Română", "pt": "Português", "es": "Español", "it": "Italiano", "fr": "Français",
	"lt": "Lietuvių", "bg": "Български", "hu": "Magyar",
}

// letter shows the letter of whoever proved its code as a page: what a screen
// reader can read, a browser enlarge and a printer print, in the languages of
// its pack. Name, number and code are left out, as on every page.
func (d *door) letter(c *fiber.Ctx, a at) error {
	room := &letters.Mailroom{Pool: d.desk.Pool, Clock: d.clock, Log: d.settings.Log} // as the patients' role, which may read wordings
	asked := c.Query("language", speechOf(c).Lang())
	twin, languages, err := room.Twin(c.UserContext(), letters.PieceID(a.visit.Caller.Piece), asked)
	if err != nil {
		return err
	}
	body := twinPage{Letter: twin.Body}
	if len(languages) > 1 {
		slices.SortStableFunc(languages, func(x, y string) int { return strings.Compare(nativeNames[x], nativeNames[y]) })
		for _, code := range languages {
			body.Languages = append(body.Languages, page.Language{Code: code, Name: nativeNames[code], Href: "/letter?language=" + code, Current: code == twin.Language})
		}
	}
	return d.renderKnown(c, "letter.html", fiber.StatusOK, a.outlook.Position, page.View{Title: a.outlook.say("Your letter"), Back: page.Link{Href: "/status"}, Body: body})
}
