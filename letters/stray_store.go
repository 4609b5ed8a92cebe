package letters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// stray keeps returns that fit no letter, each once, says so in their
// verdicts, and raises an alarm. told is by the place of the verdict.
func (m *Mailroom) stray(ctx context.Context, tx pgx.Tx, now time.Time, from source, told map[int]PieceReport, verdicts []Verdict) error {
	if len(told) == 0 {
		return nil
	}
	elsewhere, err := keepStrays(ctx, tx, now, from, told)
	if err != nil {
		return err
	}
	fresh := 0
	for i := range verdicts {
		r, stray := told[i]
		if !stray {
			continue
		}
		where, added := elsewhere[r]
		switch {
		case !added:
			verdicts[i].Stray = "known before"
			continue
		case where:
			verdicts[i].Stray = "elsewhere"
		default:
			verdicts[i].Stray = "unknown"
		}
		fresh++
		delete(elsewhere, r) // the same row again is known by then
	}
	if fresh == 0 {
		return nil
	}
	return m.Register.Raise(ctx, tx, now, strayAlarm, strayKey(from.vendor),
		"Letters came back under references that belong to no piece. They wait in the in-tray; look at what returned mail is being scanned.")
}

// strayAlarm is the kind of the alarm that is raised while letters that came
// back and fit none wait, for each who told of them.
const strayAlarm = "stray return"

func strayKey(vendor VendorID) string { return fmt.Sprintf("vendor:%d", vendor) }

// calmStrays ends the alarms of those of whose letters none waits any more.
func (m *Mailroom) calmStrays(ctx context.Context, tx pgx.Tx, now time.Time, vendors []VendorID) error {
	for _, v := range vendors {
		var waits bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM stray_returns WHERE settled_at IS NULL AND coalesce(vendor_id, 0) = @vendor)`,
			pgx.NamedArgs{"vendor": v}).Scan(&waits)
		if err != nil {
			return fmt.Errorf("look for stray letters: %w", err)
		}
		if waits {
			continue
		}
		if err := m.Register.Clear(ctx, tx, now, strayAlarm, strayKey(v)); err != nil {
			return err
		}
	}
	return nil
}

// keepStrays writes down letters that came back and fit none. It returns those
// that were not known before, with whether another region knows the letter.
func keepStrays(ctx context.Context, tx pgx.Tx, now time.Time, from source, told map[int]PieceReport) (map[PieceReport]bool, error) {
	var references, reasons []string
	var on []calendar.Date
	for _, r := range told {
		references, reasons, on = append(references, r.Reference), append(reasons, r.Reason), append(on, r.On)
	}
	rows, err := tx.Query(ctx, `
		INSERT INTO stray_returns (reference, returned_on, reason, region_code, vendor_id, staff_id, recorded_at)
		SELECT u.reference, u.day, u.reason, (SELECT c.region_code FROM pieces p JOIN campaigns c ON c.id = p.campaign_id WHERE p.reference = u.reference),
			nullif(@vendor::bigint, 0), nullif(@staff::bigint, 0), @now
		FROM unnest(@references::text[], @on::date[], @reasons::text[]) u (reference, day, reason)
		ORDER BY u.reference, u.day, u.reason ON CONFLICT DO NOTHING RETURNING reference, returned_on, reason, region_code IS NOT NULL`,
		pgx.NamedArgs{"references": references, "reasons": reasons, "on": on, "vendor": from.vendor, "staff": from.staff.ID, "now": now})
	if err != nil {
		return nil, fmt.Errorf("keep stray letters: %w", err)
	}
	added, one, elsewhere := map[PieceReport]bool{}, PieceReport{Status: Returned}, false
	_, err = pgx.ForEachRow(rows, []any{&one.Reference, &one.On, &one.Reason, &elsewhere}, func() error {
		added[one] = elsewhere
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep stray letters: %w", err)
	}
	return added, nil
}

// strayReference is the form in which a reference that fits nothing is kept.
func strayReference(told string) string {
	if r := intake.PlainReference(told); len(r) <= 40 {
		return r
	}
	return intake.PlainReference(told)[:40]
}

// strayFound notes that letters under these references are known now.
func (m *Mailroom) strayFound(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.StaffID, pieces map[string]PieceID) error {
	if len(pieces) == 0 {
		return nil
	}
	var references []string
	var ids []PieceID
	for r, id := range pieces {
		references, ids = append(references, r), append(ids, id)
	}
	rows, err := tx.Query(ctx, `
		UPDATE stray_returns s SET settled_at = @now, settled_by = nullif(@by::bigint, 0), outcome = 'letter found', piece_id = u.id, why = 'Its reference is known now.'
		FROM unnest(@references::text[], @ids::bigint[]) u (reference, id) WHERE s.reference = u.reference AND s.settled_at IS NULL
		RETURNING coalesce(s.vendor_id, 0)`,
		pgx.NamedArgs{"now": now, "by": by, "references": references, "ids": ids})
	if err != nil {
		return fmt.Errorf("settle stray letters: %w", err)
	}
	vendors, err := pgx.CollectRows(rows, pgx.RowTo[VendorID])
	if err != nil {
		return fmt.Errorf("settle stray letters: %w", err)
	}
	return m.calmStrays(ctx, tx, now, vendors)
}

const straySelect = `
	SELECT s.id, s.reference, s.returned_on, s.reason, coalesce(v.name, ''), s.region_code IS NOT NULL, s.recorded_at, s.settled_at IS NOT NULL,
		coalesce(s.outcome, ''), s.why
	FROM stray_returns s LEFT JOIN vendors v ON v.id = s.vendor_id `

// strayOf keeps to those of a viewer's region and those of which nobody knows the region.
const strayOf = ` (@region = '' OR s.region_code IS NULL OR s.region_code = @region) `

func scanStray(w calendar.Working) pgx.RowToFunc[Stray] {
	return func(row pgx.CollectableRow) (Stray, error) {
		var s Stray
		err := row.Scan(&s.ID, &s.Reference, &s.ReturnedOn, &s.Reason, &s.Vendor, &s.Elsewhere, &s.RecordedAt, &s.Settled, &s.Outcome, &s.Why)
		s.DueOn = w.Add(calendar.DateOf(s.RecordedAt), StrayDays)
		return s, err
	}
}

// Strays lists the letters that came back and fit none, oldest first, at most n.
func (m *Mailroom) Strays(ctx context.Context, by campaigns.Viewer, n int) ([]Stray, error) {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := m.Pool.Query(ctx, straySelect+`WHERE s.settled_at IS NULL AND`+strayOf+`ORDER BY s.recorded_at, s.id LIMIT @n`,
		pgx.NamedArgs{"region": by.Region, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list stray letters: %w", err)
	}
	return pgx.CollectRows(rows, scanStray(working))
}

// StrayByID reads one with the letters it may be: the one of that reference
// in the region of the viewer, and those whose reference is a slip away.
func (m *Mailroom) StrayByID(ctx context.Context, by campaigns.Viewer, id StrayID) (Stray, error) {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return Stray{}, err
	}
	rows, err := m.Pool.Query(ctx, straySelect+`WHERE s.id = @id AND`+strayOf, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Stray{}, fmt.Errorf("read stray letter: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, scanStray(working))
	if err != nil {
		return s, orAbsent(err, "letter that came back")
	}
	rows, err = m.Pool.Query(ctx, `
		SELECT p.reference, c.code, p.enrolment_id, CASE WHEN w.sensitive THEN '' ELSE btrim(w.given_names || ' ' || w.family_name) END,
			CASE WHEN w.sensitive THEN '' ELSE p.postcode END, w.practice_code, b.code, p.posted_on, p.returned_on, w.sensitive
		FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN campaigns c ON c.id = p.campaign_id JOIN people w ON w.id = p.person_id
		WHERE p.reference = ANY(@references) AND (@region = '' OR c.region_code = @region)
		ORDER BY p.reference <> @told, p.returned_on IS NOT NULL, p.id LIMIT 20`,
		pgx.NamedArgs{"references": append(slips(s.Reference), s.Reference), "told": s.Reference, "region": by.Region})
	if err != nil {
		return s, fmt.Errorf("look for the letter: %w", err)
	}
	s.Candidates, err = pgx.CollectRows(rows, pgx.RowToStructByPos[StrayCandidate])
	return s, err
}

// SettleStray ends one, with a reason. Where its letter is found, that letter
// comes back with it, as if it had been told so in the first place.
func (m *Mailroom) SettleStray(ctx context.Context, by campaigns.Viewer, id StrayID, outcome, reference, why string) error {
	if !by.Role.KeysAnswers() {
		return fault.New(fault.Forbidden, "Your role does not settle returned mail.")
	}
	if outcome != LetterFound && outcome != NotOurs && outcome != CannotBeRead {
		return fault.In("outcome", fault.Invalid, "Choose what it turned out to be.")
	}
	if strings.TrimSpace(why) == "" {
		return fault.In("reason", fault.Invalid, "Say how you know, in a few words.")
	}
	s, err := m.StrayByID(ctx, by, id)
	if err != nil {
		return err
	}
	if outcome != LetterFound {
		reference = ""
	} else if reference, err = NormaliseReference(reference); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		// The letter before its stray, because everybody else locks it first.
		piece, err := m.strayPiece(ctx, tx, by, reference)
		if err != nil {
			return err
		}
		var settled bool
		err = tx.QueryRow(ctx, `SELECT settled_at IS NOT NULL FROM stray_returns WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id}).Scan(&settled)
		if err != nil {
			return fmt.Errorf("lock stray letter: %w", err)
		}
		if settled {
			return fault.New(fault.Conflict, "Somebody else has settled this already.")
		}
		if piece != 0 {
			list, err := m.reportIn(ctx, tx, now, source{staff: by}, []PieceReport{{Reference: reference, Status: Returned, On: s.ReturnedOn, Reason: s.Reason}})
			if err != nil {
				return err
			}
			if list[0].Verdict == Refused {
				return fault.In("reference", fault.Refused, "It cannot be that letter. %s", list[0].Reason)
			}
		}
		var vendor VendorID
		err = tx.QueryRow(ctx, `
			UPDATE stray_returns SET settled_at = @now, settled_by = @by, outcome = @outcome, piece_id = nullif(@piece::bigint, 0), why = @why WHERE id = @id
			RETURNING coalesce(vendor_id, 0)`,
			pgx.NamedArgs{"now": now, "by": by.ID, "outcome": outcome, "piece": piece, "why": why, "id": id}).Scan(&vendor)
		if err != nil {
			return fmt.Errorf("settle stray letter: %w", err)
		}
		if err := m.calmStrays(ctx, tx, now, []VendorID{vendor}); err != nil {
			return err
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "settle stray letter", Object: "stray", ID: fmt.Sprint(id),
			Detail: map[string]any{"outcome": outcome}})
	})
}

// strayPiece locks the letter that a stray one is said to be; 0 for none.
func (m *Mailroom) strayPiece(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, reference string) (PieceID, error) {
	if reference == "" {
		return 0, nil
	}
	list, err := m.lockPieces(ctx, tx, `p.reference = @reference AND (@region = '' OR c.region_code = @region)`,
		pgx.NamedArgs{"reference": reference, "region": by.Region})
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, fault.In("reference", fault.NotFound, "There is no such letter in your campaigns.")
	}
	return list[0].ID, nil
}
