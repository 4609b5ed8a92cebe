package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// PracticeLine is a doctors' practice as lists show it.
type PracticeLine struct {
	Code     string
	Name     string
	Region   string
	Postcode string
	Status   string
	ClosedOn calendar.Date
	ListSize int
	Flags    []string
}

// practiceSelect reads practices p with the ICB to which they belong on @day, or belonged last.
const practiceSelect = `
	SELECT p.code, p.name, coalesce((SELECT h.region_code FROM practice_homes h WHERE h.practice_code = p.code AND h.from_on <= @day
		ORDER BY h.from_on DESC LIMIT 1), p.region_code, ''), p.postcode, p.status, p.closed_on, coalesce(p.list_size, 0), p.flags FROM practices p `

// WithinRegion is SQL that leaves the practices p of an area @region on a day
// @day, or every practice where @region is empty. An ICB has those whose home
// it was, a region those under it, an SHA those of the region that it became,
// where it became one alone. An area that has ended keeps the practices of its
// last day, one that is to come has those of its first.
const WithinRegion = `(@region = '' OR EXISTS (
	SELECT FROM (SELECT coalesce((SELECT least(greatest(@day::date, r.valid_from), r.valid_to) FROM regions r WHERE r.code = @region), @day::date) AS day) d
	LEFT JOIN practice_homes h ON h.practice_code = p.code AND h.from_on <= d.day AND (h.until_on IS NULL OR h.until_on >= d.day)
	WHERE coalesce(h.region_code, p.region_code) = @region)
	OR p.nhs_region = @region
	OR p.nhs_region = (SELECT r.successors[1] FROM regions r WHERE r.code = @region AND r.kind = 'sha' AND cardinality(r.successors) = 1
		AND NOT EXISTS (SELECT FROM regions o WHERE o.kind = 'sha' AND o.code <> r.code AND r.successors[1] = ANY(o.successors))))`

// Practices lists the practices of a region by name as it is today; region "" for all.
func (r *Register) Practices(ctx context.Context, region string) ([]PracticeLine, error) {
	return r.PracticesOn(ctx, region, r.Clock.Today())
}

// PracticesOn lists the practices that a region (an ICB, a region of England,
// an SHA) had on a day, by name. A region that ended has those of its last day.
func (r *Register) PracticesOn(ctx context.Context, region string, day calendar.Date) ([]PracticeLine, error) {
	rows, err := r.Pool.Query(ctx, practiceSelect+`WHERE `+WithinRegion+` ORDER BY p.name, p.code`, pgx.NamedArgs{"region": region, "day": day})
	if err != nil {
		return nil, fmt.Errorf("list practices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[PracticeLine])
}

// PracticeFor finds a practice by its code if it is one of the viewer's region
// today; those of a region that ended stay theirs. Any other is as absent as none.
func (r *Register) PracticeFor(ctx context.Context, by Viewer, code string) (PracticeLine, error) {
	rows, err := r.Pool.Query(ctx, practiceSelect+`WHERE p.code = @code AND `+WithinRegion, pgx.NamedArgs{"code": code, "region": by.Region, "day": r.Clock.Today()})
	if err != nil {
		return PracticeLine{}, fmt.Errorf("read practice: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[PracticeLine])
	return p, orAbsent(err, "practice")
}

// Home is an ICB to which a practice belonged, both days included; Until is
// none while it does.
type Home struct {
	Region string
	From   calendar.Date
	Until  calendar.Date
	Source string // file, merger or decision
}

// Homes lists to which ICBs a practice belonged, oldest first.
func (r *Register) Homes(ctx context.Context, practice string) ([]Home, error) {
	rows, err := r.Pool.Query(ctx, `SELECT region_code, from_on, until_on, source FROM practice_homes WHERE practice_code = @code ORDER BY from_on`,
		pgx.NamedArgs{"code": practice})
	if err != nil {
		return nil, fmt.Errorf("list homes of a practice: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Home])
}

// Practice finds a practice by its code.
func (r *Register) Practice(ctx context.Context, code string) (PracticeLine, error) {
	rows, err := r.Pool.Query(ctx, practiceSelect+`WHERE p.code = @code`, pgx.NamedArgs{"code": code, "day": r.Clock.Today()})
	if err != nil {
		return PracticeLine{}, fmt.Errorf("read practice: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[PracticeLine])
	return p, orAbsent(err, "practice")
}

func (r *Register) practiceCodes(ctx context.Context) (map[string]struct{}, error) {
	rows, err := r.Pool.Query(ctx, `SELECT code FROM practices`)
	if err != nil {
		return nil, fmt.Errorf("read practices: %w", err)
	}
	codes := map[string]struct{}{}
	var code string
	_, err = pgx.ForEachRow(rows, []any{&code}, func() error { codes[code] = struct{}{}; return nil })
	if err != nil {
		return nil, fmt.Errorf("read practices: %w", err)
	}
	return codes, nil
}

// SwitchOn says from which day on the data of practices may be used for a
// programme; no day switches them off. It is clause 6 of the gate.
func (r *Register) SwitchOn(ctx context.Context, by Viewer, programme ProgrammeID, practices []string, from calendar.Date) error {
	if !by.Role.Manages() && by.ID != 0 {
		return fault.New(fault.Forbidden, "Your role does not switch practices on.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := r.SwitchPractices(ctx, tx, now, by, programme, practices, from); err != nil {
			return err
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "switch on", Object: "programme", ID: fmt.Sprint(programme),
			Detail: map[string]any{"practices": len(practices), "from": from}})
	})
}

// SwitchPractices is SwitchOn in the transaction of whoever keeps more about
// being live than the switch, and audits it.
func (r *Register) SwitchPractices(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, programme ProgrammeID, practices []string, from calendar.Date) error {
	keys := make([]string, len(practices))
	for i, p := range practices {
		keys[i] = SwitchOn(programme, p)
	}
	return r.setSignals(ctx, tx, now, keys, time.Time{}, from, "", by.ID, 0)
}
