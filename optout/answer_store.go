package optout

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Answer is what a member of staff enters for a patient.
type Answer struct {
	Programme  campaigns.ProgrammeID // 0: that of Campaign
	Campaign   campaigns.CampaignID
	Person     campaigns.PersonID
	Says       string // "no" or "yes"
	Channel    campaigns.Channel
	ReceivedOn calendar.Date // postmarked or said on; what counts
	GivenBy    string        // "self", or who says it for whom
	Capacity   string        // as what somebody else says it: one of Capacities
	Proved     bool          // that they have shown what the campaign's policy asks for
	Piece      int64
	Token      string // a UUID; the same again is answered with the same receipt
	Note       string
}

// Receipt is what the person is told.
type Receipt struct {
	Reference  string
	Says       string
	Held       bool // a person has to look at it first; it blocks a record meanwhile
	ReceivedOn calendar.Date
	Repeated   bool // this very answer was given before
}

// newReference makes a reference that is easy to read aloud: ten symbols.
func newReference(prefix string) string {
	var b [10]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return prefix + string(b[:5]) + "-" + string(b[5:])
}

// Answer enters an answer that came by phone, on paper, from a practice, the
// national system or by upload. Received before today is fine: what counts is
// the day it was received.
func (d *Desk) Answer(ctx context.Context, by campaigns.Viewer, a Answer) (Receipt, error) {
	var r Receipt
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		if err := d.maySee(ctx, tx, by, a.Person); err != nil {
			return err
		}
		r, err = d.enter(ctx, tx, now, by, a)
		return err
	})
	return r, err
}

func (d *Desk) enter(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, a Answer) (Receipt, error) {
	today := calendar.DateOf(now)
	switch {
	case a.Says != "no" && a.Says != "yes":
		return Receipt{}, fault.In("says", fault.Invalid, "The answer is no or yes.")
	case a.ReceivedOn.IsZero():
		return Receipt{}, fault.In("received", fault.Invalid, "Say on which day the answer was received.")
	case a.ReceivedOn.After(today):
		return Receipt{}, fault.In("received", fault.Invalid, "An answer cannot be received after today.")
	case by.ID != 0 && !by.Role.KeysAnswers():
		return Receipt{}, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	if a.Programme == 0 {
		c, err := d.Register.CampaignByID(ctx, tx, a.Campaign)
		if err != nil {
			return Receipt{}, err
		}
		a.Programme = c.Programme
	}
	at := a.ReceivedOn.Start()
	if a.ReceivedOn == today {
		at = now
	}
	return d.take(ctx, tx, by, a, at)
}

// maySee keeps a viewer to people of campaigns in their region; those of
// others are as absent as nobody.
func (d *Desk) maySee(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, person campaigns.PersonID) error {
	var seen bool
	err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM people WHERE id = @person) AND (@region = '' OR EXISTS (
			SELECT FROM enrolments e JOIN campaigns k ON k.id = e.campaign_id WHERE k.region_code = @region AND e.person_id IN (
				SELECT @person::bigint UNION SELECT id FROM people WHERE merged_into = @person
				UNION SELECT merged_into FROM people WHERE id = @person AND merged_into IS NOT NULL)))`,
		pgx.NamedArgs{"person": person, "region": by.Region}).Scan(&seen)
	if err != nil {
		return fmt.Errorf("look for the person: %w", err)
	}
	if !seen {
		return fault.In("person", fault.NotFound, "There is no such person in your campaigns.")
	}
	return nil
}

// take writes an answer down, or a hold where it cannot be believed yet, and
// works the person out anew under the person's lock.
func (d *Desk) take(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, a Answer, receivedAt time.Time) (Receipt, error) {
	people := []campaigns.PersonID{a.Person}
	now, err := d.lock(ctx, tx, people)
	if err != nil {
		return Receipt{}, err
	}
	if r, ok, err := d.givenBefore(ctx, tx, a.Token); ok || err != nil {
		return r, err
	}
	if a.GivenBy == "" {
		a.GivenBy = "self"
	}
	if cause, err := d.doubt(ctx, tx, a); err != nil {
		return Receipt{}, err
	} else if cause != "" {
		return d.holdAnswer(ctx, tx, now, by, a, cause)
	}
	evidence, err := json.Marshal(map[string]string{"note": a.Note, "capacity": a.Capacity})
	if err != nil {
		return Receipt{}, fmt.Errorf("write answer: %w", err)
	}
	r := Receipt{Reference: newReference("A-"), Says: a.Says, ReceivedOn: a.ReceivedOn}
	_, err = tx.Exec(ctx, `
		INSERT INTO answers (reference, programme_id, person_id, campaign_id, says, channel, received_on, received_at, recorded_at, given_by,
			piece_id, staff_id, evidence, token)
		VALUES (@reference, @programme, @person, nullif(@campaign::int, 0), @says, @channel, @on, @at, @now, @by, nullif(@piece::bigint, 0),
			nullif(@staff::bigint, 0), @evidence, nullif(@token, '')::uuid)`,
		pgx.NamedArgs{"reference": r.Reference, "programme": a.Programme, "person": a.Person, "campaign": a.Campaign, "says": a.Says,
			"channel": a.Channel, "on": a.ReceivedOn, "at": receivedAt, "now": now, "by": a.GivenBy, "piece": a.Piece, "staff": by.ID,
			"evidence": evidence, "token": a.Token})
	if err != nil {
		return Receipt{}, fmt.Errorf("write answer: %w", err)
	}
	if err := d.reviewSameDay(ctx, tx, now, a); err != nil {
		return Receipt{}, err
	}
	kind := ""
	if a.Channel == campaigns.Web {
		kind = "patient"
	}
	err = d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Kind: kind, Action: "answer", Object: "answer", ID: r.Reference, Campaign: a.Campaign,
		Detail: map[string]any{"channel": a.Channel}})
	if err != nil {
		return Receipt{}, err
	}
	if err := d.tell(ctx, tx, now, a.Programme, a.Person); err != nil {
		return Receipt{}, err
	}
	return r, d.WorkOut(ctx, tx, now, people, "answered")
}

// givenBefore finds the receipt of an answer or hold with the same token.
func (d *Desk) givenBefore(ctx context.Context, tx pgx.Tx, token string) (Receipt, bool, error) {
	if token == "" {
		return Receipt{}, false, nil
	}
	r := Receipt{Repeated: true}
	err := tx.QueryRow(ctx, `
		SELECT reference, says, received_on, false FROM answers WHERE token = @token::uuid
		UNION ALL SELECT reference, says, received_on, true FROM holds WHERE token = @token::uuid`,
		pgx.NamedArgs{"token": token}).Scan(&r.Reference, &r.Says, &r.ReceivedOn, &r.Held)
	if errors.Is(err, pgx.ErrNoRows) {
		return Receipt{}, false, nil
	}
	if err != nil {
		return Receipt{}, false, fmt.Errorf("look for the same answer: %w", err)
	}
	return r, true, nil
}

// doubt says why an answer has to be looked at by a person before it counts, or "".
func (d *Desk) doubt(ctx context.Context, tx pgx.Tx, a Answer) (string, error) {
	policy, err := answerPolicy(ctx, tx, a.Campaign)
	if err != nil {
		return "", err
	}
	var born calendar.Date
	var dead, hidden, suspect bool
	err = tx.QueryRow(ctx, `
		SELECT p.born_on, p.died_on IS NOT NULL, p.sensitive AND @channel = 'web' OR p.left_reason <> '',
			EXISTS (SELECT FROM pieces x WHERE x.id = @piece AND x.suspected_at IS NOT NULL)
		FROM people p WHERE p.id = @person`, pgx.NamedArgs{"person": a.Person, "piece": a.Piece, "channel": a.Channel}).Scan(&born, &dead, &hidden, &suspect)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.NotFound, "There is no such person.")
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("look at the person: %w", err)
	case suspect && a.Says == "yes":
		return "", fault.New(fault.Refused, "The letter with this code may have reached somebody else. We will write again; a yes cannot be taken with it.")
	case suspect:
		return "suspect letter", nil
	case dead:
		return "recorded as dead", nil
	case hidden:
		return "sensitive or closed", nil
	case !policy.counts(a, born, d.Clock.Today()):
		return "unproved proxy", nil
	}
	return "", nil
}

// reviewSameDay opens a hold for a person to look at when somebody said no and
// yes on one day; the no stands meanwhile.
func (d *Desk) reviewSameDay(ctx context.Context, tx pgx.Tx, now time.Time, a Answer) error {
	var both bool
	err := tx.QueryRow(ctx, `
		SELECT count(DISTINCT says) = 2 FROM answers a WHERE a.person_id = @person AND a.programme_id = @programme AND a.received_on = @on
			AND NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id)
			AND NOT EXISTS (SELECT FROM holds h JOIN hold_candidates c ON c.hold_id = h.id WHERE c.person_id = @person AND h.cause = 'same day'
				AND h.programme_id = @programme AND h.received_on = @on)`,
		pgx.NamedArgs{"person": a.Person, "programme": a.Programme, "on": a.ReceivedOn}).Scan(&both)
	if err != nil {
		return fmt.Errorf("compare answers of one day: %w", err)
	}
	if !both {
		return nil
	}
	_, err = d.openHold(ctx, tx, now, campaigns.Viewer{}, NewHold{Programme: a.Programme, Cause: "same day", Says: "unknown", Channel: a.Channel,
		ReceivedOn: a.ReceivedOn}, []campaigns.PersonID{a.Person}, 0)
	return err
}
