package simulate

import (
	"context"
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// settle works through the in-tray, oldest first: most holds after two working
// days, some after eight, late.
func (y *year) settle(ctx context.Context) error {
	list, err := y.house.Desk.Holds(ctx, y.first, 1000)
	if err != nil {
		return err
	}
	working := calendar.England()
	for _, h := range list {
		if working.Add(calendar.DateOf(h.RecordedAt), 2).After(y.today) {
			continue
		}
		whole, err := y.house.Desk.HoldByID(ctx, y.first, h.ID)
		if err != nil {
			return err
		}
		u := y.chance(whole)
		if luckLate := u*7 - float64(int(u*7)); luckLate < 0.12 && working.Add(calendar.DateOf(h.RecordedAt), 8).After(y.today) {
			continue
		}
		if err := y.settleOne(ctx, whole, u); err != nil {
			return fmt.Errorf("hold %d (%s): %w", h.ID, h.Cause, err)
		}
	}
	return nil
}

// chance is a hold's share of luck: it follows from whose it may be.
func (y *year) chance(h optout.Hold) float64 {
	who := h.Told["nhs_number"]
	if len(h.Candidates) > 0 {
		if p := y.people[h.Candidates[0].Person]; p != nil {
			who = p.number
		}
	}
	return luck(y.Seed, who, "hold "+h.Cause+h.ReceivedOn.String())
}

// settleOne decides as somebody would who had phoned.
func (y *year) settleOne(ctx context.Context, h optout.Hold, u float64) error {
	share := map[string]float64{"illegible": 0.6, "several people": 0.5, "wrong date of birth": 0.4, "unproved proxy": 0.7, "same day": 0.5,
		"suspect letter": 1, "sensitive or closed": 1, "recorded as dead": 0, "nobody found": 1, "other": 0.5}[h.Cause]
	switch {
	case len(h.Candidates) == 0 && y.expected[h.Told["nhs_number"]] && y.today.Before(dayOf(100)):
		return nil // may be somebody whom a later file brings
	case len(h.Candidates) == 0:
		return y.unmatchable(ctx, h)
	case h.Cause == "recorded as dead":
		p := y.people[h.Candidates[0].Person]
		if p.dead && y.today.DaysSince(h.ReceivedOn) < 60 {
			return nil // waits for the register
		}
		if !p.dead {
			share = 1
		}
	}
	whose := h.Candidates[int(u*31)%len(h.Candidates)].Person
	by := y.people[h.Candidates[0].Person].side.helpdesk
	switch {
	case u < share:
		return y.decide(ctx, by, h, "dissent", whose)
	case h.Cause == "same day":
		return y.decide(ctx, by, h, "consent", whose)
	}
	return y.decide(ctx, by, h, "not an answer", 0)
}

func (y *year) decide(ctx context.Context, by campaigns.Viewer, h optout.Hold, outcome string, whose campaigns.PersonID) error {
	return y.house.Desk.Settle(ctx, by, h.ID, outcome, whose, "spoke to the person by phone")
}

// unmatchable has two people close what is nobody's.
func (y *year) unmatchable(ctx context.Context, h optout.Hold) error {
	if err := y.house.Desk.Settle(ctx, y.first, h.ID, "unmatchable", 0, "no such number in any list"); err != nil {
		return err
	}
	err := y.house.Desk.Settle(ctx, y.first, h.ID, "unmatchable", 0, "no such number in any list")
	if !fault.Is(err, fault.Refused) {
		return fmt.Errorf("one person alone closed it: %w", err)
	}
	return y.house.Desk.Settle(ctx, y.second, h.ID, "unmatchable", 0, "no such number in any list")
}
