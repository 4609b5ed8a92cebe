package simulate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// keyed is an answer that waits for the next file of a practice or an upload.
type keyed struct {
	who  *person
	says string
	on   calendar.Date
	by   campaigns.Channel
}

// key enters somebody's answer at the helpdesk.
func (y *year) key(ctx context.Context, p *person, says string, by campaigns.Channel, on calendar.Date, piece int64) error {
	who := p.now()
	r, err := y.house.Desk.Answer(ctx, p.side.helpdesk, optout.Answer{Campaign: p.side.campaign.ID, Person: who.id, Says: says, Channel: by, ReceivedOn: on, Piece: piece})
	if fault.Is(err, fault.Refused) && says == "yes" {
		return nil // a yes on a letter under suspicion
	}
	if err != nil {
		return err
	}
	y.journal.keep(r, who.id, by)
	return nil
}

// illegible has a form arrive that cannot be matched for sure: its reference
// is there and nothing else, or details of two people stand on it.
func (y *year) illegible(posted calendar.Date, l letter, mixed bool) {
	y.plan(posted.AddDays(5), l.who, func(ctx context.Context) error {
		h := optout.NewHold{Programme: l.who.side.id, Cause: "illegible", Says: "unknown", Channel: campaigns.Paper, ReceivedOn: posted, Reference: l.reference}
		if mixed {
			other := y.neighbour(l.who)
			h = optout.NewHold{Programme: l.who.side.id, Says: "no", Channel: campaigns.Paper, ReceivedOn: posted,
				Told: map[string]string{"nhs_number": l.who.number, "born_on": other.born.String(), "family_name": other.family, "postcode": other.postcode}}
		}
		return y.hold(ctx, l.who.side, h)
	})
}

func (y *year) hold(ctx context.Context, s *side, h optout.NewHold) error {
	r, err := y.house.Desk.Hold(ctx, s.helpdesk, h)
	if err == nil {
		y.journal.keep(r, 0, h.Channel)
	}
	return err
}

// neighbour is somebody else of the same campaign.
func (y *year) neighbour(p *person) *person {
	for _, o := range y.inOrder {
		if o.side == p.side && o.place == p.place-1 {
			return o
		}
	}
	return p
}

// stranger has a form arrive with the number of nobody in any campaign.
func (y *year) stranger(posted calendar.Date, l letter) {
	y.plan(posted.AddDays(4), l.who, func(ctx context.Context) error {
		number := fmt.Sprintf("4%09d", int(y.luck(l.who, "stranger")*1e9))
		return y.hold(ctx, l.who.side, optout.NewHold{Programme: l.who.side.id, Says: "no", Channel: campaigns.Paper, ReceivedOn: posted,
			Told: map[string]string{"nhs_number": number}})
	})
}

func (y *year) atPractice(d calendar.Date, p *person) {
	y.tell(d, func(context.Context) error {
		y.waiting = append(y.waiting, keyed{p, "no", y.today, campaigns.Practice})
		return nil
	})
}

func (y *year) collected(d calendar.Date, p *person, says string) {
	y.tell(d, func(context.Context) error {
		y.waiting = append(y.waiting, keyed{p, says, y.today, campaigns.Upload})
		return nil
	})
}

// files are what practices and others send: every practice each second week, a
// list of answers every week. Each practice's file is read twice.
func (y *year) files(ctx context.Context) error {
	if y.today.Weekday() != time.Thursday {
		return nil
	}
	week := y.today.DaysSince(firstDay) / 7
	rest := y.waiting[:0:0]
	dissents := map[string][]string{}
	var answers []string
	for _, k := range y.waiting {
		switch at := y.practiceOf(k.who); {
		case k.by == campaigns.Upload:
			answers = append(answers, fmt.Sprintf("%s,%s,%s", k.who.number, k.says, k.on))
		case at%2 == week%2:
			dissents[k.who.practice] = append(dissents[k.who.practice], fmt.Sprintf("%s,XaXj6,%s", k.who.number, k.on))
		default:
			rest = append(rest, k)
		}
	}
	y.waiting = rest
	if len(answers) > 0 {
		done, err := y.house.Desk.ImportAnswers(ctx, y.first, strings.NewReader("nhs_number,answer,received\n"+strings.Join(answers, "\n")+"\n"))
		if err != nil || done.Rejected > 0 {
			return fmt.Errorf("list of answers: %d rejected: %w", done.Rejected, err)
		}
		y.journal.imported(campaigns.Upload, done)
	}
	for _, s := range y.sides {
		for i, p := range s.practices {
			if i%2 != week%2 {
				continue
			}
			if rows := dissents[p.code]; len(rows) > 0 {
				if err := y.importDissents(ctx, p.code, rows); err != nil {
					return err
				}
			}
			if err := y.declare(ctx, campaigns.Practice, p.code, y.today.AddDays(-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (y *year) importDissents(ctx context.Context, practice string, rows []string) error {
	body := "nhs_number,code,date\n" + strings.Join(rows, "\n") + "\n"
	for n := range 2 {
		done, err := y.house.Desk.ImportDissents(ctx, y.first, practice, strings.NewReader(body))
		if err != nil || done.Rejected > 0 || done.Rows != done.Applied+done.Already+done.Held+done.Unmatched {
			return fmt.Errorf("file of practice %s: %+v: %w", practice, done, err)
		}
		if n == 1 && done.Applied > 0 {
			return fmt.Errorf("file of practice %s: read a second time %d rows counted again", practice, done.Applied)
		}
		y.journal.imported(campaigns.Practice, done)
	}
	return nil
}

// practiceOf is the place of somebody's practice among those of the side.
func (y *year) practiceOf(p *person) int {
	for _, s := range y.sides {
		for i, one := range s.practices {
			if one.code == p.practice {
				return i
			}
		}
	}
	return 0
}

// declare says how far a channel has come. While something that matches nobody
// is open it is refused, and said again another time.
func (y *year) declare(ctx context.Context, ch campaigns.Channel, practice string, through calendar.Date) error {
	err := y.house.Desk.Declare(ctx, y.first, ch, practice, through)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// evening is when feeds have spoken, files come, channels are declared and
// holds are settled.
func (y *year) evening(ctx context.Context) error {
	n := y.today.DaysSince(firstDay)
	if n < 120 || n > 129 { // silent for ten days
		if err := y.house.Desk.FeedSpoke(ctx, campaigns.FeedNational); err != nil {
			return err
		}
	}
	if n < 175 || n > 180 {
		if err := y.house.Desk.FeedSpoke(ctx, campaigns.FeedRegistrations); err != nil {
			return err
		}
	}
	if y.today.Weekday() == time.Saturday || y.today.Weekday() == time.Sunday {
		return nil
	}
	if err := y.files(ctx); err != nil {
		return err
	}
	if err := y.declareAll(ctx, n); err != nil {
		return err
	}
	if err := y.settle(ctx); err != nil {
		return err
	}
	if y.today.Weekday() == time.Friday {
		return y.tidy(ctx)
	}
	return nil
}

// declareAll declares the phone's day each evening, uploads on Fridays, and
// forms on Tuesdays as far as they are keyed; for five weeks nobody thinks of it.
func (y *year) declareAll(ctx context.Context, n int) error {
	if err := y.declare(ctx, campaigns.Phone, "", y.today.AddDays(-1)); err != nil {
		return err
	}
	if y.today.Weekday() == time.Friday {
		if err := y.declare(ctx, campaigns.Upload, "", y.today.AddDays(-2)); err != nil {
			return err
		}
	}
	if y.today.Weekday() == time.Tuesday && (n < 140 || n > 175) {
		return y.declare(ctx, campaigns.Paper, "", y.today.AddDays(-14))
	}
	return nil
}

// tidy is what managers look at on Fridays: batches that stand still because
// too many letters came back, a target that refused, records that failed.
func (y *year) tidy(ctx context.Context) error {
	r := y.house.Register
	for _, prefix := range []string{"pause:batch:", "pause:registry:"} {
		list, err := r.SignalsLike(ctx, prefix)
		if err != nil {
			return err
		}
		for key, s := range list {
			if s.Red() {
				if err := r.Resume(ctx, y.first, key); err != nil {
					return err
				}
			}
		}
	}
	for _, s := range y.sides {
		list, err := r.EnrolmentsIn(ctx, s.campaign.ID, campaigns.CreateFailed, 0, 1000)
		if err != nil {
			return err
		}
		for _, e := range list {
			err := y.house.Desk.Retry(ctx, y.first, e.ID, "looked into with the target")
			if err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
	}
	return nil
}
