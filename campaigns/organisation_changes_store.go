package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// settleFindings keeps what is wrong with the file's rows, once, and groups
// that and the changes that were found in it now, with examples.
func (m *merger) settleFindings(ctx context.Context) ([]Found, error) {
	var groups []Found
	at := map[intake.Rule]int{}
	for _, f := range m.found {
		i, ok := at[f.Rule]
		if !ok {
			i = len(groups)
			at[f.Rule] = i
			w := f.Rule.Meaning()
			groups = append(groups, Found{What: string(f.Rule), Sentence: w.Sentence + " " + w.Advice})
		}
		groups[i].Count++
		if len(groups[i].Examples) < 5 {
			example := f.Shown
			if f.Line > 0 {
				example = fmt.Sprintf("line %d %s", f.Line, f.Shown)
			}
			groups[i].Examples = append(groups[i].Examples, example)
		}
	}
	if err := m.keepFindings(ctx); err != nil {
		return nil, err
	}
	rows, err := m.tx.Query(ctx, `
		SELECT c.kind, count(*)::int, (array_agg(c.practice_code || ' ' || p.name ORDER BY c.id))[1:5] FROM practice_changes c
		JOIN practices p ON p.code = c.practice_code WHERE c.id > @since GROUP BY c.kind`, pgx.NamedArgs{"since": m.since})
	if err != nil {
		return nil, fmt.Errorf("group changes: %w", err)
	}
	byKind := map[ChangeKind]Found{}
	var kind ChangeKind
	var f Found
	_, err = pgx.ForEachRow(rows, []any{&kind, &f.Count, &f.Examples}, func() error { byKind[kind] = f; f.Examples = nil; return nil })
	if err != nil {
		return nil, fmt.Errorf("group changes: %w", err)
	}
	for _, w := range Changes {
		if f, ok := byKind[w.Kind]; ok {
			f.What, f.Sentence, f.Waits = string(w.Kind), w.Sentence, w.Waits
			groups = append(groups, f)
		}
	}
	return groups, nil
}

func (m *merger) keepFindings(ctx context.Context) error {
	var known bool
	if err := m.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM organisation_findings WHERE file_id = @file)`, pgx.NamedArgs{"file": m.file}).Scan(&known); err != nil {
		return fmt.Errorf("keep findings: %w", err)
	}
	if known {
		return nil
	}
	_, err := m.tx.CopyFrom(ctx, pgx.Identifier{"organisation_findings"}, []string{"file_id", "line", "column_name", "rule", "severity", "shown", "advice"},
		pgx.CopyFromSlice(len(m.found), func(i int) ([]any, error) {
			f := m.found[i]
			return []any{m.file, f.Line, f.Column, string(f.Rule), string(f.Severity), f.Shown, f.Advice}, nil
		}))
	if err != nil {
		return fmt.Errorf("keep findings: %w", err)
	}
	return nil
}

// ChangeGroup is one kind of change that nobody has decided about or looked at yet.
type ChangeGroup struct {
	ChangeMeaning
	Count    int
	Through  int64 // the newest of them: a decision reaches so far and no further
	Examples []PracticeChange
}

// inRegion leaves the changes that a viewer sees: those of their ICB, from or
// to; of one that has ended those of the practices of its last day.
const inRegion = `(@region = '' OR c.region_code = @region OR c.to_region = @region OR position(@region IN c.after) > 0 AND c.kind = 'split'
	OR EXISTS (SELECT FROM practice_homes h JOIN regions r ON r.code = h.region_code AND r.valid_to = h.until_on
		WHERE h.practice_code = c.practice_code AND h.region_code = @region))`

const changeSelect = `
	SELECT c.id, c.practice_code, p.name, c.kind, c.region_code, c.to_region, c.before, c.after
	FROM practice_changes c JOIN practices p ON p.code = c.practice_code WHERE c.decision IS NULL AND ` + inRegion

// OpenChanges groups the changes that wait for a decision, then those to be
// looked at, of the viewer's region; each with its first few examples.
func (r *Register) OpenChanges(ctx context.Context, by Viewer, examples int) ([]ChangeGroup, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT n.id, n.practice_code, n.name, n.kind, n.region_code, n.to_region, n.before, n.after, n.of_kind, n.through FROM (
			SELECT c.id, c.practice_code, p.name, c.kind, c.region_code, c.to_region, c.before, c.after, count(*) OVER (PARTITION BY c.kind)::int AS of_kind,
				max(c.id) OVER (PARTITION BY c.kind) AS through, row_number() OVER (PARTITION BY c.kind ORDER BY c.id) AS place
			FROM practice_changes c JOIN practices p ON p.code = c.practice_code WHERE c.decision IS NULL AND `+inRegion+`) n
		WHERE n.place <= greatest(@examples, 1) ORDER BY n.id`, pgx.NamedArgs{"region": by.Region, "examples": examples})
	if err != nil {
		return nil, fmt.Errorf("list changes of practices: %w", err)
	}
	groups := map[ChangeKind]*ChangeGroup{}
	var c PracticeChange
	var count int
	var through int64
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Code, &c.Name, &c.Kind, &c.Region, &c.ToRegion, &c.Before, &c.After, &count, &through}, func() error {
		g := groups[c.Kind]
		if g == nil {
			g = &ChangeGroup{ChangeMeaning: c.Kind.Meaning(), Count: count, Through: through}
			groups[c.Kind] = g
		}
		g.Examples = append(g.Examples, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list changes of practices: %w", err)
	}
	var list []ChangeGroup
	for _, w := range Changes {
		if g := groups[w.Kind]; g != nil {
			list = append(list, *g)
		}
	}
	return list, nil
}

// WaitingChanges counts the changes that wait for a decision in the viewer's region.
func (r *Register) WaitingChanges(ctx context.Context, by Viewer) (n int, err error) {
	err = r.Pool.QueryRow(ctx, `SELECT count(*)::int FROM practice_changes c WHERE c.waits AND c.decision IS NULL AND `+inRegion,
		pgx.NamedArgs{"region": by.Region}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count changes of practices: %w", err)
	}
	return n, nil
}

// ChangesOf lists the open changes of one kind in the viewer's region, at most 10,000.
func (r *Register) ChangesOf(ctx context.Context, by Viewer, kind ChangeKind) ([]PracticeChange, error) {
	rows, err := r.Pool.Query(ctx, changeSelect+` AND c.kind = @kind ORDER BY c.region_code, p.name, c.practice_code LIMIT 10000`,
		pgx.NamedArgs{"region": by.Region, "kind": string(kind)})
	if err != nil {
		return nil, fmt.Errorf("list changes of practices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[PracticeChange])
}

// ChangeDecision is what a person decides about open changes of one kind.
type ChangeDecision struct {
	Kind     ChangeKind
	Through  int64    // only those up to this id, which the person has seen; 0 for all
	Practice []string // only these; nil for all of the kind
	Accept   bool     // what does not wait is marked as seen either way
	To       string   // the ICB, for practices of one that was split
}

// DecideChanges accepts or declines changes of practices of the viewer's
// region and returns how many. A change that a file overtook meanwhile is left
// out. Who decided and when is kept with each.
func (r *Register) DecideChanges(ctx context.Context, by Viewer, d ChangeDecision) (n int, err error) {
	w := d.Kind.Meaning()
	switch {
	case by.ID == 0 || !by.Role.Manages():
		return 0, fault.New(fault.Forbidden, "Your role does not decide about practices.")
	case w.Kind == "":
		return 0, fault.New(fault.Invalid, "There is no such kind of change.")
	case d.Accept && w.Kind == PracticeSplit && d.To == "":
		return 0, fault.In("to", fault.Invalid, "Say to which ICB these practices belong.")
	}
	decision := "seen"
	if w.Waits && d.Accept {
		decision = "accepted"
	} else if w.Waits {
		decision = "declined"
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := lockOrganisations(ctx, tx); err != nil {
			return err
		}
		if err := checkSuccessor(ctx, tx, d); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			UPDATE practice_changes c SET decision = @decision, decided_by = @by, decided_at = @now
			WHERE c.decision IS NULL AND c.kind = @kind AND (@through = 0 OR c.id <= @through) AND (@practices::text[] IS NULL OR c.practice_code = ANY(@practices))
			AND `+inRegion+` RETURNING c.id`,
			pgx.NamedArgs{"decision": decision, "by": int64(by.ID), "now": now, "kind": string(d.Kind), "through": d.Through, "practices": d.Practice, "region": by.Region})
		if err != nil {
			return fmt.Errorf("decide changes: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return fmt.Errorf("decide changes: %w", err)
		}
		n = len(ids)
		for _, step := range effects(d) {
			done, err := tx.Exec(ctx, step, pgx.NamedArgs{"ids": ids, "now": now, "today": calendar.DateOf(now), "kind": string(d.Kind), "to": d.To})
			if err != nil {
				return fmt.Errorf("apply changes: %w", err)
			}
			if step == splitHomes && int(done.RowsAffected()) < n {
				return fault.In("to", fault.Refused, "%s did not take over from the ICB of these practices.", d.To)
			}
		}
		if err := r.pauseGone(ctx, tx, now, by, d, ids); err != nil {
			return err
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: decision + " changes", Object: "practices", ID: string(d.Kind),
			Detail: map[string]any{"changes": n, "to": d.To}})
	})
	return n, err
}

// checkSuccessor sees that practices of an ICB that was split go to one of its successors.
func checkSuccessor(ctx context.Context, tx pgx.Tx, d ChangeDecision) error {
	if d.Kind != PracticeSplit || !d.Accept {
		return nil
	}
	var known bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM regions WHERE code = @to AND kind = 'icb')`, pgx.NamedArgs{"to": d.To}).Scan(&known); err != nil {
		return fmt.Errorf("find successor: %w", err)
	}
	if !known {
		return fault.In("to", fault.Invalid, "There is no ICB with this code in the table of ICBs.")
	}
	return nil
}
