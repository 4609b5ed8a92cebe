package simulate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/printvendor/client"
	"duenotice/letters"
)

// turn is something that happens once, on a day of the year.
type turn struct {
	day int
	do  func(y *year, ctx context.Context) error
}

// calendarOfTurns is what befalls the two campaigns, in its order.
var calendarOfTurns = []turn{
	{1, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 0, 4) }},
	{8, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 1, 2) }},
	{15, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 0, 3) }},
	{15, func(y *year, ctx context.Context) error { return y.recall(ctx, 0) }},
	{20, func(y *year, ctx context.Context) error {
		return y.halt(ctx, campaigns.PausePractice(y.sides[0].practices[3].code))
	}},
	{29, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 0, 2) }},
	{30, func(y *year, ctx context.Context) error { return y.suspectRange(ctx, 1, true) }},
	{36, func(y *year, ctx context.Context) error { return y.nextWaveLess(ctx, 1) }},
	{37, func(y *year, ctx context.Context) error { return y.rejectOne(ctx, 1) }},
	{40, func(y *year, ctx context.Context) error {
		return y.halt(ctx, campaigns.PauseCampaign(y.sides[0].campaign.ID))
	}},
	{41, func(y *year, ctx context.Context) error {
		return y.house.Register.Resume(ctx, y.first, campaigns.PausePractice(y.sides[0].practices[3].code))
	}},
	{43, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 0, 1) }},
	{46, func(y *year, ctx context.Context) error {
		return y.house.Register.Resume(ctx, y.first, campaigns.PauseCampaign(y.sides[0].campaign.ID))
	}},
	{57, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 1, 1) }},
	{58, func(y *year, _ context.Context) error { y.sides[1].onStrike = true; return nil }},
	{60, func(y *year, ctx context.Context) error { return y.extend(ctx, 0, 2, 10) }},
	{66, func(y *year, ctx context.Context) error { return y.extend(ctx, 1, 0, 7) }},
	{70, func(y *year, ctx context.Context) error { return y.secondFiles(ctx) }},
	{75, func(y *year, ctx context.Context) error {
		return y.house.Desk.RecordOutage(ctx, dayOf(73).Start().Add(6*time.Hour), dayOf(74).Start().Add(20*time.Hour), "monitoring")
	}},
	{84, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 0, 1) }},
	{100, func(y *year, ctx context.Context) error { return y.restart(ctx) }},
	{110, func(y *year, ctx context.Context) error { return y.halt(ctx, campaigns.StopSignal) }},
	{114, func(y *year, ctx context.Context) error { return y.liftStop(ctx) }},
	{125, func(y *year, _ context.Context) error { y.sides[1].onStrike = false; return nil }},
	{134, func(y *year, _ context.Context) error { y.target.refusing.Store(true); return nil }},
	{136, func(y *year, _ context.Context) error { y.target.refusing.Store(false); return nil }},
	{150, func(y *year, ctx context.Context) error { return y.suspectRange(ctx, 0, false) }},
	{155, func(y *year, ctx context.Context) error { return y.suspectWhole(ctx, 1) }},
	{160, func(y *year, ctx context.Context) error {
		return y.house.Register.SwitchOn(ctx, y.author, y.sides[1].id, []string{y.sides[1].practices[2].code}, y.today)
	}},
	{165, func(y *year, ctx context.Context) error { return y.liftSuspicion(ctx, 1) }},
	{170, func(y *year, ctx context.Context) error { return y.nextWave(ctx, 1, 1) }},
	{187, func(y *year, ctx context.Context) error { return y.lower(ctx) }},
	{190, func(y *year, ctx context.Context) error { return y.reverse(ctx) }},
	{200, func(y *year, ctx context.Context) error { return y.restart(ctx) }},
}

// turns are what is told in the morning: the calendar's turns, the bureau's
// answers on Mondays, and what registers and colleagues say.
func (y *year) turns(ctx context.Context, today *plans) error {
	n := y.today.DaysSince(firstDay)
	for _, t := range calendarOfTurns {
		if t.day != n {
			continue
		}
		// Among few people there may be nobody whom it could befall.
		if err := t.do(y, ctx); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("turn of day %d: %w", n, err)
		}
	}
	if y.today.Weekday() == time.Monday {
		if err := y.trace(ctx); err != nil {
			return err
		}
	}
	for i := 0; i < len(today.told); i++ {
		if err := today.told[i].do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nextWave writes to a part of those who are left: one in so many.
func (y *year) nextWave(ctx context.Context, side, parts int) error {
	s := y.sides[side]
	left, err := y.house.Register.Left(ctx, s.campaign.ID, nil)
	if err != nil {
		return err
	}
	return y.wave(ctx, s, (left+parts-1)/parts)
}

// nextWaveLess leaves a tenth for the wave that the strike will hit.
func (y *year) nextWaveLess(ctx context.Context, side int) error {
	s := y.sides[side]
	left, err := y.house.Register.Left(ctx, s.campaign.ID, nil)
	if err != nil {
		return err
	}
	return y.wave(ctx, s, left-left/10)
}

func (y *year) halt(ctx context.Context, key string) error {
	return y.house.Register.Halt(ctx, y.first, key, "something has to be looked at")
}

// liftStop takes two people, and one of them tries alone first.
func (y *year) liftStop(ctx context.Context) error {
	r := y.house.Register
	if err := r.Propose(ctx, y.first, "lift", campaigns.StopSignal, nil); err != nil {
		return err
	}
	if err := r.AgreeToLift(ctx, y.first, campaigns.StopSignal); !fault.Is(err, fault.Refused) {
		return fmt.Errorf("one person lifted the stop alone: %w", err)
	}
	return r.AgreeToLift(ctx, y.second, campaigns.StopSignal)
}

func (y *year) extend(ctx context.Context, side, wave, days int) error {
	for i, v := range []campaigns.Viewer{y.first, y.second} {
		agreed, err := y.house.Desk.Extend(ctx, v, y.sides[side].code, wave, days, "the letters came during a holiday")
		if err != nil || agreed != (i == 1) {
			return fmt.Errorf("extend: agreed %t by person %d: %w", agreed, i+1, err)
		}
	}
	return nil
}

func (y *year) secondFiles(ctx context.Context) error {
	for _, s := range y.sides {
		body := y.secondFile(s)
		if body == s.file.header { // nobody is new, and nothing has changed
			continue
		}
		if err := y.enrol(ctx, s, "people-2.csv", body); err != nil {
			return err
		}
	}
	return nil
}

// recall asks back the first letter of the batch that was sealed last.
func (y *year) recall(ctx context.Context, side int) error {
	if err := y.house.Crew.Settle(ctx); err != nil {
		return err
	}
	var reference string
	err := y.house.Pool.QueryRow(ctx, `
		SELECT p.reference FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE b.campaign_id = $1 AND b.state = 'sealed' AND p.sequence = 1
		ORDER BY b.code DESC LIMIT 1`, y.sides[side].campaign.ID).Scan(&reference)
	if err != nil {
		return fmt.Errorf("find a letter to recall: %w", err)
	}
	return y.house.Mailroom.Recall(ctx, y.first, reference, "its address was read from a wrong line")
}

// batch finds a batch of a side in a state: the biggest or the smallest.
func (y *year) batch(ctx context.Context, side int, state, order string) (b letters.Batch, err error) {
	var code string
	err = y.house.Pool.QueryRow(ctx, `SELECT code FROM batches WHERE campaign_id = $1 AND state = $2 ORDER BY pieces `+order+`, id LIMIT 1`,
		y.sides[side].campaign.ID, state).Scan(&code)
	if err != nil {
		return b, fmt.Errorf("find a batch that is %s: %w", state, err)
	}
	return y.house.Mailroom.BatchForStaff(ctx, y.first, code)
}

// suspectRange has the vendor, or a manager, throw suspicion on some letters.
func (y *year) suspectRange(ctx context.Context, side int, byVendor bool) error {
	b, err := y.batch(ctx, side, letters.PostedWhole, "DESC")
	if err != nil {
		return err
	}
	to := min(6, b.Pieces)
	if byVendor {
		if _, err := y.sides[side].client.Suspect(ctx, b.Code, []client.Range{{From: 1, To: to}}, "our inserter failed here"); err != nil {
			return err
		}
		return y.suspects(ctx, side, b.Code)
	}
	_, err = y.house.Mailroom.SuspectByStaff(ctx, y.first, b.Code, []letters.Range{{From: 1, To: to}}, "two letters in one envelope were seen")
	return err
}

// suspectWhole throws suspicion on all of a small batch.
func (y *year) suspectWhole(ctx context.Context, side int) error {
	b, err := y.batch(ctx, side, letters.PostedWhole, "ASC")
	if err != nil {
		return err
	}
	y.sides[side].suspected = b.Code
	_, err = y.house.Mailroom.SuspectByStaff(ctx, y.first, b.Code, nil, "the wrong leaflet was enclosed")
	return err
}

func (y *year) liftSuspicion(ctx context.Context, side int) error {
	m, code := y.house.Mailroom, y.sides[side].suspected
	if code == "" {
		return nil
	}
	if err := m.ProposeLiftSuspicion(ctx, y.first, code, "the leaflet was right after all"); err != nil {
		return err
	}
	return m.AgreeToLiftSuspicion(ctx, y.second, code)
}

// rejectOne has the vendor give back the smallest batch that lies there.
func (y *year) rejectOne(ctx context.Context, side int) error {
	b, err := y.batch(ctx, side, letters.Accepted, "ASC")
	if err != nil {
		return err
	}
	_, err = y.sides[side].client.Reject(ctx, b.Code, "the paper of this pack has run out")
	return err
}

// lower takes back part of what a channel had declared: somebody found a box of forms.
func (y *year) lower(ctx context.Context) error {
	key := campaigns.Watermark(campaigns.Paper, "")
	signals, err := y.house.Register.Signals(ctx, []string{key})
	if err != nil {
		return err
	}
	day := signals[key].Day.AddDays(-20)
	for _, v := range []campaigns.Viewer{y.first, y.second} {
		if err := y.house.Desk.Declare(ctx, v, campaigns.Paper, "", day); err != nil {
			return fmt.Errorf("lower a watermark: %w", err)
		}
	}
	signals, err = y.house.Register.Signals(ctx, []string{key})
	if err == nil && signals[key].Day != day {
		err = fmt.Errorf("two people lowered a watermark to %s, and it stands at %s", day, signals[key].Day)
	}
	return err
}

// reverse takes an answer out of the count that was keyed for somebody else.
func (y *year) reverse(ctx context.Context) error {
	var reference string
	err := y.house.Pool.QueryRow(ctx, `
		SELECT a.reference FROM answers a JOIN people p ON p.id = a.person_id WHERE a.says = 'no' AND a.channel = 'phone' AND p.merged_into IS NULL
		ORDER BY a.received_on, p.nhs_number LIMIT 1`).Scan(&reference)
	if err != nil {
		return fmt.Errorf("find an answer to reverse: %w", err)
	}
	for i, v := range []campaigns.Viewer{y.first, y.second} {
		agreed, err := y.house.Desk.ReverseAnswer(ctx, v, reference, "keyed for the wrong person of the same name")
		if err != nil || agreed != (i == 1) {
			return fmt.Errorf("reverse: agreed %t by person %d: %w", agreed, i+1, err)
		}
	}
	return nil
}
