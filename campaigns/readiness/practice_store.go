package readiness

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Moved is one change of state of one practice.
type Moved struct {
	From, To State
	On       calendar.Date
	Note     string
	By       string
	At       time.Time
}

// History lists the changes of a practice's state, newest first.
func (b *Board) History(ctx context.Context, programme campaigns.ProgrammeID, code string) ([]Moved, error) {
	rows, err := b.Register.Pool.Query(ctx, `
		SELECT h.from_state, h.to_state, h.on_day, h.note, coalesce(s.name, 'Command line'), h.at FROM readiness_history h LEFT JOIN staff s ON s.id = h.staff_id
		WHERE h.programme_id = @programme AND h.practice_code = @code ORDER BY h.id DESC`, pgx.NamedArgs{"programme": programme, "code": code})
	if err != nil {
		return nil, fmt.Errorf("read history of a practice: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Moved])
}

// Ticked is what was said last of one item of the checklist.
type Ticked struct {
	Item     string
	Done     bool
	Evidence string
	By       string
	At       time.Time
}

// Checks tells of each item of a practice's checklist what was said last.
func (b *Board) Checks(ctx context.Context, programme campaigns.ProgrammeID, code string) (map[string]Ticked, error) {
	rows, err := b.Register.Pool.Query(ctx, `
		SELECT DISTINCT ON (c.item) c.item, c.done, c.evidence, coalesce(s.name, 'Command line'), c.at FROM readiness_checks c LEFT JOIN staff s ON s.id = c.staff_id
		WHERE c.programme_id = @programme AND c.practice_code = @code ORDER BY c.item, c.id DESC`, pgx.NamedArgs{"programme": programme, "code": code})
	if err != nil {
		return nil, fmt.Errorf("read checks: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Ticked])
	if err != nil {
		return nil, fmt.Errorf("read checks: %w", err)
	}
	m := map[string]Ticked{}
	for _, t := range list {
		m[t.Item] = t
	}
	return m, nil
}

// Tick says that an item is done, with its evidence, or that it is not after all.
func (b *Board) Tick(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, code, item string, done bool, evidence string) error {
	if _, err := b.Practice(ctx, by, programme, code); err != nil {
		return err
	}
	switch {
	case !slices.ContainsFunc(Items, func(i Item) bool { return i.Code == item }):
		return fault.New(fault.NotFound, "There is no such item.")
	case done && evidence == "":
		return fault.In("evidence-"+item, fault.Invalid, "Say what shows that it is done: a document, a date, who told you.")
	case len([]rune(evidence)) > 500:
		return fault.In("evidence-"+item, fault.Invalid, "Say it in fewer words.")
	}
	return b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `INSERT INTO readiness_checks (programme_id, practice_code, item, done, evidence, staff_id, at) VALUES (@programme, @code, @item, @done, @evidence, nullif(@by, 0), @now)`,
			pgx.NamedArgs{"programme": programme, "code": code, "item": item, "done": done, "evidence": evidence, "by": int64(by.ID), "now": now})
		if err != nil {
			return fmt.Errorf("tick an item: %w", err)
		}
		return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "tick readiness item", Object: "practice", ID: code, Detail: map[string]any{"item": item, "done": done}})
	})
}

const blockerColumns = `b.id, b.practice_code, b.reason, b.detail, b.owner, b.due_on, coalesce(s.name, 'Command line'), b.raised_at, coalesce(e.name, ''),
	coalesce(b.resolved_at, '0001-01-01Z'), b.resolution FROM readiness_blockers b LEFT JOIN staff s ON s.id = b.raised_by LEFT JOIN staff e ON e.id = b.resolved_by `

func scanBlockers(rows pgx.Rows, err error) ([]Blocker, error) {
	if err != nil {
		return nil, fmt.Errorf("list blockers: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Blocker, error) {
		b, err := pgx.RowToStructByPos[Blocker](row)
		if b.ResolvedAt.Year() == 1 {
			b.ResolvedAt = time.Time{}
		}
		return b, err
	})
}

// Blockers lists what holds a practice up or did, open ones first.
func (b *Board) Blockers(ctx context.Context, programme campaigns.ProgrammeID, code string) ([]Blocker, error) {
	return scanBlockers(b.Register.Pool.Query(ctx, `SELECT `+blockerColumns+`WHERE b.programme_id = @programme AND b.practice_code = @code ORDER BY b.resolved_at IS NOT NULL, b.id DESC`,
		pgx.NamedArgs{"programme": programme, "code": code}))
}

// OpenBlockers lists what holds practices of an area up, earliest due first.
func (b *Board) OpenBlockers(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, region string) ([]Blocker, error) {
	if region == "" {
		region = by.Region
	}
	return scanBlockers(b.Register.Pool.Query(ctx, `SELECT `+blockerColumns+`JOIN practices p ON p.code = b.practice_code
		WHERE b.programme_id = @programme AND b.resolved_at IS NULL AND `+campaigns.WithinRegion+` ORDER BY b.due_on, b.id`,
		pgx.NamedArgs{"programme": programme, "region": region, "day": b.Register.Clock.Today()}))
}

// Resolve says how something stopped holding a practice up. Resolved already
// is no error.
func (b *Board) Resolve(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, code string, id int64, resolution string) error {
	if _, err := b.Practice(ctx, by, programme, code); err != nil {
		return err
	}
	if resolution == "" || len([]rune(resolution)) > 500 {
		return fault.In("resolution", fault.Invalid, "Say in a few words how it was resolved.")
	}
	return b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			UPDATE readiness_blockers SET resolved_at = @now, resolved_by = nullif(@by, 0), resolution = @resolution
			WHERE id = @id AND programme_id = @programme AND practice_code = @code AND resolved_at IS NULL`,
			pgx.NamedArgs{"id": id, "programme": programme, "code": code, "resolution": resolution, "by": int64(by.ID), "now": now})
		if err != nil {
			return fmt.Errorf("resolve a blocker: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "resolve blocker", Object: "practice", ID: code})
	})
}

// Excluded says how many patients a practice keeps out, and how far its
// action plan is.
func (b *Board) Excluded(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, code string, excluded int, plan string, version int) error {
	l, err := b.Practice(ctx, by, programme, code)
	if err != nil {
		return err
	}
	switch {
	case excluded < 0 || l.List > 0 && excluded > l.List:
		return fault.In("excluded", fault.Invalid, "Give a number of patients from 0 to the list size, %d.", l.List)
	case !slices.Contains([]string{"", "asked for", "received", "accepted"}, plan):
		return fault.In("actionplan", fault.Invalid, "There is no such state of a plan.")
	}
	return b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO readiness AS r (programme_id, practice_code, state, excluded, excluded_on, action_plan, changed_at)
			SELECT @programme, @code, @state, @excluded, @today, @plan, @now WHERE @version = 0 OR EXISTS (SELECT FROM readiness WHERE programme_id = @programme AND practice_code = @code)
			ON CONFLICT (programme_id, practice_code) DO UPDATE SET excluded = excluded.excluded, excluded_on = excluded.excluded_on, action_plan = excluded.action_plan,
				version = r.version + 1, changed_at = @now WHERE r.version = @version`,
			pgx.NamedArgs{"programme": programme, "code": code, "state": string(l.State), "excluded": excluded, "plan": plan, "version": version, "today": calendar.DateOf(now), "now": now})
		if err != nil {
			return fmt.Errorf("note exclusions: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "Somebody else has changed this practice since you opened it. Look at it again.")
		}
		return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "note exclusions", Object: "practice", ID: code, Detail: map[string]any{"excluded": excluded}})
	})
}

// Meeting is one meeting of an ICB with practices.
type Meeting struct {
	ID        int64
	Region    string
	HeldOn    calendar.Date
	Practices []string
	States    []string // of those, as they met
	Agreed    string
	Plan      string
	Support   string
	By        string
	At        time.Time
	Live      int // how many of those practices are live now
}

// LiveThen is how many of the practices were live when they met: what the
// support changed is Live less LiveThen.
func (m Meeting) LiveThen() int {
	n := 0
	for _, s := range m.States {
		if s == string(Live) {
			n++
		}
	}
	return n
}

// Meet keeps a meeting with the state of its practices. Practices of other
// ICBs are refused by name.
func (b *Board) Meet(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, m Meeting) error {
	switch {
	case m.HeldOn.IsZero() || m.HeldOn.After(b.Register.Clock.Today()):
		return fault.In("held", fault.Invalid, "Say on which day you met; it lies not in the future.")
	case m.Agreed == "":
		return fault.In("agreed", fault.Invalid, "Say what was agreed.")
	case len([]rune(m.Agreed)) > 2000 || len([]rune(m.Plan)) > 2000 || len([]rune(m.Support)) > 2000:
		return fault.In("agreed", fault.Invalid, "Say it in fewer words: up to 2,000 characters each.")
	case !by.Sees(m.Region) || m.Region == "":
		return fault.In("region", fault.Invalid, "Choose the ICB that met.")
	}
	lines, err := b.Lines(ctx, by, programme, m.Region)
	if err != nil {
		return err
	}
	state := map[string]State{}
	for _, l := range lines {
		state[l.Code] = l.State
	}
	m.States = []string{}
	for _, p := range m.Practices {
		if state[p] == "" {
			return fault.In("practices", fault.Invalid, "The practice %s is none of this ICB.", p)
		}
		m.States = append(m.States, string(state[p]))
	}
	if m.Practices == nil {
		m.Practices = []string{}
	}
	return b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO readiness_meetings (programme_id, region_code, held_on, practices, states, agreed, plan, support, staff_id, at)
			VALUES (@programme, @region, @held, @practices, @states, @agreed, @plan, @support, nullif(@by, 0), @now)`,
			pgx.NamedArgs{"programme": programme, "region": m.Region, "held": m.HeldOn, "practices": m.Practices, "states": m.States, "agreed": m.Agreed, "plan": m.Plan,
				"support": m.Support, "by": int64(by.ID), "now": now})
		if err != nil {
			return fmt.Errorf("keep a meeting: %w", err)
		}
		return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "note ICB meeting", Object: "region", ID: m.Region})
	})
}

// Meetings lists the meetings of an area, newest first; region "" for all
// that the viewer sees, practice "" for any.
func (b *Board) Meetings(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, region, practice string) ([]Meeting, error) {
	if region == "" {
		region = by.Region
	}
	rows, err := b.Register.Pool.Query(ctx, `
		SELECT m.id, m.region_code, m.held_on, m.practices, m.states, m.agreed, m.plan, m.support, coalesce(s.name, 'Command line'), m.at,
			(SELECT count(*)::int FROM unnest(m.practices) c JOIN signals g ON g.key = 'switch:' || @programme::int || ':' || c WHERE g.day <= @day)
		FROM readiness_meetings m LEFT JOIN staff s ON s.id = m.staff_id
		WHERE m.programme_id = @programme AND (@region = '' OR m.region_code = @region) AND (@practice = '' OR @practice = ANY(m.practices)) ORDER BY m.held_on DESC, m.id DESC LIMIT 500`,
		pgx.NamedArgs{"programme": programme, "region": region, "practice": practice, "day": b.Register.Clock.Today()})
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Meeting])
}
