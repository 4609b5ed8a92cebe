package campaigns

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

// LastDay is the last day of a campaign as far as it is planned: the day on
// which its last window closes.
type LastDay struct {
	Campaign string
	On       calendar.Date
}

// HolidayMargin is for how many months after a campaign's last day holidays
// should be known: letters are written again after a return, up to twice.
const HolidayMargin = 18

// WithoutHolidays lists the campaigns whose last day comes within
// HolidayMargin of the day until which holidays are known.
func (r *Register) WithoutHolidays(ctx context.Context, until calendar.Date) ([]LastDay, error) {
	working, err := r.Working(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.Pool.Query(ctx, `
		SELECT c.code, c.window_unit, c.window_length, c.delivery_allowance,
			(SELECT max(w.last_post_on) FROM waves w WHERE w.campaign_id = c.id AND w.state <> 'withdrawn'),
			(SELECT max(w.closes_on) FROM windows w WHERE w.campaign_id = c.id)
		FROM campaigns c ORDER BY c.id`)
	if err != nil {
		return nil, fmt.Errorf("read last days: %w", err)
	}
	var list []LastDay
	var d LastDay
	var p Policy
	var posted, closes calendar.Date
	_, err = pgx.ForEachRow(rows, []any{&d.Campaign, &p.Unit, &p.Length, &p.Allowance, &posted, &closes}, func() error {
		if posted.IsZero() {
			posted = r.Clock.Today() // nothing is planned yet: not before today
		}
		d.On = calendar.Max(closes, p.ClosesOn(posted, calendar.Date{}, 0, working))
		if d.On.AddMonths(HolidayMargin).After(until) {
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read last days: %w", err)
	}
	return list, nil
}
