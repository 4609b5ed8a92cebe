package simulate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
)

// plans are what is going to happen on one day.
type plans struct {
	told   []deed         // what registers and colleagues tell, one after the other
	people []deed         // what people do, each person's deeds in order, different people at once
	late   []deed         // in the last second of the day
	back   map[int][]back // letters that come back, by side
}

type deed struct {
	who *person
	do  func(ctx context.Context) error
}

// back is a letter that comes back.
type back struct {
	reference, reason string
}

func (y *year) on(d calendar.Date) *plans {
	if !d.After(y.today) {
		d = y.today
	}
	if y.agenda[d] == nil {
		y.agenda[d] = &plans{back: map[int][]back{}}
	}
	return y.agenda[d]
}

// plan has a person do something on a day, at noon.
func (y *year) plan(d calendar.Date, who *person, do func(ctx context.Context) error) {
	p := y.on(d)
	p.people = append(p.people, deed{who, do})
}

// tell has a register or a colleague say something on a day, in the morning.
func (y *year) tell(d calendar.Date, do func(ctx context.Context) error) {
	p := y.on(d)
	p.told = append(p.told, deed{do: do})
}

// at sets the clock once nothing is being worked on any more.
func (y *year) at(ctx context.Context, after time.Duration) error {
	if err := y.house.Crew.Settle(ctx); err != nil {
		return err
	}
	// A day has 23 to 25 hours in London: what counts is what its clocks show.
	year, month, day := y.today.Civil()
	y.clock.Set(time.Date(year, month, day, int(after/time.Hour), 0, 0, 0, calendar.London).Add(after % time.Hour))
	return nil
}

const lastSecond = 24*time.Hour - 100*time.Millisecond

// live lives through a day: the night's work, the vendors, the post, what is
// told, what people do, what is declared, and who is just in time.
func (y *year) live(ctx context.Context, day calendar.Date) error {
	y.today = day
	today := y.on(day)
	steps := []struct {
		at   time.Duration
		what string
		do   func(context.Context) error
	}{
		{6 * time.Hour, "night work", y.night},
		{8 * time.Hour, "vendors and post", y.press},
		{10 * time.Hour, "what is told", func(ctx context.Context) error { return y.turns(ctx, today) }},
		{12 * time.Hour, "what people do", func(ctx context.Context) error { return y.together(ctx, today.people) }},
		{18 * time.Hour, "evening", y.evening},
	}
	for _, s := range steps {
		if err := y.at(ctx, s.at); err != nil {
			return err
		}
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	if len(today.late) > 0 {
		if err := y.at(ctx, lastSecond); err != nil {
			return err
		}
		if err := y.together(ctx, today.late); err != nil {
			return fmt.Errorf("the last second: %w", err)
		}
	}
	delete(y.agenda, day)
	return nil
}

// night is the timetable's work, line by line where one leads to another.
func (y *year) night(ctx context.Context) error {
	lines := []string{"close", "come of age", "recall", "fold"}
	if y.today.Weekday() == time.Monday {
		lines = append(lines, "watch", "forget")
	}
	if err := y.house.Crew.Round(ctx, lines...); err != nil {
		return err
	}
	due, err := y.any(ctx, `SELECT EXISTS (SELECT FROM records WHERE state IN ('reserved', 'leaving', 'withdrawing') AND next_attempt_at <= $1)`, y.clock.Now())
	if err != nil {
		return err
	}
	if due {
		if err := y.house.Crew.Round(ctx, "send"); err != nil {
			return err
		}
	}
	due, err = y.any(ctx, `SELECT EXISTS (SELECT FROM enrolments WHERE state = 'scheduled')`)
	if err != nil || !due {
		return err
	}
	return y.house.Crew.Round(ctx, "follow up")
}

func (y *year) any(ctx context.Context, sql string, args ...any) (found bool, err error) {
	if err := y.house.Pool.QueryRow(ctx, sql, args...).Scan(&found); err != nil {
		return false, fmt.Errorf("look what is due: %w", err)
	}
	return found, nil
}

// hands is how many people do something at once.
const hands = 6

// together has people do things side by side, each person's one after the
// other; whose came first can make no difference to anybody else.
func (y *year) together(ctx context.Context, list []deed) error {
	var order []*person
	by := map[*person][]deed{}
	for _, d := range list {
		if by[d.who] == nil {
			order = append(order, d.who)
		}
		by[d.who] = append(by[d.who], d)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	next := make(chan *person)
	for range min(hands, len(order)) {
		wait.Go(func() {
			for p := range next {
				for _, d := range by[p] {
					if err := d.do(ctx); err != nil {
						mu.Lock()
						errs = append(errs, fmt.Errorf("person %d: %w", p.id, err))
						mu.Unlock()
						break
					}
				}
			}
		})
	}
	for _, p := range order {
		next <- p
	}
	close(next)
	wait.Wait()
	return errors.Join(errs...)
}
