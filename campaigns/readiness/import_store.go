package readiness

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// Imported says what became of the rows of a status file: Rows = Taken +
// Same + Refused.
type Imported struct {
	Rows     int               `json:"rows"`
	Taken    int               `json:"taken"`
	Same     int               `json:"same"`
	Refused  int               `json:"refused"`
	Live     int               `json:"live"` // practices that are live afterwards, of those in the file
	Findings []ImportedFinding `json:"findings"`
}

// ImportedFinding is what was wrong with one row.
type ImportedFinding struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Rule   string `json:"rule"`
	Shown  string `json:"shown"`
	Advice string `json:"advice"`
}

// Import takes a file of practices' states, all of it in one transaction, row
// by row in its order: a practice may come several times. Rows of practices
// that the viewer does not see are refused, as are those that break a rule of
// Change; the same file again changes nothing.
func (b *Board) Import(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, file io.Reader) (done Imported, err error) {
	done.Findings = []ImportedFinding{}
	err = b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7209, @programme::int)`, pgx.NamedArgs{"programme": programme}); err != nil {
			return fmt.Errorf("wait for another change: %w", err)
		}
		today := calendar.DateOf(now)
		lines, err := b.lines(ctx, tx, campaigns.WithinRegion, pgx.NamedArgs{"programme": programme, "region": by.Region, "day": today})
		if err != nil {
			return err
		}
		at := map[string]*Line{}
		for i := range lines {
			at[lines[i].Code] = &lines[i]
		}
		told, err := toldBefore(ctx, tx, programme)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		say := func(line int, column, rule, shown, advice string) {
			if len(done.Findings) < 1000 {
				done.Findings = append(done.Findings, ImportedFinding{line, column, rule, shown, advice})
			}
		}
		var states []string
		for _, s := range States {
			states = append(states, string(s))
		}
		// Rows that make the same change are written together, until a practice comes again.
		groups, order, pending := map[Change][]Line{}, []Change{}, map[string]bool{}
		flush := func() error {
			for _, c := range order {
				if err := b.write(ctx, tx, now, by, programme, groups[c], c); err != nil {
					return err
				}
			}
			clear(groups)
			clear(pending)
			order = nil
			return nil
		}
		sum, err := intake.ReadReadiness(file, intake.Options{Today: today, Practice: func(code string) bool { return at[code] != nil }}, states,
			func(r intake.Readiness) error {
				l, c := at[r.Practice], Change{State: State(r.State), On: r.On, Note: r.Note, Supplier: r.Supplier, Approach: r.Approach, Owner: r.Owner}
				if r.Blocker != "" && !slices.Contains(l.Reasons, r.Blocker) {
					c.Blocker = Blocker{Reason: r.Blocker, Owner: or(r.Owner, "ICB"), DueOn: r.Due}
				}
				if c.State == Live && c.On.IsZero() {
					c.On = today
					if l.State == Live {
						c.On = l.LiveOn
					}
				}
				if told[change{r.Practice, c.State, r.On}] || c.same(*l) {
					seen[r.Practice] = true
					done.Same++
					return nil
				}
				checked := c
				if c.State == Blocked && len(l.Reasons) > 0 && c.Blocker.Reason == "" {
					checked.Blocker = Blocker{Reason: l.Reasons[0], Owner: "known"} // what blocks it was said before
				}
				wrong := checked.Check(today)
				if c.State == Live && l.Blockers > 0 {
					wrong = fault.New(fault.Refused, "Something that blocks this practice is not resolved.")
				}
				if f := fault.Of(wrong); f != nil {
					done.Refused++
					say(r.Line, f.Field, "change_refused", r.Practice, f.Sentence)
					return nil
				}
				seen[r.Practice] = true
				done.Taken++
				if pending[l.Code] {
					if err := flush(); err != nil {
						return err
					}
				}
				if groups[c] == nil {
					order = append(order, c)
				}
				groups[c], pending[l.Code] = append(groups[c], *l), true
				l.apply(c)
				return nil
			},
			func(f intake.Finding) error {
				say(f.Line, f.Column, string(f.Rule), f.Shown, f.Advice)
				return nil
			})
		if err != nil {
			return err
		}
		done.Rows, done.Refused = sum.Rows, done.Refused+sum.Rejected
		for code := range seen {
			if at[code].State == Live {
				done.Live++
			}
		}
		return flush()
	})
	return done, err
}

// change is one change of one practice as a file tells it.
type change struct {
	practice string
	state    State
	on       calendar.Date
}

// toldBefore is every change that is known, so that a file that tells it
// again changes nothing, whatever happened since.
func toldBefore(ctx context.Context, tx pgx.Tx, programme campaigns.ProgrammeID) (map[change]bool, error) {
	rows, err := tx.Query(ctx, `SELECT practice_code, to_state, on_day FROM readiness_history WHERE programme_id = @programme`, pgx.NamedArgs{"programme": programme})
	if err != nil {
		return nil, fmt.Errorf("read what was told before: %w", err)
	}
	known := map[change]bool{}
	var c change
	if _, err := pgx.ForEachRow(rows, []any{&c.practice, &c.state, &c.on}, func() error { known[c] = true; return nil }); err != nil {
		return nil, fmt.Errorf("read what was told before: %w", err)
	}
	return known, nil
}

// apply brings a line to what a change makes of it.
func (l *Line) apply(c Change) {
	l.State, l.Supplier, l.Approach, l.Owner = c.State, or(c.Supplier, l.Supplier), or(c.Approach, l.Approach), or(c.Owner, l.Owner)
	l.LiveOn = calendar.Date{}
	if c.State == Live {
		l.LiveOn = c.On
	}
	if c.Blocker.Reason != "" {
		l.Blockers++
		l.Reasons = append(slices.Clone(l.Reasons), c.Blocker.Reason)
	}
}
