package optout

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// registerKey begins the key of every register.
const registerKey = "dnr_"

// AddRegister adds a national register and returns its key, which is shown
// once. Every no that stands is in its feed from the start.
func (d *Desk) AddRegister(ctx context.Context, by campaigns.Viewer, name string) (key string, err error) {
	if by.Role != campaigns.RoleNational {
		return "", fault.New(fault.Forbidden, "Only national managers add a register.")
	}
	if name = strings.TrimSpace(name); name == "" || len([]rune(name)) > 80 {
		return "", fault.In("name", fault.Invalid, "Give the register a name of at most 80 characters.")
	}
	key = registerKey + rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(key))
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `INSERT INTO registers (name, key_sha256, made_by, made_at) VALUES (@name, @sum, @by, @now) ON CONFLICT (name) DO NOTHING`,
			pgx.NamedArgs{"name": name, "sum": sum[:], "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("add register: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.In("name", fault.Conflict, "There is a register of this name. Give the new key a name of its own, such as with its year.")
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "add register", Object: "register", ID: name}); err != nil {
			return err
		}
		return tellAllNational(ctx, tx, now)
	})
	if err != nil {
		return "", err
	}
	return key, nil
}

// RevokeRegister ends a register's key.
func (d *Desk) RevokeRegister(ctx context.Context, by campaigns.Viewer, id RegisterID) error {
	if by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "Only national managers end a register's key.")
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE registers SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL`, pgx.NamedArgs{"now": now, "id": id})
		if err != nil {
			return fmt.Errorf("end a register's key: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "revoke register", Object: "register", ID: fmt.Sprint(id)})
	})
}

// Registers lists the national registers.
func (d *Desk) Registers(ctx context.Context) ([]Register, error) {
	rows, err := d.Pool.Query(ctx, `SELECT id, name, made_at, coalesce(used_at, '0001-01-01Z'), coalesce(revoked_at, '0001-01-01Z') FROM registers ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list registers: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Register])
}

// AdmitRegister finds whose key it is; anything else is fault.Unauthenticated.
func (d *Desk) AdmitRegister(ctx context.Context, key string) (r Register, err error) {
	unknown := fault.New(fault.Unauthenticated, "Send the register's key in the header Authorization, as: Bearer, a space, the key.")
	if !strings.HasPrefix(key, registerKey) || len(key) > 100 {
		return r, unknown
	}
	sum := sha256.Sum256([]byte(key))
	err = d.Pool.QueryRow(ctx, `UPDATE registers SET used_at = @now WHERE key_sha256 = @sum AND revoked_at IS NULL RETURNING id, name, made_at`,
		pgx.NamedArgs{"now": d.Clock(), "sum": sum[:]}).Scan(&r.ID, &r.Name, &r.MadeAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, unknown
	}
	if err != nil {
		return r, fmt.Errorf("look for a register's key: %w", err)
	}
	return r, nil
}

// Dissents reads the feed of a national register from behind a cursor, at most
// n lines that it has not confirmed, and notes that they were told.
func (d *Desk) Dissents(ctx context.Context, after int64, n int) ([]Telling, error) {
	var list []Telling
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, `
			WITH open AS (SELECT id FROM tellings WHERE target = 'national' AND confirmed_at IS NULL AND id > @after ORDER BY id LIMIT @n FOR UPDATE),
			told AS (UPDATE tellings t SET told_at = coalesce(t.told_at, @now) FROM open o WHERE o.id = t.id RETURNING t.id, t.person_id, t.programme_id, t.answer_id, t.says)
			SELECT t.id, p.nhs_number, g.code, t.says, a.received_on FROM told t JOIN people p ON p.id = t.person_id JOIN programmes g ON g.id = t.programme_id
			JOIN answers a ON a.id = t.answer_id ORDER BY t.id`, pgx.NamedArgs{"after": after, "n": n, "now": now})
		if err != nil {
			return fmt.Errorf("read feed: %w", err)
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Telling])
		return err
	})
	return list, err
}

// Acknowledge takes a register's word for lines of its feed and returns a
// verdict for each, in their order: "confirmed", "already", "noted" (refused,
// so a person has to look) or "unknown".
func (d *Desk) Acknowledge(ctx context.Context, r Register, list []Acknowledgement) ([]string, error) {
	verdicts := make([]string, len(list))
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		refused := 0
		for i, a := range list {
			var was bool
			err := tx.QueryRow(ctx, `SELECT confirmed_at IS NOT NULL FROM tellings WHERE id = @id AND target = 'national' AND told_at IS NOT NULL FOR UPDATE`,
				pgx.NamedArgs{"id": a.Cursor}).Scan(&was)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				verdicts[i] = "unknown"
				continue
			case err != nil:
				return fmt.Errorf("acknowledge: %w", err)
			case was:
				verdicts[i] = "already"
				continue
			}
			_, err = tx.Exec(ctx, `
				UPDATE tellings SET confirmed_at = CASE WHEN @applied THEN @now::timestamptz END, refused_at = CASE WHEN @applied THEN NULL ELSE @now::timestamptz END, receipt = @receipt
				WHERE id = @id`, pgx.NamedArgs{"id": a.Cursor, "applied": a.Applied, "now": now, "receipt": a.Receipt})
			if err != nil {
				return fmt.Errorf("acknowledge: %w", err)
			}
			if verdicts[i] = "confirmed"; !a.Applied {
				verdicts[i] = "noted"
				refused++
			}
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{Action: "acknowledge", Object: "register", ID: r.Name,
			Detail: map[string]any{"lines": len(list), "refused": refused}})
	})
	return verdicts, err
}

// Reconcile holds the register's whole list of those who said no against the
// ledger. A no that the register has confirmed and does not list is opened
// again, so that it is told anew; it returns how many of ours were missing
// there, and the numbers listed there of which no no is known here.
func (d *Desk) Reconcile(ctx context.Context, r Register, programme string, numbers []string) (reopened int, unknown []string, err error) {
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"programme": programme, "numbers": numbers, "now": now}
		tag, err := tx.Exec(ctx, `
			INSERT INTO tellings (target, programme_id, person_id, answer_id, says, made_at)
			SELECT 'national', t.programme_id, t.person_id, t.answer_id, 'no', @now FROM (
				SELECT DISTINCT ON (x.person_id) x.programme_id, x.person_id, x.answer_id, x.says, x.confirmed_at FROM tellings x JOIN programmes g ON g.id = x.programme_id
				WHERE x.target = 'national' AND g.code = @programme ORDER BY x.person_id, x.id DESC) t
			JOIN people p ON p.id = t.person_id WHERE t.says = 'no' AND t.confirmed_at IS NOT NULL AND p.nhs_number <> ALL(@numbers)`, args)
		if err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		reopened = int(tag.RowsAffected())
		rows, err := tx.Query(ctx, `
			SELECT n FROM unnest(@numbers::text[]) n WHERE NOT EXISTS (SELECT FROM people p JOIN answers a ON a.person_id = coalesce(p.merged_into, p.id) AND a.says = 'no'
				JOIN programmes g ON g.id = a.programme_id AND g.code = @programme WHERE p.nhs_number = n) ORDER BY n`, args)
		if err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		if unknown, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		sentence := ""
		if reopened+len(unknown) > 0 {
			sentence = fmt.Sprintf("The list of %s and the ledger differ: %d answers were missing there and are told again, %d are not known here.", r.Name, reopened, len(unknown))
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{Action: "reconcile", Object: "register", ID: r.Name,
			Detail: map[string]any{"listed": len(numbers), "missing there": reopened, "unknown here": len(unknown)}}); err != nil {
			return err
		}
		if sentence == "" {
			return d.Register.Clear(ctx, tx, now, "reconcile", r.Name)
		}
		return d.Register.Raise(ctx, tx, now, "reconcile", r.Name, sentence)
	})
	return reopened, unknown, err
}

// TakeRegistered enters answers that were given to a national register, each
// once: its id says which. A number of nobody here is held until somebody
// finds whose it is. Every line gets a verdict.
func (d *Desk) TakeRegistered(ctx context.Context, r Register, list []Registered) ([]RegisteredVerdict, error) {
	verdicts := make([]RegisteredVerdict, len(list))
	for i, a := range list {
		v, err := d.takeRegistered(ctx, r, a)
		if f := fault.Of(err); f != nil {
			v, err = RegisteredVerdict{Verdict: "refused", Why: f.Sentence}, nil
		}
		if err != nil {
			return nil, err
		}
		v.ID = a.ID
		verdicts[i] = v
	}
	return verdicts, nil
}

func (d *Desk) takeRegistered(ctx context.Context, r Register, a Registered) (v RegisteredVerdict, err error) {
	number, wrong := intake.NHSNumber(a.NHSNumber)
	switch {
	case a.ID == "" || len(a.ID) > 100:
		return v, fault.In("id", fault.Invalid, "Each answer needs an id of its own, of at most 100 characters.")
	case wrong != "":
		return v, fault.In("nhs_number", fault.Invalid, "This is no NHS number: its last digit does not check the others.")
	case a.Says != "no" && a.Says != "yes":
		return v, fault.In("says", fault.Invalid, "The answer is no or yes.")
	case a.ReceivedOn.IsZero() || a.ReceivedOn.After(d.Clock.Today()):
		return v, fault.In("received_on", fault.Invalid, "Say on which day it was received; it cannot be after today.")
	}
	same, err := json.Marshal([]string{"register", r.Name, a.ID})
	if err != nil {
		return v, fmt.Errorf("take an answer of a register: %w", err)
	}
	token := uuid.NewSHA1(uuid.NameSpaceOID, same).String()
	var programme campaigns.ProgrammeID
	var person campaigns.PersonID
	err = d.Pool.QueryRow(ctx, `
		SELECT g.id, coalesce((SELECT coalesce(p.merged_into, p.id) FROM people p WHERE p.nhs_number = @number), 0) FROM programmes g WHERE g.code = @code`,
		pgx.NamedArgs{"number": number, "code": a.Programme}).Scan(&programme, &person)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, fault.In("programme", fault.Invalid, "There is no programme with this code.")
	}
	if err != nil {
		return v, fmt.Errorf("find whose answer it is: %w", err)
	}
	var receipt Receipt
	if person == 0 {
		receipt, err = d.Hold(ctx, campaigns.Viewer{}, NewHold{Programme: programme, Cause: "nobody found", Says: a.Says, Channel: campaigns.National,
			ReceivedOn: a.ReceivedOn, Told: map[string]string{"nhs_number": number}, Token: token})
	} else {
		receipt, err = d.Answer(ctx, campaigns.Viewer{}, Answer{Programme: programme, Person: person, Says: a.Says, Channel: campaigns.National,
			ReceivedOn: a.ReceivedOn, Token: token, Note: "register " + r.Name})
	}
	if err != nil {
		return v, err
	}
	v = RegisteredVerdict{Verdict: "taken", Reference: receipt.Reference}
	switch {
	case receipt.Repeated:
		v.Verdict = "already"
	case receipt.Held:
		v.Verdict = "held"
	}
	return v, nil
}

// applied reads what targets have confirmed of the answer that stands.
func applied(ctx context.Context, tx pgx.Tx, programme campaigns.ProgrammeID, person campaigns.PersonID) ([]Applied, error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT ON (t.target) t.target, t.confirmed_at FROM tellings t WHERE t.person_id = @person AND t.programme_id = @programme ORDER BY t.target DESC, t.id DESC`,
		pgx.NamedArgs{"programme": programme, "person": person})
	if err != nil {
		return nil, fmt.Errorf("read where an answer is applied: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Applied, err error) {
		var at *time.Time
		if err = row.Scan(&a.Target, &at); at != nil {
			a.On = calendar.DateOf(*at)
		}
		return a, err
	})
}

// RegisterComplete notes that a register has sent everything it has.
func (d *Desk) RegisterComplete(ctx context.Context, _ Register) error {
	return d.FeedSpoke(ctx, campaigns.FeedNational)
}
