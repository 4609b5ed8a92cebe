package main

import (
	"context"
	"fmt"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
)

type work struct {
	Folder    string  `required:"" type:"path" help:"Where batches are kept, and what was done is remembered."`
	Today     string  `help:"Work as if it were this day: where the other side's clock is moved." placeholder:"DATE"`
	Seed      uint64  `default:"1" help:"Decides which pieces fail; the same seed, the same pieces."`
	Rejected  float64 `help:"Share of batches to give back unprinted." placeholder:"SHARE"`
	Spoiled   float64 `help:"Share of pieces to ruin before posting: 0.002 is two in a thousand." placeholder:"SHARE"`
	Returned  float64 `help:"Share of pieces that come back, 2 to 12 days after posting." placeholder:"SHARE"`
	TooLate   float64 `help:"Share of recalls to answer with: too late." placeholder:"SHARE"`
	Late      float64 `help:"Share of batches to post late." placeholder:"SHARE"`
	LateDays  int     `default:"3" help:"By how many working days."`
	Lost      float64 `help:"Share of pieces to say nothing of, ever." placeholder:"SHARE"`
	KeepDays  int     `default:"28" help:"After how many days from posting copies are destroyed, and that is said."`
	Notify    bool    `help:"Take letters one by one, as NHS Notify hands them out."`
	Misbehave bool    `help:"Tell untruths too, to see that they are refused."`
}

func (w *work) Run(ctx context.Context, d *desk) error {
	today, err := date(w.Today)
	if err != nil {
		return err
	}
	if today.IsZero() {
		today = d.clock.Today()
	}
	shift := client.Shift{Folder: w.Folder, Today: func() calendar.Date { return today }, Working: calendar.England(), Seed: w.Seed,
		RejectedShare: w.Rejected, SpoiledShare: w.Spoiled, ReturnedShare: w.Returned, TooLateShare: w.TooLate,
		LateShare: w.Late, LateDays: w.LateDays, LostShare: w.Lost, KeepDays: w.KeepDays, Misbehave: w.Misbehave}
	if !d.quiet {
		shift.Log = func(s string) { fmt.Fprintln(d.errs, s) }
	}
	day := d.Client.Work
	if w.Notify {
		day = d.Client.WorkNotify
	}
	done, failed := day(ctx, shift)
	for _, v := range done.Refused {
		fmt.Fprintf(d.errs, "%s: %s\n", v.Reference, v.Reason)
	}
	err = d.tell(done, "%s: %d batches pulled, %d accepted, %d held back; %d letters posted, %d ruined, %d came back, %d taken out; the copies of %d batches destroyed.",
		today.Long(), done.Pulled, done.Accepted, done.HeldBack, done.Posted, done.Spoiled, done.Returned, done.Recalled, done.Destroyed)
	if failed != nil {
		return failed
	}
	return err
}
