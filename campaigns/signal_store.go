package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const signalColumns = `key, version, coalesce(since, '0001-01-01Z'), day, reason, coalesce(staff_id, 0), changed_at`

func scanSignal(row pgx.CollectableRow) (Signal, error) {
	var s Signal
	err := row.Scan(&s.Key, &s.Version, &s.Since, &s.Day, &s.Reason, &s.Staff, &s.ChangedAt)
	if s.Since.Year() == 1 {
		s.Since = time.Time{}
	}
	return s, err
}

// haltQueue is the advisory lock that keeps a stop from waiting for ever behind sweeps.
const haltQueue = 7204

// LockSignals reads signals and holds them FOR SHARE until the transaction
// ends, so that none can change between being asked and being obeyed. A key
// without a row is absent from the answer and must be taken as red.
//
// Sharers of a row may come one after the other for ever while somebody waits
// to change it; the advisory lock has a queue, in which a stop comes next.
func (r *Register) LockSignals(ctx context.Context, tx pgx.Tx, keys []string) (map[string]Signal, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared(@queue)`, pgx.NamedArgs{"queue": haltQueue}); err != nil {
		return nil, fmt.Errorf("read signals: %w", err)
	}
	rows, err := tx.Query(ctx, `SELECT `+signalColumns+` FROM signals WHERE key = ANY(@keys) ORDER BY key FOR SHARE`, pgx.NamedArgs{"keys": keys})
	return signalMap(rows, err)
}

// ReadSignals reads signals as a transaction sees them, without holding them.
func (r *Register) ReadSignals(ctx context.Context, tx pgx.Tx, keys []string) (map[string]Signal, error) {
	rows, err := tx.Query(ctx, `SELECT `+signalColumns+` FROM signals WHERE key = ANY(@keys)`, pgx.NamedArgs{"keys": keys})
	return signalMap(rows, err)
}

// Signals reads signals without holding them, for pages.
func (r *Register) Signals(ctx context.Context, keys []string) (map[string]Signal, error) {
	rows, err := r.Pool.Query(ctx, `SELECT `+signalColumns+` FROM signals WHERE key = ANY(@keys) ORDER BY key`, pgx.NamedArgs{"keys": keys})
	return signalMap(rows, err)
}

// SignalsLike reads the signals whose keys begin with a prefix, for pages.
func (r *Register) SignalsLike(ctx context.Context, prefix string) (map[string]Signal, error) {
	rows, err := r.Pool.Query(ctx, `SELECT `+signalColumns+` FROM signals WHERE starts_with(key, @prefix) ORDER BY key`, pgx.NamedArgs{"prefix": prefix})
	return signalMap(rows, err)
}

func signalMap(rows pgx.Rows, err error) (map[string]Signal, error) {
	if err != nil {
		return nil, fmt.Errorf("read signals: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanSignal)
	if err != nil {
		return nil, fmt.Errorf("read signals: %w", err)
	}
	m := make(map[string]Signal, len(list))
	for _, s := range list {
		m[s.Key] = s
	}
	return m, nil
}

// MakeSignals lays the rows of new signals, clear; those that are there stay as they are.
func (r *Register) MakeSignals(ctx context.Context, tx pgx.Tx, now time.Time, keys []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO signals (key, changed_at) SELECT k, @now FROM unnest(@keys::text[]) k ON CONFLICT DO NOTHING`,
		pgx.NamedArgs{"keys": keys, "now": now})
	if err != nil {
		return fmt.Errorf("lay signals: %w", err)
	}
	return nil
}

// SetSignal changes one signal, whoever depends on it being locked out until
// the transaction ends, and notes the change. Setting it to what it is
// already changes nothing.
func (r *Register) SetSignal(ctx context.Context, tx pgx.Tx, now time.Time, key string, since time.Time, day calendar.Date, reason string, by, second StaffID) error {
	return r.setSignals(ctx, tx, now, []string{key}, since, day, reason, by, second)
}

// setSignals is SetSignal for many, in the order in which the gate locks them.
func (r *Register) setSignals(ctx context.Context, tx pgx.Tx, now time.Time, keys []string, since time.Time, day calendar.Date, reason string, by, second StaffID) error {
	var at any
	if !since.IsZero() {
		at = since
	}
	_, err := tx.Exec(ctx, `
		WITH changed AS (
			INSERT INTO signals AS s (key, since, day, reason, staff_id, second_id, changed_at)
			SELECT k, @since::timestamptz, @day::date, @reason, nullif(@by::bigint, 0), nullif(@second::bigint, 0), @now FROM unnest(@keys::text[]) k ORDER BY k
			ON CONFLICT (key) DO UPDATE SET version = s.version + 1, since = excluded.since, day = excluded.day, reason = excluded.reason,
				staff_id = excluded.staff_id, second_id = excluded.second_id, changed_at = excluded.changed_at
			WHERE (s.since, s.day, s.reason) IS DISTINCT FROM (excluded.since, excluded.day, excluded.reason)
			RETURNING key, version, since, day, reason, staff_id, second_id, changed_at
		)
		INSERT INTO signal_changes (key, version, since, day, reason, staff_id, second_id, changed_at)
		SELECT key, version, since, day, reason, staff_id, second_id, changed_at FROM changed ORDER BY key`,
		pgx.NamedArgs{"keys": keys, "since": at, "day": day, "reason": reason, "by": by, "second": second, "now": now})
	if err != nil {
		return fmt.Errorf("set %d signals, %s first: %w", len(keys), first(keys), err)
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return list[0]
}

// Halt turns a stop or pause red. Any manager may; a second time changes nothing.
func (r *Register) Halt(ctx context.Context, by Viewer, key, reason string) error {
	if by.ID != 0 && !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not stop or pause.")
	}
	if reason == "" {
		return fault.In("reason", fault.Invalid, "Say why, in a few words that colleagues will understand.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error { return r.HaltIn(ctx, tx, by, key, reason) })
}

// HaltIn is Halt in the transaction of whoever found the reason; who may is
// for the caller to have asked.
func (r *Register) HaltIn(ctx context.Context, tx pgx.Tx, by Viewer, key, reason string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(@queue)`, pgx.NamedArgs{"queue": haltQueue}); err != nil {
		return fmt.Errorf("halt: %w", err)
	}
	var red bool
	err := tx.QueryRow(ctx, `SELECT since IS NOT NULL FROM signals WHERE key = @key FOR UPDATE`, pgx.NamedArgs{"key": key}).Scan(&red)
	if err := orAbsent(err, "thing to stop or pause"); err != nil || red {
		return err
	}
	now := r.Clock() // it holds from here on
	if err := r.SetSignal(ctx, tx, now, key, now, calendar.Date{}, reason, by.ID, 0); err != nil {
		return err
	}
	return r.Audit(ctx, tx, now, Deed{By: by, Action: "halt", Object: "signal", ID: key, Detail: map[string]any{"reason": reason}})
}

// LockGate lets nobody be asked about until the transaction ends: what it
// writes, every later asking of the gate sees. Like a stop it comes next,
// however many sweeps share the signals.
func (r *Register) LockGate(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(@queue)`, pgx.NamedArgs{"queue": haltQueue}); err != nil {
		return fmt.Errorf("lock the gate: %w", err)
	}
	if _, err := tx.Exec(ctx, `SELECT key FROM signals WHERE key = @key FOR UPDATE`, pgx.NamedArgs{"key": StopSignal}); err != nil {
		return fmt.Errorf("lock the gate: %w", err)
	}
	return nil
}

// Resume turns a pause clear again. The stop and suspicions take two people: use Propose and Agree.
func (r *Register) Resume(ctx context.Context, by Viewer, key string) error {
	if key == StopSignal || len(key) > 8 && key[:8] == "suspect:" {
		return fault.New(fault.Refused, "Lifting this takes two people: one proposes it, another agrees.")
	}
	if by.ID != 0 && !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not resume.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if wave, of := waveOf(key); of {
			if err := r.waveClear(ctx, tx, wave); err != nil {
				return err
			}
		}
		if err := r.SetSignal(ctx, tx, now, key, time.Time{}, calendar.Date{}, "", by.ID, 0); err != nil {
			return err
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "resume", Object: "signal", ID: key})
	})
}

// Proposal is what one person asked for and another has to agree to.
type Proposal struct {
	ID         int64
	Action     string
	Key        string
	Detail     json.RawMessage
	Author     StaffID
	AuthorName string
	ProposedAt time.Time
}

// Propose asks for something that takes two people. Proposing the same again changes nothing.
func (r *Register) Propose(ctx context.Context, by Viewer, action, key string, detail any) error {
	if !by.Role.KeysAnswers() {
		return fault.New(fault.Forbidden, "Your role does not propose this.")
	}
	if by.ID == 0 {
		return fault.New(fault.Refused, "This takes two people. Say by name who proposes it.")
	}
	body, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("propose %s: %w", action, err)
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO proposals (action, key, detail, author_id, proposed_at) VALUES (@action, @key, @detail, @by, @now)
			ON CONFLICT (action, key) WHERE approved_at IS NULL AND withdrawn_at IS NULL DO NOTHING`,
			pgx.NamedArgs{"action": action, "key": key, "detail": body, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("propose %s: %w", action, err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "propose " + action, Object: "signal", ID: key})
	})
}

// Proposals lists what waits for a second person.
func (r *Register) Proposals(ctx context.Context) ([]Proposal, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT p.id, p.action, p.key, p.detail, p.author_id, s.name, p.proposed_at FROM proposals p JOIN staff s ON s.id = p.author_id
		WHERE p.approved_at IS NULL AND p.withdrawn_at IS NULL ORDER BY p.id`)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Proposal])
}

// TakeProposal locks an open proposal for the second person, who must not be
// its author, and marks it agreed; the caller does what was proposed in the
// same transaction.
func (r *Register) TakeProposal(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, action, key string) (Proposal, error) {
	var p Proposal
	err := tx.QueryRow(ctx, `
		SELECT p.id, p.action, p.key, p.detail, p.author_id, p.proposed_at FROM proposals p
		WHERE p.action = @action AND p.key = @key AND p.approved_at IS NULL AND p.withdrawn_at IS NULL FOR UPDATE`,
		pgx.NamedArgs{"action": action, "key": key}).Scan(&p.ID, &p.Action, &p.Key, &p.Detail, &p.Author, &p.ProposedAt)
	if err := orAbsent(err, "open proposal"); err != nil {
		return p, err
	}
	if by.ID == 0 {
		return p, fault.New(fault.Refused, "This takes two people. Say by name who agrees to it.")
	}
	if p.Author == by.ID {
		return p, fault.New(fault.Refused, "You proposed this yourself. Somebody else has to agree.")
	}
	_, err = tx.Exec(ctx, `UPDATE proposals SET approver_id = @by, approved_at = @now WHERE id = @id`,
		pgx.NamedArgs{"by": by.ID, "now": now, "id": p.ID})
	if err != nil {
		return p, fmt.Errorf("agree to %s: %w", action, err)
	}
	return p, r.Audit(ctx, tx, now, Deed{By: by, Action: "agree to " + action, Object: "signal", ID: key})
}

// AgreeToLift is the second signature under lifting the stop; letters and records go on from its commit.
func (r *Register) AgreeToLift(ctx context.Context, by Viewer, key string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not lift this.")
	}
	if key != StopSignal {
		return fault.New(fault.Refused, "Only the stop is lifted here; a suspicion is lifted with its batch.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		p, err := r.TakeProposal(ctx, tx, now, by, "lift", key)
		if err != nil {
			return err
		}
		return r.SetSignal(ctx, tx, now, key, time.Time{}, calendar.Date{}, "", p.Author, by.ID)
	})
}
