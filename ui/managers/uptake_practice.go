package managers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/uptake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type uptakePracticePage struct {
	uptakeChoice
	Code, Name string
	Newest     []uptakeService // of the month that is shown
	Place      string          // among all and among practices of like size
	Chart      *lineChart
	Course     []practiceMonth // newest first
	Systems    []uptake.Second
	Ways       []page.Link
}

// practiceMonth is one month of a practice beside its peers.
type practiceMonth struct {
	uptake.Sum
	Tenth, Like int
}

// uptakePractice is one practice against the deciles of those of like size.
func (h *Hall) uptakePractice(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	choice, err := h.uptakeAsked(c, by)
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Params("code"))
	all, err := h.Tally.Practice(ctx, code)
	if err != nil {
		return err
	}
	body := uptakePracticePage{uptakeChoice: choice, Code: code, Name: all[len(all)-1].Name, Ways: waysOut(c)}
	if asked(c) {
		file := dataSheet{Name: "uptake-practice-" + code, Columns: sumColumns}
		for _, s := range all {
			file.add(sumCells(s)...)
		}
		return h.sendSheet(c, file)
	}
	everybody, err := h.Tally.Deciles(ctx, choice.Service, uptake.Enabled, 0)
	if err != nil {
		return err
	}
	var series []uptake.Sum
	band := 0
	for _, s := range all {
		if s.Service == choice.Service {
			series = append(series, s)
			if n := uptake.BandOf(s.List); n > 0 {
				band = n
			}
		}
		if s.Month == choice.Month && s.Service != uptake.Any {
			body.Newest = append(body.Newest, uptakeService{Sum: s, Word: serviceWords[s.Service]})
		}
	}
	peers, err := h.Tally.Deciles(ctx, choice.Service, uptake.Enabled, band)
	if err != nil {
		return err
	}
	for i := len(series) - 1; i >= 0; i-- {
		s := series[i]
		m := practiceMonth{s, uptake.Tenth(s.EnabledShare(), everybody[s.Month]), uptake.Tenth(s.EnabledShare(), peers[s.Month])}
		body.Course = append(body.Course, m)
		if s.Month == choice.Month && m.EnabledShare() >= 0 {
			body.Place = fmt.Sprintf("%s of patients are enabled. Fewer than 30 practices of like size have published, too few to compare with.", percentText(s.EnabledShare()))
		}
		if s.Month == choice.Month && m.Like > 0 {
			body.Place = fmt.Sprintf("%s of patients are enabled: tenth %d of ten among practices of %s, and tenth %d among all. The tenth tenth has most enabled.",
				percentText(s.EnabledShare()), m.Like, bandWords(band), m.Tenth)
		}
	}
	body.Chart = againstPeers(body.Word()+": share of patients enabled, among practices of "+bandWords(band), series, peers)
	if body.Systems, err = h.Tally.Systems(ctx, code); err != nil {
		return err
	}
	body.Systems = slices.DeleteFunc(body.Systems, func(s uptake.Second) bool { return s.Month != choice.Month })
	return h.show(c, "uptakepractice.html", page.View{Title: body.Name, Active: programmeActive, Crumbs: []page.Link{{Text: "Uptake", Href: choice.At("/uptake")}}, Body: &body})
}

func bandWords(band int) string {
	switch {
	case band <= 0:
		return "every size"
	case band == 1:
		return "fewer than " + page.Number(int64(uptake.Bands[0])) + " patients"
	case band == len(uptake.Bands):
		return page.Number(int64(uptake.Bands[band-2])) + " patients and more"
	}
	return page.Number(int64(uptake.Bands[band-2])) + " to " + page.Number(int64(uptake.Bands[band-1]-1)) + " patients"
}

// againstPeers draws a practice over the nine deciles of its peers.
func againstPeers(title string, series []uptake.Sum, peers map[calendar.Date][]float64) *lineChart {
	var lines []chartSeries
	for d := range 9 {
		line := chartSeries{Class: "c-tenth", Quiet: true}
		if d == 4 {
			line = chartSeries{Class: "c-middle", Name: "half have more"}
		}
		for _, s := range series {
			if deciles := peers[s.Month]; len(deciles) == 9 {
				line.Values = append(line.Values, chartValue{s.Month, deciles[d]})
			}
		}
		lines = append(lines, line)
	}
	own := chartSeries{Class: "c-navy", Name: "this practice"}
	for _, s := range series {
		own.Values = append(own.Values, chartValue{s.Month, s.EnabledShare()})
	}
	return drawLines(title, append(lines, own), percentText)
}

type uptakeAlertsPage struct {
	uptakeChoice
	Alerts []uptake.Alert
	Ways   []page.Link
}

func (h *Hall) uptakeAlerts(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.uptakeAsked(c, by)
	if err != nil {
		return err
	}
	kind, code := scoped(by)
	body := uptakeAlertsPage{uptakeChoice: choice, Ways: waysOut(c)}
	if body.Alerts, err = h.Tally.Alerts(c.UserContext(), kind, code); err != nil {
		return err
	}
	if asked(c) {
		file := dataSheet{Name: "uptake-changes", Columns: []string{"practice", "name", "service", "since", "rose", "before", "now", "people"}}
		for _, a := range body.Alerts {
			file.add(a.Practice, a.Name, string(a.Service), a.Month, a.Rose, a.Usual, a.Share, a.People)
		}
		return h.sendSheet(c, file)
	}
	return h.show(c, "uptakealerts.html", page.View{Title: "What changed lately", Active: programmeActive, Crumbs: []page.Link{{Text: "Uptake", Href: "/uptake"}}, Body: &body})
}

// ServiceWord names a service.
func (uptakeChoice) ServiceWord(s uptake.Service) string { return serviceWords[s] }

type uptakeFilesPage struct {
	Tabs  []programmeTab
	Files []uptakeFileLine
}

type uptakeFileLine struct {
	uptake.Told
	Found []uptake.Found
}

// Span says of which months the file tells.
func (l uptakeFileLine) Span() string {
	if l.Months == 1 {
		return uptake.MonthName(l.From)
	}
	return fmt.Sprintf("%d months, %s to %s", l.Months, uptake.MonthName(l.From), uptake.MonthName(l.To))
}

func (h *Hall) uptakeFiles(c *fiber.Ctx, by campaigns.Viewer) error {
	files, err := h.Tally.Files(c.UserContext())
	if err != nil {
		return err
	}
	body := uptakeFilesPage{Tabs: programmeTabs("/uptake", by.Role)}
	for _, f := range files {
		line := uptakeFileLine{Told: f}
		if f.Findings > 0 {
			if line.Found, err = h.Tally.FindingsOf(c.UserContext(), f.ID); err != nil {
				return err
			}
		}
		body.Files = append(body.Files, line)
	}
	return h.show(c, "uptakefiles.html", page.View{Title: "Files of uptake", Active: programmeActive, Crumbs: []page.Link{{Text: "Uptake", Href: "/uptake"}}, Body: body})
}

type uptakeGroupsPage struct {
	Tabs   []programmeTab
	Groups []uptake.Group
	May    bool
	Name   page.Input
	Codes  page.Textarea
}

func (h *Hall) uptakeGroups(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showUptakeGroups(c, by, nil)
}

func (h *Hall) showUptakeGroups(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	body := uptakeGroupsPage{Tabs: programmeTabs("/uptake", by.Role), May: by.Role.Manages(),
		Name:  page.Input{Field: page.Field{Name: "name", Label: "Name of the group", Error: wrong.For("name")}, Value: c.FormValue("name"), Width: "30"},
		Codes: page.Textarea{Field: page.Field{Name: "practices", Label: "Practices", Hint: "Their codes, divided by commas or blanks", Error: wrong.For("practices")}, Value: c.FormValue("practices"), Rows: 3}}
	var err error
	if body.Groups, err = h.Tally.Groups(c.UserContext(), by); err != nil {
		return err
	}
	return h.show(c, "uptakegroups.html", page.View{Title: "Groups of practices", Active: programmeActive, Problem: wrong, Crumbs: []page.Link{{Text: "Uptake", Href: "/uptake"}}, Body: body})
}

func (h *Hall) addUptakeGroup(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	list := codes(c.FormValue("practices"))
	id, err := h.Tally.AddGroup(c.UserContext(), by, strings.TrimSpace(c.FormValue("name")), list)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showUptakeGroups(c, by, wrong)
	}
	return h.done(c, "/uptake/groups/"+strconv.FormatInt(id, 10), "%s grouped.", page.Plural(int64(len(list)), "practice is", "practices are"))
}

type uptakeGroupPage struct {
	uptakeChoice
	Group    uptake.Group
	Services []uptakeService
	Chart    *lineChart
	Lines    []uptake.Sum
	Sum      uptake.Sum
	Ways     []page.Link
}

func (h *Hall) uptakeGroup(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	groups, err := h.Tally.Groups(ctx, by)
	if err != nil {
		return err
	}
	choice, err := h.uptakeAsked(c, by)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if strconv.FormatInt(g.ID, 10) != c.Params("id") {
			continue
		}
		body := uptakeGroupPage{uptakeChoice: choice, Group: g, Ways: waysOut(c)}
		all, err := h.Tally.GroupSeries(ctx, g)
		if err != nil {
			return err
		}
		if asked(c) {
			file := dataSheet{Name: "uptake-group-" + c.Params("id"), Columns: sumColumns}
			for _, s := range all {
				file.add(sumCells(s)...)
			}
			return h.sendSheet(c, file)
		}
		var series []uptake.Sum
		for _, s := range all {
			if s.Service == choice.Service {
				series = append(series, s)
			}
			if s.Month == choice.Month && s.Service != uptake.Any {
				body.Services = append(body.Services, uptakeService{Sum: s, Word: serviceWords[s.Service]})
			}
		}
		body.Chart = courseOf(body.Word()+": share of patients enabled", series)
		if body.Lines, err = h.Tally.Practices(ctx, "group", c.Params("id"), choice.Month, choice.Service); err != nil {
			return err
		}
		for _, l := range body.Lines {
			body.Sum = addSums(body.Sum, l)
		}
		return h.show(c, "uptakegroup.html", page.View{Title: g.Name, Active: programmeActive, Crumbs: []page.Link{{Text: "Uptake", Href: "/uptake"}, {Text: "Groups", Href: "/uptake/groups"}}, Body: &body})
	}
	return fault.New(fault.NotFound, "There is no such group.")
}
