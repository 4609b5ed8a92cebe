package patients

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/ui/page"
)

// leaflets are pages that anybody may read: they tell what to do where this
// website cannot do it.
func (d *door) leaflets(get func(string, fiber.Handler)) {
	for _, l := range []struct{ path, file, title string }{
		{"/lost-code", "lost-code.html", "You have no code, or it does not work"},
		{"/formats", "formats.html", "Other languages and formats"},
		{"/not-mine", "not-mine.html", "This letter is not for me"},
		{"/accessibility", "accessibility.html", "Accessibility statement"},
		{"/privacy", "privacy.html", "Privacy and cookies"},
		{"/finished", "finished.html", "You have finished"},
	} {
		get(l.path, func(c *fiber.Ctx) error {
			v := page.View{Title: l.title, Body: d.settings}
			if l.path != "/finished" {
				v.Back = page.Link{Href: "/"}
			}
			return d.page.Render(c, l.file, fiber.StatusOK, v)
		})
	}
}
