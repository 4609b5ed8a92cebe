package optout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Ask takes a question from somebody who proved who they are. The same token
// again is the same question. What is wrong with the text is a fault in "text".
func (d *Desk) Ask(ctx context.Context, c Caller, text, token, language string) error {
	text = CleanText(text)
	if err := checkText("text", text); err != nil {
		return err
	}
	if uuid.Validate(token) != nil {
		return fault.New(fault.Invalid, "This form is incomplete. Load the page again and send it once more.")
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var lately int
		err := tx.QueryRow(ctx, `SELECT count(*)::int FROM messages WHERE enrolment_id = @e AND kind = 'asked' AND at > @since`,
			pgx.NamedArgs{"e": c.Enrolment, "since": now.Add(-24 * time.Hour)}).Scan(&lately)
		if err != nil {
			return fmt.Errorf("count questions: %w", err)
		}
		if lately >= askedADay {
			return fault.In("text", fault.Refused, "You have sent many questions today. We answer them first; if it cannot wait, phone us.")
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO messages (campaign_id, enrolment_id, person_id, kind, body, language, at, token)
			VALUES (@campaign, @e, @person, 'asked', @body, @language, @now, @token::uuid) ON CONFLICT (token) DO NOTHING`,
			pgx.NamedArgs{"campaign": c.Campaign, "e": c.Enrolment, "person": c.Person, "body": text, "language": language, "now": now, "token": token})
		if err != nil {
			return fmt.Errorf("write a question: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{Kind: "patient", Action: "ask", Object: "enrolment", ID: fmt.Sprint(c.Enrolment), Campaign: c.Campaign})
	})
}

// Messages are the lines of somebody's own thread, oldest first.
func (d *Desk) Messages(ctx context.Context, c Caller) ([]Message, error) {
	rows, err := d.Pool.Query(ctx, `SELECT id, kind, body, at, '' FROM messages WHERE enrolment_id = @e AND campaign_id = @campaign ORDER BY id`,
		pgx.NamedArgs{"e": c.Enrolment, "campaign": c.Campaign})
	if err != nil {
		return nil, fmt.Errorf("read a thread: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Message])
}

// threadSelect finds threads by their last line.
const threadSelect = `
	SELECT m.enrolment_id, m.person_id, k.code, m.language, m.kind,
		CASE m.kind WHEN 'asked' THEN coalesce((SELECT min(x.at) FROM messages x WHERE x.enrolment_id = m.enrolment_id
			AND x.id > coalesce((SELECT max(y.id) FROM messages y WHERE y.enrolment_id = m.enrolment_id AND y.kind <> 'asked'), 0)), m.at) ELSE m.at END,
		(SELECT count(*)::int FROM messages x WHERE x.enrolment_id = m.enrolment_id)
	FROM messages m JOIN campaigns k ON k.id = m.campaign_id
	WHERE NOT EXISTS (SELECT FROM messages x WHERE x.enrolment_id = m.enrolment_id AND x.id > m.id) AND (@region = '' OR k.region_code = @region) `

// Threads lists threads that a viewer sees: those that wait first, longest
// waiting before, then the others, newest first. At most n.
func (d *Desk) Threads(ctx context.Context, by campaigns.Viewer, n int) ([]Thread, error) {
	return d.threads(ctx, by, `ORDER BY m.kind <> 'asked', CASE WHEN m.kind = 'asked' THEN m.id ELSE -m.id END LIMIT @n`, pgx.NamedArgs{"n": n})
}

func (d *Desk) threads(ctx context.Context, by campaigns.Viewer, which string, args pgx.NamedArgs) ([]Thread, error) {
	if !by.Role.KeysAnswers() {
		return nil, fault.New(fault.Forbidden, "Your role does not read questions.")
	}
	working, err := d.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	args["region"] = by.Region
	rows, err := d.Pool.Query(ctx, threadSelect+which, args)
	if err != nil {
		return nil, fmt.Errorf("list threads: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Thread, err error) {
		err = row.Scan(&t.Enrolment, &t.Person, &t.Campaign, &t.Language, &t.Kind, &t.Since, &t.Lines)
		if t.Waits() {
			t.DueOn = working.Add(calendar.DateOf(t.Since), AnswerDays)
		}
		return t, err
	})
}

// Thread reads one thread and notes that it was read.
func (d *Desk) Thread(ctx context.Context, by campaigns.Viewer, enrolment campaigns.EnrolmentID) (Thread, []Message, error) {
	list, err := d.threads(ctx, by, `AND m.enrolment_id = @e`, pgx.NamedArgs{"e": enrolment})
	if err != nil {
		return Thread{}, nil, err
	}
	if len(list) == 0 {
		return Thread{}, nil, fault.New(fault.NotFound, "There is no such thread.")
	}
	if err := d.Register.LookedAt(ctx, by, "thread", fmt.Sprint(enrolment), "questions"); err != nil {
		return Thread{}, nil, err
	}
	rows, err := d.Pool.Query(ctx, `
		SELECT m.id, m.kind, m.body, m.at, coalesce(s.name, '') FROM messages m LEFT JOIN staff s ON s.id = m.staff_id
		WHERE m.enrolment_id = @e ORDER BY m.id`, pgx.NamedArgs{"e": enrolment})
	if err != nil {
		return Thread{}, nil, fmt.Errorf("read a thread: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Message])
	return list[0], lines, err
}

// Reply answers the last question of a thread, and closes it where closes says
// so. The last line that the writer has read guards against answering twice.
func (d *Desk) Reply(ctx context.Context, by campaigns.Viewer, enrolment campaigns.EnrolmentID, lastRead int64, text string, closes bool) error {
	if !by.Role.KeysAnswers() {
		return fault.New(fault.Forbidden, "Your role does not answer questions.")
	}
	text = CleanText(text)
	if err := checkText("text", text); err != nil {
		return err
	}
	kind := LineAnswered
	if closes {
		kind = LineClosed
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var last int64
		var campaign campaigns.CampaignID
		var person campaigns.PersonID
		var language string
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('thread:' || @e, 0))`, pgx.NamedArgs{"e": fmt.Sprint(enrolment)}); err != nil {
			return fmt.Errorf("lock a thread: %w", err)
		}
		err := tx.QueryRow(ctx, `
			SELECT m.id, m.campaign_id, m.person_id, m.language FROM messages m JOIN campaigns k ON k.id = m.campaign_id
			WHERE m.enrolment_id = @e AND (@region = '' OR k.region_code = @region) ORDER BY m.id DESC LIMIT 1`,
			pgx.NamedArgs{"e": enrolment, "region": by.Region}).Scan(&last, &campaign, &person, &language)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.NotFound, "There is no such thread.")
		}
		if err != nil {
			return fmt.Errorf("read a thread: %w", err)
		}
		if last != lastRead {
			return fault.In("text", fault.Conflict, "Somebody has written since you opened this page. Read it first; what you wrote is still below.")
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO messages (campaign_id, enrolment_id, person_id, kind, body, language, staff_id, at)
			VALUES (@campaign, @e, @person, @kind, @body, @language, @staff, @now)`,
			pgx.NamedArgs{"campaign": campaign, "e": enrolment, "person": person, "kind": kind, "body": text, "language": language, "staff": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: kind, Object: "thread", ID: fmt.Sprint(enrolment), Campaign: campaign})
	})
}

// ThreadsWaiting counts the threads of a viewer that wait for an answer.
func (d *Desk) ThreadsWaiting(ctx context.Context, by campaigns.Viewer) (n int, err error) {
	err = d.Pool.QueryRow(ctx, `SELECT count(*)::int FROM (`+threadSelect+`AND m.kind = 'asked') t`, pgx.NamedArgs{"region": by.Region}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count threads: %w", err)
	}
	return n, nil
}

// AnswerTimes says how long people of a viewer's region waited for answers
// given since a day.
func (d *Desk) AnswerTimes(ctx context.Context, by campaigns.Viewer, since calendar.Date) (AnswerTimes, error) {
	working, err := d.Register.Working(ctx)
	if err != nil {
		return AnswerTimes{}, err
	}
	rows, err := d.Pool.Query(ctx, `
		SELECT m.enrolment_id, m.kind, m.at FROM messages m JOIN campaigns k ON k.id = m.campaign_id
		WHERE (@region = '' OR k.region_code = @region) AND m.enrolment_id IN (SELECT enrolment_id FROM messages WHERE kind <> 'asked' AND at >= @since)
		ORDER BY m.enrolment_id, m.id`, pgx.NamedArgs{"region": by.Region, "since": since.Start()})
	if err != nil {
		return AnswerTimes{}, fmt.Errorf("read answer times: %w", err)
	}
	threads := map[campaigns.EnrolmentID][]Message{}
	var e campaigns.EnrolmentID
	var m Message
	_, err = pgx.ForEachRow(rows, []any{&e, &m.Kind, &m.At}, func() error {
		threads[e] = append(threads[e], m)
		return nil
	})
	if err != nil {
		return AnswerTimes{}, fmt.Errorf("read answer times: %w", err)
	}
	return answerTimes(working, threads), nil
}

// KeepReason keeps why somebody answered as they did, apart from the answer
// and from the person.
func (d *Desk) KeepReason(ctx context.Context, c Caller, says, reason, language string) error {
	reason = CleanText(reason)
	if reason == "" {
		return nil
	}
	_, err := d.Pool.Exec(ctx, `
		INSERT INTO answer_reasons (campaign_id, says, reason, language, said_on) VALUES (@campaign, @says, left(@reason, 500), @language, @on)`,
		pgx.NamedArgs{"campaign": c.Campaign, "says": says, "reason": reason, "language": language, "on": d.Clock.Today()})
	if err != nil {
		return fmt.Errorf("keep a reason: %w", err)
	}
	return nil
}

// Reason is why somebody answered as they did, without who that was.
type Reason struct {
	Campaign, Says, Text, Language string
	On                             calendar.Date
}

// Reasons lists what people gave as their reasons, newest first, at most n.
func (d *Desk) Reasons(ctx context.Context, by campaigns.Viewer, n int) ([]Reason, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT k.code, r.says, r.reason, r.language, r.said_on FROM answer_reasons r JOIN campaigns k ON k.id = r.campaign_id
		WHERE @region = '' OR k.region_code = @region ORDER BY r.id DESC LIMIT @n`, pgx.NamedArgs{"region": by.Region, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list reasons: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Reason])
}
