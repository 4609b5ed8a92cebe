package campaigns

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

// area is a line of the regions table, whichever kind it is of.
type area struct {
	code, name, kind, parent, successor string
	from, to                            calendar.Date
}

// icbs merges the table of integrated care boards, each under its region.
func (m *merger) icbs(ctx context.Context, body []byte) (ImportedFile, error) {
	var areas []area
	parents := map[string]string{}
	all, err := intake.ReadICBs(bytes.NewReader(body), m.options(), func(b intake.ICB) error {
		a := area{code: b.Code, name: b.Name, kind: "icb", parent: b.Region, from: b.From, to: b.To}
		if len(b.Successors) == 1 { // one that was split is re-homed practice by practice
			a.successor = b.Successors[0]
		}
		areas = append(areas, a)
		if b.Region != "" {
			parents[b.Region] = b.RegionName
		}
		return nil
	}, nil)
	done := ImportedFile{Dialect: "ICBs", Rows: all.Rows, ICBs: len(areas), Findings: sum(all.Findings)}
	if err != nil {
		return done, err
	}
	for code, name := range parents {
		_, err := m.tx.Exec(ctx, `INSERT INTO regions (code, name, kind) VALUES (@code, @name, 'region') ON CONFLICT (code) DO NOTHING`,
			pgx.NamedArgs{"code": code, "name": name})
		if err != nil {
			return done, fmt.Errorf("merge regions: %w", err)
		}
	}
	done.New, done.Renamed, err = m.areas(ctx, areas)
	return done, err
}

func (m *merger) regions(ctx context.Context, body []byte) (ImportedFile, error) {
	var areas []area
	all, err := intake.ReadRegions(bytes.NewReader(body), m.options(), func(g intake.Region) error {
		areas = append(areas, area{code: g.Code, name: g.Name, kind: "region"})
		return nil
	}, nil)
	done := ImportedFile{Dialect: "regions", Rows: all.Rows, Findings: sum(all.Findings)}
	if err != nil {
		return done, err
	}
	done.New, done.Renamed, err = m.areas(ctx, areas)
	return done, err
}

// The strategic health authorities stood from July 2006 to March 2013.
var shasFrom, shasTo = calendar.On(2006, 7, 1), calendar.On(2013, 3, 31)

func (m *merger) shas(ctx context.Context, body []byte) (ImportedFile, error) {
	var areas []area
	all, err := intake.ReadSHAs(bytes.NewReader(body), m.options(), func(s intake.SHA) error {
		a := area{code: s.Code, name: s.Name, kind: "sha", from: shasFrom, to: shasTo}
		if len(s.Regions) == 1 {
			a.successor = s.Regions[0]
		}
		areas = append(areas, a)
		return nil
	}, nil)
	done := ImportedFile{Dialect: "SHAs", Rows: all.Rows, Findings: sum(all.Findings)}
	if err != nil {
		return done, err
	}
	done.New, done.Renamed, err = m.areas(ctx, areas)
	return done, err
}

// areas merges areas; the same code in a file twice is the later row's.
func (m *merger) areas(ctx context.Context, list []area) (added, renamed int, err error) {
	at := map[string]int{}
	var rows [][]any
	for _, a := range list {
		row := []any{a.code, a.name, a.kind, a.parent, a.from, a.to, a.successor}
		if i, twice := at[a.code]; twice {
			rows[i] = row
			continue
		}
		at[a.code] = len(rows)
		rows = append(rows, row)
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_areas (code text PRIMARY KEY, name text, kind text, parent text, valid_from date, valid_to date,
		successor text) ON COMMIT DROP`, "staged_areas", []string{"code", "name", "kind", "parent", "valid_from", "valid_to", "successor"}, rows)
	if err != nil {
		return 0, 0, err
	}
	err = m.tx.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE r.code IS NULL), count(*) FILTER (WHERE r.name <> s.name)
		FROM staged_areas s LEFT JOIN regions r ON r.code = s.code`).Scan(&added, &renamed)
	if err != nil {
		return 0, 0, fmt.Errorf("compare areas: %w", err)
	}
	_, err = m.tx.Exec(ctx, `
		INSERT INTO regions AS r (code, name, kind, parent, valid_from, valid_to, successor)
		SELECT code, name, kind, nullif(parent, ''), valid_from, valid_to, nullif(successor, '') FROM staged_areas
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent = coalesce(excluded.parent, r.parent),
			valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor
		WHERE (r.name, r.kind, r.parent, r.valid_from, r.valid_to, r.successor) IS DISTINCT FROM
			(excluded.name, excluded.kind, coalesce(excluded.parent, r.parent), excluded.valid_from, excluded.valid_to, excluded.successor)`)
	if err != nil {
		return 0, 0, fmt.Errorf("merge areas: %w", err)
	}
	return added, renamed, nil
}
