package optout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// inWrongFile tells of an enrolment e whether the file that brought it is
// withdrawn and no other file stands for it.
const inWrongFile = `(EXISTS (SELECT FROM cohort_withdrawals h WHERE h.cohort_id = e.cohort_id)
	AND NOT EXISTS (SELECT FROM enrolled_again a WHERE a.enrolment_id = e.id AND NOT EXISTS (SELECT FROM cohort_withdrawals h WHERE h.cohort_id = a.cohort_id)))`

// askWrongFiles asks whom a withdrawn file brought, and for the days on which
// nothing but such a file stood for somebody: those do not count towards a
// window. There are next to never any, which costs two looks at an empty table.
func askWrongFiles(g *gathering, ask *pgx.Batch) {
	const brought = `
		FROM (SELECT DISTINCT campaign_id FROM cohort_withdrawals) c
		CROSS JOIN LATERAL (SELECT id, campaign_id, cohort_id FROM enrolments WHERE campaign_id = c.campaign_id AND person_id = ANY(@people) OFFSET 0) e`
	var id campaigns.EnrolmentID
	eachOf(ask, "withdrawn files", `SELECT e.id`+brought+` WHERE `+inWrongFile, g.args, []any{&id}, func() { g.wrong[id] = true })
	var own, again, until time.Time
	stood := map[campaigns.EnrolmentID]time.Time{} // up to when some file stood for the person
	eachOf(ask, "days of withdrawn files", `
		SELECT e.id, own.withdrawn_at, a.recorded_at, coalesce(w.withdrawn_at, '9999-12-31Z')`+brought+`
		JOIN cohort_withdrawals own ON own.cohort_id = e.cohort_id JOIN enrolled_again a ON a.enrolment_id = e.id
		LEFT JOIN cohort_withdrawals w ON w.cohort_id = a.cohort_id ORDER BY e.id, a.recorded_at, a.cohort_id`, g.args, []any{&id, &own, &again, &until}, func() {
		last := later(stood[id], own)
		if again.After(last) {
			g.unstood[id] = append(g.unstood[id], span{calendar.DateOf(last), calendar.DateOf(again)})
		}
		stood[id] = later(last, until)
	})
}

// TakenBack counts what became of the people of a withdrawn file.
type TakenBack struct {
	People    int // whom no other file stands for
	Excluded  int // not written to any more
	Held      int // were written to, and wait for a person
	Withdrawn int // had a record, which is withdrawn
}

// WithdrawCohort takes a file back that should never have been taken (rules of
// notice, "wrong cohort loaded"): whoever was not written to is excluded,
// whoever was is held, and records that were made are withdrawn. An alarm says
// so until somebody has seen it. People who stand in another file of the
// campaign stay; loading the right file lets the others go on. Withdrawing
// again changes nothing.
func (d *Desk) WithdrawCohort(ctx context.Context, by campaigns.Viewer, id campaigns.CohortID, reason string) (TakenBack, error) {
	var back TakenBack
	if !by.Role.Manages() {
		return back, fault.New(fault.Forbidden, "Your role does not decide about files of people.")
	}
	if reason == "" {
		return back, fault.In("reason", fault.Invalid, "Say why this file should never have been taken.")
	}
	h, err := d.Register.Cohort(ctx, by, id)
	if err != nil {
		return back, err
	}
	if h.State != "applied" {
		return back, fault.New(fault.Conflict, "This file is %s: decline it instead. Only one that was applied is withdrawn.", h.State)
	}
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		back = TakenBack{}
		tag, err := tx.Exec(ctx, `
			INSERT INTO cohort_withdrawals (cohort_id, campaign_id, reason, staff_id, withdrawn_at)
			VALUES (@id, @campaign, @reason, @by, @now) ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{"id": id, "campaign": h.Campaign, "reason": reason, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("withdraw cohort: %w", err)
		}
		if err := d.takeBack(ctx, tx, h, &back); err != nil || tag.RowsAffected() == 0 {
			return err
		}
		sentence := fmt.Sprintf("File %d was withdrawn: %d people are excluded, %d held, %d records withdrawn.", id, back.Excluded, back.Held, back.Withdrawn)
		if err := d.Register.Raise(ctx, tx, now, "incident", fmt.Sprintf("cohort:%d", id), sentence); err != nil {
			return err
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "withdraw cohort", Object: "cohort", ID: fmt.Sprint(id), Campaign: h.Campaign,
			Detail: map[string]any{"reason": reason, "people": back.People}})
	})
	return back, err
}

// ofFile tells of an enrolment e whether a file brought it, or stands for it
// because the one that did was withdrawn before.
const ofFile = `e.campaign_id = @campaign AND (e.cohort_id = @cohort
	OR e.id IN (SELECT a.enrolment_id FROM enrolled_again a WHERE a.cohort_id = @cohort) AND EXISTS (SELECT FROM cohort_withdrawals h WHERE h.cohort_id = e.cohort_id))`

// takeBack works out anew whom a file brought, and counts where they stand.
func (d *Desk) takeBack(ctx context.Context, tx pgx.Tx, h campaigns.Cohort, back *TakenBack) error {
	args := pgx.NamedArgs{"campaign": h.Campaign, "cohort": h.ID}
	rows, err := tx.Query(ctx, `SELECT e.person_id FROM enrolments e WHERE `+ofFile+` ORDER BY 1`, args)
	if err != nil {
		return fmt.Errorf("find people of cohort: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return fmt.Errorf("find people of cohort: %w", err)
	}
	for chunk := range slices.Chunk(people, 2000) {
		now, err := d.lock(ctx, tx, chunk)
		if err != nil {
			return err
		}
		if err := d.WorkOut(ctx, tx, now, chunk, "file withdrawn"); err != nil {
			return err
		}
	}
	err = tx.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE e.state = 'excluded'), count(*) FILTER (WHERE e.state = 'held'),
			count(*) FILTER (WHERE e.state IN ('withdrawing', 'withdrawn'))
		FROM enrolments e WHERE `+ofFile+` AND `+inWrongFile, args).
		Scan(&back.People, &back.Excluded, &back.Held, &back.Withdrawn)
	if err != nil {
		return fmt.Errorf("count people of cohort: %w", err)
	}
	return nil
}
