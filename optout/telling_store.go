package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// tell notes, in the transaction that changed an answer, what the practice and
// a national register have to be told: whatever stands now, where that is not
// what they were told last. Nobody is told of a yes who was never told of a
// no. A target from which the answer came has it already. OFFSET 0 keeps the
// look by person: for the newest row PostgreSQL would else walk all from the end.
func (d *Desk) tell(ctx context.Context, tx pgx.Tx, now time.Time, programme campaigns.ProgrammeID, person campaigns.PersonID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tellings (target, programme_id, person_id, answer_id, says, practice_code, made_at, confirmed_at)
		SELECT t.target, @programme, @person, coalesce(s.id, l.answer), n.says, CASE t.target WHEN 'practice' THEN p.practice_code ELSE '' END, @now,
			CASE WHEN s.channel = t.target THEN @now::timestamptz END
		FROM people p CROSS JOIN (VALUES ('practice'), ('national')) t (target)
		LEFT JOIN LATERAL (
			SELECT a.id, a.says, a.channel FROM (SELECT id, says, channel, received_on FROM answers WHERE person_id = @person AND programme_id = @programme OFFSET 0) a
			WHERE NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id)
			ORDER BY a.received_on DESC, a.says = 'no' DESC, a.id DESC LIMIT 1) s ON true
		LEFT JOIN LATERAL (
			SELECT x.says FROM (SELECT id, says FROM tellings WHERE person_id = @person AND programme_id = @programme AND target = t.target OFFSET 0) x
			ORDER BY x.id DESC LIMIT 1) b ON true
		CROSS JOIN LATERAL (SELECT max(a.id) AS answer FROM (SELECT id FROM answers WHERE person_id = @person AND programme_id = @programme OFFSET 0) a) l
		CROSS JOIN LATERAL (SELECT coalesce(s.says, 'none') AS says) n
		WHERE p.id = @person AND (n.says = 'no' OR b.says IS NOT NULL) AND n.says IS DISTINCT FROM b.says AND coalesce(s.id, l.answer) IS NOT NULL
			AND (t.target = 'practice' OR EXISTS (SELECT FROM registers g WHERE g.revoked_at IS NULL))`,
		pgx.NamedArgs{"programme": programme, "person": person, "now": now})
	if err != nil {
		return fmt.Errorf("note what targets are to be told: %w", err)
	}
	return nil
}

// tellAllNational notes for a register that has just been added every no that
// stands and was not told before.
func tellAllNational(ctx context.Context, tx pgx.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tellings (target, programme_id, person_id, answer_id, says, made_at)
		SELECT 'national', s.programme_id, s.person_id, s.id, 'no', @now FROM (
			SELECT DISTINCT ON (a.programme_id, a.person_id) a.programme_id, a.person_id, a.id, a.says FROM answers a
			WHERE NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id)
			ORDER BY a.programme_id, a.person_id, a.received_on DESC, a.says = 'no' DESC, a.id DESC) s
		WHERE s.says = 'no' AND NOT EXISTS (SELECT FROM tellings x WHERE x.target = 'national' AND x.person_id = s.person_id AND x.programme_id = s.programme_id)
		ORDER BY s.id`, pgx.NamedArgs{"now": now})
	if err != nil {
		return fmt.Errorf("note what the register is to be told: %w", err)
	}
	return nil
}

// practiceOf is the practice whose tasks a member of its staff sees.
func (d *Desk) practiceOf(ctx context.Context, by campaigns.Viewer) (string, error) {
	var code string
	if err := d.Pool.QueryRow(ctx, `SELECT coalesce(practice_code, '') FROM staff WHERE id = @id`, pgx.NamedArgs{"id": by.ID}).Scan(&code); err != nil {
		return "", fmt.Errorf("read whose practice: %w", err)
	}
	if code == "" {
		return "", fault.New(fault.Refused, "Your account names no practice yet. Ask a manager of your region to name it.")
	}
	return code, nil
}

// Tasks lists what a practice has to enter and confirm, the oldest first, at
// most n. Staff of a practice see their own; helpdesk and managers those of
// their region, of one practice where it is named.
func (d *Desk) Tasks(ctx context.Context, by campaigns.Viewer, practice string, n int) ([]Task, error) {
	if by.Role == campaigns.RolePractice {
		own, err := d.practiceOf(ctx, by)
		if err != nil {
			return nil, err
		}
		practice = own
	} else if !by.Role.KeysAnswers() {
		return nil, fault.New(fault.Forbidden, "Your role does not see practices' tasks.")
	}
	working, err := d.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.Pool.Query(ctx, `
		SELECT t.id, t.practice_code, g.name, t.says, CASE WHEN p.sensitive THEN '' ELSE p.nhs_number END,
			CASE WHEN p.sensitive THEN '' ELSE btrim(p.given_names || ' ' || p.family_name) END, CASE WHEN p.sensitive THEN NULL ELSE p.born_on END, p.sensitive, a.received_on, t.made_at,
			coalesce(t.confirmed_at, '0001-01-01Z')
		FROM tellings t JOIN programmes g ON g.id = t.programme_id JOIN people p ON p.id = t.person_id JOIN answers a ON a.id = t.answer_id
		WHERE t.target = 'practice' AND t.confirmed_at IS NULL AND (@practice = '' OR t.practice_code = @practice)
			AND (@region = '' OR EXISTS (SELECT FROM enrolments e JOIN campaigns k ON k.id = e.campaign_id WHERE e.person_id = p.id AND k.region_code = @region))
		ORDER BY t.id LIMIT @n`, pgx.NamedArgs{"practice": practice, "region": by.Region, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Task, err error) {
		err = row.Scan(&t.ID, &t.Practice, &t.Programme, &t.Says, &t.NHSNumber, &t.Name, &t.BornOn, &t.Hidden, &t.ReceivedOn, &t.MadeAt, &t.ConfirmedAt)
		t.DueOn = working.Add(calendar.DateOf(t.MadeAt), TaskDays)
		return t, err
	})
}

// ConfirmTasks notes that a practice has entered these. A task that is
// confirmed already, or is another practice's, is passed over; it returns how
// many were confirmed.
func (d *Desk) ConfirmTasks(ctx context.Context, by campaigns.Viewer, ids []int64) (n int, err error) {
	practice := ""
	if by.Role == campaigns.RolePractice {
		if practice, err = d.practiceOf(ctx, by); err != nil {
			return 0, err
		}
	} else if !by.Role.Manages() {
		return 0, fault.New(fault.Forbidden, "Your role does not confirm practices' tasks.")
	}
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			UPDATE tellings t SET confirmed_at = @now, confirmed_by = @by, told_at = coalesce(t.told_at, @now)
			WHERE t.id = ANY(@ids) AND t.target = 'practice' AND t.confirmed_at IS NULL AND (@practice = '' OR t.practice_code = @practice)
				AND (@region = '' OR EXISTS (SELECT FROM enrolments e JOIN campaigns k ON k.id = e.campaign_id WHERE e.person_id = t.person_id AND k.region_code = @region))`,
			pgx.NamedArgs{"now": now, "by": by.ID, "ids": ids, "practice": practice, "region": by.Region})
		if err != nil {
			return fmt.Errorf("confirm tasks: %w", err)
		}
		n = int(tag.RowsAffected())
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "confirm tasks", Object: "practice", ID: practice, Detail: map[string]any{"tasks": n}})
	})
	return n, err
}

// NamePractice says whose tasks a member of a practice's staff sees.
func (d *Desk) NamePractice(ctx context.Context, by campaigns.Viewer, email, practice string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not name practices of staff.")
	}
	if _, err := d.Register.PracticeFor(ctx, by, practice); err != nil {
		return absentOr(err, fault.In("practice", fault.NotFound, "There is no such practice in your region."))
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE staff SET practice_code = @practice WHERE lower(email) = lower(@email) AND role = 'practice' AND (@region = '' OR region_code = @region)`,
			pgx.NamedArgs{"practice": practice, "email": email, "region": by.Region})
		if err != nil {
			return fmt.Errorf("name a practice: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.In("email", fault.NotFound, "Nobody with this address and the role practice works in your region.")
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "name practice", Object: "practice", ID: practice})
	})
}

// Targets lists how far each target has come, those that wait longest first.
func (d *Desk) Targets(ctx context.Context, by campaigns.Viewer) ([]TargetLine, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT t.target, t.practice_code, coalesce(p.name, ''), count(*) FILTER (WHERE t.confirmed_at IS NULL)::int,
			coalesce(min(t.made_at) FILTER (WHERE t.confirmed_at IS NULL), '0001-01-01Z'), count(*) FILTER (WHERE t.refused_at IS NOT NULL AND t.confirmed_at IS NULL)::int,
			count(*) FILTER (WHERE t.confirmed_at IS NOT NULL)::int
		FROM tellings t LEFT JOIN practices p ON p.code = t.practice_code
		WHERE @region = '' OR EXISTS (SELECT FROM enrolments e JOIN campaigns k ON k.id = e.campaign_id WHERE e.person_id = t.person_id AND k.region_code = @region)
		GROUP BY t.target, t.practice_code, p.name ORDER BY t.target, min(t.made_at) FILTER (WHERE t.confirmed_at IS NULL), t.practice_code LIMIT 500`, pgx.NamedArgs{"region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list targets: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[TargetLine])
}

// WatchTargets raises an alarm while a target has not confirmed for longer
// than agreed, and clears it afterwards: silence is not health.
func (d *Desk) WatchTargets(ctx context.Context) error {
	working, err := d.Register.Working(ctx)
	if err != nil {
		return err
	}
	today := d.Clock.Today()
	for target, days := range map[string]int{TargetPractice: TaskDays, TargetNational: RegisterDays} {
		latest := today // told on this day or before, it should be confirmed
		for !working.Add(latest, days).Before(today) {
			latest = latest.AddDays(-1)
		}
		var open, practices int
		err := d.Pool.QueryRow(ctx, `SELECT count(*)::int, count(DISTINCT practice_code)::int FROM tellings WHERE target = @target AND confirmed_at IS NULL AND made_at < @before`,
			pgx.NamedArgs{"target": target, "before": latest.AddDays(1).Start()}).Scan(&open, &practices)
		if err != nil {
			return fmt.Errorf("look for silent targets: %w", err)
		}
		sentence := ""
		switch {
		case open > 0 && target == TargetPractice:
			sentence = fmt.Sprintf("%d answers have waited for more than %d working days to be confirmed by %d practices. See Tasks.", open, days, practices)
		case open > 0:
			sentence = fmt.Sprintf("%d answers have waited for more than %d working days to be confirmed by the national register. See Targets.", open, days)
		}
		if err := d.Register.Watched(ctx, "target", target, sentence); err != nil {
			return err
		}
	}
	return nil
}
