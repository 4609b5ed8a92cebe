package optout

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// farthestHoliday is how many days from today a holiday may be entered.
const farthestHoliday = 3 * 366

// AddHoliday enters a bank holiday that was proclaimed after this program was
// built. It counts from its commit, for everybody: windows that would close on
// it close later, and none closes earlier. Entering it again changes nothing.
func (d *Desk) AddHoliday(ctx context.Context, by campaigns.Viewer, day calendar.Date, title string) error {
	if by.ID != 0 && by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "A holiday counts for every region. A national manager enters it.")
	}
	today := d.Clock.Today()
	title = strings.TrimSpace(title)
	switch wd := day.Weekday(); {
	case day.IsZero():
		return fault.In("date", fault.Invalid, "Say on which day it is.")
	case day.Before(today):
		return fault.In("date", fault.Invalid, "That day has passed. What closed on it stands; extend the windows instead.")
	case day.DaysSince(today) > farthestHoliday:
		return fault.In("date", fault.Invalid, "Holidays are entered at most three years ahead. Check the year.")
	case wd == time.Saturday || wd == time.Sunday:
		return fault.In("date", fault.Invalid, "%s is no working day anyway.", day.Long())
	case title == "" || len(title) > 100:
		return fault.In("title", fault.Invalid, "Say what it is called, in at most 100 letters.")
	}
	added := false
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := d.Register.LockGate(ctx, tx); err != nil {
			return err
		}
		working, err := d.working(ctx, tx)
		if err != nil {
			return err
		}
		if added = working.Is(day); !added {
			return nil // known already
		}
		_, err = tx.Exec(ctx, `INSERT INTO extra_holidays (day, title, recorded_at) VALUES (@day, @title, @now)`,
			pgx.NamedArgs{"day": day, "title": title, "now": now})
		if err != nil {
			return fmt.Errorf("add holiday: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "add holiday", Object: "holiday", ID: day.String(), Detail: map[string]any{"title": title}})
	})
	if err != nil || !added {
		return err
	}
	return d.renewAll(ctx, "")
}
