package optout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// The kinds of letter requests.
const (
	AnotherFormat = "format"   // another language or format
	NewCode       = "new code" // the code is lost, or does not work
)

// AskedAnew is why a letter gives no notice any more when another was asked for.
const AskedAnew VoidReason = "another letter was asked for"

// LetterDays is within how many working days a request for a letter is settled.
const LetterDays = 5

// How a request was settled.
const (
	NewLetter  = "new letter"  // the letter that counts was set aside, another is written
	NextLetter = "next letter" // nothing counts yet, the next one is so
	ToldThem   = "told"        // they were told something else
	NotFound   = "not found"
	NotNeeded  = "not needed"
)

// LetterRequest is somebody's wish for another letter.
type LetterRequest struct {
	ID        int64
	Kind      string
	Campaign  string // its code; "" where nobody is known yet
	Enrolment campaigns.EnrolmentID
	Language  string
	Format    string
	Told      map[string]string // by somebody without a code; gone when settled
	AskedAt   time.Time
	Settled   bool
	Outcome   string
	DueOn     calendar.Date
}

// AskLetter takes a wish for another language or format from somebody who
// proved who they are. A later wish takes the place of one that still waits.
func (d *Desk) AskLetter(ctx context.Context, c Caller, language, format, token string) error {
	switch {
	case uuid.Validate(token) != nil:
		return fault.New(fault.Invalid, "This form is incomplete. Load the page again and send it once more.")
	case format != "" && !slices.Contains(intake.Formats, format):
		return fault.In("format", fault.Invalid, "Choose a format")
	case len(language) > 20 || language == "":
		return fault.In("language", fault.Invalid, "Choose a language")
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return d.writeLetterRequest(ctx, tx, now, AnotherFormat, c, language, format, nil, token)
	})
}

// AskNewCode takes what somebody without a code tells of themselves: name,
// born and postcode. Nothing tells whether it fits anybody. More than five from
// one network within an hour are refused.
func (d *Desk) AskNewCode(ctx context.Context, told map[string]string, from, language, token string) error {
	if uuid.Validate(token) != nil {
		return fault.New(fault.Invalid, "This form is incomplete. Load the page again and send it once more.")
	}
	clean := map[string]string{}
	for name, value := range told {
		if clean[name] = strings.Join(strings.Fields(CleanText(value)), " "); utf8.RuneCountInString(clean[name]) > 100 {
			return fault.In(name, fault.Invalid, "Write at most 100 characters")
		}
	}
	from = fmt.Sprintf("%x", d.CodeMaker.mac("network:"+from, d.CodeMaker.Newest)[:12])
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var lately int
		err := tx.QueryRow(ctx, `SELECT count(*)::int FROM failures WHERE kind = 'new code' AND key = @from AND at > @since`,
			pgx.NamedArgs{"from": from, "since": now.Add(-time.Hour)}).Scan(&lately)
		if err != nil {
			return fmt.Errorf("count wishes for a code: %w", err)
		}
		if lately >= 5 {
			return fault.New(fault.Refused, "There were many requests from your network. Wait an hour, or phone us: that is as good.")
		}
		if _, err := tx.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES ('new code', @from, @now)`, pgx.NamedArgs{"from": from, "now": now}); err != nil {
			return fmt.Errorf("count wishes for a code: %w", err)
		}
		return d.writeLetterRequest(ctx, tx, now, NewCode, Caller{}, language, "", clean, token)
	})
}

func (d *Desk) writeLetterRequest(ctx context.Context, tx pgx.Tx, now time.Time, kind string, c Caller, language, format string, told map[string]string, token string) error {
	details := []byte("{}")
	if told != nil {
		var err error
		if details, err = json.Marshal(told); err != nil {
			return fmt.Errorf("write a wish for a letter: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO letter_requests (kind, campaign_id, enrolment_id, person_id, language, format, told, asked_at, token)
		VALUES (@kind, nullif(@campaign::int, 0), nullif(@e::bigint, 0), nullif(@person::bigint, 0), @language, @format, @told, @now, @token::uuid)
		ON CONFLICT (token) DO NOTHING`,
		pgx.NamedArgs{"kind": kind, "campaign": c.Campaign, "e": c.Enrolment, "person": c.Person, "language": language, "format": format, "told": details,
			"now": now, "token": token})
	if err != nil {
		return fmt.Errorf("write a wish for a letter: %w", err)
	}
	return nil
}

// OwnLetterRequest is the newest wish of somebody who proved who they are; its
// ID is 0 where there is none.
func (d *Desk) OwnLetterRequest(ctx context.Context, c Caller) (r LetterRequest, err error) {
	err = d.Pool.QueryRow(ctx, `
		SELECT id, kind, language, format, asked_at, settled_at IS NOT NULL, coalesce(outcome, '') FROM letter_requests
		WHERE enrolment_id = @e AND kind = 'format' ORDER BY id DESC LIMIT 1`, pgx.NamedArgs{"e": c.Enrolment}).
		Scan(&r.ID, &r.Kind, &r.Language, &r.Format, &r.AskedAt, &r.Settled, &r.Outcome)
	if errors.Is(err, pgx.ErrNoRows) {
		return LetterRequest{}, nil
	}
	if err != nil {
		return r, fmt.Errorf("read a wish for a letter: %w", err)
	}
	return r, nil
}

const letterRequestSelect = `
	SELECT q.id, q.kind, coalesce(k.code, ''), coalesce(q.enrolment_id, 0), q.language, q.format, q.told, q.asked_at, q.settled_at IS NOT NULL, coalesce(q.outcome, '')
	FROM letter_requests q LEFT JOIN campaigns k ON k.id = q.campaign_id
	WHERE (@region = '' OR k.region_code IS NULL OR k.region_code = @region) `

// LetterRequests lists the wishes that wait, oldest first, at most n. Those of
// somebody without a code are shown to every region: whose they are is not known.
func (d *Desk) LetterRequests(ctx context.Context, by campaigns.Viewer, n int) ([]LetterRequest, error) {
	return d.letterRequests(ctx, by, `AND q.settled_at IS NULL ORDER BY q.id LIMIT @n`, pgx.NamedArgs{"n": n})
}

// LetterRequest reads one wish.
func (d *Desk) LetterRequest(ctx context.Context, by campaigns.Viewer, id int64) (LetterRequest, error) {
	list, err := d.letterRequests(ctx, by, `AND q.id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return LetterRequest{}, err
	}
	if len(list) == 0 {
		return LetterRequest{}, fault.New(fault.NotFound, "There is no such request.")
	}
	return list[0], d.Register.LookedAt(ctx, by, "letter request", fmt.Sprint(id), "questions")
}

func (d *Desk) letterRequests(ctx context.Context, by campaigns.Viewer, which string, args pgx.NamedArgs) ([]LetterRequest, error) {
	if !by.Role.KeysAnswers() {
		return nil, fault.New(fault.Forbidden, "Your role does not see requests for letters.")
	}
	working, err := d.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	args["region"] = by.Region
	rows, err := d.Pool.Query(ctx, letterRequestSelect+which, args)
	if err != nil {
		return nil, fmt.Errorf("list wishes for letters: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r LetterRequest, err error) {
		err = row.Scan(&r.ID, &r.Kind, &r.Campaign, &r.Enrolment, &r.Language, &r.Format, &r.Told, &r.AskedAt, &r.Settled, &r.Outcome)
		r.DueOn = working.Add(calendar.DateOf(r.AskedAt), LetterDays)
		return r, err
	})
}

// SettleLetterRequest ends a wish. With NewLetter the person of the enrolment
// is written to again: their language and format are noted, the letter that
// counts is set aside, and the new one gives as many days as the first. It is
// refused where a letter could do harm or nothing: a record that was made would
// be lost with its letter, and nobody who said no is written to. It returns how
// it was settled, NextLetter where no letter counts yet.
func (d *Desk) SettleLetterRequest(ctx context.Context, by campaigns.Viewer, id int64, outcome string, enrolment campaigns.EnrolmentID) (string, error) {
	if !slices.Contains([]string{NewLetter, ToldThem, NotFound, NotNeeded}, outcome) {
		return "", fault.In("outcome", fault.Invalid, "Choose what was done.")
	}
	r, err := d.LetterRequest(ctx, by, id)
	if err != nil {
		return "", err
	}
	if r.Enrolment != 0 {
		enrolment = r.Enrolment
	}
	if outcome == NewLetter && enrolment == 0 {
		return "", fault.In("person", fault.Invalid, "Find the person first, and give their number here.")
	}
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE letter_requests SET settled_at = @now, settled_by = @staff, outcome = @outcome, told = '{}' WHERE id = @id AND settled_at IS NULL`,
			pgx.NamedArgs{"now": now, "staff": by.ID, "outcome": outcome, "id": id})
		if err != nil {
			return fmt.Errorf("settle a wish for a letter: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "Somebody else has settled this request.")
		}
		if outcome == NewLetter {
			if outcome, err = d.writeAgain(ctx, tx, by, enrolment, r); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE letter_requests SET outcome = @outcome WHERE id = @id`, pgx.NamedArgs{"outcome": outcome, "id": id}); err != nil {
				return fmt.Errorf("settle a wish for a letter: %w", err)
			}
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "settle", Object: "letter request", ID: fmt.Sprint(id), Detail: map[string]any{"outcome": outcome}})
	})
	return outcome, err
}

// writeAgain sets the letter of an enrolment aside, so that another is written.
func (d *Desk) writeAgain(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, enrolment campaigns.EnrolmentID, r LetterRequest) (string, error) {
	e, err := enrolmentIn(ctx, tx, by, enrolment)
	if err != nil {
		return "", err
	}
	now, err := d.lock(ctx, tx, []campaigns.PersonID{e.Person})
	if err != nil {
		return "", err
	}
	if e, err = enrolmentIn(ctx, tx, by, enrolment); err != nil { // as it is under the lock
		return "", err
	}
	counts := slices.Contains([]campaigns.State{campaigns.Notified, campaigns.Reconciling, campaigns.Ready}, e.State)
	if !counts && !slices.Contains([]campaigns.State{campaigns.InCohort, campaigns.Scheduled, campaigns.Retracing, campaigns.Unreachable, campaigns.Excluded}, e.State) {
		return "", fault.In("outcome", fault.Refused, "No letter is written to this person now (%s). Phone or write to them yourself, and settle this as told.", strings.ReplaceAll(string(e.State), "_", " "))
	}
	if r.Kind == AnotherFormat {
		language := r.Language
		_, err := tx.Exec(ctx, `UPDATE people SET language = @language, format = @format, touched_at = @now WHERE id = @id`,
			pgx.NamedArgs{"language": language, "format": r.Format, "now": now, "id": e.Person})
		if err != nil {
			return "", fmt.Errorf("note language and format: %w", err)
		}
	}
	if !counts {
		return NextLetter, nil
	}
	rows, err := tx.Query(ctx, `SELECT n.id FROM notices n WHERE n.campaign_id = @campaign AND n.enrolment_id = @e AND n.void_reason = ''`,
		pgx.NamedArgs{"campaign": e.Campaign, "e": enrolment})
	if err != nil {
		return "", fmt.Errorf("find letters: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[NoticeID])
	if err != nil {
		return "", fmt.Errorf("find letters: %w", err)
	}
	return NewLetter, d.VoidWindows(ctx, tx, now, e.Campaign, ids, AskedAnew)
}

// enrolmentIn reads an enrolment that a viewer sees.
func enrolmentIn(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, id campaigns.EnrolmentID) (e campaigns.Enrolment, err error) {
	err = tx.QueryRow(ctx, `
		SELECT e.id, e.campaign_id, coalesce(p.merged_into, p.id), e.state FROM enrolments e JOIN campaigns k ON k.id = e.campaign_id JOIN people p ON p.id = e.person_id
		WHERE e.id = @id AND (@region = '' OR k.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region}).Scan(&e.ID, &e.Campaign, &e.Person, &e.State)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, fault.In("person", fault.NotFound, "There is no such person in your campaigns.")
	}
	if err != nil {
		return e, fmt.Errorf("read enrolment: %w", err)
	}
	return e, nil
}
