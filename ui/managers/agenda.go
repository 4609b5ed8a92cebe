package managers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// calendarRoutes are the pages about days.
var calendarRoutes = []route{
	{"GET", "/calendar", anybody, (*Hall).calendar},
	{"GET", "/calendar.ics", anybody, (*Hall).calendarFile},
	{"GET", "/calendar/forecast", anybody, (*Hall).forecast},
}

// agendaMonths is how far the calendar looks ahead, and agendaBack how far back.
const agendaMonths, agendaBack = 13, 1

// dayLine is one line of the calendar.
type dayLine struct {
	On, Until calendar.Date // Until is On for a single day
	What      string        // post, close, holiday
	Text      string
	Href      string
	People    int
	Colour    string
	Word      string
}

type agendaMonth struct {
	Name string
	Days []dayLine
}

type calendarPage struct {
	Months   []agendaMonth
	Only     page.Select
	From, To calendar.Date
}

// dayLines gathers what falls on the days of the calendar, in their order.
func (h *Hall) dayLines(c *fiber.Ctx, by campaigns.Viewer, only string) ([]dayLine, error) {
	ctx, today := c.UserContext(), h.Clock.Today()
	from, to := today.AddMonths(-agendaBack), today.AddMonths(agendaMonths)
	var list []dayLine
	all, err := h.Register.Campaigns(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if only != "" && k.Code != only {
			continue
		}
		waves, err := h.Register.Waves(ctx, k.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range waves {
			if w.LastPostOn.Before(from) || to.Before(w.FirstPostOn) {
				continue
			}
			one := dayLine{On: w.FirstPostOn, Until: w.LastPostOn, What: "post", People: w.People, Href: fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number),
				Text: fmt.Sprintf("%s, wave %d", k.Name, w.Number), Colour: "blue", Word: "Posting"}
			if w.State != "approved" {
				one.Colour, one.Word = "orange", "Posting, not signed"
			}
			list = append(list, one)
		}
	}
	closing, err := h.Desk.WindowsClosing(ctx, by, from, to.DaysSince(from)+1)
	if err != nil {
		return nil, err
	}
	for _, w := range closing {
		if only == "" || w.Campaign == only {
			list = append(list, dayLine{On: w.On, Until: w.On, What: "close", People: w.People, Text: w.Region, Href: "/campaigns/" + w.Campaign, Colour: "white", Word: "Windows close"})
		}
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range working.Holidays(from, to) {
		list = append(list, dayLine{On: d.On, Until: d.On, What: "holiday", Text: d.Title, Href: "/holidays", Colour: "grey", Word: "Holiday"})
	}
	slices.SortStableFunc(list, func(a, b dayLine) int {
		return cmp.Or(a.On.DaysSince(b.On), cmp.Compare(a.What, b.What), cmp.Compare(a.Text, b.Text))
	})
	return list, nil
}

func (h *Hall) calendar(c *fiber.Ctx, by campaigns.Viewer) error {
	only := c.Query("campaign")
	list, err := h.dayLines(c, by, only)
	if err != nil {
		return err
	}
	today := h.Clock.Today()
	body := calendarPage{From: today.AddMonths(-agendaBack), To: today.AddMonths(agendaMonths)}
	all, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	options := []page.Option{{Value: "", Text: "All campaigns"}}
	for _, k := range all {
		options = append(options, page.Option{Value: k.Code, Text: k.Name})
	}
	body.Only = page.Select{Field: page.Field{Name: "campaign", Label: "Campaign"}, Options: options, Chosen: only}
	for _, d := range list {
		y, m, _ := d.On.Civil()
		name := fmt.Sprintf("%s %d", m, y)
		if n := len(body.Months); n == 0 || body.Months[n-1].Name != name {
			body.Months = append(body.Months, agendaMonth{Name: name})
		}
		last := &body.Months[len(body.Months)-1]
		last.Days = append(last.Days, d)
	}
	return h.show(c, "calendar.html", page.View{Title: "Calendar", Active: "/calendar", Body: body})
}

// calendarFile is the calendar for people's own programmes (RFC 5545): days
// and counts, and nothing of any person.
func (h *Hall) calendarFile(c *fiber.Ctx, by campaigns.Viewer) error {
	list, err := h.dayLines(c, by, c.Query("campaign"))
	if err != nil {
		return err
	}
	var b strings.Builder
	line := func(name, value string) { b.WriteString(fold(name+":"+value) + "\r\n") }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Due Notice//Calendar//EN")
	line("X-WR-CALNAME", "Due Notice")
	stamp := h.Clock().UTC().Format("20060102T150405Z")
	for _, d := range list {
		text := d.Word + ": " + d.Text
		if d.People > 0 {
			text += ", " + page.Plural(int64(d.People), "person", "people")
		}
		line("BEGIN", "VEVENT")
		line("UID", fmt.Sprintf("%s-%s%s@due-notice", d.What, d.On, strings.ReplaceAll(d.Href, "/", "-")))
		line("DTSTAMP", stamp)
		line("DTSTART;VALUE=DATE", icsDay(d.On))
		line("DTEND;VALUE=DATE", icsDay(d.Until.AddDays(1))) // the day after the last
		line("SUMMARY", icsText(text))
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="due-notice.ics"`)
	return c.SendString(b.String())
}

func icsDay(d calendar.Date) string {
	y, m, day := d.Civil()
	return time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Format("20060102")
}

func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(s)
}

// fold breaks a line after at most 75 bytes, never within a letter.
func fold(line string) string {
	var b strings.Builder
	used := 0
	for _, r := range line {
		n := len(string(r))
		if used+n > 75 {
			b.WriteString("\r\n ")
			used = 1
		}
		b.WriteRune(r)
		used += n
	}
	return b.String()
}
