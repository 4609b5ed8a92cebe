package campaigns

import (
	"context"
	"fmt"
	"slices"
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

const practiceSelect = `
	SELECT code, name, coalesce(region_code, ''), postcode, status, closed_on, coalesce(list_size, 0), flags FROM practices `

// Practices lists the practices of a region by name; region "" for all.
func (r *Register) Practices(ctx context.Context, region string) ([]PracticeLine, error) {
	rows, err := r.Pool.Query(ctx, practiceSelect+`WHERE @region = '' OR region_code = @region ORDER BY name, code`, pgx.NamedArgs{"region": region})
	if err != nil {
		return nil, fmt.Errorf("list practices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[PracticeLine])
}

// Practice finds a practice by its code.
func (r *Register) Practice(ctx context.Context, code string) (PracticeLine, error) {
	rows, err := r.Pool.Query(ctx, practiceSelect+`WHERE code = @code`, pgx.NamedArgs{"code": code})
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
		for _, p := range slices.Sorted(slices.Values(practices)) { // as the gate locks them
			if err := r.SetSignal(ctx, tx, now, SwitchOn(programme, p), time.Time{}, from, "", by.ID, 0); err != nil {
				return err
			}
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "switch on", Object: "programme", ID: fmt.Sprint(programme),
			Detail: map[string]any{"practices": len(practices), "from": from}})
	})
}
