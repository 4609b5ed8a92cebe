package managers

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

func seesTeam(r campaigns.Role) bool { return r.Manages() || r == campaigns.RoleAuditor }

func audits(r campaigns.Role) bool {
	return r == campaigns.RoleNational || r == campaigns.RoleAuditor
}

// teamRoutes are the pages about those who work here, and what they did.
var teamRoutes = []route{
	{"GET", "/account", anybody, (*Hall).account},
	{"POST", "/account/password", anybody, (*Hall).changePassword},
	{"POST", "/account/sessions", anybody, (*Hall).endSession},
	{"GET", "/account/factor", anybody, (*Hall).factorForm},
	{"POST", "/account/factor", anybody, (*Hall).addFactor},
	{"GET", "/team", seesTeam, (*Hall).team},
	{"POST", "/team", national, (*Hall).addStaff},
	{"GET", "/team/:id", national, (*Hall).member},
	{"POST", "/team/:id", national, (*Hall).changeStaff},
	{"POST", "/team/:id/access", national, (*Hall).changeAccess},
	{"POST", "/team/:id/reset", national, (*Hall).resetStaff},
	{"GET", "/audit", audits, (*Hall).audit},
	{"POST", "/audit/check", audits, (*Hall).checkAudit},
}

var roleNames = []page.Option{
	{Value: string(campaigns.RoleNational), Text: "National manager", Hint: "Every region; holidays, vendors, the team"},
	{Value: string(campaigns.RoleRegional), Text: "Manager of a region", Hint: "Campaigns, waves, imports, holds"},
	{Value: string(campaigns.RoleHelpdesk), Text: "Helpdesk", Hint: "Finds people and keys their answers"},
	{Value: string(campaigns.RolePractice), Text: "Practice", Hint: "Sees campaigns of its region, no people"},
	{Value: string(campaigns.RoleFinance), Text: "Finance", Hint: "Postage, vendors' books, funding"},
	{Value: string(campaigns.RoleAuditor), Text: "Auditor", Hint: "Reads everything but people, changes nothing"},
}

func roleName(r campaigns.Role) string {
	for _, o := range roleNames {
		if o.Value == string(r) {
			return o.Text
		}
	}
	return string(r)
}

type memberLine struct {
	campaigns.StaffMember
	RoleName string
	Self     bool
}

type teamPage struct {
	Members     []memberLine
	May         bool // change them
	Audit       bool
	Name, Email page.Input
	Role        page.Radios
	Region      page.Select
}

func (h *Hall) team(c *fiber.Ctx, by campaigns.Viewer) error { return h.showTeam(c, by, nil) }

func (h *Hall) showTeam(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	list, err := h.Register.Team(c.UserContext(), by)
	if err != nil {
		return err
	}
	body := teamPage{May: by.Role == campaigns.RoleNational, Audit: audits(by.Role),
		Name:  page.Input{Field: page.Field{Name: "name", Label: "Name", Error: wrong.For("name")}, Value: c.FormValue("name"), Width: "20", Spellcheck: "false"},
		Email: page.Input{Field: page.Field{Name: "email", Label: "E-mail address", Error: wrong.For("email")}, Value: c.FormValue("email"), Type: "email", Width: "20", Spellcheck: "false"}}
	if body.Role, body.Region, err = h.roleFields(c, wrong, c.FormValue("role"), c.FormValue("region")); err != nil {
		return err
	}
	for _, s := range list {
		body.Members = append(body.Members, memberLine{s, roleName(s.Role), s.ID == by.ID})
	}
	return h.show(c, "team.html", page.View{Title: "Team", Active: "/team", Problem: wrong, Body: body})
}

func (h *Hall) roleFields(c *fiber.Ctx, wrong page.Problems, role, region string) (page.Radios, page.Select, error) {
	regions, err := h.Register.Regions(c.UserContext())
	if err != nil {
		return page.Radios{}, page.Select{}, err
	}
	options := []page.Option{{Value: "", Text: "None: every region"}}
	for _, r := range regions {
		options = append(options, page.Option{Value: r.Code, Text: r.Name})
	}
	return page.Radios{Field: page.Field{Name: "role", Label: "Role", Error: wrong.For("role")}, Options: roleNames, Chosen: role, Small: true},
		page.Select{Field: page.Field{Name: "region", Label: "Region", Hint: "For all but national managers and auditors", Error: wrong.For("region")}, Options: options, Chosen: region}, nil
}

type passwordPage struct {
	Name, Password string
}

// addStaff adds somebody and shows their first password, once.
func (h *Hall) addStaff(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	name, email, role := strings.TrimSpace(c.FormValue("name")), c.FormValue("email"), campaigns.Role(c.FormValue("role"))
	if name == "" {
		wrong.Add("name", "Give their name.")
	}
	if role == "" {
		wrong.Add("role", "Choose a role.")
	}
	region := c.FormValue("region")
	if role == campaigns.RoleNational || role == campaigns.RoleAuditor {
		region = ""
	}
	password := campaigns.FirstPassword()
	if len(wrong) == 0 {
		_, err := h.Register.AddStaffBy(c.UserContext(), by, email, name, role, region, password)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound && f.Field != "" {
			err = fault.In(f.Field, fault.Invalid, "%s", f.Sentence)
		}
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showTeam(c, by, wrong)
	}
	return h.show(c, "firstpassword.html", page.View{Title: "A first password", Active: "/team", Body: passwordPage{name, password}})
}

type memberPage struct {
	campaigns.StaffMember
	Self   bool
	Roles  page.Radios
	Scope  page.Select
	Deeds  []campaigns.AuditLine
	Region string
}

func (h *Hall) memberOf(c *fiber.Ctx, by campaigns.Viewer) (campaigns.StaffMember, error) {
	list, err := h.Register.Team(c.UserContext(), by)
	if err != nil {
		return campaigns.StaffMember{}, err
	}
	id := campaigns.StaffID(idOf(c))
	for _, s := range list {
		if s.ID == id {
			return s, nil
		}
	}
	return campaigns.StaffMember{}, fault.New(fault.NotFound, "There is no such member of staff.")
}

func (h *Hall) member(c *fiber.Ctx, by campaigns.Viewer) error { return h.showMember(c, by, nil) }

func (h *Hall) showMember(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	s, err := h.memberOf(c, by)
	if err != nil {
		return err
	}
	body := memberPage{StaffMember: s, Self: s.ID == by.ID}
	if body.Roles, body.Scope, err = h.roleFields(c, wrong, or(c.FormValue("role"), string(s.Role)), or(c.FormValue("region"), s.Region)); err != nil {
		return err
	}
	lines, _, err := h.Register.SearchAudit(c.UserContext(), by, campaigns.AuditQuery{Who: s.ID})
	if err != nil {
		return err
	}
	body.Deeds = lines[:min(len(lines), 10)]
	return h.show(c, "member.html", page.View{Title: s.Name, Active: "/team", Problem: wrong, Crumbs: []page.Link{{Text: "Team", Href: "/team"}}, Body: body})
}

// ofMember does one thing to the member of the address and goes back to their page.
func (h *Hall) ofMember(c *fiber.Ctx, by campaigns.Viewer, said string, do func(campaigns.StaffMember) error) error {
	s, err := h.memberOf(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	if err := wrong.Take(do(s)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showMember(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/team/%d", s.ID), said, s.Name)
}

func (h *Hall) changeStaff(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofMember(c, by, "The role of %s is changed, and they are signed out.", func(s campaigns.StaffMember) error {
		return h.Register.ChangeStaff(c.UserContext(), by, s.ID, campaigns.Role(c.FormValue("role")), c.FormValue("region"))
	})
}

func (h *Hall) changeAccess(c *fiber.Ctx, by campaigns.Viewer) error {
	said := "%s may sign in again."
	if c.FormValue("end") != "" {
		said = "%s is signed out and may not sign in any more."
	}
	return h.ofMember(c, by, said, func(s campaigns.StaffMember) error {
		return h.Register.DisableStaff(c.UserContext(), by, s.ID, c.FormValue("end") != "")
	})
}

func (h *Hall) resetStaff(c *fiber.Ctx, by campaigns.Viewer) error {
	s, err := h.memberOf(c, by)
	if err != nil {
		return err
	}
	password, err := h.Register.ResetStaff(c.UserContext(), by, s.ID)
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showMember(c, by, wrong)
	}
	return h.show(c, "firstpassword.html", page.View{Title: "A first password", Active: "/team", Body: passwordPage{s.Name, password}})
}

type auditPage struct {
	Lines        []auditLine
	More         string // address of the next page
	Seal         campaigns.AuditSeal
	Who, Action  page.Select
	Object       page.Select
	ObjectID     page.Input
	From, To     page.Input
	Filtered     bool
	NothingFound bool
}

type auditLine struct {
	campaigns.AuditLine
	Said string
}

// dayIn reads a day of the address bar: 2027-03-05; "" and nonsense are none.
func dayIn(c *fiber.Ctx, name string) (calendar.Date, string) {
	t, err := time.Parse(time.DateOnly, c.Query(name))
	if err != nil {
		return calendar.Date{}, ""
	}
	return calendar.On(t.Year(), t.Month(), t.Day()), c.Query(name)
}

// audit lists what was done; its filters stand in the address bar.
func (h *Hall) audit(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	q := campaigns.AuditQuery{Action: c.Query("action"), Object: c.Query("object"), ID: strings.TrimSpace(c.Query("id"))}
	var from, to string
	q.From, from = dayIn(c, "from")
	q.To, to = dayIn(c, "to")
	who, _ := strconv.ParseInt(c.Query("who"), 10, 64)
	q.Who = campaigns.StaffID(who)
	q.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64)
	lines, more, err := h.Register.SearchAudit(ctx, by, q)
	if err != nil {
		return err
	}
	body := auditPage{Filtered: c.Request().URI().QueryArgs().Len() > 0, NothingFound: len(lines) == 0,
		ObjectID: page.Input{Field: page.Field{Name: "id", Label: "Its number or code"}, Value: q.ID, Width: "10", Spellcheck: "false"},
		From:     page.Input{Field: page.Field{Name: "from", Label: "From"}, Value: from, Type: "date", Width: "10"},
		To:       page.Input{Field: page.Field{Name: "to", Label: "Until"}, Value: to, Type: "date", Width: "10"}}
	for _, l := range lines {
		body.Lines = append(body.Lines, auditLine{l, detailWords(l.Detail)})
	}
	if more {
		args := url.Values{}
		c.Request().URI().QueryArgs().VisitAll(func(k, v []byte) { args.Set(string(k), string(v)) })
		args.Set("before", fmt.Sprint(lines[len(lines)-1].ID))
		body.More = "/audit?" + args.Encode()
	}
	if body.Seal, err = h.Register.NewestSeal(ctx); err != nil {
		return err
	}
	actions, objects, err := h.Register.AuditWords(ctx)
	if err != nil {
		return err
	}
	staff, err := h.Register.Team(ctx, by)
	if err != nil {
		return err
	}
	body.Action = page.Select{Field: page.Field{Name: "action", Label: "What was done"}, Options: wordOptions("Anything", actions), Chosen: q.Action}
	body.Object = page.Select{Field: page.Field{Name: "object", Label: "To what"}, Options: wordOptions("Anything", objects), Chosen: q.Object}
	people := []page.Option{{Value: "", Text: "Anybody"}}
	for _, s := range staff {
		people = append(people, page.Option{Value: fmt.Sprint(s.ID), Text: s.Name})
	}
	body.Who = page.Select{Field: page.Field{Name: "who", Label: "By whom"}, Options: people, Chosen: c.Query("who")}
	return h.show(c, "audit.html", page.View{Title: "Audit", Active: "/team", Crumbs: []page.Link{{Text: "Team", Href: "/team"}}, Body: body})
}

func wordOptions(none string, list []string) []page.Option {
	options := []page.Option{{Value: "", Text: none}}
	for _, w := range list {
		options = append(options, page.Option{Value: w, Text: capital(w)})
	}
	return options
}

// detailWords says the details of a deed in one line: names in order, and what they hold.
func detailWords(detail json.RawMessage) string {
	var m map[string]any
	if json.Unmarshal(detail, &m) != nil {
		return ""
	}
	var list []string
	for k, v := range m {
		text := fmt.Sprint(v)
		if f, ok := v.(float64); ok {
			text = strconv.FormatFloat(f, 'f', -1, 64)
		}
		if text != "" && v != nil {
			list = append(list, strings.ReplaceAll(k, "_", " ")+": "+text)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// checkAudit makes every seal anew, now.
func (h *Hall) checkAudit(c *fiber.Ctx, _ campaigns.Viewer) error {
	ctx := c.UserContext()
	if _, err := h.Register.SealAudit(ctx); err != nil {
		return err
	}
	newest, wrong, err := h.Register.CheckAudit(ctx)
	if err != nil {
		return err
	}
	if err := h.Register.Watched(ctx, "audit", "chain", wrong); err != nil {
		return err
	}
	if wrong != "" {
		return h.done(c, "/audit", "%s", wrong)
	}
	if newest.Number == 0 {
		return h.done(c, "/audit", "Somebody is writing just now, so nothing could be sealed yet. Try again in a moment.")
	}
	return h.done(c, "/audit", "Every seal fits: nothing was changed, added or taken out up to line %s.", page.Number(newest.Last))
}
