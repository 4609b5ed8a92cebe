package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
)

// watch raises an alarm for whatever has been silent or late for too long,
// and clears it when that is over: silence is not health.
type watch struct{}

func (watch) Kind() string                 { return "watch" }
func (watch) InsertOpts() river.InsertOpts { return once(upkeep) }

func (d Doors) watch(ctx context.Context, _ watch) error {
	if err := d.Desk.WatchGuesses(ctx); err != nil {
		return err
	}
	if err := d.Desk.WatchTargets(ctx); err != nil {
		return err
	}
	all, err := d.Register.Campaigns(ctx, campaigns.Viewer{})
	if err != nil {
		return err
	}
	working, err := d.Register.Working(ctx)
	if err != nil {
		return err
	}
	now := d.Register.Clock()
	var limit time.Duration     // the strictest of the campaigns that run
	holding := map[string]int{} // batches not posted, by vendor
	for _, c := range all {
		if c.ApprovedAt.IsZero() {
			continue
		}
		if limit == 0 || c.FeedLimit < limit {
			limit = c.FeedLimit
		}
		batches, err := d.Mailroom.BatchesOf(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, b := range batches {
			if b.State == letters.Sealed || b.State == letters.Accepted {
				holding[b.VendorCode]++
			}
			if err := d.Register.Watched(ctx, "batch", b.Code, late(b, now, working)); err != nil {
				return err
			}
		}
	}
	vendors, err := d.Mailroom.Vendors(ctx)
	if err != nil {
		return err
	}
	for _, v := range vendors {
		if err := d.Register.Watched(ctx, "vendor", v.Code, unheard(v, holding[v.Code], now, working)); err != nil {
			return err
		}
	}
	if limit == 0 {
		return nil
	}
	feeds, err := d.Register.SignalsLike(ctx, "feed:")
	if err != nil {
		return err
	}
	for key, f := range feeds {
		if err := d.Register.Watched(ctx, "feed", key, silent(f, now, limit)); err != nil {
			return err
		}
	}
	return nil
}

// Two working days are what a vendor has between taking a batch and posting it.
const postWithin = 2

// late says what is wrong with a batch's progress, or nothing.
func late(b letters.Batch, now time.Time, w calendar.Working) string {
	today := calendar.DateOf(now)
	switch b.State {
	case letters.Planned, letters.Composed:
		if b.CreatedAt.Add(time.Hour).Before(now) {
			return fmt.Sprintf("Batch %s has waited for an hour to be drawn.", b.Code)
		}
	case letters.Sealed:
		if b.PulledAt.IsZero() && b.DueAt.Before(now) {
			return fmt.Sprintf("Batch %s was due to be fetched by %s and has not been.", b.Code, b.VendorCode)
		}
	case letters.Accepted:
		if w.Add(calendar.DateOf(b.AcceptedAt), postWithin).Before(today) {
			return fmt.Sprintf("Batch %s was accepted by %s on %s and is not posted yet.", b.Code, b.VendorCode, calendar.DateOf(b.AcceptedAt).Long())
		}
	}
	return ""
}

// unheard says that a vendor who has letters in hand has not been heard of, or nothing.
func unheard(v letters.Vendor, holding int, now time.Time, w calendar.Working) string {
	if holding == 0 || v.LastHeardAt.IsZero() || !w.Add(calendar.DateOf(v.LastHeardAt), postWithin).Before(calendar.DateOf(now)) {
		return ""
	}
	return fmt.Sprintf("%s has %d batches in hand and has not been heard of since %s.", v.Name, holding, calendar.DateOf(v.LastHeardAt).Long())
}

// silent says what is wrong with a feed, or nothing.
func silent(f campaigns.Signal, now time.Time, limit time.Duration) string {
	names := map[string]string{campaigns.FeedRegistrations: "The feed of deaths and moves", campaigns.FeedNational: "The feed of the national system"}
	name, known := names[f.Key]
	if !known || f.Since.Add(limit).After(now) {
		return ""
	}
	if f.Since.IsZero() {
		return name + " has never given a complete answer. No record is made without it."
	}
	return fmt.Sprintf("%s has not given a complete answer since %s. No record is made without it.", name, calendar.DateOf(f.Since).Long())
}
