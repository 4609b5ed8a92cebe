package letters

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// TakesWaves implements campaigns.Printing: it fails with fault.Refused where
// the campaign's vendor may not print its pack, or cannot post what is planned
// beside everything else that it is to post on those days.
func (m *Mailroom) TakesWaves(ctx context.Context, c campaigns.Campaign, waves []campaigns.PlannedWave) error {
	wanted := make([]pace, len(waves))
	for i, w := range waves {
		wanted[i] = pace{w.People, c.DailyCapacity, w.FirstPostOn}
	}
	return m.snapshot(ctx, func(tx pgx.Tx) error { return m.takes(ctx, tx, c, 0, wanted) })
}

// takes leaves one wave out of what is planned already.
func (m *Mailroom) takes(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, but campaigns.WaveID, wanted []pace) error {
	var p VendorProfile
	err := tx.QueryRow(ctx, `SELECT code, name, packs, daily_capacity FROM vendors WHERE code = @code`, pgx.NamedArgs{"code": c.Vendor}).
		Scan(&p.Code, &p.Name, &p.Packs, &p.DailyCapacity)
	if err := orAbsent(err, "print vendor as the campaign names"); err != nil {
		return err
	}
	pack, err := printedBy(ctx, tx, c)
	if err != nil {
		return err
	}
	if len(p.Packs) > 0 && !slices.Contains(p.Packs, pack.Code) {
		return fault.New(fault.Refused, "%s prints %s, by what was agreed, and this campaign's pack is %s. Have the campaign print another pack, or agree this one with the vendor.",
			p.Name, strings.Join(p.Packs, ", "), pack.Code)
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `
		SELECT w.people, c.daily_capacity, w.first_post_on FROM waves w JOIN campaigns c ON c.id = w.campaign_id
		WHERE c.vendor_code = @code AND w.id <> @but AND w.last_post_on >= @today AND (w.state = 'approved' OR w.state = 'planned' AND w.first_post_on >= @today)`,
		pgx.NamedArgs{"code": c.Vendor, "but": but, "today": m.Clock.Today()})
	if err != nil {
		return fmt.Errorf("read what a vendor is to post: %w", err)
	}
	planned := load{}
	var r pace
	_, err = pgx.ForEachRow(rows, []any{&r.people, &r.perDay, &r.first}, func() error { planned.add(r, working); return nil })
	if err != nil {
		return fmt.Errorf("read what a vendor is to post: %w", err)
	}
	return planned.fits(p.Vendor, p.DailyCapacity, wanted, working)
}

// counted writes a number as people read it: 10,000.
func counted(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
