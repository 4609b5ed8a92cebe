package campaigns

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

// listSizes gives practices their number of patients, unless a later count is known.
func (m *merger) listSizes(ctx context.Context) (ImportedFile, error) {
	sizes := map[string]intake.ListSize{}
	all, err := intake.ReadListSizes(bytes.NewReader(m.body), m.options(), func(l intake.ListSize) error {
		if had, ok := sizes[l.Practice]; !ok || had.On.Before(l.On) {
			sizes[l.Practice] = l
		}
		return nil
	}, m.note)
	done := ImportedFile{Dialect: "list sizes", Rows: all.Rows, Practices: len(sizes)}
	if err != nil {
		return done, err
	}
	rows := make([][]any, 0, len(sizes))
	for code, l := range sizes {
		rows = append(rows, []any{code, int32(l.Patients), l.On})
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_sizes (code text PRIMARY KEY, patients integer, counted_on date) ON COMMIT DROP`, "staged_sizes",
		[]string{"code", "patients", "counted_on"}, rows)
	if err != nil {
		return done, err
	}
	err = m.exec(ctx, "merge list sizes", `
		UPDATE practices p SET list_size = s.patients, list_size_on = s.counted_on, updated_at = @now FROM staged_sizes s
		WHERE s.code = p.code AND (p.list_size_on IS NULL OR p.list_size_on <= s.counted_on)
		AND (p.list_size, p.list_size_on) IS DISTINCT FROM (s.patients, s.counted_on)`)
	if err != nil {
		return done, err
	}
	return done, m.unknownPractices(ctx, "staged_sizes")
}

// unknownPractices says how many practices of a list are not known here.
func (m *merger) unknownPractices(ctx context.Context, staged string) error {
	var n int
	err := m.tx.QueryRow(ctx, `SELECT count(*) FROM `+pgx.Identifier{"pg_temp", staged}.Sanitize()+` s WHERE NOT EXISTS (SELECT FROM practices p WHERE p.code = s.code)`).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for unknown practices: %w", err)
	}
	if n > 0 {
		m.say(intake.PracticeNew, fmt.Sprintf("%d practices", n))
	}
	return nil
}

// listMap gives practices their network, and commissioners their ICB as the
// map knows it, unless something later is known.
func (m *merger) listMap(ctx context.Context) (ImportedFile, error) {
	placed, icbs := map[string]intake.Placed{}, map[string]bool{}
	all, err := intake.ReadListMap(bytes.NewReader(m.body), m.options(), func(p intake.Placed) error {
		if had, ok := placed[p.Practice]; !ok || had.On.Before(p.On) {
			placed[p.Practice] = p
		}
		icbs[p.ICB] = true
		return nil
	}, m.note)
	done := ImportedFile{Dialect: "practice map", Rows: all.Rows, Practices: len(placed), ICBs: len(icbs)}
	if err != nil {
		return done, err
	}
	rows := make([][]any, 0, len(placed))
	over := map[string]commissioner{}
	for code, p := range placed {
		rows = append(rows, []any{code, p.Network, p.NetworkName, p.On})
		if p.On.Before(icbsFrom) {
			continue
		}
		if had, ok := over[p.Commissioner]; !ok || had.on.Before(p.On) || had.on == p.On && p.ICB < had.icb {
			over[p.Commissioner] = commissioner{p.Commissioner, p.CommissionerName, p.ICB, p.On}
		}
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_networks (code text PRIMARY KEY, network text, name text, known_on date) ON COMMIT DROP`, "staged_networks",
		[]string{"code", "network", "name", "known_on"}, rows)
	if err != nil {
		return done, err
	}
	err = m.exec(ctx, "merge networks", `
		UPDATE practices p SET network_code = s.network, network_name = s.name, network_on = s.known_on, updated_at = @now FROM staged_networks s
		WHERE s.code = p.code AND (p.network_on IS NULL OR p.network_on <= s.known_on)
		AND (p.network_code, p.network_name, p.network_on) IS DISTINCT FROM (s.network, s.name, s.known_on)`)
	if err != nil {
		return done, err
	}
	if err := m.unknownPractices(ctx, "staged_networks"); err != nil {
		return done, err
	}
	return done, m.commissioners(ctx, over)
}

// icbsFrom is when ICBs began; maps of before tell in which STP a CCG lay.
var icbsFrom = calendar.On(2022, 7, 1)

// commissioner is a sub-ICB location, before mid-2022 a CCG, and its ICB.
type commissioner struct {
	code, name, icb string
	on              calendar.Date
}

// commissioners keeps in which ICB each commissioner lies, by what is known latest.
func (m *merger) commissioners(ctx context.Context, list map[string]commissioner) error {
	rows := make([][]any, 0, len(list))
	for _, c := range list {
		rows = append(rows, []any{c.code, c.name, c.icb, c.on})
	}
	err := m.stage(ctx, `CREATE TEMP TABLE staged_commissioners (code text PRIMARY KEY, name text, icb text, known_on date) ON COMMIT DROP`,
		"staged_commissioners", []string{"code", "name", "icb", "known_on"}, rows)
	if err != nil {
		return err
	}
	err = m.exec(ctx, "merge commissioners", `
		INSERT INTO commissioners AS c (code, name, icb_code, known_on) SELECT code, name, icb, known_on FROM staged_commissioners ORDER BY code
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, icb_code = excluded.icb_code, known_on = excluded.known_on
		WHERE c.known_on <= excluded.known_on AND (c.name, c.icb_code, c.known_on) IS DISTINCT FROM (excluded.name, excluded.icb_code, excluded.known_on)`)
	return err
}
