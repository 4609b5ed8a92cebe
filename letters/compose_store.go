package letters

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// ComposeWave plans the batches of an approved wave in its order of posting
// and leaves each to be composed. Repeating it does nothing.
func (m *Mailroom) ComposeWave(ctx context.Context, campaign campaigns.CampaignID, wave campaigns.WaveID) error {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		c, err := m.lockCampaign(ctx, tx, campaign)
		if err != nil {
			return err
		}
		var state string
		var first calendar.Date
		var planned bool
		err = tx.QueryRow(ctx, `
			SELECT w.state, w.first_post_on, EXISTS (SELECT FROM batches b WHERE b.wave_id = w.id AND b.from_slot IS NOT NULL) FROM waves w
			WHERE w.id = @wave AND w.campaign_id = @campaign`, pgx.NamedArgs{"wave": wave, "campaign": campaign}).Scan(&state, &first, &planned)
		if err := orAbsent(err, "wave"); err != nil || planned {
			return err
		}
		if state != "approved" {
			return fault.New(fault.Refused, "This wave is not approved.")
		}
		runs, err := runsOf(ctx, tx, c, wave)
		if err != nil {
			return err
		}
		first = calendar.Max(first, soonest(now, working))
		return m.plan(ctx, tx, now, c, wave, spread(runs, c.BatchSize, c.DailyCapacity, first, working), working)
	})
}

// lockCampaign reads a campaign and keeps others from numbering its batches.
func (m *Mailroom) lockCampaign(ctx context.Context, tx pgx.Tx, id campaigns.CampaignID) (campaigns.Campaign, error) {
	if _, err := tx.Exec(ctx, `SELECT id FROM campaigns WHERE id = @id FOR NO KEY UPDATE`, pgx.NamedArgs{"id": id}); err != nil {
		return campaigns.Campaign{}, fmt.Errorf("lock campaign: %w", err)
	}
	return m.Register.CampaignByID(ctx, tx, id)
}

// runsOf finds the parts of a wave's order of posting that take one pack.
func runsOf(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, wave campaigns.WaveID) ([]run, error) {
	rows, err := tx.Query(ctx, `
		SELECT min(language), min(format), min(slot), max(slot) FROM (
			SELECT slot, language, format, count(*) FILTER (WHERE fresh) OVER (ORDER BY slot) AS part FROM (
				SELECT e.slot, p.language, p.format,
					(p.language, p.format) IS DISTINCT FROM (lag(p.language) OVER slots, lag(p.format) OVER slots) AS fresh
				FROM enrolments e JOIN people p ON p.id = e.person_id
				WHERE e.campaign_id = @campaign AND e.wave_id = @wave AND e.slot IS NOT NULL WINDOW slots AS (ORDER BY e.slot)
			) marked
		) parted GROUP BY part ORDER BY 3`, pgx.NamedArgs{"campaign": c.ID, "wave": wave})
	if err != nil {
		return nil, fmt.Errorf("order wave: %w", err)
	}
	type part struct {
		Language, Format string
		From, To         int
	}
	parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[part])
	if err != nil {
		return nil, fmt.Errorf("order wave: %w", err)
	}
	version, err := printedBy(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	sources, err := printable(ctx, tx, version)
	if err != nil {
		return nil, err
	}
	runs := make([]run, len(parts))
	for i, p := range parts {
		pack, err := choosePack(sources, p.Language, p.Format)
		if err != nil {
			return nil, err
		}
		runs[i] = run{pack, p.From, p.To}
	}
	return joined(runs), nil
}

// plan writes the rows of batches to be, their signals and the work that follows.
func (m *Mailroom) plan(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, wave campaigns.WaveID, list []share, w calendar.Working) error {
	for i, s := range list {
		id, err := m.newBatch(ctx, tx, now, c, newBatch{share: s, wave: wave, state: Planned}, w)
		if err != nil {
			return err
		}
		if err := m.Queue.ComposeBatch(ctx, tx, id); err != nil {
			return fmt.Errorf("leave batch %d of %d to be composed: %w", i+1, len(list), err)
		}
	}
	return nil
}

// newBatch is what is known of a batch when it is planned. Letters sent after
// their wave have no slots.
type newBatch struct {
	share
	wave  campaigns.WaveID
	state string
}

func (m *Mailroom) newBatch(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, n newBatch, w calendar.Working) (BatchID, error) {
	vendor, cutOff, err := vendorFor(ctx, tx, c, n.Pack)
	if err != nil {
		return 0, err
	}
	salt := make([]byte, 32)
	rand.Read(salt)
	var id BatchID
	err = tx.QueryRow(ctx, `
		INSERT INTO batches (code, campaign_id, wave_id, vendor_id, pack_id, postage, state, from_slot, to_slot, planned_post_on, due_at, salt, created_at)
		SELECT @campaign_code::text || '-' || lpad((count(*) + 1)::text, greatest(4, length((count(*) + 1)::text)), '0'), @campaign, nullif(@wave::bigint, 0), @vendor, @pack,
			coalesce((SELECT v.postage FROM packs k JOIN pack_versions v ON v.code = k.code AND v.version = k.version WHERE k.id = @pack), 'second'), @state,
			nullif(@from::int, 0), nullif(@to::int, 0), @on, @due, @salt, @now FROM batches WHERE campaign_id = @campaign
		RETURNING id`,
		pgx.NamedArgs{"campaign_code": c.Code, "campaign": c.ID, "wave": n.wave, "vendor": vendor, "pack": n.Pack, "state": n.state,
			"from": n.From, "to": n.To, "on": n.PostOn, "due": dueAt(n.PostOn, cutOff, w), "salt": salt, "now": now}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("plan batch: %w", err)
	}
	return id, m.Register.MakeSignals(ctx, tx, now, []string{campaigns.PauseBatch(int64(id)), campaigns.SuspectBatch(int64(id))})
}

// ComposeBatch gives the people of a planned batch their notices and leaves it
// to be sealed. While writing is held back it fails with fault.Unavailable and
// changes nothing. Repeating it does nothing.
func (m *Mailroom) ComposeBatch(ctx context.Context, id BatchID) error {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		b, err := lockBatch(ctx, tx, id)
		if err != nil || b.State != Planned {
			return err
		}
		if err := m.frozen(ctx, tx, b.Campaign, b.Wave); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT e.id FROM enrolments e JOIN batches b ON b.id = @id
			WHERE e.campaign_id = b.campaign_id AND e.wave_id = b.wave_id AND e.slot BETWEEN b.from_slot AND b.to_slot AND e.state = 'scheduled'
			ORDER BY e.slot`, pgx.NamedArgs{"id": id})
		if err != nil {
			return fmt.Errorf("compose batch: %w", err)
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.EnrolmentID])
		if err != nil {
			return fmt.Errorf("compose batch: %w", err)
		}
		return m.compose(ctx, tx, now, &b, people, working)
	})
}

// compose gives people notices for the day on which a batch can be posted at
// the earliest, and leaves it to be sealed.
func (m *Mailroom) compose(ctx context.Context, tx pgx.Tx, now time.Time, b *Batch, people []campaigns.EnrolmentID, w calendar.Working) error {
	if err := m.replan(ctx, tx, now, b, w); err != nil {
		return err
	}
	c, err := m.Register.CampaignByID(ctx, tx, b.Campaign)
	if err != nil {
		return err
	}
	n, err := m.Desk.GiveNotices(ctx, tx, now, c, int64(b.ID), people, b.PlannedPostOn)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET state = 'composed', composed = @n, composed_at = @now WHERE id = @id`, pgx.NamedArgs{"n": n, "now": now, "id": b.ID})
	if err != nil {
		return fmt.Errorf("compose batch: %w", err)
	}
	if err := m.Queue.SealBatch(ctx, tx, b.ID); err != nil {
		return fmt.Errorf("leave batch to be sealed: %w", err)
	}
	return nil
}

// replan moves the posting of a batch on when its day can no longer be met,
// after a pause for example; a notice never promises a day that has come too near.
func (m *Mailroom) replan(ctx context.Context, tx pgx.Tx, now time.Time, b *Batch, w calendar.Working) error {
	on := soonest(now, w)
	if !b.PlannedPostOn.Before(on) {
		return nil
	}
	var cutOff string
	if err := tx.QueryRow(ctx, `SELECT cut_off FROM vendors WHERE id = @id`, pgx.NamedArgs{"id": b.Vendor}).Scan(&cutOff); err != nil {
		return fmt.Errorf("plan batch anew: %w", err)
	}
	b.PlannedPostOn, b.DueAt = on, dueAt(on, cutOff, w)
	_, err := tx.Exec(ctx, `UPDATE batches SET planned_post_on = @on, due_at = @due WHERE id = @id`, pgx.NamedArgs{"on": on, "due": b.DueAt, "id": b.ID})
	if err != nil {
		return fmt.Errorf("plan batch anew: %w", err)
	}
	return nil
}
