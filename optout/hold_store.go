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

// Hold opens a hold and holds everybody whose answer it may be: by the printed
// reference, the NHS number, or name or postcode with the date of birth.
func (d *Desk) Hold(ctx context.Context, by campaigns.Viewer, h NewHold) (Receipt, error) {
	if h.ReceivedOn.IsZero() {
		return Receipt{}, fault.In("received", fault.Invalid, "Say on which day it was received.")
	}
	if by.ID != 0 && !by.Role.KeysAnswers() {
		return Receipt{}, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	var r Receipt
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if h.ReceivedOn.After(calendar.DateOf(now)) {
			return fault.In("received", fault.Invalid, "It cannot be received after today.")
		}
		if given, ok, err := d.givenBefore(ctx, tx, h.Token); ok || err != nil {
			r = given
			return err
		}
		people, err := d.candidates(ctx, tx, h)
		if err != nil {
			return err
		}
		switch {
		case h.Cause != "":
		case len(people) == 0:
			h.Cause = "nobody found"
		case len(people) > 1:
			h.Cause = "several people"
		default:
			h.Cause = "other"
		}
		if now, err = d.lock(ctx, tx, people); err != nil {
			return err
		}
		// Somebody who sent the same form twice at once waited here.
		if given, ok, err := d.givenBefore(ctx, tx, h.Token); ok || err != nil {
			r = given
			return err
		}
		if r, err = d.openHold(ctx, tx, now, by, h, people, 0); err != nil {
			return err
		}
		return d.WorkOut(ctx, tx, now, people, "held")
	})
	return r, err
}

func (d *Desk) candidates(ctx context.Context, tx pgx.Tx, h NewHold) ([]campaigns.PersonID, error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT coalesce(p.merged_into, p.id) FROM people p
		WHERE p.nhs_number = nullif(@nhs_number, '')
			OR p.id IN (SELECT person_id FROM pieces WHERE reference = nullif(@reference, ''))
			OR p.born_on = nullif(@born_on, '')::date AND (lower(p.family_name) = lower(nullif(@family_name, '')) OR p.postcode = nullif(@postcode, ''))
		LIMIT 50`, pgx.NamedArgs{"nhs_number": h.Told["nhs_number"], "reference": h.Reference, "born_on": h.Told["born_on"],
		"family_name": h.Told["family_name"], "postcode": h.Told["postcode"]})
	if err != nil {
		return nil, fmt.Errorf("look for candidates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
}

func (d *Desk) holdAnswer(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, a Answer, cause string) (Receipt, error) {
	people := []campaigns.PersonID{a.Person}
	r, err := d.openHold(ctx, tx, now, by, NewHold{Programme: a.Programme, Cause: cause, Says: a.Says, Channel: a.Channel, ReceivedOn: a.ReceivedOn,
		Token: a.Token, Told: map[string]string{"given_by": a.GivenBy}}, people, a.Piece)
	if err != nil {
		return r, err
	}
	return r, d.WorkOut(ctx, tx, now, people, "held")
}

func (d *Desk) openHold(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, h NewHold, people []campaigns.PersonID, piece int64) (Receipt, error) {
	told, err := json.Marshal(h.Told)
	if err != nil {
		return Receipt{}, fmt.Errorf("open hold: %w", err)
	}
	if h.Told == nil {
		told = []byte("{}")
	}
	r := Receipt{Reference: newReference("H-"), Says: h.Says, Held: true, ReceivedOn: h.ReceivedOn}
	_, err = tx.Exec(ctx, `
		INSERT INTO holds (programme_id, cause, says, channel, received_on, recorded_at, reference, piece_id, told, token, staff_id)
		VALUES (@programme, @cause, @says, @channel, @on, @now, @reference, nullif(@piece::bigint, 0), @told, nullif(@token, '')::uuid, nullif(@staff::bigint, 0))`,
		pgx.NamedArgs{"programme": h.Programme, "cause": h.Cause, "says": h.Says, "channel": h.Channel, "on": h.ReceivedOn, "now": now,
			"reference": r.Reference, "piece": piece, "told": told, "token": h.Token, "staff": by.ID})
	if err != nil {
		return Receipt{}, fmt.Errorf("open hold: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO hold_candidates (hold_id, person_id, added_at)
		SELECT h.id, p, @now FROM holds h, unnest(@people::bigint[]) p WHERE h.reference = @reference`,
		pgx.NamedArgs{"people": people, "now": now, "reference": r.Reference})
	if err != nil {
		return Receipt{}, fmt.Errorf("open hold: %w", err)
	}
	return r, nil
}

const holdSelect = `
	SELECT h.id, h.programme_id, h.cause, h.says, h.channel, h.received_on, h.recorded_at, h.reference, h.settled_at IS NOT NULL,
		coalesce(h.outcome, ''), (SELECT count(*) FROM hold_candidates c WHERE c.hold_id = h.id)::int
	FROM holds h `

func (d *Desk) scanHold(w calendar.Working) pgx.RowToFunc[Hold] {
	return func(row pgx.CollectableRow) (Hold, error) {
		var h Hold
		err := row.Scan(&h.ID, &h.Programme, &h.Cause, &h.Says, &h.Channel, &h.ReceivedOn, &h.RecordedAt, &h.Reference, &h.Settled, &h.Outcome, &h.People)
		h.DueOn = w.Add(h.ReceivedOn, HoldDays)
		return h, err
	}
}

// inRegion keeps to holds of people in campaigns of the viewer's region, and to those of nobody found.
const inRegion = `(@region = '' OR NOT EXISTS (SELECT FROM hold_candidates c WHERE c.hold_id = h.id) OR EXISTS (
	SELECT FROM hold_candidates c JOIN enrolments e ON e.person_id = c.person_id JOIN campaigns k ON k.id = e.campaign_id
	WHERE c.hold_id = h.id AND k.region_code = @region))`

// Holds lists the open holds that a viewer sees, oldest first, at most n.
func (d *Desk) Holds(ctx context.Context, by campaigns.Viewer, n int) ([]Hold, error) {
	working, err := d.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.Pool.Query(ctx, holdSelect+`WHERE h.settled_at IS NULL AND `+inRegion+` ORDER BY h.received_on, h.id LIMIT @n`,
		pgx.NamedArgs{"region": by.Region, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	return pgx.CollectRows(rows, d.scanHold(working))
}

// HoldsOpen counts the open holds that a viewer sees.
func (d *Desk) HoldsOpen(ctx context.Context, by campaigns.Viewer) (n int, err error) {
	err = d.Pool.QueryRow(ctx, `SELECT count(*)::int FROM holds h WHERE h.settled_at IS NULL AND `+inRegion, pgx.NamedArgs{"region": by.Region}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count holds: %w", err)
	}
	return n, nil
}

// HoldByID reads one hold with what was told and its candidates side by side.
func (d *Desk) HoldByID(ctx context.Context, by campaigns.Viewer, id HoldID) (Hold, error) {
	working, err := d.Register.Working(ctx)
	if err != nil {
		return Hold{}, err
	}
	rows, err := d.Pool.Query(ctx, holdSelect+`WHERE h.id = @id AND `+inRegion, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Hold{}, fmt.Errorf("read hold: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, d.scanHold(working))
	if errors.Is(err, pgx.ErrNoRows) {
		return h, fault.New(fault.NotFound, "There is no such hold.")
	}
	if err != nil {
		return h, fmt.Errorf("read hold: %w", err)
	}
	if err := d.Pool.QueryRow(ctx, `SELECT told FROM holds WHERE id = @id`, pgx.NamedArgs{"id": id}).Scan(&h.Told); err != nil {
		return h, fmt.Errorf("read hold: %w", err)
	}
	rows, err = d.Pool.Query(ctx, `
		SELECT p.id, coalesce(e.id, 0), coalesce(k.code, ''), CASE WHEN p.sensitive THEN '' ELSE btrim(p.given_names || ' ' || p.family_name) END,
			CASE WHEN p.sensitive THEN '' ELSE p.nhs_number END, CASE WHEN p.sensitive THEN '' ELSE p.postcode END,
			CASE WHEN p.sensitive THEN NULL ELSE p.born_on END, p.practice_code, p.sensitive
		FROM hold_candidates c JOIN people p ON p.id = c.person_id
		LEFT JOIN LATERAL (SELECT e.id, e.campaign_id FROM enrolments e WHERE e.person_id = p.id ORDER BY e.id DESC LIMIT 1) e ON true
		LEFT JOIN campaigns k ON k.id = e.campaign_id
		WHERE c.hold_id = @id ORDER BY p.id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return h, fmt.Errorf("read candidates: %w", err)
	}
	h.Candidates, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Candidate])
	return h, err
}

// Settle ends a hold, one by one, with a reason. A dissent or consent becomes
// an answer of the person named, received on the day the hold was; everybody
// else it held is worked out anew. Closing one as unmatchable takes two people.
func (d *Desk) Settle(ctx context.Context, by campaigns.Viewer, id HoldID, outcome string, person campaigns.PersonID, reason string) error {
	if !by.Role.Manages() && by.Role != campaigns.RoleHelpdesk {
		return fault.New(fault.Forbidden, "Your role does not settle holds.")
	}
	if reason == "" {
		return fault.In("reason", fault.Invalid, "Say how you know, in a few words.")
	}
	if outcome != "dissent" && outcome != "consent" && outcome != "not an answer" && outcome != "unmatchable" {
		return fault.In("outcome", fault.Invalid, "Choose what it turned out to be.")
	}
	h, err := d.HoldByID(ctx, by, id)
	if err != nil {
		return err
	}
	said := outcome == "dissent" || outcome == "consent"
	if said && person == 0 {
		return fault.In("person", fault.Invalid, "Choose whose answer it is.")
	}
	key := fmt.Sprintf("hold:%d", id)
	second := campaigns.StaffID(0)
	err = d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		people, err := lockHold(ctx, tx, id)
		if err != nil {
			return err
		}
		if said {
			if err := d.mayAnswerFor(ctx, tx, by, person, people); err != nil {
				return err
			}
		}
		if outcome == "unmatchable" && len(people) > 0 {
			return fault.In("outcome", fault.Refused, "It may be somebody's: settle it for each of them.")
		}
		if said {
			people = append(people, person)
		}
		now, err := d.lock(ctx, tx, people)
		if err != nil {
			return err
		}
		if outcome == "unmatchable" {
			p, err := d.Register.TakeProposal(ctx, tx, now, by, "close unmatchable", key)
			if err != nil {
				return err
			}
			second = p.Author
		}
		tag, err := tx.Exec(ctx, `
			UPDATE holds SET settled_at = @now, settled_by = @by, settled_with = nullif(@second::bigint, 0), outcome = @outcome, reason = @reason
			WHERE id = @id AND settled_at IS NULL`,
			pgx.NamedArgs{"now": now, "by": by.ID, "second": second, "outcome": outcome, "reason": reason, "id": id})
		if err != nil {
			return fmt.Errorf("settle hold: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "Somebody else has settled this already.")
		}
		if h.Cause == "nobody found" {
			if err := d.watchLate(ctx, tx, now, h.Channel, h.Told["practice"]); err != nil {
				return err
			}
		}
		if said {
			if err := d.answerFromHold(ctx, tx, now, by, h, outcome, person); err != nil {
				return err
			}
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "settle hold", Object: "hold", ID: h.Reference,
			Detail: map[string]any{"outcome": outcome}}); err != nil {
			return err
		}
		return d.renewAndWorkOut(ctx, tx, now, people, "settled")
	})
	if outcome == "unmatchable" && fault.Is(err, fault.NotFound) {
		return d.Register.Propose(ctx, by, "close unmatchable", key, reason)
	}
	return err
}

// lockHold locks a hold, so that nobody becomes a candidate meanwhile, and
// returns those who are. Holds are locked before people.
func lockHold(ctx context.Context, tx pgx.Tx, id HoldID) ([]campaigns.PersonID, error) {
	var settled bool
	err := tx.QueryRow(ctx, `SELECT settled_at IS NOT NULL FROM holds WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id}).Scan(&settled)
	if err != nil {
		return nil, fmt.Errorf("lock hold: %w", err)
	}
	if settled {
		return nil, fault.New(fault.Conflict, "Somebody else has settled this already.")
	}
	rows, err := tx.Query(ctx, `SELECT person_id FROM hold_candidates WHERE hold_id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("read candidates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
}

func (d *Desk) answerFromHold(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, h Hold, outcome string, person campaigns.PersonID) error {
	says, on := "no", h.ReceivedOn
	if outcome == "consent" {
		says = "yes"
		if h.Cause == "same day" {
			on = calendar.DateOf(now) // confirmed later than the no of that day
		}
	}
	reference := newReference("A-")
	_, err := tx.Exec(ctx, `
		INSERT INTO answers (reference, programme_id, person_id, says, channel, received_on, received_at, recorded_at, given_by, staff_id, hold_id)
		VALUES (@reference, @programme, @person, @says, @channel, @on, @at, @now, coalesce((SELECT told->>'given_by' FROM holds WHERE id = @hold), 'self'), @by, @hold)`,
		pgx.NamedArgs{"reference": reference, "programme": h.Programme, "person": person, "says": says, "channel": h.Channel, "on": on,
			"at": on.Start(), "now": now, "by": by.ID, "hold": h.ID})
	if err != nil {
		return fmt.Errorf("write answer of hold: %w", err)
	}
	return d.tell(ctx, tx, now, h.Programme, person)
}

// mayAnswerFor keeps a hold from being settled for somebody whom it does not
// hold and whom the viewer may not see.
func (d *Desk) mayAnswerFor(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, person campaigns.PersonID, held []campaigns.PersonID) error {
	if slices.Contains(held, person) {
		return nil
	}
	return d.maySee(ctx, tx, by, person)
}
