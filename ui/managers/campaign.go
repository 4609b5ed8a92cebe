package managers

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type campaignPage struct {
	campaigns.Campaign
	Colour, State string
	Policy        string
	Book          ledger
	Waves         []waveLine
	Sum           waveLine // of all waves
	Signatures    []campaigns.Signature
	Happened      []happening
	Paused        *campaigns.Signal
	PausedBy      string
	Planned       int // people in waves that wait for approval
	Left          int // people in no wave
	Files         int
	MayManage     bool
	MayLook       bool // at the people behind a number
	MayApprove    bool
	WhyNot        string // why this person may not approve
	Reason        page.Input
}

type waveLine struct {
	campaigns.Wave
	Colour, Word                   string
	Way, Posted, Live, None        int
	Signatures                     int
	Written, Waiting, Open, NotYet int
}

// happening is a line of "what happened".
type happening struct {
	At         time.Time
	Day, Clock string
	What, Who  string
}

func (h *Hall) campaign(c *fiber.Ctx, by campaigns.Viewer) error { return h.showCampaign(c, by, nil) }

func (h *Hall) showCampaign(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	k, err := h.Register.Campaign(ctx, by, c.Params("code"))
	if err != nil {
		return err
	}
	counts, err := h.Register.Counts(ctx, k.ID)
	if err != nil {
		return err
	}
	files, err := h.Register.Cohorts(ctx, by, k.Code)
	if err != nil {
		return err
	}
	body := campaignPage{Campaign: k, Policy: policyWords(k.Window), Book: ledgerOf(counts, files), Files: len(files), MayManage: by.Role.Manages(), MayLook: by.Role.KeysAnswers()}
	if body.Colour, body.State, err = h.stateOf(c, k, body.Book); err != nil {
		return err
	}
	if body.Signatures, err = h.Register.Signatures(ctx, "campaign", int64(k.ID)); err != nil {
		return err
	}
	if body.Waves, err = h.waveLines(c, k, counts); err != nil {
		return err
	}
	for _, w := range body.Waves {
		if w.Wave.State == "planned" {
			body.Planned += w.People
		}
		body.Sum.People, body.Sum.Way, body.Sum.Live, body.Sum.None = body.Sum.People+w.People, body.Sum.Way+w.Way, body.Sum.Live+w.Live, body.Sum.None+w.None
	}
	for _, n := range counts {
		if n.State == campaigns.InCohort {
			body.Left += n.People
		}
	}
	signals, err := h.Register.Signals(ctx, []string{campaigns.PauseCampaign(k.ID)})
	if err != nil {
		return err
	}
	if s := signals[campaigns.PauseCampaign(k.ID)]; s.Red() {
		body.Paused, body.PausedBy = &s, h.nameOf(ctx, s.Staff)
	}
	if body.Happened, err = h.happenedTo(c, k, body.Waves, files); err != nil {
		return err
	}
	body.MayApprove, body.WhyNot = maySign(by, k.Author, body.Signatures)
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "A few words that colleagues will understand; no names of patients", Error: wrong.For("reason")}, Value: c.FormValue("reason")}
	return h.show(c, "campaign.html", page.View{Title: k.Name, Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}}, Body: body})
}

// maySign tells whether somebody may be the next to sign, and if not, why.
func maySign(by campaigns.Viewer, author campaigns.StaffID, signed []campaigns.Signature) (bool, string) {
	if !by.Role.Manages() {
		return false, ""
	}
	if by.ID == author {
		return false, "You are its author. Two other people have to approve it."
	}
	for _, s := range signed {
		if s.Staff == by.ID {
			return false, "You have signed. Somebody else has to be the second."
		}
	}
	return true, ""
}

func (h *Hall) waveLines(c *fiber.Ctx, k campaigns.Campaign, counts []campaigns.Count) ([]waveLine, error) {
	ctx := c.UserContext()
	waves, err := h.Register.Waves(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	var lines []waveLine
	for _, w := range waves {
		l := waveLine{Wave: w}
		for _, n := range counts {
			if n.Wave == w.ID {
				l.count(n)
			}
		}
		signals, err := h.Register.Signals(ctx, []string{campaigns.PauseWave(w.ID)})
		if err != nil {
			return nil, err
		}
		if w.State == "planned" {
			signed, err := h.Register.Signatures(ctx, "wave", int64(w.ID))
			if err != nil {
				return nil, err
			}
			l.Signatures = len(signed)
		}
		l.name(signals[campaigns.PauseWave(w.ID)].Red())
		lines = append(lines, l)
	}
	return lines, nil
}

func (l *waveLine) count(n campaigns.Count) {
	switch n.State {
	case campaigns.Created, campaigns.Withdrawing:
		l.Live += n.People
	case campaigns.Excluded, campaigns.OptedOut, campaigns.Closed, campaigns.Unreachable, campaigns.Withdrawn:
		l.None += n.People
	default:
		l.Way += n.People
	}
	switch n.State {
	case campaigns.Scheduled:
		l.NotYet += n.People
	case campaigns.Written:
		l.Written += n.People
	case campaigns.Notified:
		l.Open += n.People
	case campaigns.Reconciling, campaigns.Ready, campaigns.Creating, campaigns.CreateFailed:
		l.Waiting += n.People
	}
}

// name says where a wave is: where most of its people are who are still on the way.
func (l *waveLine) name(paused bool) {
	most := max(l.NotYet, l.Written, l.Open, l.Waiting)
	switch {
	case paused:
		l.Colour, l.Word = "orange", "Paused"
	case l.Wave.State == "planned" && l.Signatures == 0:
		l.Colour, l.Word = "orange", "Needs two signatures"
	case l.Wave.State == "planned":
		l.Colour, l.Word = "orange", "Needs a second signature"
	case most == 0 && l.Way > 0:
		l.Colour, l.Word = "blue", "Traced or held"
	case most == 0:
		l.Colour, l.Word = "white", "Finished"
	case l.NotYet == most:
		l.Colour, l.Word = "aqua", "Letters being drawn"
	case l.Written == most:
		l.Colour, l.Word = "blue", "With the vendor"
	case l.Open == most:
		l.Colour, l.Word = "blue", "Windows open"
	default:
		l.Colour, l.Word = "blue", "Windows over"
	}
}

// happenedTo gathers what was done with a campaign, its waves and its files, newest first.
func (h *Hall) happenedTo(c *fiber.Ctx, k campaigns.Campaign, waves []waveLine, files []campaigns.Cohort) ([]happening, error) {
	type object struct{ kind, id, name string }
	objects := []object{{"campaign", k.Code, "Campaign"}, {"campaign", fmt.Sprint(k.ID), "Campaign"}, {"signal", campaigns.PauseCampaign(k.ID), "Campaign"}, {"signal", k.Code, "Windows"}}
	for _, w := range waves {
		objects = append(objects, object{"wave", fmt.Sprint(w.ID), fmt.Sprintf("Wave %d", w.Number)}, object{"signal", campaigns.PauseWave(w.ID), fmt.Sprintf("Wave %d", w.Number)})
	}
	for i, f := range files {
		if i < 10 {
			objects = append(objects, object{"cohort", fmt.Sprint(f.ID), fmt.Sprintf("File %d", f.ID)})
		}
	}
	var list []happening
	for _, o := range objects {
		looks, err := h.Register.Looks(c.UserContext(), o.kind, o.id, 20)
		if err != nil {
			return nil, err
		}
		for _, l := range looks {
			list = append(list, happeningOf(o.name, l))
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].At.After(list[j].At) })
	return list[:min(len(list), 12)], nil
}

func happeningOf(name string, l campaigns.Look) happening {
	what := map[string]string{"halt": "paused", "resume": "goes on", "approve campaign": "approved", "approve wave": "approved", "create campaign": "made",
		"plan wave": "proposed", "withdraw wave": "taken back", "receive cohort": "received", "accepted cohort": "accepted", "declined cohort": "declined"}[l.Action]
	if what == "" {
		what = l.Action
	}
	var detail struct {
		Reason     string `json:"reason"`
		Signatures int    `json:"signatures"`
	}
	_ = json.Unmarshal(l.Detail, &detail)
	switch {
	case detail.Reason != "":
		what += ": " + sentence(detail.Reason)
	case detail.Signatures == 1:
		what = "signed by the first of two"
	case detail.Signatures == 2:
		what = "approved by the second of two"
	}
	return happening{At: l.At, Day: dayOf(l.At), Clock: page.ClockTime(l.At), What: name + " " + what, Who: capital(l.Who)}
}

func (h *Hall) approveCampaign(c *fiber.Ctx, by campaigns.Viewer) error {
	n, err := h.Register.ApproveCampaign(c.UserContext(), by, c.Params("code"))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Refused || f.Kind == fault.Conflict) {
		return h.showCampaign(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	if n < 2 {
		return h.done(c, "/campaigns/"+c.Params("code"), "You have approved this campaign. One more person has to.")
	}
	return h.done(c, "/campaigns/"+c.Params("code"), "Two people have approved this campaign. Its waves can be planned and approved.")
}

func (h *Hall) pauseCampaign(c *fiber.Ctx, by campaigns.Viewer) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	var wrong page.Problems
	if err := wrong.Take(h.Register.Halt(c.UserContext(), by, campaigns.PauseCampaign(k.ID), c.FormValue("reason"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showCampaign(c, by, wrong)
	}
	return h.done(c, "/campaigns/"+k.Code, "%s is paused. No letter is sealed and no record is made for it; answers are taken.", k.Name)
}

func (h *Hall) resumeCampaign(c *fiber.Ctx, by campaigns.Viewer) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	if err := h.Register.Resume(c.UserContext(), by, campaigns.PauseCampaign(k.ID)); err != nil {
		return err
	}
	return h.done(c, "/campaigns/"+k.Code, "%s goes on. The gate asks every person anew.", k.Name)
}
