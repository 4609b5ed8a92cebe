package optout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// KeyHold writes down what a person reads on the form of a hold. Once two
// different people have keyed the same and nothing speaks against it, the hold
// is settled and the answer counts from the day it came; whatever else they
// agree on is left to a manager. Nobody keys a form twice.
func (d *Desk) KeyHold(ctx context.Context, by campaigns.Viewer, id HoldID, k Keying) (Keyed, error) {
	if !by.Role.KeysAnswers() {
		return Keyed{}, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	if err := k.Check(); err != nil {
		return Keyed{}, err
	}
	h, err := d.HoldByID(ctx, by, id)
	if err != nil {
		return Keyed{}, err
	}
	if h.Settled {
		return Keyed{}, fault.New(fault.Conflict, "Somebody else has settled this already.")
	}
	var became Keyed
	var person campaigns.PersonID
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if _, err := lockHold(ctx, tx, id); err != nil {
			return err
		}
		args := pgx.NamedArgs{"hold": id, "by": by.ID, "says": k.Says, "signed": k.SignedBy, "reference": k.Reference, "born": k.BornOn, "now": now}
		tag, err := tx.Exec(ctx, `
			INSERT INTO hold_keyings (hold_id, staff_id, says, signed_by, reference, born_on, keyed_at)
			VALUES (@hold, @by, @says, @signed, @reference, @born, @now) ON CONFLICT (hold_id, staff_id) DO NOTHING`, args)
		if err != nil {
			return fmt.Errorf("key hold: %w", err)
		}
		var same bool
		err = tx.QueryRow(ctx, `
			SELECT count(*)::int, count(*) FILTER (WHERE alike)::int >= 2, bool_or(alike AND staff_id = @by) FROM (
				SELECT staff_id, (says, signed_by, reference) = (@says, @signed, @reference) AND born_on IS NOT DISTINCT FROM @born::date AS alike
				FROM hold_keyings WHERE hold_id = @hold) k`, args).Scan(&became.People, &became.Agreed, &same)
		if err != nil {
			return fmt.Errorf("compare what was keyed: %w", err)
		}
		if tag.RowsAffected() == 0 && !same {
			return fault.New(fault.Conflict, "You have keyed this form already. Somebody else keys it as well.")
		}
		if !became.Agreed {
			return nil
		}
		var born calendar.Date
		err = tx.QueryRow(ctx, `
			SELECT coalesce(p.merged_into, p.id), p.born_on FROM pieces x JOIN people p ON p.id = x.person_id WHERE x.reference = @reference`, args).Scan(&person, &born)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("find the letter: %w", err)
		}
		became.Why = k.alone(person, born)
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "key hold", Object: "hold", ID: h.Reference, Detail: map[string]any{"people": became.People}})
	})
	if err != nil || !became.Agreed || became.Why != "" {
		return became, err
	}
	outcome := map[string]string{"no": "dissent", "yes": "consent"}[k.Says]
	err = d.Settle(ctx, by, id, outcome, person, "two people keyed the same")
	if f := fault.Of(err); f != nil {
		became.Why = f.Sentence
		return became, nil
	}
	became.Settled = err == nil
	return became, err
}

// Keyings lists what people have keyed of a hold, the first first. It is for
// those who settle; whoever still keys must not see it.
func (d *Desk) Keyings(ctx context.Context, by campaigns.Viewer, id HoldID) ([]KeyingLine, error) {
	if _, err := d.HoldByID(ctx, by, id); err != nil {
		return nil, err
	}
	rows, err := d.Pool.Query(ctx, `
		SELECT k.staff_id, s.name, k.says, k.signed_by, k.reference, k.born_on, k.keyed_at FROM hold_keyings k JOIN staff s ON s.id = k.staff_id
		WHERE k.hold_id = @id ORDER BY k.keyed_at`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list what was keyed: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l KeyingLine, err error) {
		err = row.Scan(&l.Staff, &l.Name, &l.Says, &l.SignedBy, &l.Reference, &l.BornOn, &l.KeyedAt)
		return l, err
	})
}
