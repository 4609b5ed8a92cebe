package letters_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
)

func TestVendorsStaffAndSweepsAtTheSameTimeLoseNothing(t *testing.T) {
	h := newHouse(t, 240)
	batches := h.seal()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, b := range batches {
		h.must(h.mail.Accept(ctx, h.vendor.ID, b.Code))
	}
	h.clock.Set(time.Date(2026, 11, 24, 12, 0, 0, 0, calendar.London))
	var refs []string // across both batches, so that locks are wanted in every order
	one, two := h.references(batches[0].ID), h.references(batches[1].ID)
	for i := range two {
		refs = append(refs, two[len(two)-1-i], one[i])
	}
	var wg sync.WaitGroup
	together := func(what string, do func(i int) error) {
		wg.Go(func() {
			for i := range 4 {
				if err := do(i); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
	together("dispatch", func(i int) error {
		_, err := h.mail.Dispatch(ctx, h.vendor.ID, batches[i%2].Code, letters.Dispatch{PostedOn: calendar.On(2026, 11, 24)})
		return err
	})
	for at := range 2 {
		together("returns", func(i int) error {
			var reports []letters.PieceReport
			for _, r := range refs[i*10+at*5 : i*10+at*5+10] {
				reports = append(reports, letters.PieceReport{Reference: r, Status: letters.Returned, Reason: "R01"})
			}
			_, err := h.mail.Report(ctx, h.vendor.ID, reports)
			return err
		})
	}
	together("suspicion", func(i int) error {
		_, err := h.mail.Suspect(ctx, h.vendor.ID, batches[(i+1)%2].Code, []letters.Range{{From: 60 + i, To: 70 + i}}, "the inserter failed")
		return err
	})
	together("sweep", func(int) error { _, err := h.mail.RecallStale(ctx, h.campaign.ID); return err })
	together("follow-ups", func(int) error { _, err := h.mail.ComposeFollowUps(ctx, h.campaign.ID); return err })
	wg.Wait()
	h.states()
	sum := h.balanced()
	if sum.Posted != 240 || sum.Returned == 0 || sum.Suspected == 0 {
		t.Errorf("the balance is %+v", sum)
	}
	// Nobody has a window whose letter came back or is under suspicion.
	n := h.count(`SELECT count(*) FROM windows w JOIN pieces p ON p.enrolment_id = w.enrolment_id WHERE p.state = 'returned' OR p.suspected_at IS NOT NULL`)
	if n != 0 {
		t.Errorf("%d windows run in spite of a return or a suspicion", n)
	}
}
