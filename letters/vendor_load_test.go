package letters_test

import (
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

func TestNoWaveIsPlannedOrSignedThatItsVendorCannotPrintOrPost(t *testing.T) {
	h := newHouse(t, 300) // posted on Tuesday 24 November
	h.register.Printing = h.mail
	ctx := t.Context()
	h.exec(`UPDATE vendors SET daily_capacity = 1400`)
	for _, c := range []struct {
		people int
		day    int
		says   string
	}{
		{1000, 24, ""},
		{1400, 25, ""}, // the campaign posts 1,000 on one day and 400 on the next
		{0, 24, ""},
	} {
		wave := campaigns.PlannedWave{People: c.people, FirstPostOn: calendar.On(2026, 11, c.day)}
		if err := h.register.VendorTakes(ctx, h.campaign, []campaigns.PlannedWave{wave}); err != nil {
			t.Errorf("%d people from the %d: %v", c.people, c.day, err)
		}
	}
	h.exec(`UPDATE vendors SET daily_capacity = 1299`)
	refused := func(err error, says string) {
		t.Helper()
		if !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), says) {
			t.Errorf("not %q but %v", says, err)
		}
	}
	first := campaigns.PlannedWave{People: 1000, FirstPostOn: calendar.On(2026, 11, 24)}
	refused(h.register.VendorTakes(ctx, h.campaign, []campaigns.PlannedWave{first}),
		"Inkwell Print posts at most 1,299 letters a day, and on Tuesday 24 November 2026 it would be 1,300, 300 of them in waves that are planned already. Begin on another day")
	later := campaigns.PlannedWave{People: 700, FirstPostOn: calendar.On(2026, 11, 25)}
	refused(h.register.VendorTakes(ctx, h.campaign, []campaigns.PlannedWave{later, later}), "on Wednesday 25 November 2026 it would be 1,400. Begin")

	w := h.planned(1200)
	h.exec(`UPDATE vendors SET daily_capacity = 999`)
	_, err := h.register.PlanWaves(ctx, h.staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 12, 7), Practices: []string{"F84001"}})
	refused(err, "posts at most 999 letters a day")
	_, err = h.register.ApproveWave(ctx, h.staff[1], "NEL", w.Number)
	refused(err, "posts at most 999 letters a day")
	h.exec(`UPDATE vendors SET daily_capacity = 2000, packs = '{OTHER}'`)
	_, err = h.register.PlanWaves(ctx, h.staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 12, 7), Practices: []string{"F84001"}})
	refused(err, "Inkwell Print prints OTHER, by what was agreed, and this campaign's pack is standard.")
	_, err = h.register.ApproveWave(ctx, h.staff[1], "NEL", w.Number)
	refused(err, "this campaign's pack is standard")
	h.exec(`UPDATE vendors SET packs = '{OTHER,standard}'`)
	for i, by := range h.staff[1:] {
		if n, err := h.register.ApproveWave(ctx, by, "NEL", w.Number); n != i+1 || err != nil {
			t.Errorf("within the limits it is not signed: %v", err)
		}
	}
}
