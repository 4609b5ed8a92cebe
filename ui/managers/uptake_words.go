package managers

import (
	"duenotice/campaigns"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// definition says what a number means, how it is worked out and what it does
// not tell.
type definition struct{ ID, Name, Means, Made, Beware string }

// uptakeDefinitions are in the order of the funnel.
var uptakeDefinitions = []definition{
	{"patients", "Patients", "People registered with the practice on the last day of the month.", "patient_list_size.",
		"Lists hold more people than there are: some are registered twice or have left. Shares are lower than they would be among people."},
	{"offered", "Offered", "Patients of practices where the service is switched on.", "The lists of practices whose Sys_…_Enbld is 2, divided by the lists of those where it is 0, 1 or 2. 9, NULL and blank are unknown and left out of both.",
		"On does not mean that anybody has been told."},
	{"enabled", "Enabled", "Patients who may use the service.", "Pat_…_Enbld, divided by the lists of the practices where it is known.",
		"Enabled does not mean that somebody has looked. At some practices more are enabled than registered, because those who left kept their access; these figures are taken as published and are a finding of the file."},
	{"used", "Used", "How often the service was used in the month.", "Pat_…_Use; for 100 patients of practices where it is known.",
		"Uses, not people: one person may look twenty times. How many people use it is not published."},
	{"silent", "On without users", "Practices that say the service is on and have nobody who is enabled.", "Sys_…_Enbld is 2 and Pat_…_Enbld is 0.",
		"A practice whose enabled people are unknown is not counted among them."},
	{"growth", "Against a year before", "By how many percentage points the enabled share differs from the same month a year before.", "Both months of the same area; where one is not known, nothing is said.",
		"A practice that publishes in one of the months only changes the share of its area."},
	{"tenths", "Tenths", "Where a practice stands among others of the month.", "Practices are put in order of the enabled share and divided into ten parts of like number: all of them, and those of like size (fewer than 5,000 patients, to 9,999, to 14,999, more).",
		"A low tenth is no judgement: approaches and patients differ."},
	{"changes", "What changed lately", "Practices whose enabled share has left its usual course.", "The growth of each month is compared with the practice’s usual growth (the median of its first twelve); what goes beyond half a usual deviation adds up (CUSUM), and five deviations are told. The deviation is never taken for less than one percentage point, and a change of fewer than 50 people is not told.",
		"The floors keep small practices quiet; a small practice can change without being told here."},
	{"areas", "Areas", "Where a practice belongs today, in every month.", "Region, ICB and network of the newest file of organisations; sub-ICB location as in the published month.",
		"After a merger the past of an area is that of its present practices, not what was published for it then."},
	{"missing", "Missing practices", "A practice that is not in a month has published nothing of it.", "Nothing is put in its place.",
		"It may have closed, or not agreed to publish."},
	{"twice", "Two systems", "A practice whose second system reaches into its own (supplier ending in (I)) is published twice.", "The practice’s own system counts; the other is shown on its page.",
		"The people of both are the same, so they are never added."},
}

type uptakeWordsPage struct {
	Tabs  []programmeTab
	Words []definition
}

func (h *Hall) uptakeWords(c *fiber.Ctx, by campaigns.Viewer) error {
	if asked(c) {
		file := dataSheet{Name: "uptake-definitions", Columns: []string{"name", "means", "made of", "beware"}}
		for _, d := range uptakeDefinitions {
			file.add(d.Name, d.Means, d.Made, d.Beware)
		}
		return h.sendSheet(c, file)
	}
	return h.show(c, "uptakewords.html", page.View{Title: "What each number means", Active: programmeActive, Crumbs: []page.Link{{Text: "Uptake", Href: "/uptake"}},
		Body: uptakeWordsPage{programmeTabs("/uptake", by.Role), uptakeDefinitions}})
}
