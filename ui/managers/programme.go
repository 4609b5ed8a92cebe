package managers

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/engagement"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/readiness"
	"duenotice/campaigns/uptake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// Programme is the rooms around the mail-out: how far practices are,
// what patients then use, who pays, what doctors said.
type Programme struct {
	Tally   *uptake.Tally
	Board   *readiness.Board
	Purse   *funding.Purse
	Minutes *engagement.Minutes
}

// programmeRoutes are the pages around the mail-out.
var programmeRoutes = []route{
	{"GET", "/readiness", anybody, (*Hall).readiness},
	{"GET", "/readiness/practices/:code", anybody, (*Hall).readyPractice},
	{"POST", "/readiness/practices/:code", manages, (*Hall).changePractice},
	{"POST", "/readiness/practices/:code/checks", manages, (*Hall).tickCheck},
	{"POST", "/readiness/practices/:code/excluded", manages, (*Hall).noteExcluded},
	{"POST", "/readiness/practices/:code/blockers/:id", manages, (*Hall).resolveBlocker},
	{"GET", "/readiness/areas/:code", anybody, (*Hall).readyArea},
	{"POST", "/readiness/areas/:code", manages, (*Hall).addReadyMeeting},
	{"GET", "/readiness/blockers", anybody, (*Hall).readyBlockers},
	{"POST", "/readiness/change", manages, (*Hall).changePractices},
	{"GET", "/readiness/deadline", national, (*Hall).deadlineForm},
	{"POST", "/readiness/deadline", national, (*Hall).setDeadline},
	{"GET", "/funding", seesFunding, (*Hall).funding},
	{"POST", "/funding", keepsFunding, (*Hall).addOffer},
	{"POST", "/funding/:id/end", keepsFunding, (*Hall).endOffer},
	{"GET", "/engagement", anybody, (*Hall).engagement},
	{"POST", "/engagement", manages, (*Hall).addMeeting},
	{"GET", "/engagement/:id", anybody, (*Hall).meeting},
	{"POST", "/engagement/:id/votes", manages, (*Hall).addVote},
	{"POST", "/engagement/:id/concerns", manages, (*Hall).addConcern},
	{"POST", "/engagement/:id/answer", manages, (*Hall).answerConcern},
	{"GET", "/uptake", anybody, (*Hall).uptakeHome},
	{"GET", "/uptake/alerts", anybody, (*Hall).uptakeAlerts},
	{"GET", "/uptake/definitions", anybody, (*Hall).uptakeWords},
	{"GET", "/uptake/files", anybody, (*Hall).uptakeFiles},
	{"GET", "/uptake/groups", anybody, (*Hall).uptakeGroups},
	{"POST", "/uptake/groups", manages, (*Hall).addUptakeGroup},
	{"GET", "/uptake/groups/:id", anybody, (*Hall).uptakeGroup},
	{"GET", "/uptake/practice/:code", anybody, (*Hall).uptakePractice},
	{"GET", "/uptake/area/:kind/:code", anybody, (*Hall).uptakeArea},
	{"GET", "/uptake/area/:kind/:code/practices", anybody, (*Hall).uptakePractices},
}

// programmeTab is one of the rooms around the mail-out, in the tabs over each
// of their pages.
type programmeTab struct {
	Text, Href string
	Current    bool
}

// programmeActive is the navigation entry under which these pages stand.
const programmeActive = "/readiness"

func programmeTabs(active string, role campaigns.Role) []programmeTab {
	tabs := []programmeTab{{Text: "Readiness", Href: "/readiness"}, {Text: "Uptake", Href: "/uptake"}}
	if seesFunding(role) {
		tabs = append(tabs, programmeTab{Text: "Funding", Href: "/funding"})
	}
	tabs = append(tabs, programmeTab{Text: "Doctors", Href: "/engagement"})
	for i := range tabs {
		tabs[i].Current = tabs[i].Href == active
	}
	return tabs
}

// dataSheet is a table as a file: every page around the mail-out has its
// numbers as CSV and JSON, from the same lines that it shows.
type dataSheet struct {
	Name    string
	Columns []string
	Rows    [][]any // strings, whole numbers, float64, dates; nil is unknown
}

func (s *dataSheet) add(cells ...any) { s.Rows = append(s.Rows, cells) }

// asked tells whether the page is wanted as a file.
func asked(c *fiber.Ctx) bool { return c.Query("as") == "csv" || c.Query("as") == "json" }

// waysOut are the links to the page as CSV and JSON.
func waysOut(c *fiber.Ctx) []page.Link {
	q := url.Values{}
	for k, v := range c.Queries() {
		if k != "as" && k != "page" {
			q.Set(k, v)
		}
	}
	link := func(as string) string {
		q.Set("as", as)
		return c.Path() + "?" + q.Encode()
	}
	return []page.Link{{Text: "As CSV", Href: link("csv")}, {Text: "As JSON", Href: link("json")}}
}

// sendSheet answers with the table as the file that was asked for.
func (h *Hall) sendSheet(c *fiber.Ctx, s dataSheet) error {
	as := c.Query("as")
	if as != "csv" && as != "json" {
		return fault.New(fault.NotFound, "This page comes as CSV and as JSON.")
	}
	body, kind, err := s.csv()
	if as == "json" {
		body, kind, err = s.json()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", s.Name, err)
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-%s.%s"`, s.Name, h.Clock.Today(), as))
	return c.Send(body)
}

func (s dataSheet) csv() ([]byte, string, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{s.Columns}
	for _, r := range s.Rows {
		row := make([]string, len(r))
		for i, cell := range r {
			row[i] = plainCell(cell)
		}
		rows = append(rows, row)
	}
	err := w.WriteAll(rows)
	return b.Bytes(), "text/csv; charset=utf-8", err
}

func plainCell(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return harmless(v)
	case float64:
		return strconv.FormatFloat(v, 'f', 6, 64)
	default:
		return fmt.Sprint(v)
	}
}

func (s dataSheet) json() ([]byte, string, error) {
	rows := make([]map[string]any, len(s.Rows))
	for n, r := range s.Rows {
		rows[n] = make(map[string]any, len(r))
		for i, cell := range r {
			rows[n][strings.ReplaceAll(s.Columns[i], " ", "_")] = cell
		}
	}
	body, err := json.MarshalIndent(map[string]any{"name": s.Name, "rows": rows}, "", "  ")
	return body, fiber.MIMEApplicationJSONCharsetUTF8, err
}

// perhaps is a share that may be unknown, for a file.
func perhaps(share float64) any {
	if share < 0 {
		return nil
	}
	return share
}

// percentText writes a share with one decimal, or "–" where it is unknown.
// Only everybody is 100.0%, and only nobody is 0.0%.
func percentText(share float64) string {
	switch {
	case share < 0:
		return "–"
	case share > 0 && share < 0.0005:
		return "<0.1%"
	case share > 0.9995 && share < 1:
		return ">99.9%"
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
}

// eachHundred writes uses for every 100 patients.
func eachHundred(each float64) string {
	if each < 0 {
		return "–"
	}
	return strconv.FormatFloat(100*each, 'f', 1, 64)
}

// points writes a difference of shares in percentage points, with its sign.
func points(difference float64) string {
	s := strconv.FormatFloat(100*difference, 'f', 1, 64)
	if s == "-0.0" || s == "0.0" {
		return "0.0"
	}
	if difference > 0 {
		return "+" + s
	}
	return "−" + strings.TrimPrefix(s, "-")
}

// monthDay reads a month from the address: 2020-08.
func monthDay(s string) calendar.Date {
	d, err := calendar.ParseDate(s + "-01")
	if err != nil {
		return calendar.Date{}
	}
	year, month, _ := d.Civil()
	return calendar.On(year, month+1, 0)
}

// monthKey writes a month for the address.
func monthKey(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()[:7]
}

// numbered is one page of a list of n lines, and the way to the others.
func numbered(c *fiber.Ctx, n, each int) (from, to int, p *page.Pagination) {
	last := max((n+each-1)/each, 1)
	at := min(max(c.QueryInt("page", 1), 1), last)
	from, to = (at-1)*each, min(at*each, n)
	if last == 1 {
		return from, to, nil
	}
	href := func(n int) string {
		q := url.Values{}
		for k, v := range c.Queries() {
			q.Set(k, v)
		}
		q.Set("page", strconv.Itoa(n))
		return c.Path() + "?" + q.Encode()
	}
	p = &page.Pagination{}
	for i := 1; i <= last; i++ {
		switch {
		case i == 1 || i == last || i >= at-2 && i <= at+2:
			p.Pages = append(p.Pages, page.PageLink{Number: i, Href: href(i), Current: i == at})
		case p.Pages[len(p.Pages)-1].Number != 0:
			p.Pages = append(p.Pages, page.PageLink{})
		}
	}
	if at > 1 {
		p.Previous.Href = href(at - 1)
	}
	if at < last {
		p.Next.Href = href(at + 1)
	}
	return from, to, p
}

// scoped is the viewer's own area where pages begin: the ICB or region of
// those who have one, else England.
func scoped(by campaigns.Viewer) (kind, code string) {
	switch {
	case by.Region == "":
		return "england", ""
	case strings.HasPrefix(by.Region, "Y"):
		return "region", by.Region
	}
	return "icb", by.Region
}
