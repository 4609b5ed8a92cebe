package campaigns

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

// area is a line of the regions table, whichever kind it is of.
type area struct {
	code, name, kind, parent string
	successors               []string
	from, to                 calendar.Date
}

// icbs merges the table of integrated care boards, each under its region.
func (m *merger) icbs(ctx context.Context) (ImportedFile, error) {
	var areas []area
	parents := map[string]string{}
	all, err := intake.ReadICBs(bytes.NewReader(m.body), m.options(), func(b intake.ICB) error {
		areas = append(areas, area{b.Code, b.Name, "icb", b.Region, b.Successors, b.From, b.To})
		if b.Region != "" {
			parents[b.Region] = b.RegionName
		}
		return nil
	}, m.note)
	done := ImportedFile{Dialect: "ICBs", Rows: all.Rows, ICBs: len(areas)}
	if err != nil {
		return done, err
	}
	if err := m.parents(ctx, parents); err != nil {
		return done, err
	}
	done.New, done.Renamed, err = m.areas(ctx, areas)
	return done, err
}

// parents sees that the regions over ICBs are known, by whatever name.
func (m *merger) parents(ctx context.Context, names map[string]string) error {
	for _, code := range slices.Sorted(maps.Keys(names)) {
		_, err := m.tx.Exec(ctx, `INSERT INTO regions (code, name, kind) VALUES (@code, @name, 'region') ON CONFLICT (code) DO NOTHING`,
			pgx.NamedArgs{"code": code, "name": names[code]})
		if err != nil {
			return fmt.Errorf("merge regions: %w", err)
		}
	}
	return nil
}

// subICBs merges the table of sub-ICB locations: in which ICB each lies, and
// the ICBs of it that no table of ICBs has named yet.
func (m *merger) subICBs(ctx context.Context) (ImportedFile, error) {
	over, icbs, parents := map[string]commissioner{}, map[string]intake.SubICB{}, map[string]string{}
	all, err := intake.ReadSubICBs(bytes.NewReader(m.body), m.options(), func(s intake.SubICB) error {
		over[s.Code], icbs[s.ICB] = commissioner{s.Code, s.Name, s.ICB, s.On}, s
		if s.Region != "" {
			parents[s.Region] = s.RegionName
		}
		return nil
	}, m.note)
	done := ImportedFile{Dialect: string(intake.KindSubICBs), Rows: all.Rows, ICBs: len(icbs)}
	if err != nil {
		return done, err
	}
	if err := m.parents(ctx, parents); err != nil {
		return done, err
	}
	for _, code := range slices.Sorted(maps.Keys(icbs)) {
		_, err := m.tx.Exec(ctx, `
			INSERT INTO regions (code, name, kind, parent, valid_from) VALUES (@code, @name, 'icb', nullif(@parent, ''), @from) ON CONFLICT (code) DO NOTHING`,
			pgx.NamedArgs{"code": code, "name": icbs[code].ICBName, "parent": icbs[code].Region, "from": icbsFrom})
		if err != nil {
			return done, fmt.Errorf("merge ICBs: %w", err)
		}
	}
	return done, m.commissioners(ctx, over)
}

func (m *merger) regions(ctx context.Context) (ImportedFile, error) {
	var areas []area
	all, err := intake.ReadRegions(bytes.NewReader(m.body), m.options(), func(g intake.Region) error {
		areas = append(areas, area{code: g.Code, name: g.Name, kind: "region"})
		return nil
	}, m.note)
	done := ImportedFile{Dialect: "regions", Rows: all.Rows}
	if err != nil {
		return done, err
	}
	done.New, done.Renamed, err = m.areas(ctx, areas)
	return done, err
}

// The strategic health authorities stood from July 2006 to March 2013.
var shasFrom, shasTo = calendar.On(2006, 7, 1), calendar.On(2013, 3, 31)

func (m *merger) shas(ctx context.Context) (ImportedFile, error) {
	var areas []area
	all, err := intake.ReadSHAs(bytes.NewReader(m.body), m.options(), func(s intake.SHA) error {
		areas = append(areas, area{s.Code, s.Name, "sha", "", s.Regions, shasFrom, shasTo})
		return nil
	}, m.note)
	done := ImportedFile{Dialect: "SHAs", Rows: all.Rows}
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
		if a.successors == nil {
			a.successors = []string{}
		}
		one := "" // of one that was split, practices are re-homed one by one
		if len(a.successors) == 1 && intake.Coded(a.successors[0]) {
			one = a.successors[0]
		}
		row := []any{a.code, a.name, a.kind, a.parent, a.from, a.to, one, a.successors}
		if i, twice := at[a.code]; twice {
			rows[i] = row
			continue
		}
		at[a.code] = len(rows)
		rows = append(rows, row)
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_areas (code text PRIMARY KEY, name text, kind text, parent text, valid_from date, valid_to date,
		successor text, successors text[]) ON COMMIT DROP`, "staged_areas",
		[]string{"code", "name", "kind", "parent", "valid_from", "valid_to", "successor", "successors"}, rows)
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
		INSERT INTO regions AS r (code, name, kind, parent, valid_from, valid_to, successor, successors)
		SELECT code, name, kind, nullif(parent, ''), valid_from, valid_to, nullif(successor, ''), successors FROM staged_areas
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent = coalesce(excluded.parent, r.parent),
			valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor, successors = excluded.successors
		WHERE (r.name, r.kind, r.parent, r.valid_from, r.valid_to, r.successor, r.successors) IS DISTINCT FROM
			(excluded.name, excluded.kind, coalesce(excluded.parent, r.parent), excluded.valid_from, excluded.valid_to, excluded.successor,
			excluded.successors)`)
	if err != nil {
		return 0, 0, fmt.Errorf("merge areas: %w", err)
	}
	return added, renamed, nil
}
