package optout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout/gate"
)

// Closed is what one look at the windows that are over came to.
type Closed struct {
	Looked  int // people asked about; 0: nothing is due
	Created int // records made in the own ledger
	Leased  int // records reserved, to be sent to an outside target
	Waiting int // held back by a clause
}

// OwnLedger is the registry of this house: its record is made in the same
// transaction that asks the gate.
const OwnLedger = "own"

// CloseDue asks the gate about at most limit people of a campaign whose
// windows are over, and makes or leases the records that may be made. Whoever
// is held back is asked again only when what held him back has changed.
// Callers repeat it until Looked is 0; several may run at once.
func (d *Desk) CloseDue(ctx context.Context, campaign campaigns.CampaignID, limit int) (Closed, error) {
	var done Closed
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		done = Closed{}
		people, err := claimDue(ctx, tx, now, campaign, limit)
		if err != nil || len(people) == 0 {
			return err
		}
		now = d.Clock() // of two deeds to one person the later has the later moment
		asked, err := d.askGate(ctx, tx, now, asking{campaign: campaign, people: people, read: d.Register.LockSignals})
		if err != nil {
			return err
		}
		done.Looked = len(people)
		return d.actOn(ctx, tx, now, asked, &done)
	})
	return done, err
}

// due are the reasons to ask about somebody whose window is over, each with an
// index of its own: never asked yet; what held back has changed since; the
// moment to ask again has come. Whoever is held back by something that stands
// as it stood costs nothing, however many they are.
var due = []string{
	`FROM windows w JOIN people p ON p.id = w.person_id
	WHERE w.campaign_id = @campaign AND w.closes_on < @today AND w.blocked_by IS NULL ORDER BY w.closes_on`,
	`FROM signals s JOIN windows w ON w.campaign_id = @campaign AND w.blocked_by = s.key AND w.blocked_version < s.version JOIN people p ON p.id = w.person_id
	WHERE w.closes_on < @today`,
	`FROM windows w JOIN people p ON p.id = w.person_id
	WHERE w.campaign_id = @campaign AND w.closes_on < @today AND w.blocked_by = 'time' AND w.blocked_version <= @unix`,
}

// claimDue locks at most limit people who are due. Those whom somebody else
// has locked are left for the next look.
func claimDue(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, limit int) ([]campaigns.PersonID, error) {
	var people []campaigns.PersonID
	for _, from := range due {
		rows, err := tx.Query(ctx, `SELECT p.id `+from+` LIMIT @limit FOR UPDATE OF p SKIP LOCKED`,
			pgx.NamedArgs{"campaign": campaign, "today": calendar.DateOf(now), "unix": now.Unix(), "limit": limit - len(people)})
		if err != nil {
			return nil, fmt.Errorf("claim windows: %w", err)
		}
		more, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
		if err != nil {
			return nil, fmt.Errorf("claim windows: %w", err)
		}
		if people = append(people, more...); len(people) >= limit {
			break
		}
	}
	return people, nil
}

// asked is one person's case before the gate.
type asked struct {
	situation
	facts   gate.Facts
	verdict gate.Verdict
	ties    string           // equal for people whose circumstances are
	version map[string]int64 // of the signals, as locked
}

// reader reads signals in a transaction: the Register's LockSignals, which
// holds them, or its ReadSignals, which only looks.
type reader func(ctx context.Context, tx pgx.Tx, keys []string) (map[string]campaigns.Signal, error)

// asking is whom the gate is asked about.
type asking struct {
	campaign campaigns.CampaignID
	people   []campaigns.PersonID
	leases   []string // ids of the records that are asked about: they do not count as live ones
	unsent   bool     // and no request for them has left, whatever their rows say
	read     reader
}

// askGate gathers the facts of a chunk and asks the gate about each enrolment
// of the campaign. Where something is to be done on its answer, the caller has
// locked the people, and the signals are locked here.
func (d *Desk) askGate(ctx context.Context, tx pgx.Tx, now time.Time, a asking) ([]asked, error) {
	c, err := d.Register.CampaignByID(ctx, tx, a.campaign)
	if err != nil {
		return nil, err
	}
	// Rows that lengthen windows are written under these two, and read below.
	if _, err := a.read(ctx, tx, []string{campaigns.StopSignal, campaigns.PauseCampaign(c.ID)}); err != nil {
		return nil, err
	}
	before := stays{}
	situations, err := d.situations(ctx, tx, now, a.people, askWrongFiles, before.ask, a.disregard)
	if err != nil {
		return nil, err
	}
	ties, keys := tie(c, situations, before)
	signals, err := a.read(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	version := make(map[string]int64, len(signals))
	for k, s := range signals {
		version[k] = s.Version
	}
	list, shared := make([]asked, 0, len(situations)), map[string]gate.Circumstances{}
	for _, s := range situations {
		if s.campaign != c.ID || s.mergedAway {
			continue
		}
		t := ties[s.enrolment]
		circumstances, known := shared[t.key]
		if !known {
			circumstances = circumstancesOf(c, t, signals, now)
			shared[t.key] = circumstances
		}
		f := gate.Facts{Case: caseOf(s), Circumstances: circumstances}
		if s.record != nil && slices.Contains(a.leases, s.record.id) {
			f.LiveRecord = ""
		}
		list = append(list, asked{s, f, gate.Ask(f, s.working), t.key, version})
	}
	return list, nil
}

// record is what a lease writes down.
type record struct {
	id       uuid.UUID
	asked    asked
	evidence evidence
}

// actOn makes or leases what is allowed and notes what holds back the rest.
func (d *Desk) actOn(ctx context.Context, tx pgx.Tx, now time.Time, list []asked, done *Closed) error {
	if len(list) == 0 {
		return nil
	}
	c, err := d.Register.CampaignByID(ctx, tx, list[0].campaign)
	if err != nil {
		return err
	}
	var records []record
	var kept evidenceBook
	var blocked []asked
	var again []campaigns.PersonID
	for _, a := range list {
		switch {
		case a.state != campaigns.Notified && a.state != campaigns.Reconciling && a.state != campaigns.Ready:
			again = append(again, a.person) // its window row is stale: work out anew
		case a.verdict.Allowed:
			e, err := kept.of(a)
			if err != nil {
				return err
			}
			records = append(records, record{uuid.Must(uuid.NewV7()), a, e})
		default:
			switch clause, _ := a.verdict.Blocked(); clause.Number {
			case 1, 2, 8, 9:
				again = append(again, a.person) // longer than the row says, without a letter, or with a record
			default:
				blocked = append(blocked, a)
			}
		}
	}
	if err := kept.keep(ctx, tx); err != nil {
		return err
	}
	if err := d.lease(ctx, tx, now, c, records, done); err != nil {
		return err
	}
	if err := d.block(ctx, tx, now, c.ID, blocked); err != nil {
		return err
	}
	done.Waiting = len(blocked) + len(again)
	if len(again) == 0 {
		return nil
	}
	if err := d.renewAndWorkOut(ctx, tx, now, again, "asked"); err != nil {
		return err
	}
	// Whoever should have moved on and has not is asked later, not for ever.
	_, err = tx.Exec(ctx, `
		UPDATE windows SET blocked_by = 'time', blocked_version = @later
		WHERE campaign_id = @campaign AND person_id = ANY(@people) AND closes_on < @today AND blocked_by IS NULL`,
		pgx.NamedArgs{"later": now.Add(webLag).Unix(), "campaign": c.ID, "people": again, "today": calendar.DateOf(now)})
	if err != nil {
		return fmt.Errorf("put off: %w", err)
	}
	return nil
}

var recordColumns = []string{"id", "programme_id", "person_id", "campaign_id", "enrolment_id", "registry", "basis", "state", "reserved_at",
	"live_at", "next_attempt_at", "circumstances_id", "evidence", "evidence_sha256"}

// lease inserts the record rows. In the own ledger they are live with that;
// for an outside target they reserve the only place and wait to be sent.
func (d *Desk) lease(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, records []record, done *Closed) error {
	if len(records) == 0 {
		return nil
	}
	state, to, event, live, next := "live", campaigns.Created, "reconciling, ready, creating, created", any(now), any(nil)
	if c.Registry != OwnLedger {
		state, to, event, live, next = "reserved", campaigns.Creating, "leased", nil, any(now)
	}
	ids := make([]campaigns.EnrolmentID, len(records))
	for i, r := range records {
		ids[i] = r.asked.enrolment
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"records"}, recordColumns, pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
		r := &records[i]
		return []any{pgtype.UUID{Bytes: r.id, Valid: true}, c.Programme, r.asked.person, c.ID, r.asked.enrolment, c.Registry, r.asked.facts.Basis, state, now, live, next,
			pgtype.UUID{Bytes: r.evidence.circumstances, Valid: true}, r.evidence.own, r.evidence.sum[:]}, nil
	}))
	if err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	if _, err := d.Register.Move(ctx, tx, now, c.ID, ids, to, event, ""); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM windows WHERE campaign_id = @c AND enrolment_id = ANY(@ids)`, pgx.NamedArgs{"c": c.ID, "ids": ids})
	if err != nil {
		return fmt.Errorf("end windows: %w", err)
	}
	if c.Registry == OwnLedger {
		done.Created = len(records)
		return nil
	}
	done.Leased = len(records)
	return d.Queue.SendRecords(ctx, tx, c.Registry)
}

// block notes what holds people back, and at which version, so that they are
// asked again when it changes and not before.
func (d *Desk) block(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, list []asked) error {
	if len(list) == 0 {
		return nil
	}
	var ids []campaigns.EnrolmentID
	var notified []campaigns.EnrolmentID
	var sources []string
	var versions []int64
	var clauses []int16
	for _, a := range list {
		clause, _ := a.verdict.Blocked()
		source, version := clause.Source, a.version[clause.Source] // 0 where the signal has no row yet
		if until := askAgainAt(a, clause, now); !until.IsZero() {
			source, version = "time", until.Unix()
		}
		ids, sources, versions = append(ids, a.enrolment), append(sources, source), append(versions, version)
		clauses = append(clauses, int16(clause.Number))
		if a.state == campaigns.Notified {
			notified = append(notified, a.enrolment)
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE windows w SET blocked_by = u.source, blocked_version = u.version, blocked_clause = u.clause
		FROM unnest(@ids::bigint[], @sources::text[], @versions::bigint[], @clauses::smallint[]) u (id, source, version, clause)
		WHERE w.campaign_id = @campaign AND w.enrolment_id = u.id`,
		pgx.NamedArgs{"ids": ids, "sources": sources, "versions": versions, "clauses": clauses, "campaign": campaign})
	if err != nil {
		return fmt.Errorf("note what holds back: %w", err)
	}
	_, err = d.Register.Move(ctx, tx, now, campaign, notified, campaigns.Reconciling, "window over", "")
	return err
}

// askAgainAt says when time alone may change a clause: the web's watermark
// follows the clock, a practice may be switched on from a later day, and
// people come of age.
func askAgainAt(a asked, clause gate.Clause, now time.Time) time.Time {
	switch {
	case clause.Source == campaigns.Watermark(campaigns.Web, ""):
		return now.Add(webLag)
	case clause.Number == 6 && !a.facts.SwitchedOn.IsZero():
		return a.facts.SwitchedOn.Start()
	case clause.Number == 5 && clause.Source == "time":
		return a.bornOn.AddMonths(12 * a.minimumAge).Start()
	}
	return time.Time{}
}
