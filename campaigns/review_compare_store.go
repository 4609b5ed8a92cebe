package campaigns

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// heldHash sums up what is held of a person p, so that it can be told later
// whether anything changed since somebody looked.
const heldHash = `hashtextextended(ROW(p.title, p.given_names, p.family_name, p.born_on, p.died_on, p.address, p.postcode, p.practice_code,
	p.language, p.format, p.sensitive, p.undeliverable, p.left_reason, p.merged_into)::text, 0)`

// differs names what of a person p would be held otherwise once a staged row w
// had been told, which is n (asTold).
const differs = `array_remove(ARRAY[
	CASE WHEN n.born_on IS DISTINCT FROM p.born_on THEN 'date of birth' END,
	CASE WHEN lower(n.family_name) <> lower(p.family_name) THEN 'family name' END,
	CASE WHEN lower(n.given_names) <> lower(p.given_names) THEN 'given names' END,
	CASE WHEN n.died_on IS DISTINCT FROM p.died_on THEN 'death' END,
	CASE WHEN n.left_reason <> p.left_reason THEN 'leaving' END,
	CASE WHEN (n.address, n.postcode, n.undeliverable) IS DISTINCT FROM (p.address, p.postcode, p.undeliverable) THEN 'address' END,
	CASE WHEN n.practice_code <> p.practice_code THEN 'practice' END,
	CASE WHEN (n.language, n.format) IS DISTINCT FROM (p.language, p.format) THEN 'language or format' END,
	CASE WHEN n.sensitive <> p.sensitive THEN 'sensitive' END,
	CASE WHEN (n.title, n.family_name, n.given_names) IS DISTINCT FROM (p.title, p.family_name, p.given_names)
		AND lower(n.family_name) = lower(p.family_name) AND lower(n.given_names) = lower(p.given_names) THEN 'title or spelling' END], NULL)`

// somebodyElse tells whether a row is about another person than the one held
// under its number: another birth date, or no name in common.
const somebodyElse = `(n.born_on <> p.born_on OR lower(n.family_name) <> lower(p.family_name) AND lower(n.given_names) <> lower(p.given_names)
	AND n.family_name <> '' AND p.family_name <> '')`

// toldDifferently joins the staged rows of a file to the people they are
// about, with what would be held then and what differs. Rows that replace a
// number by another are no news but a merge.
var toldDifferently = `cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number AND w.superseded_by = ''
	CROSS JOIN LATERAL ` + asTold + ` n CROSS JOIN LATERAL (SELECT ` + differs + ` AS differs) d`

// compare puts beside each other what conflicts in a file and with what is
// held. A region's first file finds nobody held, and costs next to nothing.
func (c *cohortReading) compare(ctx context.Context, tx pgx.Tx) error {
	id := c.file.ID
	if err := c.keepAgain(ctx, tx); err != nil {
		return err
	}
	if c.known > 0 {
		_, err := tx.Exec(ctx, `
			INSERT INTO cohort_conflicts (cohort_id, kind, line, person_id, differs, held_hash)
			SELECT @id, CASE WHEN `+somebodyElse+` THEN 'person' ELSE 'details' END, w.line, p.id, d.differs, `+heldHash+`
			FROM `+toldDifferently+`
			WHERE w.cohort_id = @id AND d.differs <> '{}' ORDER BY w.line`, pgx.NamedArgs{"id": id})
		if err != nil {
			return fmt.Errorf("compare with people: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO cohort_conflicts (cohort_id, kind, line, person_id, differs, held_hash)
		SELECT DISTINCT ON (w.line) @id::bigint, 'alike', w.line, p.id, ARRAY['NHS number'], `+heldHash+`
		FROM cohort_rows w JOIN people p ON p.born_on = w.born_on AND p.postcode = w.postcode AND lower(p.family_name) = lower(w.family_name)
			AND lower(p.given_names) = lower(w.given_names) AND p.nhs_number <> w.nhs_number
		WHERE w.cohort_id = @id AND w.postcode <> '' AND w.family_name <> '' AND p.merged_into IS NULL
			AND w.superseded_by = '' AND NOT EXISTS (SELECT FROM people q WHERE q.nhs_number = w.nhs_number)
			AND NOT EXISTS (SELECT FROM cohort_rows s WHERE s.cohort_id = @id AND s.superseded_by = w.nhs_number AND s.nhs_number = p.nhs_number)
		ORDER BY w.line, p.id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("look for people under another number: %w", err)
	}
	return nil
}

// whole has the database read tables whole in what do asks, once each. Of rows
// that have only just been staged it knows no numbers, and would else look
// through them once for every person.
func whole(ctx context.Context, tx pgx.Tx, do func() error) error {
	if _, err := tx.Exec(ctx, `SET LOCAL enable_nestloop = off`); err != nil {
		return fmt.Errorf("read tables whole: %w", err)
	}
	if err := do(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SET LOCAL enable_nestloop = on`); err != nil {
		return fmt.Errorf("read tables whole: %w", err)
	}
	return nil
}

// keepAgain stages the rows whose number stood in the file before.
func (c *cohortReading) keepAgain(ctx context.Context, tx pgx.Tx) error {
	if len(c.again) == 0 {
		return nil
	}
	others := &staging{id: c.file.ID, died: c.rows.died}
	for _, a := range c.again {
		others.chunk = append(others.chunk, a.person)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"cohort_others"}, stagingColumns, pgx.CopyFromSlice(len(c.again), func(i int) ([]any, error) {
		others.at = i
		return others.Values()
	}))
	if err != nil {
		return fmt.Errorf("keep rows of one number: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"cohort_conflicts"}, []string{"cohort_id", "kind", "line", "other_line", "differs"},
		pgx.CopyFromSlice(len(c.again), func(i int) ([]any, error) {
			return []any{c.file.ID, Twice, c.again[i].person.Line, c.again[i].first, []string{}}, nil
		}))
	if err != nil {
		return fmt.Errorf("keep rows of one number: %w", err)
	}
	return nil
}

// Conflicts counts what conflicts in a file by kind, and how that stands.
func (r *Register) Conflicts(ctx context.Context, id CohortID) ([]ConflictCount, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT k.kind, count(c.id)::int, count(c.id) FILTER (WHERE c.decision IS NULL AND c.settled_at IS NULL)::int,
			count(c.id) FILTER (WHERE c.decision = 'apply')::int, count(c.id) FILTER (WHERE c.decision = 'discard')::int,
			count(c.id) FILTER (WHERE c.decision = 'both')::int,
			count(c.id) FILTER (WHERE EXISTS (SELECT FROM cohort_waiting w WHERE w.cohort_id = c.cohort_id AND w.line = c.line) AND c.settled_at IS NULL)::int
		FROM unnest(@kinds::text[]) WITH ORDINALITY k (kind, n) JOIN cohort_conflicts c ON c.cohort_id = @id AND c.kind = k.kind
		GROUP BY k.kind, k.n ORDER BY k.n`, pgx.NamedArgs{"id": id, "kinds": ConflictKinds})
	if err != nil {
		return nil, fmt.Errorf("count conflicts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ConflictCount])
}

// Differences counts, for one kind of conflict, what differs how often.
func (r *Register) Differences(ctx context.Context, id CohortID, kind string) (map[string]int, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT d, count(*)::int FROM cohort_conflicts, unnest(differs) d WHERE cohort_id = @id AND kind = @kind GROUP BY d`,
		pgx.NamedArgs{"id": id, "kind": kind})
	if err != nil {
		return nil, fmt.Errorf("count differences: %w", err)
	}
	counts := map[string]int{}
	var what string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&what, &n}, func() error { counts[what] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("count differences: %w", err)
	}
	return counts, nil
}

const toldColumns = `nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language, format, sensitive`

// toldAs are the columns of toldColumns, each written by column, none of them
// NULL where the row is missing.
func toldAs(column func(name string) string) string {
	var list []string
	for _, name := range strings.Split(toldColumns, ", ") {
		switch c := column(name); name {
		case "born_on", "died_on":
			list = append(list, c)
		case "address":
			list = append(list, "coalesce("+c+", '{}')")
		case "sensitive":
			list = append(list, "coalesce("+c+", false)")
		default:
			list = append(list, "coalesce("+c+", '')")
		}
	}
	return strings.Join(list, ", ")
}

// rowSide is what a row says; of somebody known, together with what it leaves as it is.
func rowSide(name string) string {
	if name == "nhs_number" {
		return "w.nhs_number"
	}
	return "CASE WHEN n.sensitive IS NULL THEN w." + name + " ELSE n." + name + " END"
}

func otherSide(name string) string { return "o." + name }

// ConflictList reads conflicts of one kind with both sides, at most n from
// after an id on, in the order of the file. That somebody looked is noted by
// the caller; of sensitive people nothing is given but that they are.
func (r *Register) ConflictList(ctx context.Context, id CohortID, kind string, after int64, n int) ([]Conflict, error) {
	const staged = toldColumns + `, undeliverable, left_reason, unsaid`
	rows, err := r.Pool.Query(ctx, `
		WITH page AS MATERIALIZED (
			SELECT id, kind, line, other_line, person_id, differs, decision, decided_by, decided_at, settled_at FROM cohort_conflicts
			WHERE cohort_id = @id AND kind = @kind AND id > @after ORDER BY id LIMIT @n
		), lines AS MATERIALIZED (
			SELECT array_agg(line) || array_agg(other_line) AS list FROM page
		), told AS MATERIALIZED (
			SELECT line, `+staged+`, false AS waiting FROM cohort_rows WHERE cohort_id = @id AND line = ANY((SELECT list FROM lines)::int[])
			UNION ALL SELECT line, `+staged+`, false FROM cohort_others WHERE cohort_id = @id AND line = ANY((SELECT list FROM lines)::int[])
			UNION ALL SELECT line, `+staged+`, true FROM cohort_waiting WHERE cohort_id = @id AND line = ANY((SELECT list FROM lines)::int[])
		)
		SELECT c.id, c.kind, c.differs, coalesce(c.decision, ''), coalesce(s.name, ''), coalesce(c.decided_at, '0001-01-01Z'),
			coalesce(w.waiting, false) AND c.settled_at IS NULL, c.line, `+toldAs(rowSide)+`, coalesce(c.other_line, 0), `+toldAs(otherSide)+`
		FROM page c LEFT JOIN told w ON w.line = c.line
		LEFT JOIN people p ON p.id = c.person_id AND p.nhs_number = w.nhs_number
		LEFT JOIN LATERAL `+asTold+` n ON p.id IS NOT NULL
		LEFT JOIN LATERAL (
			SELECT `+toldColumns+` FROM told WHERE line = c.other_line
			UNION ALL SELECT `+toldColumns+` FROM people WHERE id = c.person_id
		) o ON true
		LEFT JOIN staff s ON s.id = c.decided_by ORDER BY c.id`,
		pgx.NamedArgs{"id": id, "kind": kind, "after": after, "n": n})
	if err != nil {
		return nil, fmt.Errorf("read conflicts: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Conflict, error) {
		var c Conflict
		into := []any{&c.ID, &c.Kind, &c.Differs, &c.Decision, &c.DecidedBy, &c.DecidedAt, &c.Waiting}
		for _, t := range []*Told{&c.Row, &c.Other} {
			into = append(into, &t.Line, &t.Number, &t.Title, &t.Given, &t.Family, &t.BornOn, &t.DiedOn, &t.Address, &t.Postcode, &t.Practice,
				&t.Language, &t.Format, &t.Sensitive)
		}
		err := row.Scan(into...)
		c.hide()
		return c, err
	})
}
