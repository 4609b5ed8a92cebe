package uptake

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// services turns the columns of uptake u into a row a service.
const services = `CROSS JOIN LATERAL (VALUES
	('any', NULL::smallint, u.enabled, u.used),
	('appointments', u.appointments_system, u.appointments_enabled, u.appointments_used),
	('prescriptions', u.prescriptions_system, u.prescriptions_enabled, u.prescriptions_used),
	('records', u.records_system, u.records_enabled, u.records_used)) v (service, system, enabled, used)`

// sums adds up the rows of services.
const sums = `count(*)::int, coalesce(sum(u.list), 0)::bigint,
	count(v.system)::int, (count(*) FILTER (WHERE v.system = 2))::int,
	coalesce(sum(u.list) FILTER (WHERE v.system IS NOT NULL), 0)::bigint, coalesce(sum(u.list) FILTER (WHERE v.system = 2), 0)::bigint,
	coalesce(sum(v.enabled) FILTER (WHERE u.list IS NOT NULL), 0)::bigint, coalesce(sum(u.list) FILTER (WHERE v.enabled IS NOT NULL), 0)::bigint,
	coalesce(sum(v.used) FILTER (WHERE u.list IS NOT NULL), 0)::bigint, coalesce(sum(u.list) FILTER (WHERE v.used IS NOT NULL), 0)::bigint,
	(count(*) FILTER (WHERE v.system = 2 AND v.enabled = 0))::int`

// homes says where each practice is today: its region, ICB and network. Months
// past are counted by it, so that a series has one boundary.
const homes = `
	SELECT p.code, p.nhs_region AS region, p.network_code AS network,
		coalesce((SELECT h.region_code FROM practice_homes h WHERE h.practice_code = p.code AND h.from_on <= @day ORDER BY h.from_on DESC LIMIT 1), p.region_code, '') AS icb
	FROM practices p`

// settle makes the sums and deciles of some months anew.
func (t *Tally) settle(ctx context.Context, tx pgx.Tx, now time.Time, months []calendar.Date) error {
	args := pgx.NamedArgs{"months": months, "day": calendar.DateOf(now), "now": now, "bands": Bands}
	for _, step := range []struct{ doing, sql string }{
		{"empty the sums", `DELETE FROM uptake_sums WHERE month = ANY(@months)`},
		{"add up", `
			INSERT INTO uptake_sums (month, kind, code, service, practices, list, known, offered, known_list, offered_list, enabled, enabled_list, used, used_list, silent)
			SELECT u.month, CASE grouping(u.region, u.icb, u.place, u.network) WHEN 15 THEN 'england' WHEN 7 THEN 'region' WHEN 11 THEN 'icb' WHEN 13 THEN 'place' ELSE 'network' END,
				coalesce(CASE grouping(u.region, u.icb, u.place, u.network) WHEN 7 THEN u.region WHEN 11 THEN u.icb WHEN 13 THEN u.place WHEN 14 THEN u.network END, ''),
				v.service, ` + sums + `
			FROM (SELECT u.month, u.list, u.appointments_system, u.appointments_enabled, u.appointments_used, u.prescriptions_system, u.prescriptions_enabled,
					u.prescriptions_used, u.records_system, u.records_enabled, u.records_used, u.enabled, u.used,
					coalesce(h.region, u.nhs_region) AS region, coalesce(h.icb, c.icb_code, '') AS icb, u.commissioner AS place, coalesce(h.network, '') AS network
				FROM uptake u LEFT JOIN (` + homes + `) h ON h.code = u.practice_code LEFT JOIN commissioners c ON c.code = u.commissioner
				WHERE u.counted AND u.month = ANY(@months)) u ` + services + `
			GROUP BY u.month, v.service, GROUPING SETS ((), (u.region), (u.icb), (u.place), (u.network))`},
		{"empty the deciles", `DELETE FROM uptake_deciles WHERE month = ANY(@months)`},
		{"work out deciles", `
			INSERT INTO uptake_deciles (month, service, measure, band, practices, deciles)
			SELECT month, service, measure, coalesce(band, 0), count(*), percentile_cont(ARRAY[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]::float8[]) WITHIN GROUP (ORDER BY share)
			FROM (
				SELECT u.month, v.service, m.measure, width_bucket(u.list, (@bands::int[])[1:3]) + 1 AS band, m.part::float8 / u.list AS share
				FROM uptake u ` + services + ` CROSS JOIN LATERAL (VALUES ('enabled', v.enabled), ('used', v.used)) m (measure, part)
				WHERE u.counted AND u.month = ANY(@months) AND u.list > 0 AND m.part IS NOT NULL
			) s GROUP BY month, service, measure, GROUPING SETS ((), (band))`},
		{"note what was counted", `
			INSERT INTO uptake_settled (homes, settled_at) SELECT f.mark, @now FROM (` + mark + `) f (mark)
			ON CONFLICT (one) DO UPDATE SET homes = excluded.homes, settled_at = excluded.settled_at`},
	} {
		if _, err := tx.Exec(ctx, step.sql, args); err != nil {
			return fmt.Errorf("%s of uptake: %w", step.doing, err)
		}
	}
	return nil
}

// mark changes whenever a practice may have come to another area.
const mark = `SELECT concat_ws('/', (SELECT max(recorded_at) FROM practice_homes), (SELECT count(*) FROM practice_homes), (SELECT max(updated_at) FROM practices), (SELECT count(*) FROM practices))`

// Settle makes every sum anew if practices have come to other areas since
// the sums were made. Asking costs next to nothing where none has.
func (t *Tally) Settle(ctx context.Context) error {
	var fresh bool
	err := t.Register.Pool.QueryRow(ctx, `SELECT coalesce((SELECT homes FROM uptake_settled), f.mark) = f.mark FROM (`+mark+`) f (mark)`).Scan(&fresh)
	if err != nil {
		return fmt.Errorf("ask whether practices moved: %w", err)
	}
	if fresh {
		return nil
	}
	return campaigns.InTx(ctx, t.Register.Pool, t.Register.Clock, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7208)`); err != nil {
			return fmt.Errorf("wait for another import: %w", err)
		}
		rows, err := tx.Query(ctx, `SELECT DISTINCT month FROM uptake_sums ORDER BY month`)
		if err != nil {
			return fmt.Errorf("list months: %w", err)
		}
		months, err := pgx.CollectRows(rows, pgx.RowTo[calendar.Date])
		if err != nil {
			return fmt.Errorf("list months: %w", err)
		}
		return t.settle(ctx, tx, now, months)
	})
}

// findChanges looks along the last three years of every practice for lasting
// changes; see Changed.
func (t *Tally) findChanges(ctx context.Context) error {
	return campaigns.InTx(ctx, t.Register.Pool, t.Register.Clock, func(tx pgx.Tx, _ time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7208)`); err != nil {
			return fmt.Errorf("wait for another import: %w", err)
		}
		var newest calendar.Date
		if err := tx.QueryRow(ctx, `SELECT max(month) FROM uptake`).Scan(&newest); err != nil {
			return fmt.Errorf("find the newest month: %w", err)
		}
		rows, err := tx.Query(ctx, `
			SELECT u.practice_code, v.service, u.month, v.enabled, u.list FROM uptake u `+services+`
			WHERE u.counted AND u.list > 0 AND v.enabled IS NOT NULL AND v.service <> 'any'
				AND u.month > @newest::date - 1125
			ORDER BY u.practice_code, v.service, u.month`, pgx.NamedArgs{"newest": newest})
		if err != nil {
			return fmt.Errorf("read the months of practices: %w", err)
		}
		var found [][]any
		var practice, service, lastPractice, lastService string
		var points []Point
		look := func() {
			if c, ok := Changed(points); ok && points[len(points)-1].Month == newest {
				found = append(found, []any{lastPractice, lastService, c.Month, c.Direction, c.Usual, c.Share, c.People})
			}
			points = points[:0]
		}
		var month calendar.Date
		var enabled, list int64
		_, err = pgx.ForEachRow(rows, []any{&practice, &service, &month, &enabled, &list}, func() error {
			if practice != lastPractice || service != lastService {
				look()
				lastPractice, lastService = practice, service
			}
			points = append(points, Point{month, float64(enabled) / float64(list), list})
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the months of practices: %w", err)
		}
		look()
		if _, err := tx.Exec(ctx, `DELETE FROM uptake_alerts`); err != nil {
			return fmt.Errorf("forget earlier alerts: %w", err)
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"uptake_alerts"}, []string{"practice_code", "service", "month", "direction", "usual", "share", "people"}, pgx.CopyFromRows(found))
		if err != nil {
			return fmt.Errorf("keep alerts: %w", err)
		}
		return nil
	})
}
