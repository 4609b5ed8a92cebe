package campaigns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

const personColumns = `p.id, p.nhs_number, p.title, p.given_names, p.family_name, p.born_on, p.died_on, p.address, p.postcode, p.practice_code,
	p.language, p.format, p.sensitive, p.undeliverable, p.left_reason, coalesce(p.merged_into, 0)`

// People reads people by their ids, in the order of their ids.
func (r *Register) People(ctx context.Context, tx pgx.Tx, ids []PersonID) ([]Person, error) {
	rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM people p WHERE p.id = ANY(@ids) ORDER BY p.id`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Person])
}

// PersonByNumber finds a person by NHS number. The number of a merged person finds the one merged into.
func (r *Register) PersonByNumber(ctx context.Context, number string) (Person, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT `+personColumns+` FROM people p
		WHERE p.id = (SELECT coalesce(merged_into, id) FROM people WHERE nhs_number = @number)`, pgx.NamedArgs{"number": number})
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Person])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.In("number", fault.NotFound, "Nobody with this NHS number is in any campaign.")
	}
	return p, orAbsent(err, "person")
}

// Enrolment is one person in one campaign.
type Enrolment struct {
	ID       EnrolmentID
	Campaign CampaignID
	Code     string // of the campaign
	Region   string
	Person   PersonID
	Wave     WaveID
	State    State
	Reason   string
	Since    time.Time
}

const enrolmentSelect = `
	SELECT e.id, e.campaign_id, c.code, c.region_code, e.person_id, coalesce(e.wave_id, 0), e.state, e.reason, e.since
	FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id `

// EnrolmentsOf lists the enrolments of a person, and of those merged into it, newest first.
func (r *Register) EnrolmentsOf(ctx context.Context, id PersonID) ([]Enrolment, error) {
	rows, err := r.Pool.Query(ctx, enrolmentSelect+`
		WHERE e.person_id IN (SELECT id FROM people WHERE id = @id OR merged_into = @id) ORDER BY e.id DESC`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list enrolments: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Enrolment])
}

// Enrolment finds one enrolment. One of another region is as absent as none.
func (r *Register) Enrolment(ctx context.Context, by Viewer, id EnrolmentID) (Enrolment, Person, error) {
	rows, err := r.Pool.Query(ctx, enrolmentSelect+`WHERE e.id = @id AND (@region = '' OR c.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Enrolment{}, Person{}, fmt.Errorf("read enrolment: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Enrolment])
	if err := orAbsent(err, "person in this campaign"); err != nil {
		return e, Person{}, err
	}
	rows, err = r.Pool.Query(ctx, `SELECT `+personColumns+` FROM people p WHERE p.id = @id`, pgx.NamedArgs{"id": e.Person})
	if err != nil {
		return e, Person{}, fmt.Errorf("read person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Person])
	return e, p, orAbsent(err, "person")
}

// EnrolmentsIn lists people of a campaign who stand in a state, for lists of staff: at most n, from after an id on.
func (r *Register) EnrolmentsIn(ctx context.Context, campaign CampaignID, state State, after EnrolmentID, n int) ([]Enrolment, error) {
	rows, err := r.Pool.Query(ctx, enrolmentSelect+`
		WHERE e.campaign_id = @campaign AND e.state = @state AND e.id > @after ORDER BY e.id LIMIT @n`,
		pgx.NamedArgs{"campaign": campaign, "state": state, "after": after, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list enrolments: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Enrolment])
}

// LockPeople locks people, those merged into them and those they are merged
// into, in the order of their ids until the transaction ends. Whatever can
// change what may happen to a person is written under this lock. Everybody is
// looked up by index, however many people there are.
func LockPeople(ctx context.Context, tx pgx.Tx, ids []PersonID) error {
	_, err := tx.Exec(ctx, `
		SELECT p.id FROM (
			SELECT id FROM unnest(@ids::bigint[]) u (id)
			UNION SELECT m.id FROM unnest(@ids::bigint[]) u (id) CROSS JOIN LATERAL (SELECT id FROM people WHERE merged_into = u.id OFFSET 0) m
			UNION SELECT m.id FROM unnest(@ids::bigint[]) u (id) CROSS JOIN LATERAL (SELECT merged_into AS id FROM people WHERE id = u.id OFFSET 0) m
			ORDER BY id
		) u CROSS JOIN LATERAL (SELECT id FROM people WHERE id = u.id FOR UPDATE) p`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return fmt.Errorf("lock people: %w", err)
	}
	return nil
}

// TellPerson writes down a fact about a person and what follows from it for
// the person's row. The caller has the person locked and works out anew.
func (r *Register) TellPerson(ctx context.Context, tx pgx.Tx, now time.Time, id PersonID, f PersonFact) error {
	set, args := "touched_at = @now", pgx.NamedArgs{"id": id, "now": now, "on": f.On, "kind": f.Kind, "source": f.Source,
		"address": f.Address, "postcode": f.Postcode, "practice": f.Practice, "reason": f.Reason, "into": f.Into}
	switch f.Kind {
	case Died:
		set += ", died_on = @on"
	case NotDead:
		set += ", died_on = NULL"
	case Left:
		set += ", left_reason = coalesce(nullif(@reason, ''), 'left'), left_on = @on"
	case CameBack:
		set += ", left_reason = '', left_on = NULL"
	case MovedPractice:
		set += ", practice_code = @practice"
	case MovedAddress:
		set += ", address = @address, postcode = @postcode, undeliverable = '', address_on = @on"
	case BecameSensitive:
		set += ", sensitive = true"
	case NotSensitive:
		set += ", sensitive = false, undeliverable = CASE WHEN array_to_string(address, '') = '' THEN 'no address' ELSE undeliverable END"
	case Merged:
		set += ", merged_into = @into"
	case Split:
		set += ", merged_into = NULL"
	case AddressNotFound:
	default:
		return fault.New(fault.Invalid, "%q is not something that can be told of a person.", string(f.Kind))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO person_facts (person_id, kind, fact_on, source, recorded_at, detail)
		SELECT id, @kind, @on, @source, @now, CASE @kind WHEN 'merged' THEN jsonb_build_object('into', @into::bigint)
			WHEN 'moved practice' THEN jsonb_build_object('from', practice_code) ELSE '{}' END
		FROM people WHERE id = @id`, args)
	if err != nil {
		return fmt.Errorf("note fact: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE people SET `+set+` WHERE id = @id`, args); err != nil {
		return fmt.Errorf("tell person: %w", err)
	}
	if f.Kind == MovedPractice {
		_, err = tx.Exec(ctx, `
			INSERT INTO signals (key, changed_at)
			SELECT k, @now FROM (SELECT 'pause:practice:' || @practice::text AS k UNION ALL SELECT 'watermark:practice:' || @practice::text
				UNION ALL SELECT 'switch:' || id || ':' || @practice::text FROM programmes) n ON CONFLICT DO NOTHING`, args)
		if err != nil {
			return fmt.Errorf("lay signals of practice: %w", err)
		}
	}
	return nil
}
