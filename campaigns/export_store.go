package campaigns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// exportKept is for how long the file of a table is kept.
const exportKept = 7 * 24 * time.Hour

// Exporting takes the making of a file for later; the jobs room implements it.
type Exporting interface {
	MakeExport(ctx context.Context, tx pgx.Tx, id int64) error
}

// Export is a table as a file, asked for by a member of staff.
type Export struct {
	ID       int64
	What     string
	Campaign string // its code; "" for all
	Format   string
	AskedAt  time.Time
	DoneAt   *time.Time
	Lines    int64
	Bytes    int64
	StoredAs string
	Failure  string
	Gone     bool // the file has been forgotten
}

// Ready tells whether there is a file.
func (e Export) Ready() bool { return e.DoneAt != nil && e.Failure == "" && !e.Gone }

// Tables are those of this room.
func (*Register) Tables() []Table {
	return []Table{
		{Name: "counts", Title: "People by state", About: "how many people of a wave are in a state, and why",
			Columns: []string{"campaign", "region", "wave", "state", "reason", "people"}, SQL: `
			SELECT c.code, c.region_code, w.number, x.state, x.reason, sum(x.people)::bigint
			FROM (SELECT campaign_id, wave_id, state, reason, people FROM counts UNION ALL SELECT campaign_id, wave_id, state, reason, people FROM count_deltas) x
			JOIN campaigns c ON c.id = x.campaign_id LEFT JOIN waves w ON w.id = nullif(x.wave_id, 0)
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR c.id = @campaign)
			GROUP BY 1, 2, 3, 4, 5 HAVING sum(x.people) <> 0 ORDER BY 1, 3 NULLS FIRST, 4, 5`},
		{Name: "waves", Title: "Waves", About: "one wave",
			Columns: []string{"campaign", "region", "wave", "state", "people", "first posting", "last posting", "planned at", "approved at"}, SQL: `
			SELECT c.code, c.region_code, w.number, w.state, w.people, w.first_post_on, w.last_post_on, w.planned_at, w.approved_at
			FROM waves w JOIN campaigns c ON c.id = w.campaign_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR c.id = @campaign) ORDER BY c.code, w.number`},
		{Name: "enrolments", Title: "Enrolments", About: "one person in one campaign, by a number of ours",
			Columns: []string{"campaign", "enrolment", "practice", "wave", "state", "reason", "since"}, SQL: `
			SELECT c.code, e.id, p.practice_code, w.number, e.state, e.reason, e.since
			FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id JOIN people p ON p.id = e.person_id LEFT JOIN waves w ON w.id = e.wave_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR e.campaign_id = @campaign) ORDER BY c.code, e.id`},
		{Name: "audit", Title: "Audit", About: "something somebody did or looked at", Audit: true,
			Columns: []string{"line", "at", "actor", "actor number", "action", "object", "object id", "campaign", "outcome", "detail"}, SQL: `
			SELECT a.id, a.at, a.actor_kind, a.actor_id, a.action, a.object_kind, a.object_id, c.code, a.outcome, a.detail::text
			FROM audit a LEFT JOIN campaigns c ON c.id = a.campaign_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR a.campaign_id = @campaign) ORDER BY a.id`},
	}
}

// mayExport tells whether somebody of this role may take a table.
func mayExport(by Viewer, t Table) bool {
	if t.Audit {
		return by.Role == RoleNational || by.Role == RoleAuditor
	}
	return by.Role.Manages() || by.Role == RoleAuditor || by.Role == RoleFinance
}

// ExportsFor lists those of the tables that somebody may take.
func ExportsFor(by Viewer, tables []Table) []Table {
	var list []Table
	for _, t := range tables {
		if mayExport(by, t) {
			list = append(list, t)
		}
	}
	return list
}

func tableNamed(tables []Table, name string) (Table, error) {
	for _, t := range tables {
		if t.Name == name {
			return t, nil
		}
	}
	return Table{}, fault.New(fault.NotFound, "There is no such table.")
}

// AskExport asks for a table as a file, of one campaign or all that somebody sees.
func (r *Register) AskExport(ctx context.Context, by Viewer, tables []Table, name, campaign, format string) (id int64, err error) {
	t, err := tableNamed(tables, name)
	if err != nil {
		return 0, err
	}
	if !mayExport(by, t) {
		return 0, fault.New(fault.Forbidden, "Your role (%s) does not take this table out.", by.Role)
	}
	if format != "csv" && format != "xlsx" {
		return 0, fault.In("format", fault.Invalid, "Choose CSV or Excel.")
	}
	var of CampaignID
	if campaign != "" {
		c, err := r.Campaign(ctx, by, campaign)
		if err != nil {
			return 0, err
		}
		of = c.ID
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO exports (staff_id, region_code, what, campaign_id, format, asked_at)
			VALUES (@by, nullif(@region, ''), @what, nullif(@campaign::int, 0), @format, @now) RETURNING id`,
			pgx.NamedArgs{"by": by.ID, "region": by.Region, "what": name, "campaign": of, "format": format, "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("ask for an export: %w", err)
		}
		if err := r.Audit(ctx, tx, now, Deed{By: by, Action: "export", Object: "table", ID: name, Campaign: of, Detail: map[string]any{"format": format, "export": id}}); err != nil {
			return err
		}
		return r.Exporting.MakeExport(ctx, tx, id)
	})
	return id, err
}

// MakeExport makes the file that was asked for, line by line, however many
// there are: what one moment of the database shows. Made already, it does nothing.
func (r *Register) MakeExport(ctx context.Context, tables []Table, id int64) error {
	var what, region, format string
	var campaign CampaignID
	var done *time.Time
	err := r.Pool.QueryRow(ctx, `SELECT what, coalesce(region_code, ''), format, coalesce(campaign_id, 0), done_at FROM exports WHERE id = @id`,
		pgx.NamedArgs{"id": id}).Scan(&what, &region, &format, &campaign, &done)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && done != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read export: %w", err)
	}
	t, err := tableNamed(tables, what)
	if err != nil {
		return err
	}
	key, lines := fmt.Sprintf("exports/%d.%s", id, format), int64(0)
	sum, err := r.Files.Put(ctx, key, func(to io.Writer) error {
		lines, err = r.writeTable(ctx, t, format, region, campaign, to)
		return err
	})
	if err != nil {
		return fmt.Errorf("make export: %w", err)
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE exports SET done_at = @now, lines = @lines, bytes = @bytes, stored_as = @key WHERE id = @id AND done_at IS NULL`,
			pgx.NamedArgs{"now": now, "lines": lines, "bytes": sum.Bytes, "key": key, "id": id})
		if err != nil {
			return fmt.Errorf("keep export: %w", err)
		}
		return nil
	})
}

func (r *Register) writeTable(ctx context.Context, t Table, format, region string, campaign CampaignID, to io.Writer) (lines int64, err error) {
	file, err := openTableFile(format, t.Title, t.Columns, to)
	if err != nil {
		return 0, err
	}
	err = pgx.BeginTxFunc(ctx, r.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, t.SQL, pgx.NamedArgs{"region": region, "campaign": campaign})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			if err := file.line(values); err != nil {
				return err
			}
			lines++
		}
		return rows.Err()
	})
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", t.Name, err)
	}
	return lines, file.end()
}

// Exports lists what somebody asked for, the newest first, at most thirty.
func (r *Register) Exports(ctx context.Context, by Viewer) ([]Export, error) {
	return r.exportsWhere(ctx, `e.staff_id = @by ORDER BY e.id DESC LIMIT 30`, pgx.NamedArgs{"by": by.ID})
}

func (r *Register) exportsWhere(ctx context.Context, where string, args pgx.NamedArgs) ([]Export, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT e.id, e.what, coalesce(c.code, ''), e.format, e.asked_at, e.done_at, e.lines, e.bytes, e.stored_as, e.failure, e.forgotten_at IS NOT NULL
		FROM exports e LEFT JOIN campaigns c ON c.id = e.campaign_id WHERE `+where, args)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Export])
}

// OpenExport opens the file that somebody asked for themselves; another's is
// not there. Each download is written down.
func (r *Register) OpenExport(ctx context.Context, by Viewer, id int64) (Export, io.ReadCloser, error) {
	list, err := r.exportsWhere(ctx, `e.staff_id = @by AND e.id = @id`, pgx.NamedArgs{"by": by.ID, "id": id})
	if err != nil {
		return Export{}, nil, err
	}
	if len(list) == 0 || !list[0].Ready() {
		return Export{}, nil, fault.New(fault.NotFound, "There is no such file, or it has been forgotten.")
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "download", Object: "export", ID: fmt.Sprint(id)})
	})
	if err != nil {
		return Export{}, nil, err
	}
	body, err := r.Files.Read(ctx, list[0].StoredAs, 0, -1)
	if err != nil {
		return Export{}, nil, fmt.Errorf("read export: %w", err)
	}
	return list[0], body, nil
}

// ForgetExports forgets files that were kept for a week.
func (r *Register) ForgetExports(ctx context.Context) error {
	old, err := r.exportsWhere(ctx, `e.forgotten_at IS NULL AND e.asked_at < @old ORDER BY e.id LIMIT 500`, pgx.NamedArgs{"old": r.Clock().Add(-exportKept)})
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.StoredAs != "" {
			if err := r.Files.Forget(ctx, e.StoredAs); err != nil {
				return fmt.Errorf("forget export: %w", err)
			}
		}
		if _, err := r.Pool.Exec(ctx, `UPDATE exports SET forgotten_at = @now WHERE id = @id`, pgx.NamedArgs{"now": r.Clock(), "id": e.ID}); err != nil {
			return fmt.Errorf("forget export: %w", err)
		}
	}
	return nil
}
