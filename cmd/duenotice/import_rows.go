package main

import (
	"context"
	"io"
	"slices"

	"duenotice/campaigns"
	"duenotice/campaigns/intake"
	"duenotice/cmd/duenotice/house"
)

// rowsRead is what became of the rows of a file: Rows is the sum of the five
// outcomes.
type rowsRead struct {
	Rows        int         `json:"rows"`
	Taken       int         `json:"taken"`
	KnownBefore int         `json:"known_before"`
	Held        int         `json:"held"`      // of somebody known, and a person has to look: in the in-tray
	Unmatched   int         `json:"unmatched"` // of nobody known here: in the in-tray
	Refused     int         `json:"refused"`
	Rules       []ruleCount `json:"rules"`
	Findings    []rowFound  `json:"findings"` // the first thousand
}

// rowFound is a finding as the command line shows it.
type rowFound struct {
	Line     int    `json:"line"`
	Column   string `json:"column"`
	Shown    string `json:"shown"` // masked
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Says     string `json:"says"`
	Advice   string `json:"advice"`
}

func rowsOf(rows, taken, known, held, unmatched, refused int, rules map[intake.Rule]int, findings []intake.Finding) rowsRead {
	r := rowsRead{rows, taken, known, held, unmatched, refused, []ruleCount{}, []rowFound{}}
	for rule, n := range rules {
		r.Rules = append(r.Rules, ruleCount{string(rule), n})
	}
	slices.SortFunc(r.Rules, func(a, b ruleCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return map[bool]int{true: -1, false: 1}[a.Rule < b.Rule]
	})
	slices.SortStableFunc(findings, func(a, b intake.Finding) int { return a.Line - b.Line })
	for _, f := range findings {
		r.Findings = append(r.Findings, rowFound{f.Line, f.Column, f.Shown, string(f.Rule), string(f.Severity), f.Rule.Meaning().Sentence, f.Advice})
	}
	return r
}

// findingsShown is how many findings are said on a terminal.
const findingsShown = 20

// upload opens a file, hands it to a door and says what became of its rows.
func (c *call) upload(path, as string, do func(context.Context, *house.House, campaigns.Viewer, io.Reader) (rowsRead, error)) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, as)
		if err != nil {
			return err
		}
		f, err := opened(path)
		if err != nil {
			return err
		}
		defer f.Close()
		read, err := do(ctx, h, by, f)
		if err != nil {
			return err
		}
		return c.answer(read, func() { c.sayRows(read) })
	})
}

func (c *call) sayRows(r rowsRead) {
	c.say("Rows: %d. Taken: %d; known before: %d; held for a person: %d; unmatched: %d; refused: %d.",
		r.Rows, r.Taken, r.KnownBefore, r.Held, r.Unmatched, r.Refused)
	for i, f := range r.Findings {
		if i == findingsShown {
			c.say("  … and more; --json shows the first thousand.")
			break
		}
		where := f.Column
		if f.Shown != "" {
			where += " " + f.Shown
		}
		c.say("  Line %d, %s: %s %s", f.Line, where, f.Says, f.Advice)
	}
	if r.Held+r.Unmatched > 0 {
		c.say("What is held or unmatched waits in the in-tray of the managers' pages.")
	}
}
