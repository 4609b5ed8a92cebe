package optout

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
		asked, err := d.askGate(ctx, tx, now, campaign, people, "")
		if err != nil {
			return err
		}
		done.Looked = len(people)
		return d.actOn(ctx, tx, now, asked, &done)
	})
	return done, err
}

// claimDue locks people whose window is over and who are not held back by
// something that stands as it stood. Those whom somebody else has locked are
// left for the next look.
func claimDue(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, limit int) ([]campaigns.PersonID, error) {
	rows, err := tx.Query(ctx, `
		SELECT p.id FROM windows w JOIN people p ON p.id = w.person_id LEFT JOIN signals s ON s.key = w.blocked_by
		WHERE w.campaign_id = @campaign AND w.closes_on < @today AND (w.blocked_by IS NULL
			OR w.blocked_by = 'time' AND w.blocked_version <= @unix OR w.blocked_by <> 'time' AND s.version IS DISTINCT FROM w.blocked_version)
		ORDER BY p.id LIMIT @limit FOR UPDATE OF p SKIP LOCKED`,
		pgx.NamedArgs{"campaign": campaign, "today": calendar.DateOf(now), "unix": now.Unix(), "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("claim windows: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return nil, fmt.Errorf("claim windows: %w", err)
	}
	return people, nil
}

// asked is one person's case before the gate.
type asked struct {
	situation
	facts   gate.Facts
	verdict gate.Verdict
	version map[string]int64 // of the signals, as locked
}

// askGate gathers the facts of a chunk under lock and asks the gate about each
// enrolment of the campaign. The people are locked by the caller; the signals
// are locked here. own is the id of a record that does not count as a live one
// because it is the lease that is asked about.
func (d *Desk) askGate(ctx context.Context, tx pgx.Tx, now time.Time, id campaigns.CampaignID, people []campaigns.PersonID, own string) ([]asked, error) {
	c, err := d.Register.CampaignByID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	working, err := d.working(ctx, tx)
	if err != nil {
		return nil, err
	}
	situations, err := d.situations(ctx, tx, now, people)
	if err != nil {
		return nil, err
	}
	ties, keys, err := d.ties(ctx, tx, c, situations)
	if err != nil {
		return nil, err
	}
	signals, err := d.Register.LockSignals(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	version := make(map[string]int64, len(signals))
	for k, s := range signals {
		version[k] = s.Version
	}
	list := make([]asked, 0, len(situations))
	for _, s := range situations {
		if s.campaign != id || s.mergedAway {
			continue
		}
		f := d.factsOf(s, c, ties[s.enrolment], signals, now)
		if s.record != nil && s.record.id == own {
			f.LiveRecord = ""
		}
		list = append(list, asked{s, f, gate.Ask(f, working), version})
	}
	return list, nil
}

// ties is what a person hangs on: a wave, practices, batches.
type ties struct {
	wave      campaigns.WaveID
	practice  string
	practices []string // every one since the first posting
	batches   []int64
}

// ties finds what the people of a chunk hang on, and all the signals' keys.
func (d *Desk) ties(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, situations []situation) (map[campaigns.EnrolmentID]ties, []string, error) {
	ids := make([]campaigns.EnrolmentID, 0, len(situations))
	people := make([]campaigns.PersonID, 0, len(situations))
	for _, s := range situations {
		ids, people = append(ids, s.enrolment), append(people, s.person)
	}
	found := make(map[campaigns.EnrolmentID]ties, len(ids))
	keys := map[string]struct{}{}
	for _, k := range []string{campaigns.StopSignal, campaigns.ApprovalOf(c.ID), campaigns.PauseCampaign(c.ID), campaigns.PauseRegistry(c.Registry),
		campaigns.FeedRegistrations, campaigns.FeedNational} {
		keys[k] = struct{}{}
	}
	for _, ch := range campaigns.Declared {
		keys[campaigns.Watermark(ch, "")] = struct{}{}
	}
	earlier := map[campaigns.PersonID][]string{}
	var p campaigns.PersonID
	var practice string
	err := each(ctx, tx, `SELECT person_id, detail->>'from' FROM person_facts WHERE person_id = ANY(@people) AND kind = 'moved practice' AND detail ? 'from'`,
		pgx.NamedArgs{"people": people}, []any{&p, &practice}, func() { earlier[p] = append(earlier[p], practice) })
	if err != nil {
		return nil, nil, fmt.Errorf("read earlier practices: %w", err)
	}
	batches := map[campaigns.EnrolmentID][]int64{}
	for _, s := range situations {
		for _, n := range s.notices {
			if !n.Void() {
				batches[s.enrolment] = append(batches[s.enrolment], n.Batch)
			}
		}
	}
	var e campaigns.EnrolmentID
	var t ties
	err = each(ctx, tx, `
		SELECT e.id, coalesce(e.wave_id, 0), coalesce(root.practice_code, p.practice_code), coalesce(root.id, p.id) FROM enrolments e
		JOIN people p ON p.id = e.person_id LEFT JOIN people root ON root.id = p.merged_into
		WHERE e.campaign_id = @campaign AND e.id = ANY(@ids)`,
		pgx.NamedArgs{"campaign": c.ID, "ids": ids}, []any{&e, &t.wave, &t.practice, &p}, func() {
			t.batches, t.practices = batches[e], append([]string{t.practice}, earlier[p]...)
			found[e] = t
			keys[campaigns.PauseWave(t.wave)] = struct{}{}
			keys[campaigns.SwitchOn(c.Programme, t.practice)] = struct{}{}
			keys[campaigns.PausePractice(t.practice)] = struct{}{}
			for _, code := range t.practices {
				keys[campaigns.Watermark(campaigns.Practice, code)] = struct{}{}
			}
			for _, b := range t.batches {
				keys[campaigns.PauseBatch(b)], keys[campaigns.SuspectBatch(b)] = struct{}{}, struct{}{}
			}
		})
	if err != nil {
		return nil, nil, fmt.Errorf("read ties: %w", err)
	}
	list := make([]string, 0, len(keys))
	for k := range keys {
		list = append(list, k)
	}
	return found, list, nil
}

// record is what a lease writes down.
type record struct {
	id       uuid.UUID
	asked    asked
	evidence []byte
	sum      [sha256.Size]byte
}

// Evidence is why a record was allowed: the facts as they were locked, and the
// nine answers.
type Evidence struct {
	Facts   gate.Facts     `json:"facts"`
	Clauses [9]gate.Clause `json:"clauses"`
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
	var blocked []asked
	var again []campaigns.PersonID
	for _, a := range list {
		switch {
		case a.state != campaigns.Notified && a.state != campaigns.Reconciling && a.state != campaigns.Ready:
			again = append(again, a.person) // its window row is stale: work out anew
		case a.verdict.Allowed:
			evidence, err := json.Marshal(Evidence{a.facts, a.verdict.Clauses})
			if err != nil {
				return fmt.Errorf("write evidence: %w", err)
			}
			records = append(records, record{uuid.New(), a, evidence, sha256.Sum256(evidence)})
		default:
			if clause, _ := a.verdict.Blocked(); clause.Number == 2 || clause.Number == 9 || clause.Number == 1 {
				again = append(again, a.person) // longer than the row says, or without a letter
			} else {
				blocked = append(blocked, a)
			}
		}
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
	return d.renewAndWorkOut(ctx, tx, now, again, "asked")
}

var recordColumns = []string{"id", "programme_id", "person_id", "campaign_id", "enrolment_id", "registry", "basis", "state", "reserved_at",
	"live_at", "next_attempt_at", "evidence", "evidence_sha256"}

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
		return []any{r.id, c.Programme, r.asked.person, c.ID, r.asked.enrolment, c.Registry, r.asked.facts.Basis, state, now, live, next,
			json.RawMessage(r.evidence), r.sum[:]}, nil
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
	var versions []*int64
	var clauses []int16
	for _, a := range list {
		clause, _ := a.verdict.Blocked()
		source, version := clause.Source, (*int64)(nil)
		if v, ok := a.version[source]; ok {
			version = &v
		}
		if until := askAgain(a, clause, now); !until.IsZero() {
			at := until.Unix()
			source, version = "time", &at
		}
		ids, sources, versions = append(ids, a.enrolment), append(sources, source), append(versions, version)
		clauses = append(clauses, int16(clause.Number)) //nolint:gosec // 1 to 9
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

// askAgain says when time alone may change a clause: the web's watermark
// follows the clock, and a practice may be switched on from a later day.
func askAgain(a asked, clause gate.Clause, now time.Time) time.Time {
	switch {
	case clause.Source == campaigns.Watermark(campaigns.Web, ""):
		return now.Add(webLag)
	case clause.Number == 6 && !a.facts.SwitchedOn.IsZero():
		return a.facts.SwitchedOn.Start()
	}
	return time.Time{}
}
