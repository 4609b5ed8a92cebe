package readiness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// boardLines reads practices p with how far they are for @programme on @day.
const boardLines = `
	SELECT p.code, p.name, coalesce((SELECT h.region_code FROM practice_homes h WHERE h.practice_code = p.code AND h.from_on <= @day
			ORDER BY h.from_on DESC LIMIT 1), p.region_code, ''), coalesce(p.list_size, 0),
		CASE WHEN s.day <= @day THEN 'live' WHEN s.day > @day OR r.state = 'live' THEN 'ready' ELSE coalesce(r.state, 'not contacted') END,
		s.day, coalesce(r.supplier, ''), coalesce(r.approach, ''), coalesce(r.owner, ''), coalesce(r.plan, ''), coalesce(r.excluded, -1), r.excluded_on,
		coalesce(r.action_plan, ''), coalesce(r.version, 0), coalesce(r.changed_at, '0001-01-01Z'), coalesce(b.open, 0), coalesce(b.reasons, '{}'), b.due_on,
		coalesce(k.done, 0)
	FROM practices p
	LEFT JOIN readiness r ON r.programme_id = @programme AND r.practice_code = p.code
	LEFT JOIN signals s ON s.key = 'switch:' || @programme::int || ':' || p.code
	LEFT JOIN (SELECT practice_code, count(*)::int AS open, array_agg(DISTINCT reason) AS reasons, min(due_on) AS due_on FROM readiness_blockers
		WHERE programme_id = @programme AND resolved_at IS NULL GROUP BY practice_code) b ON b.practice_code = p.code
	LEFT JOIN (SELECT practice_code, (count(*) FILTER (WHERE done))::int AS done FROM (
			SELECT DISTINCT ON (practice_code, item) practice_code, item, done FROM readiness_checks WHERE programme_id = @programme ORDER BY practice_code, item, id DESC) c
		GROUP BY practice_code) k ON k.practice_code = p.code
	WHERE `

// Lines lists the practices of an area that work, by name: an ICB, a region,
// or "" for all that the viewer sees.
func (b *Board) Lines(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, region string) ([]Line, error) {
	if region == "" {
		region = by.Region
	}
	return b.lines(ctx, b.Register.Pool, `p.status = 'active' AND `+campaigns.WithinRegion+` ORDER BY p.name, p.code`,
		pgx.NamedArgs{"programme": programme, "region": region, "day": b.Register.Clock.Today()})
}

// asker is a pool or a transaction.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (b *Board) lines(ctx context.Context, from asker, where string, args pgx.NamedArgs) ([]Line, error) {
	rows, err := from.Query(ctx, boardLines+where, args)
	if err != nil {
		return nil, fmt.Errorf("read readiness: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Line])
	if err != nil {
		return nil, fmt.Errorf("read readiness: %w", err)
	}
	return list, nil
}

// Practice is one practice; one of another region is as absent as none.
func (b *Board) Practice(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, code string) (Line, error) {
	list, err := b.lines(ctx, b.Register.Pool, `p.code = @code AND `+campaigns.WithinRegion,
		pgx.NamedArgs{"programme": programme, "region": by.Region, "code": code, "day": b.Register.Clock.Today()})
	if err != nil {
		return Line{}, err
	}
	if len(list) == 0 {
		return Line{}, fault.New(fault.NotFound, "There is no such practice.")
	}
	return list[0], nil
}

// Programme is one programme by its name.
type Programme struct {
	ID   campaigns.ProgrammeID
	Code string
	Name string
}

// Programmes lists every programme.
func (b *Board) Programmes(ctx context.Context) ([]Programme, error) {
	rows, err := b.Register.Pool.Query(ctx, `SELECT id, code, name FROM programmes ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list programmes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Programme])
}

// Deadline is what a programme has promised; ok is false where it has not.
func (b *Board) Deadline(ctx context.Context, programme campaigns.ProgrammeID) (d Deadline, ok bool, err error) {
	var targets []byte
	err = b.Register.Pool.QueryRow(ctx, `SELECT title, due_on, targets FROM readiness_deadlines WHERE programme_id = @programme`,
		pgx.NamedArgs{"programme": programme}).Scan(&d.Title, &d.DueOn, &targets)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("read deadline: %w", err)
	}
	if err := json.Unmarshal(targets, &d.Targets); err != nil {
		return d, false, fmt.Errorf("read targets: %w", err)
	}
	return d, true, nil
}

// Reached is how many practices of an area were live at the end of a day.
type Reached struct {
	On   calendar.Date
	Live int
}

// Course says, for every day on which one went live, how many practices of
// an area were live by then; those to come are left out. A practice that was
// switched off again counts on no day.
func (b *Board) Course(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, region string) ([]Reached, error) {
	if region == "" {
		region = by.Region
	}
	rows, err := b.Register.Pool.Query(ctx, `
		SELECT day, sum(n) OVER (ORDER BY day)::int FROM (
			SELECT s.day, count(*) AS n FROM practices p JOIN signals s ON s.key = 'switch:' || @programme::int || ':' || p.code
			WHERE p.status = 'active' AND s.day <= @day AND `+campaigns.WithinRegion+` GROUP BY s.day) d ORDER BY day`,
		pgx.NamedArgs{"programme": programme, "region": region, "day": b.Register.Clock.Today()})
	if err != nil {
		return nil, fmt.Errorf("read who went live when: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Reached])
}

// Areas names the ICBs and regions that practices lie in.
func (b *Board) Areas(ctx context.Context) (map[string]string, error) {
	rows, err := b.Register.Pool.Query(ctx, `SELECT code, name FROM regions`)
	if err != nil {
		return nil, fmt.Errorf("read names of areas: %w", err)
	}
	names := map[string]string{}
	var code, name string
	if _, err := pgx.ForEachRow(rows, []any{&code, &name}, func() error { names[code] = name; return nil }); err != nil {
		return nil, fmt.Errorf("read names of areas: %w", err)
	}
	return names, nil
}
