package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/synth"
)

// cohortFile is the made-up people of a side: those of the first file, and
// those whom only a later one brings, as rows of the template.
type cohortFile struct {
	first  string
	header string
	plain  []string // right rows of one line and no quotes, in the first file
	late   []string
}

// cell numbers of the template.
const (
	cellNumber, cellFamily, cellBorn, cellDied, cellLine1, cellPostcode = 0, 3, 4, 5, 6, 11
)

// makePeople makes the people of both sides at once, so that no number comes
// twice, and cuts the file where the practices of the second begin.
func (y *year) makePeople() error {
	var all []synth.Practice
	for _, s := range y.sides {
		for i, p := range s.practices {
			all = append(all, synth.Practice{Code: p.code, Patients: 800 + 100*(i%5), Postcode: p.postcode})
		}
	}
	var out, faults bytes.Buffer
	_, err := synth.Cohort(synth.Options{Region: "QMF", People: y.People, Seed: y.Seed, Practices: all, Today: firstDay, Out: &out, Faults: &faults})
	if err != nil {
		return err
	}
	var wrong []synth.Wrong
	if err := json.Unmarshal(faults.Bytes(), &wrong); err != nil {
		return fmt.Errorf("read which rows are wrong: %w", err)
	}
	isWrong := map[int]bool{}
	for _, w := range wrong {
		isWrong[w.Line] = true
	}
	lines := strings.SplitAfter(out.String(), "\n")
	header := lines[0]
	cut := len(lines)
	for i, l := range lines {
		if i > 0 && strings.Contains(l, ","+y.sides[1].practices[0].code+",") {
			cut = i
			break
		}
	}
	for cut < len(lines) && !strings.HasPrefix(lines[cut], "9") && !strings.HasPrefix(lines[cut], "5") {
		cut-- // the rest of a row that runs over two lines
	}
	y.sides[0].file = y.cutFile(header, lines, 1, cut, isWrong)
	y.sides[1].file = y.cutFile(header, lines, cut, len(lines), isWrong)
	return nil
}

func (y *year) cutFile(header string, lines []string, from, to int, wrong map[int]bool) cohortFile {
	f := cohortFile{header: header}
	var b strings.Builder
	b.WriteString(header)
	for i := from; i < to; i++ {
		l := lines[i]
		cells := strings.Split(strings.TrimSuffix(l, "\n"), ",")
		if wrong[i+1] || len(cells) != 16 || strings.Contains(l, `"`) || cells[cellPostcode] == "" {
			b.WriteString(l)
			continue
		}
		if luck(y.Seed, cells[cellNumber], "registers late") < 0.012 && !wrong[i+2] { // a wrong row may repeat the one before
			f.late = append(f.late, l)
			continue
		}
		f.plain = append(f.plain, l)
		b.WriteString(l)
	}
	f.first = b.String()
	return f
}

// secondFile brings people who registered late, new addresses, and a death.
func (y *year) secondFile(s *side) string {
	var b strings.Builder
	b.WriteString(s.file.header)
	for _, l := range s.file.late {
		b.WriteString(l)
	}
	for _, l := range s.file.plain {
		cells := strings.Split(l, ",")
		switch u := luck(y.Seed, cells[cellNumber], "second file"); {
		case u < 0.01:
			cells[cellLine1] = "99 Changed Street"
		case u < 0.012 && cells[cellDied] == "":
			cells[cellDied] = y.today.AddDays(-3).String()
		default:
			continue
		}
		b.WriteString(strings.Join(cells, ","))
	}
	return b.String()
}

// earlyDissents come before anybody is known: they match nobody until the
// cohort is applied.
func (y *year) earlyDissents(ctx context.Context) error {
	for _, s := range y.sides {
		var rows []string
		for _, l := range append(s.file.plain[:min(3, len(s.file.plain))], s.file.late[:min(2, len(s.file.late))]...) {
			number := strings.Split(l, ",")[cellNumber]
			y.expected[number] = true
			rows = append(rows, fmt.Sprintf("%s,XaXj6,%s", number, y.today.AddDays(-10)))
		}
		if err := y.importDissents(ctx, s.practices[0].code, rows); err != nil {
			return err
		}
	}
	return nil
}

// enrol sends a cohort through the door: received, read by the crew, looked
// at, accepted, applied by the crew.
func (y *year) enrol(ctx context.Context, s *side, name, body string) error {
	r := y.house.Register
	id, err := r.ReceiveCohort(ctx, y.author, s.code, name, strings.NewReader(body))
	if err != nil {
		return err
	}
	if err := y.house.Crew.Settle(ctx); err != nil {
		return err
	}
	if err := r.DecideCohort(ctx, y.first, id, true); err != nil {
		return err
	}
	if err := y.house.Crew.Settle(ctx); err != nil {
		return err
	}
	if c, err := r.Cohort(ctx, y.first, id); err != nil || c.State != "applied" {
		return fmt.Errorf("cohort %s of %s is %q, not applied (%w)", name, s.code, c.State, err)
	}
	return y.meet(ctx, s)
}

// meet learns the ids of people who are new and plans what life holds for them.
func (y *year) meet(ctx context.Context, s *side) error {
	known := campaigns.EnrolmentID(0)
	place := 0
	for _, p := range y.inOrder {
		if p.side == s {
			known, place = max(known, p.enrolment), place+1
		}
	}
	rows, err := y.house.Pool.Query(ctx, `
		SELECT p.id, p.nhs_number, p.born_on, p.family_name, p.postcode, p.practice_code, e.id, p.died_on IS NOT NULL
		FROM enrolments e JOIN people p ON p.id = e.person_id WHERE e.campaign_id = $1 AND e.id > $2 ORDER BY e.id`, s.campaign.ID, known)
	if err != nil {
		return fmt.Errorf("meet people: %w", err)
	}
	fresh, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*person, error) {
		p := &person{side: s}
		return p, row.Scan(&p.id, &p.number, &p.born, &p.family, &p.postcode, &p.practice, &p.enrolment, &p.dead)
	})
	if err != nil {
		return fmt.Errorf("meet people: %w", err)
	}
	for i, p := range fresh {
		p.place = place + i
		y.people[p.id] = p
		y.inOrder = append(y.inOrder, p)
		y.planLife(p)
	}
	return nil
}

func (y *year) byID(id int64) *person { return y.people[campaigns.PersonID(id)] }
