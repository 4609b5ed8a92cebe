package simulate

import (
	"context"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
)

// connect gives the vendors their keys and the address of their listener.
func (y *year) connect() error {
	for i, s := range y.sides {
		c, err := client.New(y.web.Vendors, s.key, client.Options{})
		if err != nil {
			return err
		}
		s.client = c
		s.shift = client.Shift{Folder: filepath.Join(y.folder, s.vendorCode), Today: y.clockToday, Working: calendar.England(), Seed: y.Seed,
			SpoiledShare: 0.004, TooLateShare: 0.3}
		if i == 1 {
			s.shift.RejectedShare = 0.02
		}
	}
	return nil
}

func (y *year) clockToday() calendar.Date { return calendar.DateOf(y.clock.Now()) }

// press is the vendors' day and the post's: what came back before it was
// reported as posted, the shift, what came back since, and who finds a letter
// behind the door. On strike nobody works.
func (y *year) press(ctx context.Context) error {
	today := y.on(y.today)
	for i, s := range y.sides {
		if s.onStrike || y.today.Weekday() == time.Saturday || y.today.Weekday() == time.Sunday {
			continue
		}
		if err := y.backTooEarly(ctx, s); err != nil {
			return err
		}
		s.shift.Misbehave = i == 1 // the second vendor tells untruths whenever it can
		done, err := s.client.Work(ctx, s.shift)
		if err != nil {
			return fmt.Errorf("vendor %s: %w", s.vendorCode, err)
		}
		if s.told == nil {
			s.told = untruths{}
		}
		s.told.keep(done.Lies)
		for _, l := range done.Lies {
			if strings.Contains(l.What, "posted tomorrow") && !strings.HasPrefix(l.Answer, "refused") {
				return fmt.Errorf("vendor %s was believed about the future: %s", s.vendorCode, l.Answer)
			}
		}
		if err := y.giveBack(ctx, i, s, today.back[i]); err != nil {
			return err
		}
		if done.Posted == 0 {
			continue
		}
		if err := y.deliver(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// backTooEarly reports letters as returned whose posting has not been told yet.
func (y *year) backTooEarly(ctx context.Context, s *side) error {
	rows, err := y.house.Pool.Query(ctx, `
		SELECT p.reference, p.person_id, p.number FROM pieces p JOIN batches b ON b.id = p.batch_id
		WHERE b.campaign_id = $1 AND b.state = 'accepted' AND p.state = 'accepted' AND p.returned_on IS NULL AND b.planned_post_on <= $2 ORDER BY p.person_id`,
		s.campaign.ID, y.today)
	if err != nil {
		return fmt.Errorf("look what is printed: %w", err)
	}
	var list []client.Piece
	var reference string
	var id int64
	var number int
	_, err = pgx.ForEachRow(rows, []any{&reference, &id, &number}, func() error {
		if p := y.byID(id); p != nil && number == 1 && y.luck(p, "back before it was posted") < 0.003 {
			list = append(list, client.Piece{Reference: reference, At: y.today, Reason: "R01"})
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = s.client.Returned(ctx, list)
	return err
}

// giveBack reports what the post brought back: the vendor on most days, and the
// house that opens returned mail by a list on the others, which it reads twice.
func (y *year) giveBack(ctx context.Context, i int, s *side, list []back) error {
	if y.today.Weekday() == time.Wednesday && y.today.DaysSince(firstDay)/7%4 == i {
		list = append(list, back{stray, "R08"})
		s.told[client.Claim{Reference: stray, Said: "returned"}]++
	}
	if len(list) == 0 {
		return nil
	}
	if y.today.Weekday() == time.Friday {
		var b strings.Builder
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"reference", "date", "reason"})
		for _, l := range list {
			_ = w.Write([]string{l.reference, y.today.String(), l.reason})
		}
		w.Flush()
		for range 2 {
			if _, err := y.house.Mailroom.ImportReturns(ctx, y.first, strings.NewReader(b.String())); err != nil {
				return fmt.Errorf("list of returned mail: %w", err)
			}
		}
		return nil
	}
	var pieces []client.Piece
	for _, l := range list {
		pieces = append(pieces, client.Piece{Reference: l.reference, At: y.today, Reason: l.reason})
	}
	_, err := s.client.Returned(ctx, pieces)
	return err
}

// letter is what somebody finds behind the door.
type letter struct {
	who       *person
	piece     int64
	reference string
	salt      []byte
	number    int
	postedOn  calendar.Date
	closesOn  calendar.Date
}

// deliver decides of everything posted today whether it comes back, and has
// everybody else read it.
func (y *year) deliver(ctx context.Context, s *side) error {
	rows, err := y.house.Pool.Query(ctx, `
		SELECT p.id, p.reference, b.salt, p.number, p.posted_on, n.closes_on, p.person_id
		FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN notices n ON n.campaign_id = p.campaign_id AND n.id = p.notice_id
		WHERE p.campaign_id = $1 AND p.posted_on = $2 AND p.state = 'posted' ORDER BY p.person_id, p.number`, s.campaign.ID, y.today)
	if err != nil {
		return fmt.Errorf("look what was posted: %w", err)
	}
	var letters []letter
	var l letter
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&l.piece, &l.reference, &l.salt, &l.number, &l.postedOn, &l.closesOn, &id}, func() error {
		if l.who = y.byID(id); l.who != nil && !y.read[l.piece] {
			y.read[l.piece] = true
			one := l
			one.salt = slices.Clone(l.salt)
			letters = append(letters, one)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look what was posted: %w", err)
	}
	side := slices.Index(y.sides[:], s)
	for i, l := range letters {
		if i%400 == 0 {
			if err := y.openEnvelope(ctx, l); err != nil {
				return err
			}
		}
		if after := y.comesBack(l); after > 0 {
			day := y.on(workday(y.today.AddDays(after)))
			day.back[side] = append(day.back[side], back{l.reference, fmt.Sprintf("R%02d", within(y.luck(l.who, "why", l.number), 1, 10))})
			if after < 100 {
				continue
			}
		}
		y.startStory(l)
	}
	return nil
}

// comesBack says after how many days a letter comes back, or 0: some first
// letters, more of the second, most of the third, and a few after half a year.
func (y *year) comesBack(l letter) int {
	shares := []float64{0.02, 0.2, 0.6, 1}
	u := y.luck(l.who, "comes back", l.number)
	if u < shares[min(l.number, len(shares))-1] && (l.number == 1 || y.luck(l.who, "comes back", 1) < shares[0]) {
		return within(y.luck(l.who, "back after", l.number), 3, 25)
	}
	if l.number == 1 && y.luck(l.who, "comes back late") < 0.002 {
		return within(y.luck(l.who, "back after", 0), 150, 200)
	}
	return 0
}

// workday is the day itself, or the Monday after a weekend.
func workday(d calendar.Date) calendar.Date {
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d = d.AddDays(1)
	}
	return d
}
