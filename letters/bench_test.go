package letters_test

import (
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
)

// BenchmarkBatch walks one batch of 5,000 through composing, sealing,
// accepting and posting, with 20,000 people in the wave.
func BenchmarkBatch(b *testing.B) {
	h := newHouse(b, 20_000, func(n *campaigns.NewCampaign) { n.BatchSize, n.DailyCapacity = 5000, 20_000 })
	ctx := b.Context()
	spent := map[string]time.Duration{}
	timed := func(what string, do func() error) {
		b.Helper()
		began := time.Now()
		h.must(do())
		spent[what] += time.Since(began)
	}
	timed("plan", func() error { return h.mail.ComposeWave(ctx, h.campaign.ID, h.queue.waves[0]) })
	n := 0
	for b.Loop() {
		if n == len(h.queue.toDo) {
			b.Skip("there are four batches")
		}
		timed("compose", func() error { return h.mail.ComposeBatch(ctx, h.queue.toDo[n]) })
		timed("seal", func() error { return h.mail.SealBatch(ctx, h.queue.toSal[n]) })
		list, err := h.mail.Batches(ctx, h.vendor.ID, letters.BatchFilter{State: letters.Sealed})
		h.must(err)
		code := list[0].Code
		timed("accept", func() error { return h.mail.Accept(ctx, h.vendor.ID, code) })
		timed("dispatch", func() error {
			_, err := h.mail.Dispatch(ctx, h.vendor.ID, code, letters.Dispatch{PostedOn: calendar.DateOf(opening)})
			return err
		})
		refs := h.references(list[0].ID)
		timed("report", func() error {
			reports := make([]letters.PieceReport, 200)
			for i := range reports {
				reports[i] = letters.PieceReport{Reference: refs[i], Status: letters.Returned, Reason: "R01"}
			}
			_, err := h.mail.Report(ctx, h.vendor.ID, reports)
			return err
		})
		timed("follow", func() error { _, err := h.mail.ComposeFollowUps(ctx, h.campaign.ID); return err })
		n++
	}
	for what, d := range spent {
		b.ReportMetric(float64(d.Milliseconds())/float64(n), "ms/"+what)
	}
}
