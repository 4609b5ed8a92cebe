package optout

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout/gate"
)

// Why is the whole answer to "why did, or did not, this person get a record?".
type Why struct {
	Enrolment     campaigns.Enrolment
	Person        campaigns.Person
	Sentence      string        // can be read aloud
	FirstPossible calendar.Date // the earliest day of a record, as far as known; none when made or not to be made
	Verdict       gate.Verdict
	Clauses       []WhyClause
	Notices       []Notice
	Answers       []AnswerLine
	Holds         []Hold
	Record        *RecordLine
}

// WhyClause is one of the nine conditions for people.
type WhyClause struct {
	Number int
	Name   string
	Says   string
	Met    bool
	Source string
	Who    string // who can change it; "" when met
}

// AnswerLine is one answer as given.
type AnswerLine struct {
	Reference  string
	Says       string
	Channel    campaigns.Channel
	ReceivedOn calendar.Date
	RecordedAt time.Time
	By         string
	Reversed   bool
}

// RecordLine is a record with its evidence, whole and in the two parts in
// which it is kept: its own, whose checksum is EvidenceSHA256, and the
// circumstances that it names by their checksum.
type RecordLine struct {
	ID             string
	Basis          string
	State          string
	LiveAt         time.Time
	Evidence       Evidence
	Own            json.RawMessage
	Circumstances  json.RawMessage
	EvidenceSHA256 string
	HashRight      bool
}

// Why asks the gate as a sweep would, changing nothing, and gathers what
// belongs to the answer.
func (d *Desk) Why(ctx context.Context, by campaigns.Viewer, id campaigns.EnrolmentID) (Why, error) {
	var w Why
	e, p, err := d.Register.Enrolment(ctx, by, id)
	if err != nil {
		return w, err
	}
	w.Enrolment, w.Person = e, p
	working, err := d.Register.Working(ctx)
	if err != nil {
		return w, err
	}
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := d.whyFacts(ctx, tx, now, &w); err != nil {
			return err
		}
		return d.whyLines(ctx, tx, &w, working)
	})
	if err != nil {
		return w, err
	}
	w.Sentence = w.sentence()
	w.FirstPossible = w.firstPossible(working)
	return w, nil
}

func (d *Desk) whyFacts(ctx context.Context, tx pgx.Tx, now time.Time, w *Why) error {
	list, err := d.askGate(ctx, tx, now, asking{campaign: w.Enrolment.Campaign, people: []campaigns.PersonID{w.Person.ID}, read: d.Register.ReadSignals})
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.enrolment == w.Enrolment.ID {
			w.Verdict, w.Notices = a.verdict, a.notices
		}
	}
	for i, c := range w.Verdict.Clauses {
		line := WhyClause{Number: i + 1, Name: gate.Names[i], Says: c.Says, Met: c.Met, Source: c.Source}
		if !c.Met {
			line.Who = whoChanges(i + 1)
		}
		w.Clauses = append(w.Clauses, line)
	}
	return nil
}

func whoChanges(clause int) string {
	switch clause {
	case 1:
		return "The print vendor, when a letter is posted."
	case 2:
		return "Nobody: the time was promised."
	case 3:
		return "Whoever enters the answers of that channel or practice."
	case 4:
		return "The person, at any time; a manager where something is held; the feed by itself."
	case 5:
		return "The registration service, when it tells otherwise."
	case 6:
		return "A manager, by switching the practice on."
	case 7:
		return "A manager for a pause; two people for the stop and for suspicion."
	case 8:
		return "Nobody: one record a person."
	}
	return "The house itself, within minutes."
}

func (d *Desk) whyLines(ctx context.Context, tx pgx.Tx, w *Why, working calendar.Working) error {
	args := pgx.NamedArgs{"person": w.Person.ID, "enrolment": w.Enrolment.ID, "campaign": w.Enrolment.Campaign}
	rows, err := tx.Query(ctx, `
		SELECT a.reference, a.says, a.channel, a.received_on, a.recorded_at, coalesce(s.name, a.given_by), r.answer_id IS NOT NULL
		FROM answers a LEFT JOIN staff s ON s.id = a.staff_id LEFT JOIN answer_reversals r ON r.answer_id = a.id
		WHERE a.person_id IN (SELECT id FROM people WHERE id = @person OR merged_into = @person)
			AND a.programme_id = (SELECT programme_id FROM campaigns WHERE id = @campaign) ORDER BY a.received_on DESC, a.id DESC`, args)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	if w.Answers, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AnswerLine]); err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	rows, err = tx.Query(ctx, holdSelect+`
		WHERE EXISTS (SELECT FROM hold_candidates c WHERE c.hold_id = h.id AND c.person_id IN (SELECT id FROM people WHERE id = @person OR merged_into = @person))
		ORDER BY h.id DESC`, args)
	if err != nil {
		return fmt.Errorf("read holds: %w", err)
	}
	if w.Holds, err = pgx.CollectRows(rows, d.scanHold(working)); err != nil {
		return fmt.Errorf("read holds: %w", err)
	}
	var r RecordLine
	var sum []byte
	err = tx.QueryRow(ctx, `
		SELECT r.id::text, r.basis, r.state, coalesce(r.live_at, '0001-01-01Z'), r.evidence, coalesce(c.body, '{}'), r.evidence_sha256
		FROM records r LEFT JOIN circumstances c ON c.id = r.circumstances_id
		WHERE r.enrolment_id = @enrolment ORDER BY r.reserved_at DESC LIMIT 1`, args).Scan(&r.ID, &r.Basis, &r.State, &r.LiveAt, &r.Own, &r.Circumstances, &sum)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	r.LiveAt, r.EvidenceSHA256 = orZero(r.LiveAt), hex.EncodeToString(sum)
	if r.Evidence, r.HashRight, err = wholeEvidence(r.Own, r.Circumstances, sum); err != nil {
		return err
	}
	w.Record = &r
	return nil
}

func (w Why) sentence() string {
	name := "A record"
	switch w.Enrolment.State {
	case campaigns.Created:
		if w.Record != nil {
			return fmt.Sprintf("%s was made on %s, because of %s.", name, calendar.DateOf(w.Record.LiveAt).Long(), basisWords(w.Record.Basis))
		}
		return name + " was made."
	case campaigns.Withdrawing:
		return name + " was made and is being taken away."
	case campaigns.Withdrawn:
		return name + " was made and has been taken away."
	case campaigns.OptedOut:
		return "No record has been made, because the person said no."
	case campaigns.Closed, campaigns.Excluded:
		return fmt.Sprintf("No record has been made and no letter is due: %s.", w.Enrolment.Reason)
	}
	if w.Verdict.Allowed {
		return "No record has been made yet; every condition is met, so the next look will make it."
	}
	return "No record has been made, and none can be made yet."
}

func basisWords(basis string) string {
	if basis == gate.Yes {
		return "a yes"
	}
	return "silence after due notice"
}

// firstPossible is the day after the last window, or ten working days more
// where forms are still waited for.
func (w Why) firstPossible(working calendar.Working) calendar.Date {
	switch w.Enrolment.State {
	case campaigns.Notified, campaigns.Reconciling, campaigns.Held, campaigns.Written:
	default:
		return calendar.Date{}
	}
	var closes calendar.Date
	for _, n := range w.Notices {
		if !n.Void() {
			closes = calendar.Max(closes, calendar.Max(n.ClosesOn, n.PrintedLastOn))
		}
	}
	if closes.IsZero() {
		return closes
	}
	return working.Add(closes, gate.PaperMargin).AddDays(1)
}

// WhyByNumber finds a person's enrolment in a campaign by NHS number and answers why.
func (d *Desk) WhyByNumber(ctx context.Context, by campaigns.Viewer, campaign, number string) (Why, error) {
	p, err := d.Register.PersonByNumber(ctx, number)
	if err != nil {
		return Why{}, err
	}
	list, err := d.Register.EnrolmentsOf(ctx, p.ID)
	if err != nil {
		return Why{}, err
	}
	for _, e := range list {
		if (campaign == "" || e.Code == campaign) && by.Sees(e.Region) {
			return d.Why(ctx, by, e.ID)
		}
	}
	return Why{}, fault.New(fault.NotFound, "This person is not in the campaign.")
}

// Closing is how many windows of a campaign close on a day.
type Closing struct {
	Campaign string
	Region   string
	On       calendar.Date
	People   int
}

// WindowsClosing counts the windows that close in the days from a date on.
func (d *Desk) WindowsClosing(ctx context.Context, by campaigns.Viewer, from calendar.Date, days int) ([]Closing, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT c.code, r.name, w.closes_on, count(*)::int FROM windows w JOIN campaigns c ON c.id = w.campaign_id JOIN regions r ON r.code = c.region_code
		WHERE w.closes_on BETWEEN @from AND @to AND (@region = '' OR c.region_code = @region)
		GROUP BY c.code, r.name, w.closes_on ORDER BY w.closes_on, c.code`,
		pgx.NamedArgs{"from": from, "to": from.AddDays(days - 1), "region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("count windows: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Closing])
}

// Waiting is what holds people back whose window is over.
type Waiting struct {
	Campaign string
	Source   string // the key of a signal, "person" or "time"
	Clause   int
	People   int
}

// WaitingFor counts the people whose window is over by what holds them back.
func (d *Desk) WaitingFor(ctx context.Context, by campaigns.Viewer) ([]Waiting, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT c.code, coalesce(w.blocked_by, ''), coalesce(w.blocked_clause, 0)::int, count(*)::int FROM windows w JOIN campaigns c ON c.id = w.campaign_id
		WHERE w.closes_on < @today AND (@region = '' OR c.region_code = @region)
		GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 100`, pgx.NamedArgs{"today": d.Clock.Today(), "region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("count who waits: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Waiting])
}
