package managers

import (
	"strings"
	"unicode"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// readDay reads a date input and notes what is wrong with it.
func readDay(c *fiber.Ctx, name string, wrong page.Problems) (calendar.Date, page.DateInput, page.Problems) {
	d, typed, err := page.ReadDate(c, name)
	if f := fault.Of(err); f != nil {
		wrong.Add(f.Field, f.Sentence)
	}
	return d, typed, wrong
}

// codes reads practice codes as people type them; nil when there are none.
func codes(typed string) []string {
	fields := strings.FieldsFunc(strings.ToUpper(typed), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	if len(fields) == 0 {
		return nil
	}
	return fields
}

// atFirstBox leads the error summary to the first box of a date.
func atFirstBox(wrong page.Problems, name string) page.Problems {
	for i := range wrong {
		if wrong[i].Field == name {
			wrong[i].Field = name + "-day"
		}
	}
	return wrong
}
