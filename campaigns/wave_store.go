package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const waveSelect = `
	SELECT w.id, w.campaign_id, w.number, w.name, w.practices, w.first_post_on, w.last_post_on, w.people, w.state, w.author_id, w.planned_at,
		coalesce(w.approved_at, '0001-01-01Z') FROM waves w `

func scanWave(row pgx.CollectableRow) (Wave, error) {
	w, err := pgx.RowToStructByPos[Wave](row)
	if w.ApprovedAt.Year() == 1 {
		w.ApprovedAt = time.Time{}
	}
	return w, err
}

// Working is the calendar of the installation, with the holidays proclaimed since.
func (r *Register) Working(ctx context.Context) (calendar.Working, error) {
	rows, err := r.Pool.Query(ctx, `SELECT day, title FROM extra_holidays`)
	if err != nil {
		return calendar.Working{}, fmt.Errorf("read holidays: %w", err)
	}
	extra, err := pgx.CollectRows(rows, pgx.RowToStructByPos[calendar.Holiday])
	if err != nil {
		return calendar.Working{}, fmt.Errorf("read holidays: %w", err)
	}
	return calendar.England(extra...), nil
}

// Reckoning is what a wave would write to, as counted now; two people sign exactly this.
type Reckoning struct {
	People    int            `json:"people"`
	Out       map[string]int `json:"out"` // people of the same practices who get no letter, by reason
	Languages map[string]int `json:"languages"`
	Formats   map[string]int `json:"formats"`
	FirstPost calendar.Date  `json:"first_post_on"`
	LastPost  calendar.Date  `json:"last_post_on"`
	ClosesOn  calendar.Date  `json:"closes_on"`
}

// wave members: the first people by practice and enrolment who are in the cohort and in no wave.
const waveMembers = `
	SELECT e.id, p.language, p.format, p.postcode FROM enrolments e JOIN people p ON p.id = e.person_id
	WHERE e.campaign_id = @campaign AND e.state = 'in_cohort' AND (@practices::text[] IS NULL OR p.practice_code = ANY(@practices))
	ORDER BY p.practice_code, e.id LIMIT @n`

// Left counts the people of a campaign who are in no wave yet.
func (r *Register) Left(ctx context.Context, c CampaignID, practices []string) (int, error) {
	var n int
	err := r.Pool.QueryRow(ctx, `
		SELECT count(*) FROM enrolments e JOIN people p ON p.id = e.person_id
		WHERE e.campaign_id = @c AND e.state = 'in_cohort' AND (@practices::text[] IS NULL OR p.practice_code = ANY(@practices))`,
		pgx.NamedArgs{"c": c, "practices": practices}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count people left: %w", err)
	}
	return n, nil
}

// PlanWaves saves the waves of a plan; nothing is written before two others approve each.
func (r *Register) PlanWaves(ctx context.Context, by Viewer, campaign string, p Plan) ([]Wave, error) {
	c, err := r.Campaign(ctx, by, campaign)
	if err != nil {
		return nil, err
	}
	if !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not plan waves.")
	}
	working, err := r.Working(ctx)
	if err != nil {
		return nil, err
	}
	left, err := r.Left(ctx, c.ID, p.Practices)
	if err != nil {
		return nil, err
	}
	var planned int
	err = r.Pool.QueryRow(ctx, `SELECT coalesce(sum(people), 0) FROM waves WHERE campaign_id = @c AND state = 'planned' AND first_post_on >= @today AND practices IS NOT DISTINCT FROM @practices::text[]`,
		pgx.NamedArgs{"c": c.ID, "practices": p.Practices, "today": r.Clock.Today()}).Scan(&planned)
	if err != nil {
		return nil, fmt.Errorf("plan waves: %w", err)
	}
	spread, err := p.Spread(max(left-planned, 0), c, r.Clock.Today(), working)
	if err != nil {
		return nil, err
	}
	if err := r.VendorTakes(ctx, c, spread); err != nil {
		return nil, err
	}
	var waves []Wave
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT id FROM campaigns WHERE id = @c FOR UPDATE`, pgx.NamedArgs{"c": c.ID}); err != nil {
			return fmt.Errorf("plan waves: %w", err)
		}
		for _, w := range spread {
			rows, err := tx.Query(ctx, `
				INSERT INTO waves AS w (campaign_id, number, practices, first_post_on, last_post_on, people, state, author_id, planned_at)
				SELECT @c, coalesce(max(number), 0) + 1, @practices::text[], @first, @last, @people, 'planned', @by, @now FROM waves WHERE campaign_id = @c
				RETURNING w.id, w.campaign_id, w.number, w.name, w.practices, w.first_post_on, w.last_post_on, w.people, w.state, w.author_id,
					w.planned_at, coalesce(w.approved_at, '0001-01-01Z')`,
				pgx.NamedArgs{"c": c.ID, "practices": p.Practices, "first": w.FirstPostOn, "last": w.LastPostOn, "people": w.People, "by": by.ID, "now": now})
			if err != nil {
				return fmt.Errorf("plan waves: %w", err)
			}
			wave, err := pgx.CollectExactlyOneRow(rows, scanWave)
			if err != nil {
				return fmt.Errorf("plan waves: %w", err)
			}
			waves = append(waves, wave)
			if err := r.MakeSignals(ctx, tx, now, []string{PauseWave(wave.ID)}); err != nil {
				return err
			}
			if err := r.Audit(ctx, tx, now, Deed{By: by, Action: "plan wave", Object: "wave", ID: fmt.Sprint(wave.ID), Campaign: c.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	return waves, err
}

// WithdrawWave takes a planned wave back; its people are free to be planned
// again. An approved wave stays: its letters are on the way.
func (r *Register) WithdrawWave(ctx context.Context, by Viewer, campaign string, number int) error {
	c, err := r.Campaign(ctx, by, campaign)
	if err != nil {
		return err
	}
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not plan waves.")
	}
	w, err := r.Wave(ctx, c.ID, number)
	if err != nil {
		return err
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE waves SET state = 'withdrawn' WHERE id = @id AND state = 'planned'`, pgx.NamedArgs{"id": w.ID})
		if err != nil {
			return fmt.Errorf("withdraw wave: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "This wave is %s already.", w.State)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "withdraw wave", Object: "wave", ID: fmt.Sprint(w.ID), Campaign: c.ID})
	})
}

// Waves lists the waves of a campaign in their order.
func (r *Register) Waves(ctx context.Context, campaign CampaignID) ([]Wave, error) {
	rows, err := r.Pool.Query(ctx, waveSelect+`WHERE w.campaign_id = @c AND w.state <> 'withdrawn' ORDER BY w.number`, pgx.NamedArgs{"c": campaign})
	if err != nil {
		return nil, fmt.Errorf("list waves: %w", err)
	}
	return pgx.CollectRows(rows, scanWave)
}

// Wave finds a wave of a campaign by its number.
func (r *Register) Wave(ctx context.Context, campaign CampaignID, number int) (Wave, error) {
	rows, err := r.Pool.Query(ctx, waveSelect+`WHERE w.campaign_id = @c AND w.number = @n`, pgx.NamedArgs{"c": campaign, "n": number})
	if err != nil {
		return Wave{}, fmt.Errorf("read wave: %w", err)
	}
	w, err := pgx.CollectExactlyOneRow(rows, scanWave)
	return w, orAbsent(err, "wave")
}

// Reckon counts what a planned wave would write to now, and who gets no letter for which reason.
func (r *Register) Reckon(ctx context.Context, w Wave) (Reckoning, error) {
	var k Reckoning
	err := pgx.BeginTxFunc(ctx, r.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) (err error) {
		k, err = r.reckon(ctx, tx, w)
		return err
	})
	return k, err
}

func (r *Register) reckon(ctx context.Context, tx pgx.Tx, w Wave) (Reckoning, error) {
	k := Reckoning{Out: map[string]int{}, Languages: map[string]int{}, Formats: map[string]int{}, FirstPost: w.FirstPostOn}
	c, err := r.CampaignByID(ctx, tx, w.Campaign)
	if err != nil {
		return k, err
	}
	args := pgx.NamedArgs{"campaign": w.Campaign, "practices": w.Practices, "n": w.People}
	rows, err := tx.Query(ctx, `
		SELECT language, format, count(*)::int FROM (`+waveMembers+`) m GROUP BY language, format`, args)
	if err != nil {
		return k, fmt.Errorf("reckon wave: %w", err)
	}
	var language, format string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&language, &format, &n}, func() error {
		k.People += n
		k.Languages[language] += n
		k.Formats[format] += n
		return nil
	})
	if err != nil {
		return k, fmt.Errorf("reckon wave: %w", err)
	}
	rows, err = tx.Query(ctx, `
		SELECT CASE WHEN e.reason = '' THEN e.state ELSE e.reason END, count(*)::int FROM enrolments e JOIN people p ON p.id = e.person_id
		WHERE e.campaign_id = @campaign AND e.wave_id IS NULL AND e.state <> 'in_cohort' AND (@practices::text[] IS NULL OR p.practice_code = ANY(@practices))
		GROUP BY 1`, args)
	if err != nil {
		return k, fmt.Errorf("reckon wave: %w", err)
	}
	var reason string
	if _, err = pgx.ForEachRow(rows, []any{&reason, &n}, func() error { k.Out[reason] = n; return nil }); err != nil {
		return k, fmt.Errorf("reckon wave: %w", err)
	}
	working, err := r.Working(ctx)
	if err != nil {
		return k, err
	}
	if days := PostingDays(k.People, c.DailyCapacity, w.FirstPostOn, working); len(days) > 0 {
		k.LastPost = days[len(days)-1]
		k.ClosesOn = c.Window.ClosesOn(k.LastPost, calendar.Date{}, 0, working)
	}
	return k, nil
}

// ApproveWave signs a wave as counted now. With the second signature under the
// same count the cohort is frozen: its people are scheduled in the order of
// posting and the letters are left to be composed. The author never signs.
func (r *Register) ApproveWave(ctx context.Context, by Viewer, campaign string, number int) (signatures int, err error) {
	c, err := r.Campaign(ctx, by, campaign)
	if err != nil {
		return 0, err
	}
	if c.ApprovedAt.IsZero() {
		return 0, fault.New(fault.Refused, "Two people have to approve the campaign before any of its waves.")
	}
	if err := r.tryLetters(ctx, by, c, number); err != nil {
		return 0, err
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, waveSelect+`WHERE w.campaign_id = @c AND w.number = @n FOR UPDATE`, pgx.NamedArgs{"c": c.ID, "n": number})
		if err != nil {
			return fmt.Errorf("approve wave: %w", err)
		}
		w, err := pgx.CollectExactlyOneRow(rows, scanWave)
		if err := orAbsent(err, "wave"); err != nil {
			return err
		}
		if w.State != "planned" {
			return fault.New(fault.Conflict, "This wave is %s already.", w.State)
		}
		if w.FirstPostOn.Before(calendar.DateOf(now)) {
			return fault.New(fault.Refused, "Its first day of posting, %s, has passed. Plan it again.", w.FirstPostOn.Long())
		}
		if err := r.waveClear(ctx, tx, w.ID); err != nil {
			return err
		}
		k, err := r.reckon(ctx, tx, w)
		if err != nil {
			return err
		}
		if k.People == 0 {
			return fault.New(fault.Refused, "Nobody is left in this wave to write to.")
		}
		signatures, err = r.sign(ctx, tx, now, by, "wave", int64(w.ID), w.Author, k)
		if err != nil {
			return err
		}
		if r.Printing != nil {
			if err := r.Printing.WaveSigned(ctx, tx, now, c, w, signatures >= 2); err != nil {
				return err
			}
		}
		if signatures < 2 {
			return nil
		}
		return r.freezeWave(ctx, tx, now, w, k)
	})
	return signatures, err
}

func (r *Register) freezeWave(ctx context.Context, tx pgx.Tx, now time.Time, w Wave, k Reckoning) error {
	args := pgx.NamedArgs{"campaign": w.Campaign, "practices": w.Practices, "n": w.People, "wave": w.ID, "now": now, "last": k.LastPost, "signed": k}
	tag, err := tx.Exec(ctx, `
		WITH members AS (
			SELECT id, row_number() OVER (ORDER BY language, format, postcode, id) AS slot FROM (`+waveMembers+`) m
		), moved AS (
			UPDATE enrolments e SET state = 'scheduled', reason = '', since = @now, wave_id = @wave, slot = m.slot
			FROM members m WHERE e.campaign_id = @campaign AND e.id = m.id AND e.state = 'in_cohort' RETURNING e.id
		), lines AS (
			INSERT INTO history (campaign_id, enrolment_id, from_state, to_state, event, at)
			SELECT @campaign, id, 'in_cohort', 'scheduled', 'wave approved', @now FROM moved
		), counted AS (
			INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people)
			SELECT @campaign, v.wave, v.state, '', v.sign * n FROM (SELECT count(*) AS n FROM moved) c,
				(VALUES (0::bigint, 'in_cohort', -1), (@wave::bigint, 'scheduled', 1)) v (wave, state, sign)
		)
		SELECT FROM moved`, args)
	if err != nil {
		return fmt.Errorf("freeze wave: %w", err)
	}
	if int(tag.RowsAffected()) != k.People {
		return fault.New(fault.Conflict, "Somebody of this wave changed while it was being approved. Look at the count and sign again.")
	}
	_, err = tx.Exec(ctx, `UPDATE waves SET state = 'approved', approved_at = @now, people = @people, last_post_on = @last, signed_counts = @signed WHERE id = @wave`,
		pgx.NamedArgs{"now": now, "people": k.People, "last": k.LastPost, "signed": k, "wave": w.ID})
	if err != nil {
		return fmt.Errorf("approve wave: %w", err)
	}
	return r.Queue.ComposeWave(ctx, tx, w.Campaign, w.ID)
}
