package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Move brings enrolments of one campaign to a state, writes the history line
// and the count in the same statement, and returns who moved. Those already
// there with the same reason are left alone; those who may not come there from
// where they are stay, and their absence from the answer says so, as do those
// whom somebody else moves at the same moment: callers hold the people.
func (r *Register) Move(ctx context.Context, tx pgx.Tx, now time.Time, campaign CampaignID, ids []EnrolmentID, to State, event, reason string) ([]EnrolmentID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `
		WITH was AS MATERIALIZED (
			SELECT e.id, coalesce(e.wave_id, 0) AS wave_id, e.state, e.reason
			FROM enrolments e
			WHERE e.campaign_id = @campaign AND e.id = ANY(@ids) AND e.state = ANY(@from) AND (e.state <> @to OR e.reason <> @reason)
		), moved AS (
			UPDATE enrolments e
			SET state = @to, reason = @reason, since = @at, slot = CASE WHEN @to = 'scheduled' THEN NULL ELSE e.slot END
			FROM was WHERE e.campaign_id = @campaign AND e.id = was.id AND e.state = was.state AND e.reason = was.reason
			RETURNING e.id, was.wave_id, was.state, was.reason
		), lines AS (
			INSERT INTO history (campaign_id, enrolment_id, from_state, to_state, event, reason, at)
			SELECT @campaign, id, state, @to, @event, @reason, @at FROM moved
		), counted AS (
			INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people)
			SELECT @campaign, wave_id, state, reason, -count(*) FROM moved GROUP BY wave_id, state, reason
			UNION ALL
			SELECT @campaign, wave_id, @to, @reason, count(*) FROM moved GROUP BY wave_id
		)
		SELECT id FROM moved`,
		pgx.NamedArgs{"campaign": campaign, "ids": ids, "from": sources(to), "to": to, "event": event, "reason": reason, "at": now})
	if err != nil {
		return nil, fmt.Errorf("move %d enrolments to %s: %w", len(ids), to, err)
	}
	moved, err := pgx.CollectRows(rows, pgx.RowTo[EnrolmentID])
	if err != nil {
		return nil, fmt.Errorf("move %d enrolments to %s: %w", len(ids), to, err)
	}
	return moved, nil
}

// Count is how many people of a campaign stand in one state for one reason.
type Count struct {
	Wave   WaveID // 0: in no wave
	State  State
	Reason string
	People int
}

// Counts reads the kept counts of a campaign, by wave, state and reason. They
// equal a count of the enrolments at every moment.
func (r *Register) Counts(ctx context.Context, campaign CampaignID) ([]Count, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT wave_id, state, reason, sum(people)::int
		FROM (SELECT wave_id, state, reason, people FROM counts WHERE campaign_id = @campaign
			UNION ALL SELECT wave_id, state, reason, people FROM count_deltas WHERE campaign_id = @campaign) c
		GROUP BY wave_id, state, reason HAVING sum(people) <> 0
		ORDER BY wave_id, state, reason`, pgx.NamedArgs{"campaign": campaign})
	if err != nil {
		return nil, fmt.Errorf("count campaign: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
}

// FoldCounts adds the lines written since the last fold to the kept counts.
func (r *Register) FoldCounts(ctx context.Context) error {
	return r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		// One folder at a time; readers see either the lines or the sums, never both.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7203)`); err != nil {
			return fmt.Errorf("fold counts: %w", err)
		}
		_, err := tx.Exec(ctx, `
			WITH taken AS (DELETE FROM count_deltas RETURNING campaign_id, wave_id, state, reason, people)
			INSERT INTO counts AS c (campaign_id, wave_id, state, reason, people)
			SELECT campaign_id, wave_id, state, reason, sum(people) FROM taken
			GROUP BY campaign_id, wave_id, state, reason
			ON CONFLICT (campaign_id, wave_id, state, reason) DO UPDATE SET people = c.people + excluded.people`)
		if err != nil {
			return fmt.Errorf("fold counts: %w", err)
		}
		return nil
	})
}

// HistoryLine is one move of one enrolment.
type HistoryLine struct {
	At       time.Time
	From, To State
	Event    string
	Reason   string
}

// History lists the moves of an enrolment, oldest first.
func (r *Register) History(ctx context.Context, campaign CampaignID, id EnrolmentID) ([]HistoryLine, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT at, from_state, to_state, event, reason FROM history
		WHERE campaign_id = @campaign AND enrolment_id = @id ORDER BY id`, pgx.NamedArgs{"campaign": campaign, "id": id})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[HistoryLine])
}
