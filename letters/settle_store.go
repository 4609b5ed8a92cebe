package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// fewReturns is the number of returned letters under which a share says nothing.
const fewReturns = 5

// settle brings batches to the state that follows from their pieces, and
// pauses the records of a batch of which more came back than the campaign
// allows. The batches are locked.
func (m *Mailroom) settle(ctx context.Context, tx pgx.Tx, now time.Time, c changes) error {
	touched := map[BatchID]bool{}
	for _, p := range c.pieces {
		touched[p.Batch] = true
	}
	ids := make([]BatchID, 0, len(touched))
	for id := range touched {
		ids = append(ids, id)
	}
	_, err := tx.Exec(ctx, `
		UPDATE batches b SET
			state = CASE WHEN s.still = 0 AND s.posted > 0 THEN 'posted' WHEN s.released = 0 AND b.state = 'sealed' THEN 'accepted' ELSE b.state END,
			accepted_at = CASE WHEN s.released = 0 THEN coalesce(b.accepted_at, @now) ELSE b.accepted_at END,
			posted_at = CASE WHEN s.still = 0 AND s.posted > 0 THEN coalesce(b.posted_at, @now) ELSE b.posted_at END
		FROM (
			SELECT batch_id, count(*) FILTER (WHERE state = 'released') AS released, count(*) FILTER (WHERE posted_on IS NOT NULL) AS posted,
				count(*) FILTER (WHERE state IN ('released', 'accepted', 'printed', 'enclosed')) AS still
			FROM pieces WHERE batch_id = ANY(@ids) GROUP BY batch_id
		) s WHERE b.id = s.batch_id AND b.state IN ('sealed', 'accepted')`, pgx.NamedArgs{"ids": ids, "now": now})
	if err != nil {
		return fmt.Errorf("settle batches: %w", err)
	}
	return m.watchReturns(ctx, tx, now, c.back)
}

// watchReturns pauses a batch at the moment in which its share of returned
// letters passes the limit; a person who has looked and resumed it is not
// overruled by the next return.
func (m *Mailroom) watchReturns(ctx context.Context, tx pgx.Tx, now time.Time, back map[BatchID]int) error {
	if len(back) == 0 {
		return nil
	}
	ids := make([]BatchID, 0, len(back))
	for id := range back {
		ids = append(ids, id)
	}
	rows, err := tx.Query(ctx, `
		SELECT b.id, b.code, c.returns_limit_percent::float8, count(p.id)::int, count(p.returned_on)::int
		FROM batches b JOIN campaigns c ON c.id = b.campaign_id
		JOIN pieces p ON p.batch_id = b.id AND (p.posted_on IS NOT NULL OR p.returned_on IS NOT NULL)
		WHERE b.id = ANY(@ids) GROUP BY b.id, c.id ORDER BY b.id`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return fmt.Errorf("count returns: %w", err)
	}
	type tally struct {
		ID            BatchID
		Code          string
		Limit         float64
		Sent, Returns int
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tally])
	if err != nil {
		return fmt.Errorf("count returns: %w", err)
	}
	for _, t := range list {
		if !tooMany(t.Returns, t.Sent, t.Limit) || tooMany(t.Returns-back[t.ID], t.Sent, t.Limit) {
			continue
		}
		why := fmt.Sprintf("%d of its %d posted letters came back, more than %g in a hundred.", t.Returns, t.Sent, t.Limit)
		if err := m.Register.SetSignal(ctx, tx, now, campaigns.PauseBatch(int64(t.ID)), now, calendar.Date{}, why, 0, 0); err != nil {
			return err
		}
		err := m.Register.Raise(ctx, tx, now, "returns", "batch:"+t.Code, "Batch "+t.Code+" is paused: "+why+" Its records wait until a person has looked.")
		if err != nil {
			return err
		}
	}
	return nil
}

func tooMany(returned, sent int, limit float64) bool {
	return returned >= fewReturns && float64(returned) > float64(sent)*limit/100
}
