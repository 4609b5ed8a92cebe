package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
)

// approved plans a wave of everybody and has two people approve it.
func (w *world) approved(ctx context.Context) (campaigns.Wave, error) {
	r := w.house.Register
	waves, err := r.PlanWaves(ctx, w.author, code, campaigns.Plan{FirstPostOn: calendar.On(2027, time.January, 6)})
	if err != nil {
		return campaigns.Wave{}, err
	}
	// A wave too large to wait for is tried by a job before anybody signs it.
	if err := w.house.Mailroom.TryPlanned(ctx, waves[0].Campaign); err != nil {
		return waves[0], err
	}
	if _, err := w.house.Mailroom.AcceptEveryFinding(ctx, w.author, code, waves[0].Number); err != nil {
		return waves[0], err
	}
	if _, err := r.ApproveWave(ctx, w.first, code, waves[0].Number); err != nil {
		return waves[0], err
	}
	_, err = r.ApproveWave(ctx, w.second, code, waves[0].Number)
	return waves[0], err
}

// pipeline times a wave of everybody: composed, drawn, sealed and stored by River's jobs.
func (w *world) pipeline(ctx context.Context) (Result, error) {
	if _, err := w.approved(ctx); err != nil {
		return Result{}, err
	}
	w.Progress("Composing, drawing and sealing their letters")
	return w.settled(ctx, Pipeline)
}

// seal times the sealing alone of a wave that is composed: everybody asked once
// more under the lock, drawn, encrypted, stored and written down by River's
// jobs.
func (w *world) seal(ctx context.Context) (Result, error) {
	wave, err := w.approved(ctx)
	if err != nil {
		return Result{}, err
	}
	w.Progress("Composing their letters")
	m := w.house.Mailroom
	if err := m.ComposeWave(ctx, w.campaign.ID, wave.ID); err != nil {
		return Result{}, err
	}
	batches, err := m.BatchesOf(ctx, w.campaign.ID)
	if err != nil {
		return Result{}, err
	}
	for _, b := range batches {
		if err := m.ComposeBatch(ctx, b.ID); err != nil {
			return Result{}, err
		}
	}
	w.Progress("Drawing and sealing them")
	return w.settled(ctx, Seal) // the jobs that would compose find it done
}

// settled times River's jobs until none is left and counts the letters.
func (w *world) settled(ctx context.Context, name string) (Result, error) {
	start := time.Now()
	if err := w.house.Crew.Settle(ctx); err != nil {
		return Result{}, err
	}
	took := time.Since(start)
	var letters int
	if err := w.house.Pool.QueryRow(ctx, `SELECT coalesce(sum(pieces), 0) FROM batches`).Scan(&letters); err != nil {
		return Result{}, fmt.Errorf("count letters: %w", err)
	}
	return w.result(name, letters, took), nil
}

// post lets the vendor accept and post every batch on the day it is due.
func (w *world) post(ctx context.Context) error {
	w.Progress("Posting them")
	m := w.house.Mailroom
	list, err := m.BatchesOf(ctx, w.campaign.ID)
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.State == letters.Empty {
			continue
		}
		if err := m.Accept(ctx, w.vendor.ID, b.Code); err != nil {
			return err
		}
	}
	posted := calendar.On(2027, time.January, 6)
	w.clock.Set(posted.Start().Add(17 * time.Hour))
	for _, b := range list {
		if b.State == letters.Empty {
			continue
		}
		if _, err := m.Dispatch(ctx, w.vendor.ID, b.Code, letters.Dispatch{PostedOn: posted, Docket: "bench"}); err != nil {
			return err
		}
	}
	return nil
}

// declare sets the clock to the morning of a day and declares everything
// received before it entered.
func (w *world) declare(ctx context.Context, day calendar.Date) error {
	w.clock.Set(day.Start().Add(9 * time.Hour))
	d, through := w.house.Desk, day.AddDays(-1)
	for _, ch := range campaigns.Declared {
		if err := d.Declare(ctx, w.first, ch, "", through); err != nil {
			return err
		}
	}
	for _, p := range w.Practices {
		if err := d.Declare(ctx, w.first, campaigns.Practice, p.Code, through); err != nil {
			return err
		}
	}
	for _, feed := range []string{campaigns.FeedNational, campaigns.FeedRegistrations} {
		if err := d.FeedSpoke(ctx, feed); err != nil {
			return err
		}
	}
	return nil
}

// closeAll times the close of every window, from due to created with evidence,
// against INSERT … SELECT of as many rows with uuid key and unique enrolment.
func (w *world) closeAll(ctx context.Context) (Result, error) {
	if err := w.declare(ctx, calendar.On(2027, time.June, 1)); err != nil {
		return Result{}, err
	}
	d := w.house.Desk
	w.Progress("Closing their windows")
	start := time.Now()
	created := make([]int, 2)
	g, gctx := errgroup.WithContext(ctx)
	for i := range created {
		g.Go(func() error {
			for {
				c, err := d.CloseDue(gctx, w.campaign.ID, 2000)
				if err != nil || c.Looked == 0 {
					return err
				}
				created[i] += c.Created
			}
		})
	}
	if err := g.Wait(); err != nil {
		return Result{}, err
	}
	took := time.Since(start)
	return w.result(Close, created[0]+created[1], took).against("an INSERT … SELECT of as many rows with uuid key and unique enrolment", func() (time.Duration, error) {
		var took time.Duration
		err := pgx.BeginFunc(ctx, w.house.Pool, func(tx pgx.Tx) error {
			start := time.Now()
			_, err := tx.Exec(ctx, `INSERT INTO bench_records (id, enrolment_id) SELECT gen_random_uuid(), enrolment_id FROM records`)
			took = time.Since(start)
			if err != nil {
				return err
			}
			return errMeasured
		})
		if err != nil && !errors.Is(err, errMeasured) {
			return 0, fmt.Errorf("measure INSERT: %w", err)
		}
		return took, nil
	})
}
