package managers

import (
	"fmt"

	"duenotice/campaigns"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// listsShown is how many practices the page names; the largest differences come first.
const listsShown = 200

type listsPage struct {
	campaigns.Cohort
	campaigns.ListSizeCheck
	Fit    int // practices whose people are within a tenth of the list
	Shown  []listLine
	Absent []listLine
	More   int // beyond those shown
}

type listLine struct {
	campaigns.ListSizeDifference
	Share string
}

func listLines(list []campaigns.ListSizeDifference) (lines []listLine) {
	for _, d := range list[:min(len(list), listsShown)] {
		lines = append(lines, listLine{d, fmt.Sprintf("%+d%%", d.Percent())})
	}
	return lines
}

// lists reconciles a file of people with the lists of the practices. It
// counts the file's rows, so it is a page of its own.
func (h *Hall) lists(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	check, err := h.Register.ListSizeDifferences(c.UserContext(), file.ID)
	if err != nil {
		return err
	}
	body := listsPage{Cohort: file, ListSizeCheck: check, Fit: check.Practices - check.Unlisted - len(check.Differ), Shown: listLines(check.Differ), Absent: listLines(check.Without)}
	body.More = len(check.Differ) - len(body.Shown) + len(check.Without) - len(body.Absent)
	at := fmt.Sprintf("/imports/%d", file.ID)
	return h.show(c, "listsizes.html", page.View{Title: fmt.Sprintf("File %d and the practices’ lists", file.ID), Active: "/imports",
		Crumbs: []page.Link{{Text: "Imports", Href: "/imports"}, {Text: fmt.Sprintf("File %d", file.ID), Href: at}}, Body: body})
}
