package managers

import (
	"fmt"
	"net/url"
	"slices"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/uptake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// uptakeChoice is what the address says is to be shown: month and service.
type uptakeChoice struct {
	Month   calendar.Date
	Months  page.Select
	Service uptake.Service
	Tabs    []programmeTab
	Pick    page.Select
	Known   bool // any month at all is known
}

type uptakeAreaPage struct {
	uptakeChoice
	Kind      string
	Code      string
	Name      string
	Over      []page.Link
	Any       uptake.Sum
	Services  []uptakeService
	Chosen    uptakeService
	Chart     *lineChart
	Course    []uptake.Sum // newest first, every month
	Parts     []uptakeParts
	Hot, Cold []uptake.Sum
	Alerts    []uptake.Alert
	Practices string
	Views     uptake.Views // of this product's own records
	Ways      []page.Link
}

// uptakeService is one line of the funnel.
type uptakeService struct {
	uptake.Sum
	Word string
	Grew string // percentage points against the same month a year before
}

// uptakeParts is one table of the areas that an area divides into.
type uptakeParts struct {
	Title string
	Lines []uptake.Sum
	Total uptake.Sum
	Links bool
}

var serviceWords = map[uptake.Service]string{uptake.Any: "Any service", uptake.Appointments: "Appointments", uptake.Prescriptions: "Prescriptions", uptake.Records: "Records"}

// uptakeAsked reads month and service from the address.
func (h *Hall) uptakeAsked(c *fiber.Ctx, by campaigns.Viewer) (uptakeChoice, error) {
	if err := h.Tally.Settle(c.UserContext()); err != nil {
		return uptakeChoice{}, err
	}
	months, err := h.Tally.Months(c.UserContext())
	if err != nil {
		return uptakeChoice{}, err
	}
	a := uptakeChoice{Service: uptake.Service(c.Query("service", string(uptake.Records))), Known: len(months) > 0}
	if _, known := serviceWords[a.Service]; !known {
		return a, fault.New(fault.NotFound, "There is no such service.")
	}
	a.Month = monthDay(c.Query("month"))
	a.Months = page.Select{Field: page.Field{Name: "month", Label: "Month"}, Chosen: monthKey(a.Month)}
	for i, m := range months {
		if i == 0 && a.Month.IsZero() {
			a.Month, a.Months.Chosen = m.Month, monthKey(m.Month)
		}
		a.Months.Options = append(a.Months.Options, page.Option{Value: monthKey(m.Month), Text: uptake.MonthName(m.Month)})
	}
	if a.Known && !slices.ContainsFunc(months, func(m uptake.Month) bool { return m.Month == a.Month }) {
		return a, fault.New(fault.NotFound, "Nothing is known of this month.")
	}
	a.Pick = page.Select{Field: page.Field{Name: "service", Label: "Service"}, Chosen: string(a.Service)}
	for _, s := range []uptake.Service{uptake.Records, uptake.Prescriptions, uptake.Appointments} {
		a.Pick.Options = append(a.Pick.Options, page.Option{Value: string(s), Text: serviceWords[s]})
	}
	a.Tabs = programmeTabs("/uptake", by.Role)
	return a, nil
}

// At is the address of another page for the same month and service.
func (a uptakeChoice) At(path string) string {
	return path + "?" + url.Values{"month": {monthKey(a.Month)}, "service": {string(a.Service)}}.Encode()
}

// Word is the service as a sentence has it.
func (a uptakeChoice) Word() string { return serviceWords[a.Service] }

func areaPath(kind, code string) string {
	if kind == "england" {
		return "/uptake/area/england/all"
	}
	return "/uptake/area/" + kind + "/" + code
}

// Link is the page of a line's area or practice.
func (a uptakeChoice) Link(s uptake.Sum) string {
	if s.Kind == "practice" {
		return a.At("/uptake/practice/" + s.Code)
	}
	return a.At(areaPath(s.Kind, s.Code))
}

func (h *Hall) uptakeHome(c *fiber.Ctx, by campaigns.Viewer) error {
	kind, code := scoped(by)
	return h.showUptakeArea(c, by, kind, code)
}

func (h *Hall) uptakeArea(c *fiber.Ctx, by campaigns.Viewer) error {
	kind, code, err := areaAsked(c)
	if err != nil {
		return err
	}
	return h.showUptakeArea(c, by, kind, code)
}

func areaAsked(c *fiber.Ctx) (kind, code string, err error) {
	kind, code = c.Params("kind"), c.Params("code")
	if kind == "england" && code == "all" {
		return kind, "", nil
	}
	if !slices.Contains([]string{"region", "icb", "place", "network"}, kind) {
		return kind, code, fault.New(fault.NotFound, "There is no such kind of area.")
	}
	return kind, code, nil
}

func (h *Hall) showUptakeArea(c *fiber.Ctx, by campaigns.Viewer, kind, code string) error {
	ctx := c.UserContext()
	choice, err := h.uptakeAsked(c, by)
	if err != nil {
		return err
	}
	body := uptakeAreaPage{uptakeChoice: choice, Kind: kind, Code: code, Name: "England", Practices: choice.At(areaPath(kind, code) + "/practices"), Ways: waysOut(c)}
	view := page.View{Title: "Uptake", Active: programmeActive, Body: &body}
	if !body.Known {
		return h.show(c, "uptake.html", view)
	}
	all, err := h.Tally.Area(ctx, kind, code, body.Month)
	if fault.Is(err, fault.NotFound) && c.Path() == "/uptake" { // nothing of the viewer's own area: England
		return h.showUptakeArea(c, by, "england", "")
	}
	if err != nil {
		return err
	}
	body.Name, body.Any = all[0].Name, all[0]
	if asked(c) {
		return h.sendAreaSheet(c, body)
	}
	for _, s := range all {
		if s.Service == uptake.Any {
			continue
		}
		series, err := h.Tally.Series(ctx, kind, code, s.Service)
		if err != nil {
			return err
		}
		line := uptakeService{Sum: s, Word: serviceWords[s.Service], Grew: "–"}
		if grew, ok := uptake.Grew(untilMonth(series, body.Month), uptake.Enabled); ok {
			line.Grew = points(grew)
		}
		body.Services = append(body.Services, line)
		if s.Service == body.Service {
			body.Chosen, body.Course = line, series
		}
	}
	body.Chart = courseOf(body.Word()+": share of patients enabled", body.Course)
	slices.Reverse(body.Course)
	if err := h.uptakePartsOf(c, &body); err != nil {
		return err
	}
	ends, err := h.Tally.Extremes(ctx, kind, code, body.Month, body.Service, 8)
	if err != nil {
		return err
	}
	half := (len(ends) + 1) / 2
	body.Hot, body.Cold = ends[:half], ends[half:]
	slices.Reverse(body.Cold)
	alerts, err := h.Tally.Alerts(ctx, kind, code)
	if err != nil {
		return err
	}
	body.Alerts = alerts[:min(len(alerts), 5)]
	if body.Views, err = h.ownViews(c, by); err != nil {
		return err
	}
	view.Title = "Uptake: " + body.Name
	if kind != "england" {
		view.Crumbs = []page.Link{{Text: "England", Href: choice.At(areaPath("england", ""))}}
	}
	return h.show(c, "uptake.html", view)
}

// ownViews is how often people looked at the records of this product.
func (h *Hall) ownViews(c *fiber.Ctx, by campaigns.Viewer) (all uptake.Views, err error) {
	programmes, err := h.Board.Programmes(c.UserContext())
	if err != nil {
		return all, err
	}
	for _, p := range programmes {
		v, err := h.Tally.Views(c.UserContext(), by, p.ID)
		if err != nil {
			return all, err
		}
		all.Views, all.People, all.Again = all.Views+v.Views, all.People+v.People, all.Again+v.Again
	}
	return all, nil
}

// uptakePartsOf lists the areas within the area, and sees that they add up.
func (h *Hall) uptakePartsOf(c *fiber.Ctx, body *uptakeAreaPage) error {
	for _, into := range map[string][]string{"england": {"region", "icb"}, "region": {"icb"}, "icb": {"place", "network"}}[body.Kind] {
		lines, err := h.Tally.Within(c.UserContext(), body.Kind, body.Code, into, body.Month, body.Service)
		if err != nil {
			return err
		}
		if len(lines) < 1 || len(lines) == 1 && into == "place" {
			continue
		}
		p := uptakeParts{Title: map[string]string{"region": "Regions", "icb": "Integrated care boards", "place": "Sub-ICB locations", "network": "Primary care networks"}[into], Lines: lines}
		for _, l := range lines {
			p.Total = addSums(p.Total, l)
		}
		body.Parts = append(body.Parts, p)
	}
	return nil
}

func addSums(a, b uptake.Sum) uptake.Sum {
	a.Practices, a.List, a.Known, a.Offered = a.Practices+b.Practices, a.List+b.List, a.Known+b.Known, a.Offered+b.Offered
	a.KnownList, a.OfferedList = a.KnownList+b.KnownList, a.OfferedList+b.OfferedList
	a.Enabled, a.EnabledList, a.Used, a.UsedList, a.Silent = a.Enabled+b.Enabled, a.EnabledList+b.EnabledList, a.Used+b.Used, a.UsedList+b.UsedList, a.Silent+b.Silent
	return a
}

func untilMonth(series []uptake.Sum, month calendar.Date) []uptake.Sum {
	n := slices.IndexFunc(series, func(s uptake.Sum) bool { return s.Month.After(month) })
	if n < 0 {
		return series
	}
	return series[:n]
}

// courseOf draws the enabled share month by month.
func courseOf(title string, series []uptake.Sum) *lineChart {
	line := chartSeries{Name: "enabled"}
	for _, s := range series {
		line.Values = append(line.Values, chartValue{s.Month, s.EnabledShare()})
	}
	return drawLines(title, []chartSeries{line}, percentText)
}

var sumColumns = []string{"month", "kind", "code", "name", "service", "practices", "patients", "practices known", "practices offering", "patients offered", "offered share", "enabled",
	"enabled share", "used", "used each patient", "on without users"}

func sumCells(s uptake.Sum) []any {
	return []any{s.Month, s.Kind, s.Code, s.Name, string(s.Service), s.Practices, s.List, s.Known, s.Offered, s.OfferedList, perhaps(s.OfferedShare()), s.Enabled,
		perhaps(s.EnabledShare()), s.Used, perhaps(s.UsedEach()), s.Silent}
}

// sendAreaSheet is every service and month of an area as a file, and the
// areas within it in the month that is shown.
func (h *Hall) sendAreaSheet(c *fiber.Ctx, body uptakeAreaPage) error {
	file := dataSheet{Name: "uptake-" + areaKey(body.Kind, body.Code), Columns: sumColumns}
	for _, service := range append([]uptake.Service{uptake.Any}, uptake.Services...) {
		series, err := h.Tally.Series(c.UserContext(), body.Kind, body.Code, service)
		if err != nil {
			return err
		}
		for _, s := range series {
			s.Name = body.Name
			file.add(sumCells(s)...)
		}
	}
	if err := h.uptakePartsOf(c, &body); err != nil {
		return err
	}
	for _, p := range body.Parts {
		for _, l := range p.Lines {
			file.add(sumCells(l)...)
		}
	}
	return h.sendSheet(c, file)
}

func areaKey(kind, code string) string {
	if code == "" {
		return kind
	}
	return kind + "-" + code
}

type uptakePracticesPage struct {
	uptakeChoice
	Kind, Code, Name string
	Only             page.Select
	All              int
	Found            []uptake.Sum
	Sum              uptake.Sum
	Pages            *page.Pagination
	Ways             []page.Link
}

// uptakePractices lists the practices of an area: all, or those that say a
// service is on and have nobody who uses it.
func (h *Hall) uptakePractices(c *fiber.Ctx, by campaigns.Viewer) error {
	kind, code, err := areaAsked(c)
	if err != nil {
		return err
	}
	choice, err := h.uptakeAsked(c, by)
	if err != nil {
		return err
	}
	if !choice.Known {
		return fault.New(fault.NotFound, "Nothing is known of uptake yet.")
	}
	area, err := h.Tally.Area(c.UserContext(), kind, code, choice.Month)
	if err != nil {
		return err
	}
	list, err := h.Tally.Practices(c.UserContext(), kind, code, choice.Month, choice.Service)
	if err != nil {
		return err
	}
	body := uptakePracticesPage{uptakeChoice: choice, Kind: kind, Code: code, Name: area[0].Name, All: len(list), Ways: waysOut(c)}
	only := c.Query("only")
	body.Only = page.Select{Field: page.Field{Name: "only", Label: "Which"}, Chosen: only, Options: []page.Option{{Text: "All practices"},
		{Value: "silent", Text: "On, and nobody is enabled"}, {Value: "off", Text: "Not on"}, {Value: "unknown", Text: "Not known"}}}
	list = slices.DeleteFunc(list, func(s uptake.Sum) bool {
		switch only {
		case "silent":
			return s.Silent == 0
		case "off":
			return s.Known == 0 || s.Offered == 1
		case "unknown":
			return s.Known == 1 && s.EnabledList > 0
		}
		return false
	})
	if asked(c) {
		file := dataSheet{Name: "uptake-practices-" + areaKey(kind, code), Columns: sumColumns}
		for _, s := range list {
			file.add(sumCells(s)...)
		}
		return h.sendSheet(c, file)
	}
	for _, s := range list {
		body.Sum = addSums(body.Sum, s)
	}
	from, to, pages := numbered(c, len(list), 100)
	body.Found, body.Pages = list[from:to], pages
	return h.show(c, "uptakepractices.html", page.View{Title: "Practices, " + body.Name, Active: programmeActive,
		Crumbs: []page.Link{{Text: "Uptake", Href: choice.At("/uptake")}, {Text: body.Name, Href: choice.At(areaPath(kind, code))}}, Body: &body})
}

// OfferedWord says whether the service is on at a practice.
func (uptakeChoice) OfferedWord(s uptake.Sum) string {
	switch {
	case s.Known == 0:
		return "Not known"
	case s.Offered == 1:
		return "On"
	}
	return "Not on"
}

// Percent, Hundred and Bar write shares; templates have no shares of their own.
func (uptakeChoice) Percent(share float64) string { return percentText(share) }

// Hundred writes uses for each hundred patients.
func (uptakeChoice) Hundred(each float64) string { return eachHundred(each) }

// Bar is the width of a bar of a hundred.
func (uptakeChoice) Bar(share float64) string { return fmt.Sprint(sharePart(share)) }

// MonthName names a month.
func (uptakeChoice) MonthName(d calendar.Date) string { return uptake.MonthName(d) }
