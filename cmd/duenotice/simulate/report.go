package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/optout"
)

// Report is what the year came to.
type Report struct {
	People     int                `json:"people"`
	Seed       uint64             `json:"seed"`
	Seconds    int                `json:"seconds"`
	States     map[string]int     `json:"states"`
	Letters    Letters            `json:"letters"`
	Answers    map[string]int     `json:"answers"`  // in the ledger, by the channel by which they came
	Excluded   map[string]int     `json:"excluded"` // who got no letter, by reason
	Records    Records            `json:"records"`
	Invariants []optout.Invariant `json:"invariants"`
	Balanced   bool               `json:"balanced"` // states add up to those enrolled, files to their rows, batches to their pieces
}

// Letters counts pieces.
type Letters struct {
	Posted   int `json:"posted"`
	Returned int `json:"returned"`
	Spoiled  int `json:"spoiled"`
	Recalled int `json:"recalled"`
	Remailed int `json:"remailed"` // posted to somebody who had been posted one before
}

// Records counts records that were ever live.
type Records struct {
	Created   int `json:"created"`
	Withdrawn int `json:"withdrawn"`
}

// Violated counts the promises that were broken.
func (r Report) Violated() int {
	n := 0
	for _, i := range r.Invariants {
		if i.Violations > 0 {
			n++
		}
	}
	return n
}

// Kept tells whether every promise was kept and all sums are right.
func (r Report) Kept() bool { return r.Violated() == 0 && r.Balanced }

// report asks the database what the year came to.
func (y *year) report(ctx context.Context) (Report, error) {
	r := Report{People: y.People, Seed: y.Seed, States: map[string]int{}, Answers: map[string]int{}, Excluded: map[string]int{}}
	if err := y.at(ctx, lastSecond); err != nil {
		return r, err
	}
	for _, s := range campaigns.States {
		r.States[string(s)] = 0
	}
	for _, ch := range []campaigns.Channel{campaigns.Web, campaigns.Phone, campaigns.Paper, campaigns.Practice, campaigns.Upload, campaigns.National} {
		r.Answers[string(ch)] = 0
	}
	for _, ask := range []struct {
		into map[string]int
		sql  string
	}{
		{r.States, `SELECT state, count(*)::int FROM enrolments GROUP BY state`},
		{r.Answers, `SELECT channel, count(*)::int FROM answers GROUP BY channel`},
		{r.Excluded, `SELECT reason, count(*)::int FROM enrolments WHERE state = 'excluded' GROUP BY reason`},
	} {
		if err := y.tally(ctx, ask.into, ask.sql); err != nil {
			return r, err
		}
	}
	err := y.house.Pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE posted_on IS NOT NULL), count(*) FILTER (WHERE returned_on IS NOT NULL), count(*) FILTER (WHERE state = 'spoiled'),
			count(*) FILTER (WHERE state = 'recalled'), count(*) FILTER (WHERE posted_on IS NOT NULL) - count(DISTINCT enrolment_id) FILTER (WHERE posted_on IS NOT NULL)
		FROM pieces`).Scan(&r.Letters.Posted, &r.Letters.Returned, &r.Letters.Spoiled, &r.Letters.Recalled, &r.Letters.Remailed)
	if err == nil {
		err = y.house.Pool.QueryRow(ctx, `
			SELECT count(*) FILTER (WHERE live_at IS NOT NULL), count(*) FILTER (WHERE state = 'withdrawn' AND live_at IS NOT NULL) FROM records`).
			Scan(&r.Records.Created, &r.Records.Withdrawn)
	}
	if err != nil {
		return r, fmt.Errorf("count letters and records: %w", err)
	}
	return r, y.judge(ctx, &r)
}

// judge asks every invariant, the house's own and those that only somebody
// outside can ask.
func (y *year) judge(ctx context.Context, r *Report) (err error) {
	if r.Invariants, err = y.house.Desk.Invariants(ctx); err != nil {
		return err
	}
	lost, err := y.compare(ctx)
	if err != nil {
		return err
	}
	apart, err := y.disagreements(ctx)
	if err != nil {
		return err
	}
	unlisted, err := y.unlisted(ctx)
	if err != nil {
		return err
	}
	r.Invariants = append(r.Invariants,
		optout.Invariant{Name: "every untruth of a print vendor is in the books, and nothing else is", Violations: unlisted},
		optout.Invariant{Name: "every receipt that people were given is one entry of the ledger, and there is no other", Violations: lost},
		optout.Invariant{Name: "the outside target holds exactly the records that are live", Violations: apart})
	r.Balanced, err = y.balanced(ctx, r.States)
	return err
}

func (y *year) balanced(ctx context.Context, states map[string]int) (bool, error) {
	sum := 0
	for _, n := range states {
		sum += n
	}
	var enrolled int
	var apart bool
	err := y.house.Pool.QueryRow(ctx, `
		SELECT sum(enrolled)::int, bool_or(rows <> accepted + rejected OR accepted <> enrolled + already + discarded + waiting) FROM cohorts WHERE state = 'applied'`).Scan(&enrolled, &apart)
	if err != nil {
		return false, fmt.Errorf("balance cohorts: %w", err)
	}
	for _, s := range y.sides {
		list, err := y.house.Mailroom.Reconciliation(ctx, s.campaign.ID)
		if err != nil {
			return false, err
		}
		for _, b := range list {
			apart = apart || !b.Balanced()
		}
		counts, err := y.house.Register.Counts(ctx, s.campaign.ID)
		if err != nil {
			return false, err
		}
		for _, c := range counts {
			sum -= c.People
		}
	}
	total := 0
	for _, n := range states {
		total += n
	}
	return sum == 0 && total == enrolled && !apart, nil
}

func (y *year) tally(ctx context.Context, into map[string]int, sql string) error {
	rows, err := y.house.Pool.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	var what string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&what, &n}, func() error { into[what] = n; return nil })
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}

// Text is the report for people.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A year of %d people in two campaigns, seed %d, in %d seconds.\n\n", r.People, r.Seed, r.Seconds)
	fmt.Fprintf(&b, "%d letters were posted, %d of them to somebody who had been written to before. %d came back, %d were spoiled, %d were taken out in time.\n",
		r.Letters.Posted, r.Letters.Remailed, r.Letters.Returned, r.Letters.Spoiled, r.Letters.Recalled)
	fmt.Fprintf(&b, "%d records were made and %d of them taken away again.\n\n", r.Records.Created, r.Records.Withdrawn)
	b.WriteString("Where people stand\n")
	for _, s := range campaigns.States {
		if n := r.States[string(s)]; n > 0 {
			fmt.Fprintf(&b, "  %-26s %7d\n", s.Plain(), n)
		}
	}
	lines(&b, "Answers in the ledger", r.Answers)
	lines(&b, "Who gets no letter", r.Excluded)
	b.WriteString("\n")
	for _, i := range r.Invariants {
		if i.Violations > 0 {
			fmt.Fprintf(&b, "BROKEN %d times: %s.\n", i.Violations, i.Name)
		}
	}
	switch {
	case r.Kept():
		fmt.Fprintf(&b, "All %d promises were kept, and every sum is right.\n", len(r.Invariants))
	case !r.Balanced:
		b.WriteString("The sums do not add up.\n")
	}
	return b.String()
}

func lines(b *strings.Builder, title string, counts map[string]int) {
	var names []string
	for name, n := range counts {
		if n > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	fmt.Fprintf(b, "\n%s\n", title)
	for _, name := range names {
		fmt.Fprintf(b, "  %-26s %7d\n", strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "_", " "), counts[name])
	}
}
