package optout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

const noticeSelect = noticeColumns + `FROM notices n `

const noticeColumns = `
	SELECT n.id, n.campaign_id, n.enrolment_id, n.person_id, n.number, n.batch_id, n.addressee, n.window_unit, n.window_length, n.delivery_allowance,
		n.composed_on, n.printed_last_on, n.posted_on, n.closes_on, n.days_added, coalesce(n.void_at, '0001-01-01Z'), n.void_reason,
		coalesce((SELECT b.sealed_at FROM batches b WHERE b.id = n.batch_id), '0001-01-01Z') `

func scanNotice(row pgx.CollectableRow) (Notice, error) {
	var n Notice
	err := row.Scan(&n.ID, &n.Campaign, &n.Enrolment, &n.Person, &n.Number, &n.Batch, &n.Addressee, &n.Window.Unit, &n.Window.Length, &n.Window.Allowance,
		&n.ComposedOn, &n.PrintedLastOn, &n.PostedOn, &n.ClosesOn, &n.DaysAdded, &n.VoidAt, &n.VoidReason, &n.SealedAt)
	n.VoidAt, n.SealedAt = orZero(n.VoidAt), orZero(n.SealedAt)
	return n, err
}

// GiveNotices writes the notice of each of these enrolments that is scheduled,
// with the policy of the campaign and the last day to print stamped on it. A
// notice that was never posted is written again under its number. After one
// that was, or whose piece is out all the same because it came back or fell
// under suspicion before its posting was told, the number goes up. It returns
// how many were written.
func (d *Desk) GiveNotices(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, batch int64, enrolments []campaigns.EnrolmentID, plannedPost calendar.Date) (int, error) {
	working, err := d.working(ctx, tx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `
		WITH due AS (
			SELECT e.id, e.person_id, last.number, last.posted_on IS NULL AND last.void_reason NOT IN ('returned', 'suspected') AS again
			FROM enrolments e LEFT JOIN LATERAL (
				SELECT n.number, n.posted_on, n.void_reason FROM notices n WHERE n.campaign_id = @campaign AND n.enrolment_id = e.id ORDER BY n.number DESC LIMIT 1) last ON true
			WHERE e.campaign_id = @campaign AND e.id = ANY(@ids) AND e.state = 'scheduled'
		)
		INSERT INTO notices (campaign_id, enrolment_id, person_id, number, batch_id, window_unit, window_length, delivery_allowance,
			composed_on, printed_last_on)
		SELECT @campaign, id, person_id, CASE WHEN number IS NULL THEN 1 WHEN again THEN number ELSE number + 1 END,
			@batch, @unit, @length, @allowance, @today, @last
		FROM due
		ON CONFLICT (campaign_id, enrolment_id, number) DO UPDATE SET batch_id = excluded.batch_id, window_unit = excluded.window_unit,
			window_length = excluded.window_length, delivery_allowance = excluded.delivery_allowance, composed_on = excluded.composed_on,
			printed_last_on = excluded.printed_last_on, void_at = NULL, void_reason = ''
		WHERE notices.posted_on IS NULL`,
		pgx.NamedArgs{"campaign": c.ID, "ids": enrolments, "batch": batch, "unit": c.Window.Unit, "length": c.Window.Length,
			"allowance": c.Window.Allowance, "today": calendar.DateOf(now), "last": c.Window.ClosesOn(plannedPost, calendar.Date{}, 0, working)})
	if err != nil {
		return 0, fmt.Errorf("give notices: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// NoticesOf lists the notices of a batch by enrolment.
func (d *Desk) NoticesOf(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, batch int64) ([]Notice, error) {
	rows, err := tx.Query(ctx, noticeSelect+`WHERE n.campaign_id = @campaign AND n.batch_id = @batch ORDER BY n.enrolment_id`,
		pgx.NamedArgs{"campaign": campaign, "batch": batch})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return pgx.CollectRows(rows, scanNotice)
}

// Sealed says that the letters of these enrolments are drawn and sealed in a batch.
func (d *Desk) Sealed(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, enrolments []campaigns.EnrolmentID) error {
	_, err := d.Register.Move(ctx, tx, now, campaign, enrolments, campaigns.Written, "sealed", "")
	return err
}

// OpenWindows notes that the pieces of notices were posted and opens their
// windows. Posted again with a later day, the later day counts; with an
// earlier one nothing changes. A letter posted with fewer than 28 days to the
// last day it prints gives no notice: it is void and written again.
func (d *Desk) OpenWindows(ctx context.Context, tx pgx.Tx, _ time.Time, campaign campaigns.CampaignID, posted []Posting) error {
	ids := make([]NoticeID, len(posted))
	on := make(map[NoticeID]calendar.Date, len(posted))
	for i, p := range posted {
		ids[i] = p.Notice
		on[p.Notice] = calendar.Max(on[p.Notice], p.On)
	}
	now, notices, people, err := d.lockNotices(ctx, tx, campaign, ids)
	if err != nil {
		return err
	}
	working, err := d.working(ctx, tx)
	if err != nil {
		return err
	}
	var late []NoticeID
	var set, days, closes = []NoticeID{}, []calendar.Date{}, []calendar.Date{}
	for _, n := range notices {
		day := on[n.ID]
		if !day.After(n.PostedOn) {
			continue
		}
		if !n.Void() && n.PrintedLastOn.DaysSince(day) < campaigns.MinimumPrintedDays {
			late = append(late, n.ID)
		}
		set, days = append(set, n.ID), append(days, day)
		closes = append(closes, calendar.Max(n.ClosesOn, n.Window.ClosesOn(day, n.PrintedLastOn, 0, working)))
	}
	_, err = tx.Exec(ctx, `
		UPDATE notices n SET posted_on = u.day, posted_told_at = @now, closes_on = u.closes
		FROM unnest(@ids::bigint[], @days::date[], @closes::date[]) u (id, day, closes)
		WHERE n.campaign_id = @campaign AND n.id = u.id`,
		pgx.NamedArgs{"ids": set, "days": days, "closes": closes, "campaign": campaign, "now": now})
	if err != nil {
		return fmt.Errorf("open windows: %w", err)
	}
	if err := voidNotices(ctx, tx, now, campaign, late, PostedTooLate); err != nil {
		return err
	}
	return d.renewAndWorkOut(ctx, tx, now, people, "posted")
}

// VoidWindows says that notices give no notice any more, whatever state their
// people are in. A notice that is void already keeps its first reason, except
// that a return counts as a return also after a suspicion.
func (d *Desk) VoidWindows(ctx context.Context, tx pgx.Tx, _ time.Time, campaign campaigns.CampaignID, ids []NoticeID, reason VoidReason) error {
	now, _, people, err := d.lockNotices(ctx, tx, campaign, ids)
	if err != nil {
		return err
	}
	if err := voidNotices(ctx, tx, now, campaign, ids, reason); err != nil {
		return err
	}
	return d.WorkOut(ctx, tx, now, people, string(reason))
}

func voidNotices(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, ids []NoticeID, reason VoidReason) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE notices SET void_at = @now, void_reason = @reason
		WHERE campaign_id = @campaign AND id = ANY(@ids) AND (void_reason = '' OR @reason = 'returned' AND void_reason <> 'returned')`,
		pgx.NamedArgs{"now": now, "reason": reason, "campaign": campaign, "ids": ids})
	if err != nil {
		return fmt.Errorf("void notices: %w", err)
	}
	return nil
}

// voidOldAddresses voids letters that went to an address already left: a change
// of address dated before posting plus the delivery allowance, and not known
// when the letter was drawn, is a return, whichever was told first.
func (d *Desk) voidOldAddresses(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID) error {
	working, err := d.working(ctx, tx)
	if err != nil {
		return err
	}
	var n Notice
	var left calendar.Date
	old := map[campaigns.CampaignID][]NoticeID{}
	err = each(ctx, tx, `
		SELECT n.campaign_id, n.id, n.posted_on, n.delivery_allowance, min(f.fact_on)
		FROM notices n LEFT JOIN batches b ON b.id = n.batch_id JOIN person_facts f ON f.person_id = n.person_id AND f.kind = 'moved address'
			AND f.recorded_at > coalesce(b.sealed_at, n.composed_on::timestamp AT TIME ZONE 'Europe/London')
		WHERE n.person_id = ANY(@people) AND n.posted_on IS NOT NULL AND n.void_reason = ''
		GROUP BY n.campaign_id, n.id, n.posted_on, n.delivery_allowance`, pgx.NamedArgs{"people": people},
		[]any{&n.Campaign, &n.ID, &n.PostedOn, &n.Window.Allowance, &left}, func() {
			if left.Before(working.Add(n.PostedOn, n.Window.Allowance)) {
				old[n.Campaign] = append(old[n.Campaign], n.ID)
			}
		})
	if err != nil {
		return fmt.Errorf("look for changes of address: %w", err)
	}
	for campaign, ids := range old {
		if err := voidNotices(ctx, tx, now, campaign, ids, OldAddress); err != nil {
			return err
		}
	}
	return nil
}

// lockNotices locks the people of notices, then reads the notices as they are
// under the lock, and since when that is.
func (d *Desk) lockNotices(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, ids []NoticeID) (time.Time, []Notice, []campaigns.PersonID, error) {
	args := pgx.NamedArgs{"campaign": campaign, "ids": ids}
	rows, err := tx.Query(ctx, `SELECT DISTINCT n.person_id FROM notices n WHERE n.campaign_id = @campaign AND n.id = ANY(@ids) ORDER BY 1`, args)
	if err != nil {
		return time.Time{}, nil, nil, fmt.Errorf("find people of notices: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return time.Time{}, nil, nil, fmt.Errorf("find people of notices: %w", err)
	}
	now, err := d.lock(ctx, tx, people)
	if err != nil {
		return now, nil, nil, err
	}
	rows, err = tx.Query(ctx, noticeSelect+`WHERE n.campaign_id = @campaign AND n.id = ANY(@ids) ORDER BY n.id`, args)
	if err != nil {
		return time.Time{}, nil, nil, fmt.Errorf("read notices: %w", err)
	}
	notices, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return time.Time{}, nil, nil, fmt.Errorf("read notices: %w", err)
	}
	return now, notices, people, nil
}

// renewAndWorkOut stores closes that have moved back in time never, forward
// always, and works the people out anew.
func (d *Desk) renewAndWorkOut(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID, event string) error {
	if err := d.voidOldAddresses(ctx, tx, now, people); err != nil {
		return err
	}
	situations, err := d.situations(ctx, tx, now, people, askWrongFiles, askPieces)
	if err != nil {
		return err
	}
	var renewed []Notice
	for _, s := range situations {
		for _, n := range s.renewed {
			if !n.Void() {
				renewed = append(renewed, n)
			}
		}
	}
	if err := keepRenewed(ctx, tx, renewed); err != nil {
		return err
	}
	return d.stand(ctx, tx, now, situations, event) // the closes in there are the renewed ones
}

func keepRenewed(ctx context.Context, tx pgx.Tx, renewed []Notice) error {
	if len(renewed) == 0 {
		return nil
	}
	slices.SortFunc(renewed, func(a, b Notice) int { return cmp.Compare(a.ID, b.ID) })
	var c []campaigns.CampaignID
	var ids []NoticeID
	var closes []calendar.Date
	var days []int16
	for _, n := range renewed {
		c, ids, closes, days = append(c, n.Campaign), append(ids, n.ID), append(closes, n.ClosesOn), append(days, int16(n.DaysAdded))
	}
	_, err := tx.Exec(ctx, `
		UPDATE notices n SET closes_on = u.closes, days_added = greatest(n.days_added, u.days)
		FROM unnest(@c::int[], @ids::bigint[], @closes::date[], @days::smallint[]) u (c, id, closes, days)
		WHERE n.campaign_id = u.c AND n.id = u.id AND (n.closes_on < u.closes OR n.days_added < u.days)`,
		pgx.NamedArgs{"c": c, "ids": ids, "closes": closes, "days": days})
	if err != nil {
		return fmt.Errorf("renew windows: %w", err)
	}
	return nil
}
