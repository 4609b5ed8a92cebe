package campaigns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// Raise raises an alarm, or keeps it alive if it is raised already. The sentence names no person.
func (r *Register) Raise(ctx context.Context, tx pgx.Tx, now time.Time, kind, key, sentence string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO alarms (kind, key, sentence, raised_at, seen_at) VALUES (@kind, @key, @sentence, @now, @now)
		ON CONFLICT (kind, key) WHERE cleared_at IS NULL DO UPDATE SET seen_at = excluded.seen_at`,
		pgx.NamedArgs{"kind": kind, "key": key, "sentence": sentence, "now": now})
	if err != nil {
		return fmt.Errorf("raise alarm: %w", err)
	}
	return nil
}

// Watched keeps the alarm of one watched thing in step with what was found:
// a sentence raises it or keeps it alive, none clears it.
func (r *Register) Watched(ctx context.Context, kind, key, wrong string) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if wrong != "" {
			return r.Raise(ctx, tx, now, kind, key, wrong)
		}
		return r.Clear(ctx, tx, now, kind, key)
	})
}

// Clear ends the alarm of a thing that has been seen to.
func (r *Register) Clear(ctx context.Context, tx pgx.Tx, now time.Time, kind, key string) error {
	_, err := tx.Exec(ctx, `UPDATE alarms SET cleared_at = @now WHERE kind = @kind AND key = @key AND cleared_at IS NULL`,
		pgx.NamedArgs{"now": now, "kind": kind, "key": key})
	if err != nil {
		return fmt.Errorf("clear alarm: %w", err)
	}
	return nil
}

// Alarm is something wrong that somebody has to look at.
type Alarm struct {
	ID        int64
	Kind      string
	Key       string
	Sentence  string
	RaisedAt  time.Time
	SeenAt    time.Time // when it was found to be so last
	ClearedAt *time.Time
	Owner     StaffID
	OwnerName string
	TakenAt   *time.Time // when the owner took it
	EndedBy   string     // who ended it by hand, and why
	Because   string
}

const alarmColumns = `
	a.id, a.kind, a.key, a.sentence, a.raised_at, a.seen_at, a.cleared_at, coalesce(a.owner, 0), coalesce(o.name, ''), a.acknowledged_at,
	coalesce(e.name, ''), a.ended_because FROM alarms a LEFT JOIN staff o ON o.id = a.owner LEFT JOIN staff e ON e.id = a.ended_by`

// Alarms lists the alarms that are not cleared, newest first, at most a hundred.
func (r *Register) Alarms(ctx context.Context) ([]Alarm, error) {
	return r.alarmsWhere(ctx, `a.cleared_at IS NULL ORDER BY a.id DESC LIMIT 100`, nil)
}

// PastAlarms lists those that were cleared since a moment, the last first.
func (r *Register) PastAlarms(ctx context.Context, since time.Time) ([]Alarm, error) {
	return r.alarmsWhere(ctx, `a.cleared_at >= @since ORDER BY a.cleared_at DESC, a.id DESC LIMIT 100`, pgx.NamedArgs{"since": since})
}

func (r *Register) alarmsWhere(ctx context.Context, where string, args pgx.NamedArgs) ([]Alarm, error) {
	if args == nil {
		args = pgx.NamedArgs{}
	}
	rows, err := r.Pool.Query(ctx, `SELECT `+alarmColumns+` WHERE `+where, args)
	if err != nil {
		return nil, fmt.Errorf("list alarms: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Alarm])
}

// TakeAlarm gives an alarm an owner, who is seen to see to it. It stays until
// what it tells of is over.
func (r *Register) TakeAlarm(ctx context.Context, by Viewer, id int64, owner StaffID) error {
	return r.ofAlarm(ctx, by, id, "take alarm", map[string]any{"owner": owner}, func(tx pgx.Tx, now time.Time) error {
		var there bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM staff WHERE id = @owner AND disabled_at IS NULL)`, pgx.NamedArgs{"owner": owner}).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			return fault.In("owner", fault.Invalid, "Choose somebody who works here.")
		}
		_, err = tx.Exec(ctx, `UPDATE alarms SET owner = @owner, acknowledged_by = @by, acknowledged_at = @now WHERE id = @id`,
			pgx.NamedArgs{"owner": owner, "by": by.ID, "now": now, "id": id})
		return err
	})
}

// EndAlarm ends an alarm by hand, with a reason. Where what it tells of is not
// over, the next look raises it anew.
func (r *Register) EndAlarm(ctx context.Context, by Viewer, id int64, because string) error {
	if because = strings.TrimSpace(because); because == "" {
		return fault.In("because", fault.Invalid, "Say what was done about it.")
	}
	return r.ofAlarm(ctx, by, id, "end alarm", nil, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE alarms SET cleared_at = @now, ended_by = @by, ended_because = @because WHERE id = @id`,
			pgx.NamedArgs{"now": now, "by": by.ID, "because": because, "id": id})
		return err
	})
}

func (r *Register) ofAlarm(ctx context.Context, by Viewer, id int64, action string, detail map[string]any, do func(tx pgx.Tx, now time.Time) error) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Only managers see to alarms.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var cleared *time.Time
		err := tx.QueryRow(ctx, `SELECT cleared_at FROM alarms WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id}).Scan(&cleared)
		if errors.Is(err, pgx.ErrNoRows) {
			return absent("alarm")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		if cleared != nil {
			return fault.New(fault.Conflict, "This alarm is over already.")
		}
		if err := do(tx, now); err != nil {
			if fault.Of(err) != nil {
				return err
			}
			return fmt.Errorf("%s: %w", action, err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: action, Object: "alarm", ID: fmt.Sprint(id), Detail: detail})
	})
}
