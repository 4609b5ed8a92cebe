package jobs

import (
	"context"

	"github.com/riverqueue/river"
)

// tellVendors tells vendors, where they asked for it, that something waits for them.
type tellVendors struct{}

func (tellVendors) Kind() string                 { return "tell_vendors" }
func (tellVendors) InsertOpts() river.InsertOpts { return once(upkeep) }

func (d Doors) tellVendors(ctx context.Context, _ tellVendors) error {
	for {
		more, err := d.Mailroom.TellVendors(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// bringBatches visits the servers of vendors who have their batches brought.
type bringBatches struct{}

func (bringBatches) Kind() string                 { return "bring_batches" }
func (bringBatches) InsertOpts() river.InsertOpts { return once(post) }

func (d Doors) bringBatches(ctx context.Context, _ bringBatches) error {
	return d.Mailroom.BringBatches(ctx)
}

// watchVendors looks through the vendors' books and clears away what was kept
// for them for a time only.
type watchVendors struct{}

func (watchVendors) Kind() string                 { return "watch_vendors" }
func (watchVendors) InsertOpts() river.InsertOpts { return daily(upkeep) }

func (d Doors) watchVendors(ctx context.Context, _ watchVendors) error {
	if err := d.Mailroom.WatchVendors(ctx); err != nil {
		return err
	}
	if err := d.Mailroom.ForgetUnfinished(ctx); err != nil {
		return err
	}
	return d.Mailroom.ForgetSealedCopies(ctx)
}
