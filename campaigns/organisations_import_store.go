package campaigns

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

var stagedOrganisation = []string{"code", "name", "icb", "nhs_region", "commissioner", "address", "postcode", "telephone", "opened_on", "closed_on",
	"joined_on", "status", "gp", "england", "practice", "special"}

// practices merges epraccur into what is told of the GP practices of England.
// What is in force does not change here; reconcile sees to that.
func (m *merger) practices(ctx context.Context) (ImportedFile, calendar.Date, error) {
	var rows [][]any
	all, err := intake.ReadPractices(bytes.NewReader(m.body), m.options(), func(o intake.Organisation) error {
		address := []string{}
		for _, line := range o.Address {
			if line != "" {
				address = append(address, line)
			}
		}
		rows = append(rows, []any{o.Code, o.Name, o.ICB, o.Region, o.Commissioner, address, o.Postcode, o.Telephone, o.OpenedOn, o.ClosedOn,
			o.JoinedOn, o.Status, o.GP, o.England(), o.EnglishGP(), o.Special})
		return nil
	}, m.note)
	done := ImportedFile{Dialect: all.Dialect, Rows: all.Rows, Practices: all.Practices, ICBs: all.ICBs}
	if err != nil {
		return done, all.AsOf, err
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_practices (code text PRIMARY KEY, name text, icb text, nhs_region text, commissioner text, address text[],
		postcode text, telephone text, opened_on date, closed_on date, joined_on date, status text, gp boolean, england boolean, practice boolean,
		special text) ON COMMIT DROP`, "staged_practices", stagedOrganisation, rows)
	if err != nil {
		return done, all.AsOf, err
	}
	older, err := m.older(ctx, all)
	if err != nil {
		return done, all.AsOf, err
	}
	if older {
		m.say(intake.OlderFile, "as of "+all.AsOf.String())
	}
	if err := m.unknownICBs(ctx); err != nil {
		return done, all.AsOf, err
	}
	if err := m.compare(ctx, older, &done); err != nil {
		return done, all.AsOf, err
	}
	if err := m.tell(ctx, all, older); err != nil {
		return done, all.AsOf, err
	}
	return done, all.AsOf, nil
}

// older tells a file that was written before the one that told last: it does
// not know what happened since to organisations that are in both, or it is in
// the dialect that ended. Such a file changes nothing that is known.
func (m *merger) older(ctx context.Context, all intake.Organisations) (older bool, err error) {
	err = m.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM staged_practices s JOIN organisations o ON o.code = s.code
			WHERE o.dialect <> @dialect AND o.dialect = @words
			OR @as_of::date < greatest(CASE WHEN o.opened_on <= @today THEN o.opened_on END, CASE WHEN o.closed_on <= @today THEN o.closed_on END,
				CASE WHEN o.joined_on <= @today THEN o.joined_on END))`,
		pgx.NamedArgs{"dialect": all.Dialect, "words": intake.DialectWords, "as_of": all.AsOf, "today": m.today()}).Scan(&older)
	if err != nil {
		return false, fmt.Errorf("tell an older file: %w", err)
	}
	return older, nil
}

// unknownICBs says which ICBs of the file no table names.
func (m *merger) unknownICBs(ctx context.Context) error {
	rows, err := m.tx.Query(ctx, `
		SELECT s.icb FROM staged_practices s WHERE s.practice AND NOT EXISTS (SELECT FROM regions r WHERE r.code = s.icb) GROUP BY s.icb
		ORDER BY count(*) DESC, s.icb`)
	if err != nil {
		return fmt.Errorf("compare ICBs: %w", err)
	}
	unknown, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("compare ICBs: %w", err)
	}
	if len(unknown) > 0 {
		shown := strings.Join(unknown[:min(len(unknown), 3)], ", ")
		if n := len(unknown) - 3; n > 0 {
			shown += fmt.Sprintf(" and %d more", n)
		}
		m.say(intake.ICBUnknown, shown)
	}
	return nil
}

// compare counts how the file differs from what was told before, and takes
// those that it leaves out for absent: only in ICBs of which it has most.
func (m *merger) compare(ctx context.Context, older bool, done *ImportedFile) error {
	err := m.tx.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE s.practice AND NOT coalesce(o.practice, false) AND (o.code IS NULL OR NOT @older)),
			count(*) FILTER (WHERE s.practice AND o.practice AND upper(o.name) <> upper(s.name) AND NOT @older),
			count(*) FILTER (WHERE o.practice AND NOT s.practice AND NOT @older)
		FROM staged_practices s LEFT JOIN organisations o ON o.code = s.code`, pgx.NamedArgs{"older": older}).Scan(&done.New, &done.Renamed, &done.Left)
	if err != nil {
		return fmt.Errorf("compare practices: %w", err)
	}
	if older {
		return nil
	}
	missing, parts := 0, 0
	err = m.tx.QueryRow(ctx, `
		WITH listed AS (SELECT commissioner, max(icb) AS icb FROM staged_practices WHERE practice AND commissioner <> '' GROUP BY commissioner),
		told AS (
			SELECT o.code, coalesce(l.icb, o.home) AS icb, s.code IS NOT NULL AS there
			FROM organisations o LEFT JOIN listed l ON l.commissioner = o.commissioner LEFT JOIN staged_practices s ON s.code = o.code
			WHERE o.practice AND (l.icb IS NOT NULL OR o.home IN (SELECT icb FROM listed))
		),
		icbs AS (SELECT icb, count(*) FILTER (WHERE NOT there) > greatest(20, count(*) / 2) AS part FROM told GROUP BY icb),
		gone AS (
			UPDATE organisations o SET present = false, practice = false, file_id = @file FROM told t JOIN icbs i ON i.icb = t.icb
			WHERE o.code = t.code AND NOT t.there AND NOT i.part RETURNING o.code
		)
		SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM icbs WHERE part)`, pgx.NamedArgs{"file": m.file}).Scan(&missing, &parts)
	if err != nil {
		return fmt.Errorf("look for absent practices: %w", err)
	}
	done.Left += missing
	if parts > 0 {
		m.say(intake.PartOfICB, fmt.Sprintf("%d ICBs", parts))
	}
	return nil
}

// tell keeps what the file says of GP practices, with the ICB that follows
// from the commissioner: that of the table of sub-ICB locations or, where none
// tells, that of nearly all rows with this commissioner. The file's own column
// stands where both agree, boards that took over from others considered.
func (m *merger) tell(ctx context.Context, all intake.Organisations, older bool) error {
	_, err := m.tx.Exec(ctx, `
		WITH usual AS (
			SELECT commissioner, icb FROM (
				SELECT commissioner, icb, count(*) AS n, sum(count(*)) OVER (PARTITION BY commissioner) AS total
				FROM staged_practices WHERE practice AND commissioner <> '' AND icb <> '' GROUP BY commissioner, icb) t
			WHERE n >= 5 AND n * 10 >= total * 9
		),
		known AS (SELECT code AS commissioner, icb_code AS icb FROM commissioners
			UNION ALL SELECT commissioner, icb FROM usual WHERE commissioner NOT IN (SELECT code FROM commissioners)),
		placed AS (
			SELECT s.code, s.name, s.icb, s.nhs_region, s.commissioner, s.address, s.postcode, s.telephone, s.opened_on, s.closed_on, s.joined_on,
				s.status, s.gp, s.england, s.practice, s.special, CASE WHEN k.icb IS NULL OR s.icb = k.icb OR s.icb = ANY(kr.successors) OR k.icb = ANY(sr.successors)
				OR EXISTS (SELECT FROM unnest(kr.successors) n WHERE n NOT IN (SELECT code FROM regions)) AND s.icb <> '' THEN s.icb
				ELSE k.icb END AS home
			FROM staged_practices s LEFT JOIN known k ON k.commissioner = s.commissioner LEFT JOIN regions kr ON kr.code = k.icb LEFT JOIN regions sr ON sr.code = s.icb
		)
		INSERT INTO organisations AS o (code, name, icb, home, nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on,
			joined_on, status, gp, practice, present, special, dialect, as_of, file_id)
		SELECT code, name, icb, home, nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, joined_on, status, gp,
			practice, true, special, @dialect, @as_of, @file
		FROM placed p WHERE england OR EXISTS (SELECT FROM organisations k WHERE k.code = p.code) ORDER BY code
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, icb = excluded.icb, home = excluded.home, nhs_region = excluded.nhs_region,
			commissioner = excluded.commissioner, address = excluded.address, postcode = excluded.postcode, telephone = excluded.telephone,
			opened_on = excluded.opened_on, closed_on = excluded.closed_on, joined_on = excluded.joined_on, status = excluded.status, gp = excluded.gp,
			practice = excluded.practice, present = true, special = excluded.special, dialect = excluded.dialect, as_of = excluded.as_of,
			file_id = excluded.file_id
		WHERE NOT @older AND (o.name, o.icb, o.home, o.nhs_region, o.commissioner, o.address, o.postcode, o.telephone, o.opened_on, o.closed_on, o.joined_on,
			o.status, o.gp, o.practice, o.present, o.special, o.dialect, o.as_of) IS DISTINCT FROM (excluded.name, excluded.icb, excluded.home,
			excluded.nhs_region, excluded.commissioner, excluded.address, excluded.postcode, excluded.telephone, excluded.opened_on,
			excluded.closed_on, excluded.joined_on, excluded.status, excluded.gp, excluded.practice, true, excluded.special, excluded.dialect,
			excluded.as_of)`,
		pgx.NamedArgs{"dialect": all.Dialect, "as_of": all.AsOf, "file": m.file, "older": older})
	if err != nil {
		return fmt.Errorf("keep what the file tells: %w", err)
	}
	return nil
}
