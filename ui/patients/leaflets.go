package patients

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/ui/page"
)

// leaflet is what such a page may say.
type leaflet struct {
	Helpline  string
	Languages []spoken // that this website has beside English
	Draft     bool     // the one it is read in has not been checked
}

// leaflets are pages that anybody may read: they tell what to do where this
// website cannot do it.
func (d *door) leaflets(get func(string, fiber.Handler)) {
	for _, l := range []struct{ path, file, title string }{
		{"/formats", "formats.html", "Other languages and formats"},
		{"/not-mine", "not-mine.html", "This letter is not for me"},
		{"/accessibility", "accessibility.html", "Accessibility statement"},
		{"/privacy", "privacy.html", "Privacy and cookies"},
		{"/finished", "finished.html", "You have finished"},
	} {
		get(l.path, func(c *fiber.Ctx) error {
			in := speechOf(c)
			v := page.View{Title: in.Say(l.title), Body: leaflet{Helpline: d.settings.Helpline, Languages: in.offered, Draft: in.draft}}
			if l.path != "/finished" {
				v.Back = page.Link{Href: "/"}
			}
			return d.page.Render(c, l.file, fiber.StatusOK, v)
		})
	}
}
