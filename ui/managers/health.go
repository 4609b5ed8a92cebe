package managers

import (
	"strconv"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/jobs"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// healthRoutes are the pages about what is wrong and what is being worked.
var healthRoutes = []route{
	{"GET", "/alarms", anybody, (*Hall).alarmsPage},
	{"POST", "/alarms/:id/take", manages, (*Hall).takeAlarm},
	{"POST", "/alarms/:id/end", manages, (*Hall).endAlarm},
	{"GET", "/health", seesTeam, (*Hall).health},
	{"POST", "/health/jobs/:id", national, (*Hall).decideJob},
}

// pastAlarms is how long the page of alarms remembers those that are over.
const pastAlarms = 14 * 24 * time.Hour

type alarmsPage struct {
	Open, Past []alarmLine
	May        bool
	Me         campaigns.StaffID
	Staff      []campaigns.StaffMember
	Wrong      page.Problems
}

func (h *Hall) alarmsPage(c *fiber.Ctx, by campaigns.Viewer) error { return h.showAlarms(c, by, nil) }

func (h *Hall) showAlarms(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	mine, err := h.lines(c, by)
	if err != nil {
		return err
	}
	body := alarmsPage{May: by.Role.Manages(), Me: by.ID, Wrong: wrong}
	if body.Open, err = h.alarms(c, mine, by); err != nil {
		return err
	}
	past, err := h.Register.PastAlarms(ctx, h.Clock().Add(-pastAlarms))
	if err != nil {
		return err
	}
	for _, a := range past {
		if by.Region == "" || ours(a.Key, mine) {
			body.Past = append(body.Past, alarmLine{Alarm: a})
		}
	}
	staff, err := h.Register.Team(ctx, by)
	if err != nil {
		return err
	}
	for _, s := range staff {
		if s.Role.Manages() && !s.Disabled {
			body.Staff = append(body.Staff, s)
		}
	}
	return h.show(c, "alarms.html", page.View{Title: "Alarms", Active: "/", Problem: wrong, Crumbs: []page.Link{{Text: "Home", Href: "/"}}, Body: body})
}

// seen finds an alarm among those somebody sees; another region's is not there.
func (h *Hall) seenAlarm(c *fiber.Ctx, by campaigns.Viewer) (campaigns.Alarm, error) {
	mine, err := h.lines(c, by)
	if err != nil {
		return campaigns.Alarm{}, err
	}
	open, err := h.alarms(c, mine, by)
	if err != nil {
		return campaigns.Alarm{}, err
	}
	id := idOf(c)
	for _, a := range open {
		if a.ID == id {
			return a.Alarm, nil
		}
	}
	return campaigns.Alarm{}, fault.New(fault.NotFound, "There is no such alarm, or it is over already.")
}

func (h *Hall) takeAlarm(c *fiber.Ctx, by campaigns.Viewer) error {
	owner, err := strconv.ParseInt(c.FormValue("owner"), 10, 64)
	if err != nil {
		owner = 0
	}
	return h.ofAlarm(c, by, "It is written down who sees to it.", func(a campaigns.Alarm) error {
		return h.Register.TakeAlarm(c.UserContext(), by, a.ID, campaigns.StaffID(owner))
	})
}

func (h *Hall) endAlarm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofAlarm(c, by, "The alarm is over. If what it told of is not, it comes again.", func(a campaigns.Alarm) error {
		return h.Register.EndAlarm(c.UserContext(), by, a.ID, c.FormValue("because"))
	})
}

func (h *Hall) ofAlarm(c *fiber.Ctx, by campaigns.Viewer, said string, do func(campaigns.Alarm) error) error {
	a, err := h.seenAlarm(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	if err := wrong.Take(do(a)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showAlarms(c, by, wrong)
	}
	return h.done(c, "/alarms", "%s", said)
}

type workLine struct {
	jobs.Waiting
	Waits string // how long the oldest that may begin has waited, by the wall's clock
}

type healthPage struct {
	Work      []workLine
	GivenUp   []jobs.GivenUp
	Timetable []jobs.LastDone
	ByHand    bool // the clock is moved by hand, and the timetable with it
	Late      int
	May       bool
	Heard     []heard
	Seal      campaigns.AuditSeal
}

// health shows what is being worked, what was given up, and when everything that has to happen again and again last happened.
func (h *Hall) health(c *fiber.Ctx, by campaigns.Viewer) error { return h.showHealth(c, by, nil) }

func (h *Hall) showHealth(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	body := healthPage{May: by.Role == campaigns.RoleNational, ByHand: h.Demo != nil}
	var err error
	if h.Crew != nil {
		work, err := h.Crew.Waiting(ctx)
		if err != nil {
			return err
		}
		for _, w := range work {
			line := workLine{Waiting: w, Waits: "Nothing waits"}
			if w.Oldest != nil {
				line.Waits = capital(page.Ago(*w.Oldest, calendar.Wall()))
			}
			body.Work = append(body.Work, line)
		}
		if body.GivenUp, err = h.Crew.GivenUp(ctx); err != nil {
			return err
		}
		if body.Timetable, err = h.Crew.Timetable(ctx, calendar.Wall()); err != nil {
			return err
		}
	}
	for _, d := range body.Timetable {
		if d.Late {
			body.Late++
		}
	}
	mine, err := h.lines(c, by)
	if err != nil {
		return err
	}
	if body.Heard, err = h.lastHeard(c, mine); err != nil {
		return err
	}
	if body.Seal, err = h.Register.NewestSeal(ctx); err != nil {
		return err
	}
	return h.show(c, "health.html", page.View{Title: "Health", Active: "/team", Problem: wrong, Crumbs: []page.Link{{Text: "Team", Href: "/team"}}, Body: body})
}

func (h *Hall) decideJob(c *fiber.Ctx, by campaigns.Viewer) error {
	if h.Crew == nil {
		return fault.New(fault.NotFound, "There is no such job among those that were given up.")
	}
	do, said := h.Crew.Retry, "It begins anew."
	if c.FormValue("do") == "discard" {
		do, said = h.Crew.Discard, "It is forgotten, and what it should have done stays undone."
	}
	var wrong page.Problems
	if err := wrong.Take(do(c.UserContext(), by, idOf(c), c.FormValue("because"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showHealth(c, by, wrong)
	}
	return h.done(c, "/health", "%s", said)
}
