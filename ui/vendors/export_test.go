package vendors

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/page"
)

// RoutesWithin is Routes with another limit for each vendor.
func RoutesWithin(app fiber.Router, r *page.Renderer, m *letters.Mailroom, perSecond, burst float64) error {
	return routes(app, r, m, newRate(calendar.Wall, perSecond, burst))
}
