package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// loneBatches is for one vendor alone: three full reports of pieces, and what is pulled before.
const loneBatches = 13

// vendors makes the vendors and fills their queues: people straight into the
// tables, everything from the plan on as it always goes, so that what is pulled
// was composed, drawn and sealed by the jobs.
func (w *world) vendors(ctx context.Context, o PullOptions) (lone *puller, crowd []*puller, err error) {
	o.Progress("Making people up, and composing, drawing and sealing their letters")
	all := []*puller{{code: w.campaign.Code, letters: min(loneBatches*batchOf, o.Letters)}}
	for i := range o.Vendors {
		all = append(all, &puller{code: fmt.Sprintf("VENDOR-%02d", i+1), letters: o.Letters*(i+1)/o.Vendors - o.Letters*i/o.Vendors})
	}
	for i, p := range all {
		v := w.vendor
		if i > 0 {
			if v, _, err = w.campaignOf(ctx, p.code); err != nil {
				return nil, nil, err
			}
		}
		if p.key, err = w.house.Mailroom.NewVendorKey(ctx, v.ID); err != nil {
			return nil, nil, err
		}
		p.folder = filepath.Join(o.Folder, p.code)
	}
	first := 0
	for _, p := range all {
		if err := w.crowdIn(ctx, p.code, first, p.letters); err != nil {
			return nil, nil, err
		}
		first += p.letters
	}
	if err := w.house.Crew.Settle(ctx); err != nil {
		return nil, nil, err
	}
	var sealed int
	if err := w.house.Pool.QueryRow(ctx, `SELECT coalesce(sum(pieces), 0) FROM batches`).Scan(&sealed); err != nil {
		return nil, nil, fmt.Errorf("count letters: %w", err)
	}
	if sealed != first {
		return nil, nil, fmt.Errorf("%d letters were sealed, not %d", sealed, first)
	}
	return all[0], all[1:], nil
}

// crowdIn brings n made-up people into a campaign, and approves the wave of all of them.
func (w *world) crowdIn(ctx context.Context, code string, first, n int) error {
	r := w.house.Register
	c, err := r.Campaign(ctx, w.author, code)
	if err != nil {
		return err
	}
	practices, pauses := make([]string, len(w.Practices)), make([]string, len(w.Practices))
	for i, p := range w.Practices {
		practices[i], pauses[i] = p.Code, campaigns.PausePractice(p.Code)
	}
	err = campaigns.InTx(ctx, w.house.Pool, w.clock.Now, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			WITH born AS (
				INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
				SELECT '999' || to_char(i, 'FM0000000'), 'Ada', 'Example ' || chr(65 + i % 26), '1970-01-01', ARRAY[1 + i % 300 || ' High Street', 'London'],
					'E' || 1 + i % 18 || ' ' || i % 10 || 'AB', (@practices::text[])[1 + i % cardinality(@practices::text[])], @now
				FROM generate_series(@first::int, @first::int + @n::int - 1) i RETURNING id),
			enrolled AS (
				INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT @campaign, id, 1, 'in_cohort', @now FROM born)
			INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES (@campaign, 0, 'in_cohort', '', @n)`,
			pgx.NamedArgs{"campaign": c.ID, "first": first, "n": n, "practices": practices, "now": now})
		if err != nil {
			return fmt.Errorf("make people up: %w", err)
		}
		return r.MakeSignals(ctx, tx, now, pauses)
	})
	if err != nil {
		return err
	}
	working, err := r.Working(ctx)
	if err != nil {
		return err
	}
	waves, err := r.PlanWaves(ctx, w.author, code, campaigns.Plan{FirstPostOn: working.Add(calendar.DateOf(w.Begin), campaigns.LeadDays)})
	if err != nil {
		return err
	}
	if err := w.house.Mailroom.TryPlanned(ctx, waves[0].Campaign); err != nil { // too many to wait for while signing
		return err
	}
	if _, err := w.house.Mailroom.AcceptEveryFinding(ctx, w.author, code, waves[0].Number); err != nil {
		return err
	}
	for _, by := range []campaigns.Viewer{w.first, w.second} {
		if _, err := r.ApproveWave(ctx, by, code, waves[0].Number); err != nil {
			return err
		}
	}
	return nil
}

// Queue is a vendor whose letters wait for it.
type Queue struct{ Vendor, Key string }

// Fill makes a region with vendors whose letters wait in their queues, as
// Vendors does, and times nothing.
func Fill(ctx context.Context, o PullOptions) (list []Queue, err error) {
	w, err := openWorld(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	defer w.house.Close(ctx)
	lone, crowd, err := w.vendors(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, p := range append(crowd, lone) {
		list = append(list, Queue{p.code, p.key})
	}
	return list, nil
}
