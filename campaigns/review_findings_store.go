package campaigns

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/intake"
)

// FindingGroup is how often one rule was broken in a file, with some examples.
type FindingGroup struct {
	Rule     string
	Severity string
	Count    int
	Lines    []int32 // the first five
	Shown    []string
	Advice   string
}

// Findings groups what is wrong with a file by rule: rejected rows first,
// then most frequent first. They were counted when the file was read.
func (r *Register) Findings(ctx context.Context, id CohortID) ([]FindingGroup, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT rule, severity, findings, lines, shown, advice FROM finding_groups WHERE cohort_id = @id
		ORDER BY severity = 'reject' DESC, severity = 'review' DESC, findings DESC, rule`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	groups, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FindingGroup])
	for i, g := range groups {
		if g.Advice == "" { // every row has its own
			groups[i].Advice = intake.Rule(g.Rule).Meaning().Advice
		}
		if g.Rule == string(intake.ConflictInFile) {
			groups[i].Advice = "Put the rows side by side and say which counts."
		}
	}
	return groups, err
}

// FindingLine is one finding of one row.
type FindingLine struct {
	Line   int
	Column string
	Shown  string
	Advice string
}

// FindingLines lists the findings of one rule and severity in the order of
// the file, at most n from after a line on.
func (r *Register) FindingLines(ctx context.Context, id CohortID, severity, rule string, after, n int) ([]FindingLine, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT line, column_name, shown, advice FROM findings
		WHERE cohort_id = @id AND severity = @severity AND rule = @rule AND line > @after ORDER BY line LIMIT @n`,
		pgx.NamedArgs{"id": id, "severity": severity, "rule": rule, "after": after, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[FindingLine])
}
