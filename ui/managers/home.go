package managers

import (
	"fmt"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// need is one line of "what needs you today".
type need struct {
	Href      string
	Count     int
	Name, Why string
	Due       string
	Late      bool
	Old       string
	by        calendar.Date // what it is sorted by; none last
}

type heard struct {
	Name, When string
	Late       bool
}

type alarmLine struct {
	campaigns.Alarm
	High bool
}

type homePage struct {
	Needs     []need
	Paused    []need // stops and pauses that hold
	Stopped   bool
	Running   int
	MayManage bool
	Alarms    []alarmLine
	Heard     []heard
	Closing   *closings
	Late      []batchLine
	Campaigns []campaignLine
	Sum       campaignLine
	First     bool // nothing has been made yet
}

func (h *Hall) home(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	body := homePage{MayManage: by.Role.Manages()}
	var err error
	if body.Campaigns, err = h.lines(c, by); err != nil {
		return err
	}
	body.Sum, body.First = sumOf(body.Campaigns), len(body.Campaigns) == 0
	for _, k := range body.Campaigns {
		if k.State == "Running" {
			body.Running++
		}
	}
	stop, err := h.Register.Signals(ctx, []string{campaigns.StopSignal})
	if err != nil {
		return err
	}
	body.Stopped = stop[campaigns.StopSignal].Red()
	lines, _, err := h.batchLines(c, by, "")
	if err != nil {
		return err
	}
	for _, b := range lines {
		if b.Late {
			body.Late = append(body.Late, b)
		}
	}
	if body.Needs, body.Paused, err = h.needs(c, by, body.Campaigns, len(body.Late)); err != nil {
		return err
	}
	if body.Alarms, err = h.alarms(c, body.Campaigns, by); err != nil {
		return err
	}
	if body.Heard, err = h.lastHeard(c, body.Campaigns); err != nil {
		return err
	}
	today := h.Clock.Today()
	closing, err := h.Desk.WindowsClosing(ctx, by, today, closingDays)
	if err != nil {
		return err
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return err
	}
	body.Closing = closingsOf(closing, today, working)
	return h.show(c, "home.html", page.View{Title: "What needs you today", Active: "/", Body: body})
}

// alarms shows those of the campaigns somebody sees, and those of the whole installation.
func (h *Hall) alarms(c *fiber.Ctx, mine []campaignLine, by campaigns.Viewer) ([]alarmLine, error) {
	all, err := h.Register.Alarms(c.UserContext())
	if err != nil {
		return nil, err
	}
	var list []alarmLine
	for _, a := range all {
		if by.Region != "" && !ours(a.Key, mine) {
			continue
		}
		list = append(list, alarmLine{a, a.Kind == "invariant" || a.Kind == "suspicion" || a.Kind == "audit"})
	}
	return list, nil
}

// ours tells whether the key of an alarm names nothing of another region.
func ours(key string, mine []campaignLine) bool {
	kind, rest, found := strings.Cut(key, ":")
	if !found || kind != "batch" && kind != "campaign" && kind != "wave" {
		return true
	}
	for _, k := range mine {
		if strings.HasPrefix(rest, k.Code) || kind == "campaign" && rest == fmt.Sprint(k.ID) {
			return true
		}
	}
	return false
}

// lastHeard lists the feeds and the vendors of the campaigns; silence is not health.
func (h *Hall) lastHeard(c *fiber.Ctx, mine []campaignLine) ([]heard, error) {
	ctx, now := c.UserContext(), h.Clock()
	limit := 72 * time.Hour
	vendors := map[string]bool{}
	for _, k := range mine {
		limit = min(limit, k.FeedLimit)
		vendors[k.Vendor] = true
	}
	if len(mine) == 0 {
		return nil, nil
	}
	signals, err := h.Register.SignalsLike(ctx, "feed:")
	if err != nil {
		return nil, err
	}
	var list []heard
	add := func(name string, at time.Time, limit time.Duration) {
		if at.IsZero() {
			list = append(list, heard{name, "Never", limit > 0})
			return
		}
		list = append(list, heard{name, page.Ago(at, now), limit > 0 && now.Sub(at) > limit})
	}
	add("Deaths and moves", signals[campaigns.FeedRegistrations].Since, limit)
	add("National answers", signals[campaigns.FeedNational].Since, limit)
	printers, err := h.Mailroom.Vendors(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range printers {
		if vendors[v.Code] {
			add(v.Name, v.LastHeardAt, 0)
		}
	}
	return list, nil
}

// lateWords say what a late batch waits for.
func (l batchLine) Behind() string {
	switch l.Batch.State {
	case letters.Sealed:
		return "Not taken by the vendor"
	case letters.Accepted:
		return "Not reported as posted"
	}
	return "Not sealed"
}
