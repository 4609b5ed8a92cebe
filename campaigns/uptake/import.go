package uptake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// File is one published file of uptake.
type File struct {
	Name string
	Body io.Reader
}

// Imported says what a file of uptake was. Enabled and RecordsEnabled add up
// what is known; a practice with two systems counts once.
type Imported struct {
	File           string          `json:"file"`
	Layout         string          `json:"layout"`
	Months         []calendar.Date `json:"months"`
	Rows           int             `json:"rows"`
	Practices      int             `json:"practices"` // practices and months
	List           int64           `json:"list"`
	Enabled        int64           `json:"enabled"`
	RecordsEnabled int64           `json:"records_enabled"`
	Silent         int             `json:"records_on_without_users"` // record access is on and nobody has it
	Revised        int             `json:"revised"`                  // that were published differently before
	Findings       int             `json:"findings"`
	Found          []Found         `json:"found"`
}

// Found is one rule that rows broke: how often, and a few examples.
type Found struct {
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"`
	Sentence string   `json:"sentence"`
	Count    int      `json:"count"`
	Examples []string `json:"examples"`
}

const maxUptake = 1 << 30

// Import reads files of POMI, long or wide, and settles the sums of their
// months. Each file is taken whole or not at all. A later file revises the
// months it tells of, and what was published before is kept; the same bytes
// again change nothing.
func (t *Tally) Import(ctx context.Context, by campaigns.Viewer, files []File) ([]Imported, error) {
	if by.ID != 0 && !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not import uptake.")
	}
	var list []Imported
	for _, f := range files {
		one, err := t.take(ctx, by, f)
		if said := fault.Of(err); said != nil {
			return list, fault.In("file", said.Kind, "%s: %s", filepath.Base(f.Name), said.Sentence)
		}
		if err != nil {
			return list, fmt.Errorf("import %s: %w", filepath.Base(f.Name), err)
		}
		list = append(list, one)
	}
	return list, t.findChanges(ctx)
}

func (t *Tally) take(ctx context.Context, by campaigns.Viewer, f File) (Imported, error) {
	body, err := io.ReadAll(io.LimitReader(f.Body, maxUptake+1))
	if err != nil {
		return Imported{}, fmt.Errorf("read: %w", err)
	}
	if len(body) > maxUptake {
		return Imported{}, fault.New(fault.Invalid, "The file is far larger than any file of uptake, so it was not read.")
	}
	r := &reading{done: Imported{File: filepath.Base(f.Name), Found: []Found{}}, rules: map[intake.Rule]int{}, counted: map[where]int{}}
	told, err := intake.ReadUptake(bytes.NewReader(body), intake.Options{Today: t.Register.Clock.Today()}, r.row, r.finding)
	if err != nil {
		return r.done, err
	}
	r.done.Layout, r.done.Rows = told.Layout, told.Rows
	r.add()
	return r.done, t.keep(ctx, by, sha256.Sum256(body), r)
}

type where struct {
	practice string
	month    calendar.Date
}

// reading gathers what a file tells.
type reading struct {
	done    Imported
	rows    []intake.Uptake
	counted map[where]int // which row of a practice and month counts
	rules   map[intake.Rule]int
}

// row takes one practice and month. Of two systems the practice's own counts.
func (r *reading) row(u intake.Uptake) error {
	at := where{u.Practice, u.Month}
	r.rows = append(r.rows, u)
	was, twice := r.counted[at]
	switch {
	case !twice:
	case r.rows[was].Interface() && !u.Interface():
	default:
		return r.twice(u)
	}
	r.counted[at] = len(r.rows) - 1
	if twice {
		return r.twice(u)
	}
	return nil
}

func (r *reading) twice(u intake.Uptake) error {
	m := intake.PracticeTwice.Meaning()
	return r.finding(intake.Finding{Line: u.Line, Column: "system_supplier", Rule: m.Rule, Shown: u.Practice, Severity: m.Severity})
}

func (r *reading) finding(f intake.Finding) error {
	r.done.Findings++
	i, known := r.rules[f.Rule]
	if !known {
		i = len(r.done.Found)
		r.rules[f.Rule] = i
		r.done.Found = append(r.done.Found, Found{Rule: string(f.Rule), Severity: string(f.Severity), Sentence: f.Rule.Meaning().Sentence, Examples: []string{}})
	}
	g := &r.done.Found[i]
	if g.Count++; len(g.Examples) < 5 {
		g.Examples = append(g.Examples, fmt.Sprintf("line %d %s", f.Line, f.Shown))
	}
	return nil
}

// add works out what the file comes to.
func (r *reading) add() {
	months := map[calendar.Date]bool{}
	for i, u := range r.rows {
		months[u.Month] = true
		if r.counted[where{u.Practice, u.Month}] != i {
			continue
		}
		d := &r.done
		d.Practices++
		d.List += known(u, intake.PatientList)
		d.Enabled += known(u, intake.TotalEnabled)
		d.RecordsEnabled += known(u, intake.RecordsEnabled)
		if u.Figures[intake.RecordsSystem] == 2 && u.Figures[intake.RecordsEnabled] == 0 {
			d.Silent++
		}
	}
	for m := range months {
		r.done.Months = append(r.done.Months, m)
	}
	slices.SortFunc(r.done.Months, func(a, b calendar.Date) int { return a.DaysSince(b) })
}

func known(u intake.Uptake, f intake.Figure) int64 { return int64(max(u.Figures[f], 0)) }
