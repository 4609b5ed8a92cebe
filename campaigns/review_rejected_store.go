package campaigns

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// rejectedColumns stand before the file's own in the download of rejected rows.
var rejectedColumns = []string{"line", "rule", "what_is_wrong", "what_to_do"}

// RejectedRows readies the rejected rows of a file for download, with the
// columns they came in and, before them, line, rule and what to do: the file
// that is corrected and sent again. It notes who takes them. The function it
// returns writes the CSV; no cell begins as a formula would.
func (r *Register) RejectedRows(ctx context.Context, by Viewer, id CohortID) (func(context.Context, io.Writer) error, error) {
	if !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not see rows of files of people.")
	}
	h, err := r.Cohort(ctx, by, id)
	if err != nil {
		return nil, err
	}
	switch {
	case !h.ForgottenAt.IsZero():
		return nil, fault.New(fault.NotFound, "The bytes of this file were forgotten on %s, so its rows cannot be taken out any more. What was found stays.",
			calendar.DateOf(h.ForgottenAt).Plain())
	case h.State == "received" || h.State == "reading":
		return nil, fault.New(fault.Conflict, "The file is still being read.")
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "took out the rejected rows", Object: "cohort", ID: fmt.Sprint(id), Campaign: h.Campaign,
			Detail: map[string]any{"rows": h.Rejected}})
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w io.Writer) error { return r.writeRejected(ctx, h, w) }, nil
}

func (r *Register) writeRejected(ctx context.Context, h Cohort, w io.Writer) error {
	reasons, err := r.Pool.Query(ctx, `
		SELECT line, rule, advice FROM (
			SELECT line, rule, advice FROM findings WHERE cohort_id = @id AND severity = 'reject'
			UNION ALL
			SELECT l, 'two_people', 'Trace both people and send this one under the right number.' FROM cohort_conflicts, unnest(ARRAY[line, other_line]) l
			WHERE cohort_id = @id AND decision = 'both' AND kind <> 'alike' AND l IS NOT NULL AND (kind <> 'twice' OR l = other_line)
		) o ORDER BY line, rule`, pgx.NamedArgs{"id": h.ID})
	if err != nil {
		return fmt.Errorf("read reasons: %w", err)
	}
	defer reasons.Close()
	file, err := r.Files.Read(ctx, h.StoredAs, 0, -1)
	if err != nil {
		return err
	}
	defer file.Close()
	out, next := csv.NewWriter(w), reason{rows: reasons}
	out.UseCRLF = true
	if err := next.step(); err != nil {
		return err
	}
	header := true
	err = intake.Originals(file, 0, func(line int, cells []string) error {
		if header {
			header = false
			return out.Write(safeCells(rejectedColumns, cells))
		}
		told, err := next.take(line)
		if err != nil || told == nil {
			return err
		}
		return out.Write(safeCells(told, cells))
	})
	if f := fault.Of(err); f != nil {
		err = nil // a file cut off or damaged ends here; its refusal says so
	}
	out.Flush()
	if err := errors.Join(err, out.Error()); err != nil {
		return fmt.Errorf("write rejected rows: %w", err)
	}
	return nil
}

// reason walks through what is wrong with lines, in their order.
type reason struct {
	rows   pgx.Rows
	line   int
	rule   string
	advice string
	over   bool
}

func (n *reason) step() error {
	if !n.rows.Next() {
		n.over = true
		return n.rows.Err()
	}
	return n.rows.Scan(&n.line, &n.rule, &n.advice)
}

// take gives line, rules, what is wrong and what to do of a line; nil where nothing is wrong.
func (n *reason) take(line int) ([]string, error) {
	for !n.over && n.line < line {
		if err := n.step(); err != nil {
			return nil, err
		}
	}
	var rules, wrong, advice []string
	for !n.over && n.line == line {
		if !slices.Contains(rules, n.rule) {
			rules, advice = append(rules, n.rule), append(advice, n.advice)
			if m := intake.Rule(n.rule).Meaning(); m.Sentence != "" {
				wrong = append(wrong, m.Sentence)
			} else {
				wrong = append(wrong, "Two people stand under one NHS number.")
			}
		}
		if err := n.step(); err != nil {
			return nil, err
		}
	}
	if rules == nil {
		return nil, nil
	}
	return []string{strconv.Itoa(line), strings.Join(rules, " "), strings.Join(wrong, " "), strings.Join(advice, " ")}, nil
}

// safeCells joins cells so that no spreadsheet takes one for a formula.
func safeCells(first, rest []string) []string {
	all := slices.Concat(first, rest)
	for i, c := range all {
		if c != "" && strings.IndexByte("=+-@\t\r", c[0]) >= 0 {
			all[i] = "'" + c
		}
	}
	return all
}
