package uptake

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

// Month is one month of which practices have published, with what its area holds.
type Month struct {
	Month     calendar.Date
	Practices int
	List      int64
}

// Months lists the months that are known, newest first.
func (t *Tally) Months(ctx context.Context) ([]Month, error) {
	rows, err := t.Register.Pool.Query(ctx, `SELECT month, practices, list FROM uptake_sums WHERE kind = 'england' AND service = 'any' ORDER BY month DESC`)
	if err != nil {
		return nil, fmt.Errorf("list months of uptake: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Month])
}

const sumColumns = `s.service, s.practices, s.list, s.known, s.offered, s.known_list, s.offered_list, s.enabled, s.enabled_list, s.used, s.used_list, s.silent`

// areaName names the area of a line of sums s.
const areaName = `CASE s.kind WHEN 'england' THEN 'England' WHEN 'place' THEN coalesce((SELECT c.name FROM commissioners c WHERE c.code = s.code), s.code)
	WHEN 'network' THEN coalesce((SELECT min(p.network_name) FROM practices p WHERE p.network_code = s.code), s.code)
	ELSE coalesce((SELECT r.name FROM regions r WHERE r.code = s.code), nullif(s.code, ''), 'Area not known') END`

func scanSums(rows pgx.Rows, err error) ([]Sum, error) {
	if err != nil {
		return nil, fmt.Errorf("read uptake: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Sum])
}

// Area is every service in one area and month: any first, then Services.
// An area of which nothing is known in that month is as absent as none.
func (t *Tally) Area(ctx context.Context, kind, code string, month calendar.Date) ([]Sum, error) {
	list, err := scanSums(t.Register.Pool.Query(ctx, `
		SELECT s.month, s.kind, s.code, `+areaName+`, `+sumColumns+` FROM uptake_sums s
		WHERE s.kind = @kind AND s.code = @code AND s.month = @month ORDER BY s.service`, pgx.NamedArgs{"kind": kind, "code": code, "month": month}))
	if err == nil && len(list) == 0 {
		return nil, fault.New(fault.NotFound, "Nothing is known of this area in %s.", MonthName(month))
	}
	return list, err
}

// MonthName writes a month: August 2020.
func MonthName(d calendar.Date) string { return d.Start().In(calendar.London).Format("January 2006") }

// Series is one service of an area over all months, oldest first.
func (t *Tally) Series(ctx context.Context, kind, code string, service Service) ([]Sum, error) {
	return scanSums(t.Register.Pool.Query(ctx, `
		SELECT s.month, s.kind, s.code, '', `+sumColumns+` FROM uptake_sums s
		WHERE s.kind = @kind AND s.code = @code AND s.service = @service ORDER BY s.month`, pgx.NamedArgs{"kind": kind, "code": code, "service": service}))
}

// Within lists the areas that an area divides into, with one service of one
// month: regions of England, ICBs of a region, sub-ICB locations and networks
// of an ICB. They add up to the area; what lies nowhere known is a line too.
func (t *Tally) Within(ctx context.Context, kind, code, into string, month calendar.Date, service Service) ([]Sum, error) {
	return scanSums(t.Register.Pool.Query(ctx, `
		SELECT s.month, s.kind, s.code, `+areaName+`, `+sumColumns+` FROM uptake_sums s
		WHERE s.kind = @into AND s.month = @month AND s.service = @service AND (@kind = 'england'
			OR @kind = 'region' AND @into = 'icb' AND s.code IN (SELECT r.code FROM regions r WHERE r.kind = 'icb' AND r.parent = @code)
			OR @kind = 'icb' AND @into = 'place' AND s.code IN (SELECT c.code FROM commissioners c WHERE c.icb_code = @code)
			OR @kind = 'icb' AND @into = 'network' AND s.code <> '' AND s.code IN (SELECT p.network_code FROM practices p WHERE p.region_code = @code))
		ORDER BY 4, 3`, pgx.NamedArgs{"kind": kind, "code": code, "into": into, "month": month, "service": service}))
}

// practiceRows reads practices u of a month as lines; @kind and @code say of
// which area they are today.
const practiceRows = `
	SELECT u.month, 'practice', u.practice_code, coalesce(h.name, u.name), v.service, 1, coalesce(u.list, 0)::bigint,
		(v.system IS NOT NULL)::int, (v.system IS NOT DISTINCT FROM 2)::int,
		CASE WHEN v.system IS NULL THEN 0 ELSE coalesce(u.list, 0) END::bigint, CASE WHEN v.system = 2 THEN coalesce(u.list, 0) ELSE 0 END::bigint,
		coalesce(v.enabled, 0)::bigint, CASE WHEN v.enabled IS NULL THEN 0 ELSE coalesce(u.list, 0) END::bigint,
		coalesce(v.used, 0)::bigint, CASE WHEN v.used IS NULL THEN 0 ELSE coalesce(u.list, 0) END::bigint,
		coalesce(v.system = 2 AND v.enabled = 0, false)::int
	FROM uptake u LEFT JOIN commissioners c ON c.code = u.commissioner
	LEFT JOIN (SELECT p.name, h.code, h.region, h.icb, h.network FROM (` + homes + `) h JOIN practices p USING (code)) h ON h.code = u.practice_code ` + services + `
	WHERE u.counted `

const ofArea = ` AND (@kind = 'england' OR @kind = 'region' AND coalesce(h.region, u.nhs_region) = @code OR @kind = 'icb' AND coalesce(h.icb, c.icb_code, '') = @code
	OR @kind = 'place' AND u.commissioner = @code OR @kind = 'network' AND h.network = @code
	OR @kind = 'group' AND u.practice_code IN (SELECT unnest(g.practices) FROM uptake_groups g WHERE g.id::text = @code)) `

// Practices lists the practices of an area with one service of one month, by name.
func (t *Tally) Practices(ctx context.Context, kind, code string, month calendar.Date, service Service) ([]Sum, error) {
	return scanSums(t.Register.Pool.Query(ctx, practiceRows+`AND u.month = @month AND v.service = @service`+ofArea+`ORDER BY 4, 3`,
		pgx.NamedArgs{"kind": kind, "code": code, "month": month, "service": service, "day": t.Register.Clock.Today()}))
}

// Extremes are the n practices of an area where most and where fewest of the
// patients are enabled for a service, most first. Lists under 1,000 are left
// out: a handful of people makes an extreme of them.
func (t *Tally) Extremes(ctx context.Context, kind, code string, month calendar.Date, service Service, n int) ([]Sum, error) {
	args := pgx.NamedArgs{"kind": kind, "code": code, "month": month, "service": service, "n": n, "day": t.Register.Clock.Today()}
	from := `uptake u ` + services
	if kind != "england" {
		from = `uptake u LEFT JOIN commissioners c ON c.code = u.commissioner LEFT JOIN (` + homes + `) h ON h.code = u.practice_code ` + services
	}
	where := `u.counted AND u.month = @month AND v.service = @service AND u.list >= 1000 AND v.enabled IS NOT NULL `
	if kind != "england" {
		where += ofArea
	}
	rows, err := t.Register.Pool.Query(ctx, `
		SELECT practice_code FROM (
			SELECT u.practice_code, row_number() OVER (ORDER BY v.enabled::float8 / u.list DESC, u.practice_code) AS place, count(*) OVER () AS practices
			FROM `+from+` WHERE `+where+`) r
		WHERE place <= @n OR place > practices - @n ORDER BY place`, args)
	if err != nil {
		return nil, fmt.Errorf("rank practices: %w", err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("rank practices: %w", err)
	}
	args["codes"] = codes
	return scanSums(t.Register.Pool.Query(ctx, practiceRows+`AND u.month = @month AND v.service = @service AND u.practice_code = ANY(@codes)
		ORDER BY array_position(@codes, u.practice_code)`, args))
}

// Practice is every service of one practice over all months, oldest first.
func (t *Tally) Practice(ctx context.Context, code string) ([]Sum, error) {
	list, err := scanSums(t.Register.Pool.Query(ctx, practiceRows+`AND u.practice_code = @code ORDER BY u.month, v.service`,
		pgx.NamedArgs{"code": code, "day": t.Register.Clock.Today()}))
	if err == nil && len(list) == 0 {
		return nil, fault.New(fault.NotFound, "This practice has published nothing.")
	}
	return list, err
}

// fewPeers are too few to be divided into tenths.
const fewPeers = 30

// Deciles are the nine deciles of a measure in each month, among all
// practices (band 0) or those of one band of size; a month with fewer than 30
// of them has none.
func (t *Tally) Deciles(ctx context.Context, service Service, m Measure, band int) (map[calendar.Date][]float64, error) {
	rows, err := t.Register.Pool.Query(ctx, `SELECT month, deciles FROM uptake_deciles WHERE service = @service AND measure = @measure AND band = @band AND practices >= @few`,
		pgx.NamedArgs{"few": fewPeers, "service": service, "measure": m, "band": band})
	if err != nil {
		return nil, fmt.Errorf("read deciles: %w", err)
	}
	all := map[calendar.Date][]float64{}
	var month calendar.Date
	var deciles []float64
	_, err = pgx.ForEachRow(rows, []any{&month, &deciles}, func() error {
		all[month], deciles = deciles, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read deciles: %w", err)
	}
	return all, nil
}

// Second is a second system of a practice, kept beside the one that counts.
type Second struct {
	Month    calendar.Date
	Supplier string
	Counted  bool
	Enabled  int64
	Used     int64
}

// Systems lists the systems of which a practice published, newest month first.
func (t *Tally) Systems(ctx context.Context, code string) ([]Second, error) {
	rows, err := t.Register.Pool.Query(ctx, `
		SELECT month, supplier, counted, coalesce(enabled, 0)::bigint, coalesce(used, 0)::bigint FROM uptake
		WHERE practice_code = @code AND supplier <> '' ORDER BY month DESC, counted DESC, supplier`, pgx.NamedArgs{"code": code})
	if err != nil {
		return nil, fmt.Errorf("list systems: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Second])
}

// Alert is a lasting change at one practice.
type Alert struct {
	Practice string
	Name     string
	Service  Service
	Month    calendar.Date
	Rose     bool
	Usual    float64
	Share    float64
	People   int
}

// Alerts lists the lasting changes in an area, of most people first.
func (t *Tally) Alerts(ctx context.Context, kind, code string) ([]Alert, error) {
	rows, err := t.Register.Pool.Query(ctx, `
		SELECT a.practice_code, coalesce(h.name, u.name), a.service, a.month, a.direction > 0, a.usual, a.share, a.people
		FROM uptake_alerts a
		JOIN LATERAL (SELECT u.name, u.nhs_region, u.commissioner, u.practice_code FROM uptake u WHERE u.practice_code = a.practice_code AND u.counted ORDER BY u.month DESC LIMIT 1) u ON true
		LEFT JOIN commissioners c ON c.code = u.commissioner
		LEFT JOIN (SELECT p.name, h.code, h.region, h.icb, h.network FROM (`+homes+`) h JOIN practices p USING (code)) h ON h.code = a.practice_code
		WHERE true `+ofArea+` ORDER BY abs(a.people) DESC, a.practice_code, a.service`, pgx.NamedArgs{"kind": kind, "code": code, "day": t.Register.Clock.Today()})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Alert])
}

// Told is one file of uptake that was taken.
type Told struct {
	ID        int64
	File      string
	Layout    string
	From, To  calendar.Date
	Months    int
	Rows      int
	Practices int
	Revised   int
	Findings  int
	By        string
	At        time.Time
}

// Files lists the files that were taken, newest first.
func (t *Tally) Files(ctx context.Context) ([]Told, error) {
	rows, err := t.Register.Pool.Query(ctx, `
		SELECT f.id, f.file_name, f.layout, f.months[1], f.months[cardinality(f.months)], cardinality(f.months), f.rows, f.practices, f.revised, f.findings,
			coalesce(s.name, 'Command line'), f.imported_at
		FROM uptake_files f LEFT JOIN staff s ON s.id = f.imported_by ORDER BY f.id DESC LIMIT 200`)
	if err != nil {
		return nil, fmt.Errorf("list files of uptake: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Told])
}

// FindingsOf lists what was wrong with a file, by rule.
func (t *Tally) FindingsOf(ctx context.Context, file int64) ([]Found, error) {
	rows, err := t.Register.Pool.Query(ctx, `SELECT rule, severity, '', count, examples FROM uptake_findings WHERE file_id = @file ORDER BY count DESC, rule`, pgx.NamedArgs{"file": file})
	if err != nil {
		return nil, fmt.Errorf("list findings of uptake: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Found])
}

// Group is some practices that somebody wants to see together.
type Group struct {
	ID        int64
	Name      string
	Practices []string
}

// AddGroup keeps a group for everybody of the author's region. Codes that no
// practice has published under are refused by name.
func (t *Tally) AddGroup(ctx context.Context, by campaigns.Viewer, name string, practices []string) (id int64, err error) {
	switch {
	case name == "" || len([]rune(name)) > 80:
		return 0, fault.In("name", fault.Invalid, "Give the group a name of up to 80 characters.")
	case len(practices) == 0:
		return 0, fault.In("practices", fault.Invalid, "Name at least one practice by its code.")
	}
	err = campaigns.InTx(ctx, t.Register.Pool, t.Register.Clock, func(tx pgx.Tx, now time.Time) error {
		var strange string
		err := tx.QueryRow(ctx, `SELECT p FROM unnest(@practices::text[]) p WHERE NOT EXISTS (SELECT FROM uptake u WHERE u.practice_code = p) LIMIT 1`,
			pgx.NamedArgs{"practices": practices}).Scan(&strange)
		if err == nil {
			return fault.In("practices", fault.Invalid, "No practice has published anything under the code %s.", strange)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("check practices: %w", err)
		}
		err = tx.QueryRow(ctx, `INSERT INTO uptake_groups (name, practices, region_code, author_id, made_at) VALUES (@name, @practices, @region, nullif(@by, 0), @now) RETURNING id`,
			pgx.NamedArgs{"name": name, "practices": practices, "region": by.Region, "by": int64(by.ID), "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("keep a group: %w", err)
		}
		return t.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "group practices", Object: "uptake group", ID: fmt.Sprint(id), Detail: map[string]any{"practices": len(practices)}})
	})
	return id, err
}

// Groups lists the groups that a viewer sees, by name.
func (t *Tally) Groups(ctx context.Context, by campaigns.Viewer) ([]Group, error) {
	rows, err := t.Register.Pool.Query(ctx, `SELECT id, name, practices FROM uptake_groups WHERE ended_at IS NULL AND (@region = '' OR region_code IN ('', @region)) ORDER BY name, id`,
		pgx.NamedArgs{"region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Group])
}

// GroupSeries adds up one service of a group over all months, oldest first.
func (t *Tally) GroupSeries(ctx context.Context, g Group) ([]Sum, error) {
	return scanSums(t.Register.Pool.Query(ctx, `
		SELECT u.month, 'group', @id::text, @name::text, v.service, `+sums+` FROM uptake u `+services+`
		WHERE u.counted AND u.practice_code = ANY(@practices) GROUP BY u.month, v.service ORDER BY u.month, v.service`,
		pgx.NamedArgs{"id": fmt.Sprint(g.ID), "name": g.Name, "practices": g.Practices}))
}

// Views is how often people looked at the records of this product.
type Views struct {
	Views  int // in all
	People int // who looked
	Again  int // of those, who looked on more than one day
}

// Views counts them for a programme, in the campaigns of a viewer's region.
func (t *Tally) Views(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID) (v Views, err error) {
	err = t.Register.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(n), 0)::int, count(*)::int, (count(*) FILTER (WHERE days > 1))::int FROM (
			SELECT r.person_id, count(*) AS n, count(DISTINCT (r.viewed_at AT TIME ZONE 'Europe/London')::date) AS days FROM record_views r JOIN campaigns c ON c.id = r.campaign_id
			WHERE r.programme_id = @programme AND (@region = '' OR c.region_code = @region) GROUP BY r.person_id) p`,
		pgx.NamedArgs{"programme": programme, "region": by.Region}).Scan(&v.Views, &v.People, &v.Again)
	if err != nil {
		return v, fmt.Errorf("count views of records: %w", err)
	}
	return v, nil
}
