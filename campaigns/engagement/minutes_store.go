package engagement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

func (m *Minutes) inTx(ctx context.Context, by campaigns.Viewer, do func(tx pgx.Tx, now time.Time) error) error {
	if by.ID != 0 && !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not note meetings.")
	}
	return campaigns.InTx(ctx, m.Register.Pool, m.Register.Clock, do)
}

const meetingSelect = `SELECT e.id, e.programme_id, e.region_code, e.held_on, e.body, e.present, e.bodies, e.bodies_of, e.statement, coalesce(s.name, 'Command line'), e.at
	FROM engagement_meetings e LEFT JOIN staff s ON s.id = e.staff_id `

// sees leaves the meetings e of a viewer's region and the national ones.
const sees = `(@region = '' OR e.region_code IN ('', @region))`

// Meetings lists the meetings that a viewer sees, newest first.
func (m *Minutes) Meetings(ctx context.Context, by campaigns.Viewer) ([]Meeting, error) {
	rows, err := m.Register.Pool.Query(ctx, meetingSelect+`WHERE `+sees+` ORDER BY e.held_on DESC, e.id DESC LIMIT 500`, pgx.NamedArgs{"region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Meeting])
}

// Meeting finds one; of another region it is as absent as none.
func (m *Minutes) Meeting(ctx context.Context, by campaigns.Viewer, id int64) (Meeting, error) {
	rows, err := m.Register.Pool.Query(ctx, meetingSelect+`WHERE e.id = @id AND `+sees, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Meeting{}, fmt.Errorf("read meeting: %w", err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Meeting])
	if errors.Is(err, pgx.ErrNoRows) {
		return one, fault.New(fault.NotFound, "There is no such meeting.")
	}
	return one, err
}

// AddMeeting notes a meeting; a regional manager's is of that region.
func (m *Minutes) AddMeeting(ctx context.Context, by campaigns.Viewer, n Meeting) (id int64, err error) {
	if by.Region != "" {
		n.Region = by.Region
	}
	if err := n.Check(m.Register.Clock.Today()); err != nil {
		return 0, err
	}
	err = m.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO engagement_meetings (programme_id, region_code, held_on, body, present, bodies, bodies_of, statement, staff_id, at)
			VALUES (@programme, @region, @held, @body, @present, @bodies, @of, @statement, nullif(@by::bigint, 0), @now) RETURNING id`,
			pgx.NamedArgs{"programme": n.Programme, "region": n.Region, "held": n.HeldOn, "body": n.Body, "present": n.Present, "bodies": n.Bodies, "of": n.BodiesOf,
				"statement": n.Statement, "by": int64(by.ID), "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("note a meeting: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "note meeting", Object: "meeting", ID: fmt.Sprint(id)})
	})
	return id, err
}

// AddVote notes a vote as it was counted. More votes than people present are
// refused; fewer are shown as those who gave none.
func (m *Minutes) AddVote(ctx context.Context, by campaigns.Viewer, v Vote) error {
	meeting, err := m.Meeting(ctx, by, v.Meeting)
	if err != nil {
		return err
	}
	if err := v.Check(meeting.Present); err != nil {
		return err
	}
	answers, err := json.Marshal(v.Answers)
	if err != nil {
		return fmt.Errorf("note a vote: %w", err)
	}
	return m.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `INSERT INTO engagement_votes (meeting_id, question, answers, staff_id, at) VALUES (@meeting, @question, @answers, nullif(@by::bigint, 0), @now)`,
			pgx.NamedArgs{"meeting": v.Meeting, "question": v.Question, "answers": answers, "by": int64(by.ID), "now": now})
		if err != nil {
			return fmt.Errorf("note a vote: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "note vote", Object: "meeting", ID: fmt.Sprint(v.Meeting)})
	})
}

// Votes lists the votes that a viewer sees, oldest meeting first; of one
// meeting, or of all with meeting 0.
func (m *Minutes) Votes(ctx context.Context, by campaigns.Viewer, meeting int64) ([]Vote, error) {
	rows, err := m.Register.Pool.Query(ctx, `
		SELECT v.id, v.meeting_id, v.question, v.answers, e.present, e.held_on, e.region_code, e.body FROM engagement_votes v JOIN engagement_meetings e ON e.id = v.meeting_id
		WHERE (@meeting::bigint = 0 OR e.id = @meeting) AND `+sees+` ORDER BY e.held_on, v.id`, pgx.NamedArgs{"meeting": meeting, "region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list votes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Vote])
}

// Raise notes a concern. One that blocks a wave holds it from this moment: a
// planned wave is not approved and a paused one not resumed while it is open,
// and one that runs is paused.
func (m *Minutes) Raise(ctx context.Context, by campaigns.Viewer, c Concern) error {
	if _, err := m.Meeting(ctx, by, c.Meeting); err != nil {
		return err
	}
	switch {
	case c.Concern == "" || len([]rune(c.Concern)) > 2000:
		return fault.In("concern", fault.Invalid, "Say what worries them, in up to 2,000 characters.")
	case c.Owner == "":
		return fault.In("owner", fault.Invalid, "Say who answers it.")
	}
	return m.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		if c.Wave != 0 {
			if err := m.block(ctx, tx, by, c.Wave); err != nil {
				return err
			}
		}
		var id int64
		err := tx.QueryRow(ctx, `INSERT INTO engagement_concerns (meeting_id, concern, owner, wave_id, staff_id, at) VALUES (@meeting, @concern, @owner, nullif(@wave::bigint, 0), nullif(@by::bigint, 0), @now) RETURNING id`,
			pgx.NamedArgs{"meeting": c.Meeting, "concern": c.Concern, "owner": c.Owner, "wave": int64(c.Wave), "by": int64(by.ID), "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("note a concern: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "note concern", Object: "meeting", ID: fmt.Sprint(c.Meeting), Detail: map[string]any{"concern": id, "wave": c.Wave}})
	})
}

// block pauses a wave that runs; one that is only planned cannot be approved.
func (m *Minutes) block(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, wave campaigns.WaveID) error {
	var running bool
	var region string
	err := tx.QueryRow(ctx, `SELECT w.state = 'approved', c.region_code FROM waves w JOIN campaigns c ON c.id = w.campaign_id WHERE w.id = @wave FOR UPDATE OF w`, pgx.NamedArgs{"wave": int64(wave)}).Scan(&running, &region)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !by.Sees(region) {
		return fault.In("wave", fault.NotFound, "There is no such wave.")
	}
	if err != nil {
		return fmt.Errorf("read the wave: %w", err)
	}
	if !running {
		return nil
	}
	return m.Register.HaltIn(ctx, tx, by, campaigns.PauseWave(wave), "A concern of doctors is not answered yet.")
}

// Answer writes down what was answered; it is given once and stays. A wave
// that it blocked may go on by the hand of a manager.
func (m *Minutes) Answer(ctx context.Context, by campaigns.Viewer, id int64, answer string) error {
	if answer == "" || len([]rune(answer)) > 2000 {
		return fault.In("answer", fault.Invalid, "Write what was answered, in up to 2,000 characters.")
	}
	return m.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			UPDATE engagement_concerns c SET answer = @answer, answered_by = nullif(@by::bigint, 0), answered_at = @now
			FROM engagement_meetings e WHERE e.id = c.meeting_id AND c.id = @id AND c.answered_at IS NULL AND `+sees,
			pgx.NamedArgs{"id": id, "answer": answer, "by": int64(by.ID), "now": now, "region": by.Region})
		if err != nil {
			return fmt.Errorf("answer a concern: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "This concern is answered already, or there is none.")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "answer concern", Object: "concern", ID: fmt.Sprint(id)})
	})
}

// Concerns lists the concerns that a viewer sees, open ones first; of one
// meeting, or of all with meeting 0.
func (m *Minutes) Concerns(ctx context.Context, by campaigns.Viewer, meeting int64) ([]Concern, error) {
	rows, err := m.Register.Pool.Query(ctx, `
		SELECT c.id, c.meeting_id, c.concern, c.owner, coalesce(c.wave_id, 0), coalesce(k.code || ', wave ' || w.number, ''), coalesce(s.name, 'Command line'), c.at, c.answer, coalesce(a.name, ''),
			coalesce(c.answered_at, '0001-01-01Z'), e.body, e.held_on
		FROM engagement_concerns c JOIN engagement_meetings e ON e.id = c.meeting_id LEFT JOIN waves w ON w.id = c.wave_id LEFT JOIN campaigns k ON k.id = w.campaign_id
		LEFT JOIN staff s ON s.id = c.staff_id LEFT JOIN staff a ON a.id = c.answered_by
		WHERE (@meeting::bigint = 0 OR e.id = @meeting) AND `+sees+` ORDER BY c.answered_at IS NOT NULL, c.id DESC LIMIT 500`, pgx.NamedArgs{"meeting": meeting, "region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list concerns: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Concern, error) {
		c, err := pgx.RowToStructByPos[Concern](row)
		if c.AnsweredAt.Year() == 1 {
			c.AnsweredAt = time.Time{}
		}
		return c, err
	})
}

// WaveClear fails while a concern blocks a wave; the register asks it before a
// wave is approved or resumed.
func (m *Minutes) WaveClear(ctx context.Context, tx pgx.Tx, wave campaigns.WaveID) error {
	var body string
	var held calendar.Date
	err := tx.QueryRow(ctx, `
		SELECT e.body, e.held_on FROM engagement_concerns c JOIN engagement_meetings e ON e.id = c.meeting_id
		WHERE c.wave_id = @wave AND c.answered_at IS NULL ORDER BY c.id LIMIT 1`, pgx.NamedArgs{"wave": int64(wave)}).Scan(&body, &held)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for concerns: %w", err)
	}
	return fault.New(fault.Refused, "A concern of %s (%s) blocks this wave until it is answered. See Programme, Doctors.", body, held.Plain())
}
