package managers

import (
	"fmt"
	"sort"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// needs gathers what waits for this very person, by deadline, then in the
// order in which it matters.
func (h *Hall) needs(c *fiber.Ctx, by campaigns.Viewer, mine []campaignLine, late int) (list, paused []need, err error) {
	for _, gather := range []func(*fiber.Ctx, campaigns.Viewer, []campaignLine) ([]need, error){
		h.needHolds, h.needTray, h.needQuestions, h.needSignatures, h.needFiles, h.needSecond, h.needWatermarks, h.needRetries, h.needChanges,
	} {
		found, err := gather(c, by, mine)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, found...)
	}
	if late > 0 {
		list = append(list, need{Href: "/batches", Count: late, Name: word(late, "Batch is late", "Batches are late"), Why: "What was promised to the readers may have to be said anew. The list is below."})
	}
	sort.SliceStable(list, func(i, j int) bool {
		return calendar.Min(list[i].by, list[j].by) == list[i].by && list[i].by != list[j].by
	})
	paused, err = h.pauses(c, mine)
	return list, paused, err
}

func word(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (h *Hall) needHolds(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.KeysAnswers() {
		return nil, nil
	}
	open, err := h.Desk.Holds(c.UserContext(), by, 1000)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	today, first, due, late, people := h.Clock.Today(), open[0].DueOn, 0, 0, 0
	for _, o := range open {
		first = calendar.Min(first, o.DueOn)
		people += o.People
		if o.DueOn == today {
			due++
		} else if o.DueOn.Before(today) {
			late++
		}
	}
	n := need{Href: "/holds?kind=" + answersKind, Count: len(open), Name: word(len(open), "Hold to settle", "Holds to settle"), by: first, Due: "by " + page.Day(first, today),
		Old: "Oldest received " + page.Day(open[0].ReceivedOn, today),
		Why: "Each may be a no that could not be confirmed. No record is made for the " + page.Plural(int64(people), "person it may belong to.", "people they may belong to.")}
	if late > 0 {
		n.Late, n.Due = true, page.Plural(int64(late), "is late", "are late")
	} else if due > 0 {
		n.Late, n.Due = true, page.Plural(int64(due), "is due today", "are due today")
	}
	return []need{n}, nil
}

func (h *Hall) needSignatures(c *fiber.Ctx, by campaigns.Viewer, mine []campaignLine) ([]need, error) {
	var list []need
	if !by.Role.Manages() {
		return nil, nil
	}
	for _, k := range mine {
		if k.ApprovedAt.IsZero() {
			signed, err := h.Register.Signatures(c.UserContext(), "campaign", int64(k.ID))
			if err != nil {
				return nil, err
			}
			if may, _ := maySign(by, k.Author, signed); may {
				list = append(list, need{Href: "/campaigns/" + k.Code, Count: 1, Name: "Campaign to approve", Why: fmt.Sprintf("%s by %s. %s", k.Name, k.AuthorName, signedBy(signed)), Old: "Made " + dayOf(k.CreatedAt)})
			}
			continue
		}
		waves, err := h.Register.Waves(c.UserContext(), k.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range waves {
			if w.State != "planned" {
				continue
			}
			signed, err := h.Register.Signatures(c.UserContext(), "wave", int64(w.ID))
			if err != nil {
				return nil, err
			}
			today := h.Clock.Today()
			if w.FirstPostOn.Before(today) {
				list = append(list, need{Href: fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number), Count: 1, Name: "Wave was not approved in time", by: w.FirstPostOn, Late: true, Due: "since " + page.Day(w.FirstPostOn, today),
					Why: fmt.Sprintf("%s, wave %d, %s. Its first day of posting has passed; it is to be planned again.", k.Name, w.Number, page.Plural(int64(w.People), "person", "people")), Old: "Asked " + dayOf(w.PlannedAt)})
				continue
			}
			if may, _ := maySign(by, w.Author, signed); may {
				list = append(list, need{Href: fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number), Count: 1, Name: "Wave to approve", by: w.FirstPostOn, Due: "before " + page.Day(w.FirstPostOn, today), Late: !w.FirstPostOn.After(today),
					Why: fmt.Sprintf("%s, wave %d, %s. %s", k.Name, w.Number, page.Plural(int64(w.People), "person", "people"), signedBy(signed)), Old: "Asked " + dayOf(w.PlannedAt)})
			}
		}
	}
	return list, nil
}

func signedBy(signed []campaigns.Signature) string {
	if len(signed) == 0 {
		return "Nobody has signed yet."
	}
	return "Signed by " + signed[0].Name + "; you may be the second."
}

func (h *Hall) needFiles(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.Manages() {
		return nil, nil
	}
	files, err := h.Register.Cohorts(c.UserContext(), by, "")
	var list []need
	for _, f := range files {
		switch f.State {
		case "in review":
			list = append(list, need{Href: fmt.Sprintf("/imports/%d", f.ID), Count: 1, Name: "File of people to decide about", Old: "Received " + dayOf(f.ReceivedAt),
				Why: fmt.Sprintf("%s, %s read, %s rejected.", f.Code, page.Plural(int64(f.Rows), "row", "rows"), page.Number(int64(f.Rejected)))})
		case "refused":
			if h.Clock().Sub(f.ReceivedAt).Hours() < 72 {
				list = append(list, need{Href: fmt.Sprintf("/imports/%d", f.ID), Count: 1, Name: "File of people was refused", Old: "Received " + dayOf(f.ReceivedAt), Why: f.Code + ": " + f.Refusal})
			}
		}
	}
	return list, err
}

// needSecond lists what somebody else proposed and this person may agree to.
func (h *Hall) needSecond(c *fiber.Ctx, by campaigns.Viewer, mine []campaignLine) ([]need, error) {
	if !by.Role.Manages() {
		return nil, nil
	}
	open, err := h.Register.Proposals(c.UserContext())
	if err != nil {
		return nil, err
	}
	var list []need
	for _, p := range open {
		if p.Author == by.ID {
			continue
		}
		n := need{Count: 1, Name: "Waits for a second person", Old: "Asked " + page.Moment(p.ProposedAt)}
		n.Href, n.Why, err = h.proposed(c, by, p, mine)
		if err != nil {
			return nil, err
		}
		if n.Href != "" {
			list = append(list, n)
		}
	}
	return list, nil
}

// proposed says in words what somebody asked for and where to agree; nothing
// for what belongs to another region.
func (h *Hall) proposed(c *fiber.Ctx, by campaigns.Viewer, p campaigns.Proposal, mine []campaignLine) (href, why string, err error) {
	switch p.Action {
	case "lift":
		return "/stop", p.AuthorName + " proposes to lift the stop.", nil
	case "extend":
		for _, k := range mine {
			if rest, ok := strings.CutPrefix(p.Key, fmt.Sprintf("campaign:%d:wave:", k.ID)); ok {
				_, days, _ := strings.Cut(rest, ":days:")
				return "/campaigns/" + k.Code + "/extend", fmt.Sprintf("%s proposes to extend windows of %s by %s days.", p.AuthorName, k.Name, days), nil
			}
		}
		if region, days, ok := strings.Cut(strings.TrimPrefix(p.Key, "region:"), ":days:"); ok && strings.HasPrefix(p.Key, "region:") && by.Sees(region) {
			return "/extend", fmt.Sprintf("%s proposes to extend the windows of region %s by %s days.", p.AuthorName, region, days), nil
		}
	case "lift suspicion":
		lines, _, err := h.batchLines(c, by, "")
		if err != nil {
			return "", "", err
		}
		for _, b := range lines {
			if p.Key == campaigns.SuspectBatch(int64(b.ID)) {
				return "/batches/" + b.Code, fmt.Sprintf("%s proposes to lift the suspicion of batch %s.", p.AuthorName, b.Code), nil
			}
		}
	case "close unmatchable":
		return "/holds/" + strings.TrimPrefix(p.Key, "hold:"), p.AuthorName + " proposes to close a hold that matches nobody.", nil
	case "lower":
		return "/watermarks", p.AuthorName + " proposes to lower a watermark.", nil
	case "reverse answer", "reverse":
		return "/people", p.AuthorName + " proposes to reverse an answer entered for the wrong person.", nil
	}
	return "", "", nil
}

// needWatermarks says whom a channel or practice holds back that has not declared far enough.
func (h *Hall) needWatermarks(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.KeysAnswers() {
		return nil, nil
	}
	waiting, err := h.Desk.WaitingFor(c.UserContext(), by)
	if err != nil {
		return nil, err
	}
	practices, practicePeople, channels, channelPeople := map[string]bool{}, 0, map[string]bool{}, 0
	for _, w := range waiting {
		if code, ok := strings.CutPrefix(w.Source, "watermark:practice:"); ok {
			practices[code] = true
			practicePeople += w.People
		} else if ch, ok := strings.CutPrefix(w.Source, "watermark:"); ok && ch != string(campaigns.Web) {
			channels[ch] = true
			channelPeople += w.People
		}
	}
	var list []need
	if n := len(channels); n > 0 {
		list = append(list, need{Href: "/watermarks", Count: n, Name: word(n, "Channel has not said that all is entered", "Channels have not said that all is entered"), Why: waits(channelPeople)})
	}
	if n := len(practices); n > 0 {
		list = append(list, need{Href: "/watermarks", Count: n, Name: word(n, "Practice has not said its forms are in", "Practices have not said their forms are in"), Why: waits(practicePeople)})
	}
	return list, nil
}

func waits(n int) string {
	return page.Plural(int64(n), "person whose window is over waits for it.", "people whose window is over wait for it.")
}

// needRetries are records that were not made after every retry.
func (h *Hall) needRetries(c *fiber.Ctx, by campaigns.Viewer, mine []campaignLine) ([]need, error) {
	if !by.Role.Manages() {
		return nil, nil
	}
	var list []need
	for _, k := range mine {
		counts, err := h.Register.Counts(c.UserContext(), k.ID)
		if err != nil {
			return nil, err
		}
		failed := 0
		for _, n := range counts {
			if n.State == campaigns.CreateFailed {
				failed += n.People
			}
		}
		if failed > 0 {
			list = append(list, need{Href: "/campaigns/" + k.Code + "/people/" + string(campaigns.CreateFailed), Count: failed, Name: word(failed, "Record not made after every retry", "Records not made after every retry"), Why: k.Name + ". Nothing is lost; a person tries again or closes it."})
		}
	}
	return list, nil
}

// pauses lists the campaigns and waves that are paused now.
func (h *Hall) pauses(c *fiber.Ctx, mine []campaignLine) ([]need, error) {
	red, err := h.Register.SignalsLike(c.UserContext(), "pause:")
	if err != nil {
		return nil, err
	}
	var list []need
	for _, k := range mine {
		if s := red[campaigns.PauseCampaign(k.ID)]; s.Red() {
			list = append(list, need{Href: "/campaigns/" + k.Code, Name: k.Name, Why: s.Reason, Old: "since " + page.Moment(s.Since)})
		}
		waves, err := h.Register.Waves(c.UserContext(), k.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range waves {
			if s := red[campaigns.PauseWave(w.ID)]; s.Red() {
				list = append(list, need{Href: fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number), Name: fmt.Sprintf("%s, wave %d", k.Name, w.Number), Why: s.Reason, Old: "since " + page.Moment(s.Since)})
			}
		}
	}
	return list, nil
}
