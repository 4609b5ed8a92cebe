package letters

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// decided is how a fact told since settles a check without anybody's doing.
const decided = `EXISTS (SELECT FROM person_facts f WHERE f.person_id = k.person_id AND f.recorded_at > k.recorded_at AND f.kind = ANY(CASE k.about
	WHEN 'death' THEN ARRAY['died', 'not dead', 'left', 'merged'] ELSE ARRAY['moved address', 'moved practice', 'left', 'died', 'merged', 'address not found'] END))`

// startChecks begins the practice's check of the address of everybody whose
// letter came back; one whose check runs already has no second. An envelope
// that says that the addressee has died tells of a death, so that nobody is
// written to any more, and asks for it to be confirmed.
func (m *Mailroom) startChecks(ctx context.Context, tx pgx.Tx, now time.Time, back []Piece) error {
	if len(back) == 0 {
		return nil
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	var pieces []PieceID
	var abouts []string
	var started, due []calendar.Date
	for _, p := range back {
		about := follows(p.ReturnReason)
		pieces, abouts = append(pieces, p.ID), append(abouts, about)
		started, due = append(started, p.ReturnedOn), append(due, dueOf(about, p.ReturnedOn, working))
	}
	args := pgx.NamedArgs{"pieces": pieces, "abouts": abouts, "started": started, "due": due, "now": now}
	// A death cuts a check of the address short, and a fact has ended some.
	if _, err := tx.Exec(ctx, `
		UPDATE address_checks k SET settled_at = @now, outcome = CASE WHEN u.about = 'death' THEN 'died' ELSE 'moved' END, why = 'Something told since has settled it.'
		FROM unnest(@pieces::bigint[], @abouts::text[]) u (piece, about) JOIN pieces p ON p.id = u.piece JOIN people w ON w.id = p.person_id
		WHERE k.person_id = coalesce(w.merged_into, w.id) AND k.settled_at IS NULL AND (k.about = 'address' AND u.about = 'death' OR `+decided+`)`, args); err != nil {
		return fmt.Errorf("end address checks: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO address_checks (piece_id, person_id, campaign_id, enrolment_id, practice_code, about, started_on, due_on, recorded_at)
		SELECT p.id, root.id, p.campaign_id, p.enrolment_id, root.practice_code, u.about, u.started, u.due, @now
		FROM unnest(@pieces::bigint[], @abouts::text[], @started::date[], @due::date[]) u (piece, about, started, due)
		JOIN pieces p ON p.id = u.piece JOIN people w ON w.id = p.person_id JOIN people root ON root.id = coalesce(w.merged_into, w.id)
		WHERE root.died_on IS NULL ON CONFLICT DO NOTHING`, args); err != nil {
		return fmt.Errorf("start address checks: %w", err)
	}
	return m.tellDeaths(ctx, tx, now, back)
}

// tellDeaths writes down what envelopes say of deaths, on the day they came back.
func (m *Mailroom) tellDeaths(ctx context.Context, tx pgx.Tx, now time.Time, back []Piece) error {
	var dead []PieceID
	for _, p := range back {
		if follows(p.ReturnReason) == "death" {
			dead = append(dead, p.ID)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	type death struct {
		Person campaigns.PersonID
		On     calendar.Date
	}
	rows, err := tx.Query(ctx, `
		SELECT root.id, min(p.returned_on) FROM pieces p JOIN people w ON w.id = p.person_id JOIN people root ON root.id = coalesce(w.merged_into, w.id)
		WHERE p.id = ANY(@dead) AND root.died_on IS NULL GROUP BY root.id ORDER BY root.id`, pgx.NamedArgs{"dead": dead})
	if err != nil {
		return fmt.Errorf("read deaths: %w", err)
	}
	deaths, err := pgx.CollectRows(rows, pgx.RowToStructByPos[death])
	if err != nil || len(deaths) == 0 {
		return err
	}
	people := make([]campaigns.PersonID, len(deaths))
	for i, d := range deaths {
		people[i] = d.Person
		err := m.Register.TellPerson(ctx, tx, now, d.Person, campaigns.PersonFact{Kind: campaigns.Died, On: d.On, Source: "returned mail"})
		if err != nil {
			return err
		}
	}
	return m.Desk.WorkOut(ctx, tx, now, people, "died, as the returned letter says")
}

const checkSelect = `
	SELECT k.id, k.about, c.code, k.person_id, k.enrolment_id, k.practice_code, coalesce(q.name, 'Practice ' || k.practice_code), p.reference,
		p.return_reason, k.started_on, k.due_on, k.settled_at IS NOT NULL OR ` + decided + `, coalesce(k.outcome, ''), k.why
	FROM address_checks k JOIN campaigns c ON c.id = k.campaign_id JOIN pieces p ON p.id = k.piece_id LEFT JOIN practices q ON q.code = k.practice_code `

// Checks lists the checks that run, by the day on which they are due, at most
// n. With waiting, only those that somebody has to look at: deaths to be
// confirmed, and addresses whose time has passed.
func (m *Mailroom) Checks(ctx context.Context, by campaigns.Viewer, waiting bool, n int) ([]Check, error) {
	rows, err := m.Pool.Query(ctx, checkSelect+`WHERE k.settled_at IS NULL AND NOT `+decided+` AND (@region = '' OR c.region_code = @region)
		AND (NOT @waiting OR k.about = 'death' OR k.due_on < @today) ORDER BY k.due_on, k.id LIMIT @n`,
		pgx.NamedArgs{"region": by.Region, "waiting": waiting, "today": m.Clock.Today(), "n": n})
	if err != nil {
		return nil, fmt.Errorf("list address checks: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Check])
}

// InTray counts what waits for a person of this viewer's region: letters that
// fit none, deaths to be confirmed, addresses whose time has passed.
func (m *Mailroom) InTray(ctx context.Context, by campaigns.Viewer) (n int, err error) {
	err = m.Pool.QueryRow(ctx, `
		SELECT ((SELECT count(*) FROM stray_returns s WHERE s.settled_at IS NULL AND`+strayOf+`)
			+ (SELECT count(*) FROM address_checks k JOIN campaigns c ON c.id = k.campaign_id WHERE k.settled_at IS NULL AND NOT `+decided+`
				AND (@region = '' OR c.region_code = @region) AND (k.about = 'death' OR k.due_on < @today)))::int`,
		pgx.NamedArgs{"region": by.Region, "today": m.Clock.Today()}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the in-tray: %w", err)
	}
	return n, nil
}

// ChecksOf lists the checks of one person, the newest first.
func (m *Mailroom) ChecksOf(ctx context.Context, person campaigns.PersonID) ([]Check, error) {
	rows, err := m.Pool.Query(ctx, checkSelect+`WHERE k.person_id = @person ORDER BY k.id DESC`, pgx.NamedArgs{"person": person})
	if err != nil {
		return nil, fmt.Errorf("list address checks: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Check])
}

// CheckByID reads one check.
func (m *Mailroom) CheckByID(ctx context.Context, by campaigns.Viewer, id CheckID) (Check, error) {
	rows, err := m.Pool.Query(ctx, checkSelect+`WHERE k.id = @id AND (@region = '' OR c.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Check{}, fmt.Errorf("read address check: %w", err)
	}
	k, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Check])
	return k, orAbsent(err, "check of an address")
}

// SettleCheck writes down what the practice has found out, and what follows:
// somebody who lives there is written to again; somebody of whom nothing is
// heard is unreachable; a death told by mistake is taken back, and an answer
// kept because of it counts.
func (m *Mailroom) SettleCheck(ctx context.Context, by campaigns.Viewer, id CheckID, outcome, why string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not settle checks of addresses.")
	}
	k, err := m.CheckByID(ctx, by, id)
	if err != nil {
		return err
	}
	if !slices.Contains(CheckOutcomes[k.About], outcome) {
		return fault.In("outcome", fault.Invalid, "Choose what the practice has found out.")
	}
	if strings.TrimSpace(why) == "" {
		return fault.In("reason", fault.Invalid, "Say how you know, in a few words.")
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := campaigns.LockPeople(ctx, tx, []campaigns.PersonID{k.Person}); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			UPDATE address_checks k SET settled_at = @now, settled_by = @by, outcome = @outcome, why = @why WHERE id = @id AND settled_at IS NULL AND NOT `+decided,
			pgx.NamedArgs{"now": now, "by": by.ID, "outcome": outcome, "why": why, "id": id})
		if err != nil {
			return fmt.Errorf("settle address check: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "This has been settled already, by somebody or by something told since.")
		}
		if err := m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "settle address check", Object: "check", ID: fmt.Sprint(id),
			Detail: map[string]any{"outcome": outcome}}); err != nil {
			return err
		}
		return m.followCheck(ctx, tx, by, k, outcome)
	})
}

func (m *Mailroom) followCheck(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, k Check, outcome string) error {
	f := campaigns.PersonFact{Source: "address check"}
	switch outcome {
	case LivesThere:
		f.Kind = campaigns.MovedAddress // found again where they were
		list, err := m.Register.People(ctx, tx, []campaigns.PersonID{k.Person})
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return orAbsent(pgx.ErrNoRows, "person")
		}
		f.Address, f.Postcode = list[0].Address, list[0].Postcode
	case LeftTheList:
		f.Kind, f.Reason = campaigns.Left, "FP69"
	case NothingHeard:
		f.Kind = campaigns.AddressNotFound
	case IsAlive:
		f.Kind = campaigns.NotDead
	default:
		return nil // the death has been told
	}
	return m.Desk.TellPersonIn(ctx, tx, by, k.Person, f)
}
