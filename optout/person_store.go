package optout

import (
	"context"
	"encoding/json"
	"errors"
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
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		if err := d.maySee(ctx, tx, by, person); err != nil {
			return err
		}
		return d.TellPersonIn(ctx, tx, by, person, f)
	})
}

// TellPersonIn is TellPerson within a transaction that somebody else has
// begun, who has seen to it that this viewer may.
func (d *Desk) TellPersonIn(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, person campaigns.PersonID, f campaigns.PersonFact) error {
	if f.On.IsZero() {
		f.On = d.Clock.Today()
	}
	people, err := d.concerned(ctx, tx, &person, &f)
	if err != nil {
		return err
	}
	now, err := d.lock(ctx, tx, people)
	if err != nil {
		return err
	}
	if err := d.Register.TellPerson(ctx, tx, now, person, f); err != nil {
		return err
	}
	switch f.Kind {
	case campaigns.Merged:
		if err := d.mergeEnrolments(ctx, tx, now, person, f.Into); err != nil {
			return err
		}
	case campaigns.Split:
		if err := d.split(ctx, tx, now, people); err != nil {
			return err
		}
	case campaigns.NotDead:
		if err := d.countAnswersOfTheLiving(ctx, tx, now, by, person); err != nil {
			return err
		}
	}
	if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "tell person: " + string(f.Kind), Object: "person", ID: fmt.Sprint(person)}); err != nil {
		return err
	}
	return d.renewAndWorkOut(ctx, tx, now, people, string(f.Kind))
}

// concerned finds everybody whom a fact about one person moves: those two who
// are merged, or were. Of somebody who is merged already the one who stays is
// merged on, so that nobody of them is left behind.
func (d *Desk) concerned(ctx context.Context, tx pgx.Tx, person *campaigns.PersonID, f *campaigns.PersonFact) ([]campaigns.PersonID, error) {
	into := campaigns.PersonID(0)
	switch f.Kind {
	case campaigns.Merged:
		root := *person
		err := tx.QueryRow(ctx, `
			SELECT coalesce(o.merged_into, o.id), coalesce(n.merged_into, n.id) FROM people o, people n WHERE o.id = @person AND n.id = @into`,
			pgx.NamedArgs{"person": *person, "into": f.Into}).Scan(&root, &into)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return nil, fmt.Errorf("find whom to merge into: %w", err)
		}
		if into == 0 || into == *person {
			return nil, fault.New(fault.Invalid, "Say into which other person this one is merged.")
		}
		if root != into {
			*person = root
		}
		f.Into = into
	case campaigns.Split:
		err := tx.QueryRow(ctx, `SELECT merged_into FROM people WHERE id = @person AND merged_into IS NOT NULL`, pgx.NamedArgs{"person": *person}).Scan(&into)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, fault.New(fault.Conflict, "This person is merged with nobody.")
		}
		if err != nil {
			return nil, fmt.Errorf("find whom to split from: %w", err)
		}
	default:
		return []campaigns.PersonID{*person}, nil
	}
	return []campaigns.PersonID{*person, into}, nil
}

// countAnswersOfTheLiving lets answers count that were kept as holds because
// the person was taken for dead, and notes whom they are to be told to.
func (d *Desk) countAnswersOfTheLiving(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, person campaigns.PersonID) error {
	var programme campaigns.ProgrammeID
	var programmes []campaigns.ProgrammeID
	err := each(ctx, tx, `
		WITH kept AS (
			UPDATE holds h SET settled_at = @now, settled_by = nullif(@by::bigint, 0), outcome = CASE says WHEN 'no' THEN 'dissent' ELSE 'consent' END,
				reason = 'The death had been entered by mistake.'
			WHERE h.settled_at IS NULL AND h.cause = 'recorded as dead' AND h.says IN ('no', 'yes')
				AND EXISTS (SELECT FROM hold_candidates c WHERE c.hold_id = h.id AND c.person_id = @person)
			RETURNING h.id, h.programme_id, h.says, h.channel, h.received_on, h.piece_id, h.staff_id, h.reference, coalesce(h.told->>'given_by', 'self') AS given_by
		)
		INSERT INTO answers (reference, programme_id, person_id, says, channel, received_on, received_at, recorded_at, given_by, piece_id, staff_id, hold_id)
		SELECT 'A' || substr(reference, 2), programme_id, @person, says, channel, received_on, received_on::timestamp AT TIME ZONE 'Europe/London', @now,
			given_by, piece_id, staff_id, id FROM kept RETURNING programme_id`, pgx.NamedArgs{"now": now, "by": by.ID, "person": person},
		[]any{&programme}, func() { programmes = append(programmes, programme) })
	if err != nil {
		return fmt.Errorf("count answers kept: %w", err)
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(programmes))) {
		if err := d.tell(ctx, tx, now, p, person); err != nil {
			return err
		}
	}
	return nil
}

// mergeEnrolments lets the enrolment that is further on stay where both are in
// one campaign, and takes back the later of two live records.
func (d *Desk) mergeEnrolments(ctx context.Context, tx pgx.Tx, now time.Time, from, into campaigns.PersonID) error {
	// Whoever was merged into the one that goes follows to the one that stays.
	if _, err := tx.Exec(ctx, `UPDATE people SET merged_into = @into WHERE merged_into = @from`, pgx.NamedArgs{"from": from, "into": into}); err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	if err := oneStays(ctx, tx, []campaigns.PersonID{into}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE records SET state = CASE WHEN leaving_at IS NULL AND live_at IS NULL THEN 'released' ELSE 'withdrawing' END, withdrawing_at = @now,
			next_attempt_at = @now, attempts = 0 WHERE id IN (
			SELECT id FROM (SELECT id, state, row_number() OVER (PARTITION BY programme_id ORDER BY live_at NULLS LAST, leaving_at NULLS LAST, enrolment_id) AS n FROM records
				WHERE person_id IN (SELECT id FROM people WHERE id = @into OR merged_into = @into)
				AND state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing')) r WHERE n > 1 AND state <> 'withdrawing')`,
		pgx.NamedArgs{"into": into, "now": now})
	if err != nil {
		return fmt.Errorf("withdraw second record: %w", err)
	}
	return nil
}

// split undoes a merge and holds both people until somebody has looked.
func (d *Desk) split(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID) error {
	if err := oneStays(ctx, tx, people); err != nil {
		return err
	}
	var programme campaigns.ProgrammeID
	var programmes []campaigns.ProgrammeID
	err := each(ctx, tx, `SELECT DISTINCT c.programme_id FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id
		WHERE e.person_id IN (SELECT id FROM people WHERE id = ANY(@people) OR merged_into = ANY(@people))`,
		pgx.NamedArgs{"people": people}, []any{&programme}, func() { programmes = append(programmes, programme) })
	if err != nil {
		return fmt.Errorf("split: %w", err)
	}
	for _, p := range programmes {
		if _, err := d.openHold(ctx, tx, now, campaigns.Viewer{}, NewHold{Programme: p, Cause: "several people", Says: "unknown",
			Channel: campaigns.Practice, ReceivedOn: calendar.DateOf(now)}, people, 0); err != nil {
			return err
		}
	}
	return nil
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
	err = d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		agreed = false
		var id AnswerID
		var person campaigns.PersonID
		var programme campaigns.ProgrammeID
		err := tx.QueryRow(ctx, `SELECT id, person_id, programme_id FROM answers WHERE reference = @r`, pgx.NamedArgs{"r": reference}).Scan(&id, &person, &programme)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Invalid, "There is no answer with this reference.")
		}
		if err != nil {
			return fmt.Errorf("find answer: %w", err)
		}
		if err := d.maySee(ctx, tx, by, person); err != nil {
			return absentOr(err, fault.New(fault.Invalid, "There is no answer with this reference."))
		}
		people := []campaigns.PersonID{person}
		now, err := d.lock(ctx, tx, people)
		if err != nil {
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
		if err := d.tell(ctx, tx, now, programme, person); err != nil {
			return err
		}
		return d.renewAndWorkOut(ctx, tx, now, people, "answer reversed")
	})
	if fault.Is(err, fault.NotFound) {
		return false, d.Register.Propose(ctx, by, "reverse", reference, reason)
	}
	return agreed, err
}
