package optout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// TellPerson writes down a fact about a person and works out what follows. A
// move dated before the letter could have come counts as a return of it. A
// merge keeps the enrolment that is further on; a split holds both.
func (d *Desk) TellPerson(ctx context.Context, by campaigns.Viewer, person campaigns.PersonID, f campaigns.PersonFact) error {
	if f.On.IsZero() {
		f.On = d.Clock.Today()
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		people := []campaigns.PersonID{person}
		if f.Kind == campaigns.Merged {
			if f.Into == 0 || f.Into == person {
				return fault.New(fault.Invalid, "Say into which other person this one is merged.")
			}
			people = append(people, f.Into)
			slices.Sort(people)
		}
		if err := campaigns.LockPeople(ctx, tx, people); err != nil {
			return err
		}
		if err := d.Register.TellPerson(ctx, tx, now, person, f); err != nil {
			return err
		}
		switch f.Kind {
		case campaigns.MovedAddress:
			if err := d.voidOldAddress(ctx, tx, now, person, f.On); err != nil {
				return err
			}
		case campaigns.Merged:
			if err := d.mergeEnrolments(ctx, tx, person, f.Into); err != nil {
				return err
			}
		case campaigns.Split:
			if err := d.split(ctx, tx, now, person); err != nil {
				return err
			}
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "tell person: " + string(f.Kind), Object: "person", ID: fmt.Sprint(person)}); err != nil {
			return err
		}
		return d.renewAndWorkOut(ctx, tx, now, people, string(f.Kind))
	})
}

// voidOldAddress voids notices that went to an address already left: a change
// of address dated before posting plus the delivery allowance is a return.
func (d *Desk) voidOldAddress(ctx context.Context, tx pgx.Tx, now time.Time, person campaigns.PersonID, on calendar.Date) error {
	working, err := d.working(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, noticeSelect+`WHERE n.person_id = @person AND n.posted_on IS NOT NULL AND n.void_reason = ''`, pgx.NamedArgs{"person": person})
	if err != nil {
		return fmt.Errorf("read notices: %w", err)
	}
	notices, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return fmt.Errorf("read notices: %w", err)
	}
	for _, n := range notices {
		if on.Before(working.Add(n.PostedOn, n.Window.Allowance)) {
			if err := voidNotices(ctx, tx, now, n.Campaign, []NoticeID{n.ID}, OldAddress); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeEnrolments lets the enrolment that is further on stay where both are in
// one campaign, and takes back the later of two live records.
func (d *Desk) mergeEnrolments(ctx context.Context, tx pgx.Tx, from, into campaigns.PersonID) error {
	type one struct {
		id       campaigns.EnrolmentID
		campaign campaigns.CampaignID
		state    campaigns.State
	}
	var e one
	by := map[campaigns.CampaignID][]one{}
	err := each(ctx, tx, `SELECT id, campaign_id, state FROM enrolments WHERE person_id = ANY(@people) ORDER BY id`,
		pgx.NamedArgs{"people": []campaigns.PersonID{from, into}}, []any{&e.id, &e.campaign, &e.state}, func() { by[e.campaign] = append(by[e.campaign], e) })
	if err != nil {
		return fmt.Errorf("read enrolments: %w", err)
	}
	for c, list := range by {
		if len(list) < 2 {
			continue
		}
		stays, goes := list[0], list[1]
		if furtherOn(goes.state) > furtherOn(stays.state) {
			stays, goes = goes, stays
		}
		_, err := tx.Exec(ctx, `UPDATE enrolments SET merged_into = @stays WHERE campaign_id = @c AND id = @goes`,
			pgx.NamedArgs{"stays": stays.id, "c": c, "goes": goes.id})
		if err != nil {
			return fmt.Errorf("merge enrolments: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE records SET state = 'withdrawing', withdrawing_at = live_at, next_attempt_at = live_at WHERE id IN (
			SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY programme_id ORDER BY live_at, id) AS n FROM records
				WHERE person_id = ANY(@people) AND state = 'live') r WHERE n > 1)`, pgx.NamedArgs{"people": []campaigns.PersonID{from, into}})
	if err != nil {
		return fmt.Errorf("withdraw second record: %w", err)
	}
	return nil
}

func furtherOn(s campaigns.State) int {
	order := []campaigns.State{campaigns.Closed, campaigns.Excluded, campaigns.InCohort, campaigns.Scheduled, campaigns.Unreachable,
		campaigns.Retracing, campaigns.Written, campaigns.Held, campaigns.OptedOut, campaigns.Notified, campaigns.Reconciling, campaigns.Ready,
		campaigns.CreateFailed, campaigns.Creating, campaigns.Withdrawn, campaigns.Withdrawing, campaigns.Created}
	return slices.Index(order, s)
}

// split undoes a merge and holds both people until somebody has looked.
func (d *Desk) split(ctx context.Context, tx pgx.Tx, now time.Time, person campaigns.PersonID) error {
	if _, err := tx.Exec(ctx, `UPDATE enrolments SET merged_into = NULL WHERE person_id = @person`, pgx.NamedArgs{"person": person}); err != nil {
		return fmt.Errorf("split: %w", err)
	}
	var programme campaigns.ProgrammeID
	var programmes []campaigns.ProgrammeID
	err := each(ctx, tx, `SELECT DISTINCT c.programme_id FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id WHERE e.person_id = @person`,
		pgx.NamedArgs{"person": person}, []any{&programme}, func() { programmes = append(programmes, programme) })
	if err != nil {
		return fmt.Errorf("split: %w", err)
	}
	people := []campaigns.PersonID{person}
	var into campaigns.PersonID
	err = tx.QueryRow(ctx, `SELECT coalesce((detail->>'into')::bigint, 0) FROM person_facts WHERE person_id = @person AND kind = 'merged' ORDER BY id DESC LIMIT 1`,
		pgx.NamedArgs{"person": person}).Scan(&into)
	if err == nil && into != 0 {
		people = append(people, into)
	}
	for _, p := range programmes {
		if _, err := d.openHold(ctx, tx, now, campaigns.Viewer{}, NewHold{Programme: p, Cause: "several people", Says: "unknown",
			Channel: campaigns.Practice, ReceivedOn: calendar.DateOf(now)}, people, 0); err != nil {
			return err
		}
	}
	return nil
}

// EnrolCohort applies an accepted file: people and enrolments are merged, and
// standing answers and open holds are honoured in the same transaction.
func (d *Desk) EnrolCohort(ctx context.Context, id campaigns.CohortID) error {
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		done, err := d.Register.EnrolCohort(ctx, tx, now, id)
		if err != nil || done.People+done.Already == 0 {
			return err
		}
		// Answers that matched nobody may be somebody's now.
		if _, err := tx.Exec(ctx, `
			INSERT INTO hold_candidates (hold_id, person_id, added_at)
			SELECT h.id, coalesce(p.merged_into, p.id), @now FROM holds h JOIN people p ON p.nhs_number = h.told->>'nhs_number'
				OR p.born_on = nullif(h.told->>'born_on', '')::date
					AND (lower(p.family_name) = lower(h.told->>'family_name') OR p.postcode = h.told->>'postcode')
			WHERE h.settled_at IS NULL AND h.cause = 'nobody found'
			ON CONFLICT DO NOTHING`, pgx.NamedArgs{"now": now}); err != nil {
			return fmt.Errorf("seek candidates again: %w", err)
		}
		rows, err := tx.Query(ctx, `
			SELECT e.person_id FROM enrolments e WHERE e.campaign_id = @campaign AND e.state NOT IN ('opted_out', 'held') AND (
				EXISTS (SELECT FROM answers a WHERE a.person_id = e.person_id) OR EXISTS (SELECT FROM hold_candidates c WHERE c.person_id = e.person_id))
			ORDER BY 1`, pgx.NamedArgs{"campaign": done.Campaign.ID})
		if err != nil {
			return fmt.Errorf("find standing answers: %w", err)
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
		if err != nil {
			return fmt.Errorf("find standing answers: %w", err)
		}
		if err := d.Register.SetSignal(ctx, tx, now, campaigns.FeedRegistrations, now, calendar.Date{}, "", 0, 0); err != nil {
			return err
		}
		for chunk := range slices.Chunk(append(people, done.Changed...), 2000) {
			slices.Sort(chunk)
			if err := campaigns.LockPeople(ctx, tx, chunk); err != nil {
				return err
			}
			if err := d.renewAndWorkOut(ctx, tx, now, chunk, "cohort applied"); err != nil {
				return err
			}
		}
		return nil
	})
}

// ComeOfAge works people out anew whose exclusion may have lifted with time:
// those under age who are old enough now. It returns how many it looked at.
func (d *Desk) ComeOfAge(ctx context.Context, campaign campaigns.CampaignID, limit int) (int, error) {
	n := 0
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, `
			SELECT p.id FROM enrolments e JOIN people p ON p.id = e.person_id JOIN campaigns c ON c.id = e.campaign_id
			WHERE e.campaign_id = @c AND e.state = 'excluded' AND e.reason = 'under age'
				AND p.born_on <= (@today::date - make_interval(years => c.minimum_age))::date
			ORDER BY p.id LIMIT @limit FOR UPDATE OF p SKIP LOCKED`, pgx.NamedArgs{"c": campaign, "today": calendar.DateOf(now), "limit": limit})
		if err != nil {
			return fmt.Errorf("find who came of age: %w", err)
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
		if n = len(people); err != nil || n == 0 {
			return err
		}
		return d.WorkOut(ctx, tx, now, people, "came of age")
	})
	return n, err
}

// ReverseAnswer takes an answer out of the count that was entered for somebody
// else. The answer stays written down. It takes two people; the first call
// proposes, the same by somebody else carries it out.
func (d *Desk) ReverseAnswer(ctx context.Context, by campaigns.Viewer, reference, reason string) (agreed bool, err error) {
	if reason == "" {
		return false, fault.In("reason", fault.Invalid, "Say how you know that it was entered for the wrong person.")
	}
	if !by.Role.Manages() {
		return false, fault.New(fault.Forbidden, "Your role does not reverse answers.")
	}
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		agreed = false
		var id AnswerID
		var person campaigns.PersonID
		err := tx.QueryRow(ctx, `SELECT id, person_id FROM answers WHERE reference = @r`, pgx.NamedArgs{"r": reference}).Scan(&id, &person)
		if err == pgx.ErrNoRows {
			return fault.New(fault.Invalid, "There is no answer with this reference.")
		}
		if err != nil {
			return fmt.Errorf("find answer: %w", err)
		}
		people := []campaigns.PersonID{person}
		if err := campaigns.LockPeople(ctx, tx, people); err != nil {
			return err
		}
		p, err := d.Register.TakeProposal(ctx, tx, now, by, "reverse", reference)
		if err != nil {
			return err
		}
		_ = json.Unmarshal(p.Detail, &reason)
		_, err = tx.Exec(ctx, `
			INSERT INTO answer_reversals (answer_id, reason, staff_id, second_id, reversed_at) VALUES (@id, @reason, @by, @second, @now)
			ON CONFLICT (answer_id) DO NOTHING`, pgx.NamedArgs{"id": id, "reason": reason, "by": p.Author, "second": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("reverse answer: %w", err)
		}
		agreed = true
		return d.renewAndWorkOut(ctx, tx, now, people, "answer reversed")
	})
	if fault.Is(err, fault.NotFound) {
		return false, d.Register.Propose(ctx, by, "reverse", reference, reason)
	}
	return agreed, err
}
