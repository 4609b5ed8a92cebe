package letters_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
)

// house is a mailroom with everything below it, on a database of its own.
type house struct {
	t        testing.TB
	db       *schematest.DB
	clock    *calendar.Movable
	register *campaigns.Register
	desk     *optout.Desk
	mail     *letters.Mailroom
	queue    *queue
	dir      string
	campaign campaigns.Campaign
	vendor   letters.Vendor
	staff    []campaigns.Viewer
}

// queue keeps what is left for later until the test works it off.
type queue struct {
	mu    sync.Mutex
	waves []campaigns.WaveID
	toDo  []letters.BatchID // to be composed
	toSal []letters.BatchID // to be sealed
}

func (q *queue) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error  { return nil }
func (q *queue) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }
func (q *queue) SendRecords(context.Context, pgx.Tx, string) error             { return nil }

func (q *queue) ComposeWave(_ context.Context, _ pgx.Tx, _ campaigns.CampaignID, w campaigns.WaveID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waves = append(q.waves, w)
	return nil
}

func (q *queue) ComposeBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.toDo = append(q.toDo, id)
	return nil
}

func (q *queue) SealBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.toSal = append(q.toSal, id)
	return nil
}

func (q *queue) ReadScans(context.Context, pgx.Tx, letters.ScanID) error { return nil }

// Friday morning in London.
var opening = time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London)

// newHouse has an approved campaign and a wave of so many people, approved and
// composed but not sealed.
func newHouse(t testing.TB, people int, change ...func(*campaigns.NewCampaign)) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{t: t, db: schematest.New(t), clock: calendar.NewStopped(opening), queue: &queue{}, dir: t.TempDir()}
	store, err := archive.OpenFolder(h.dir)
	h.must(err)
	t.Cleanup(func() { store.Close() })
	log := slog.New(slog.DiscardHandler)
	h.register = &campaigns.Register{Pool: h.db.App, Clock: h.clock.Now, Queue: h.queue, Log: log}
	h.desk = &optout.Desk{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Queue: h.queue, Log: log,
		CodeMaker: optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper for tests, 32 bytes long")}, Newest: 1}}
	h.mail = &letters.Mailroom{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Desk: h.desk, Archive: store, Queue: h.queue, Log: log}
	h.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb')`)
	for _, name := range []string{"author", "first", "second"} {
		var id campaigns.StaffID
		h.must(h.db.Owner.QueryRow(ctx, `INSERT INTO staff (email, name, role, password_hash, created_at)
			VALUES ($1 || '@example.org', $1, 'national', '', $2) RETURNING id`, name, opening).Scan(&id))
		h.staff = append(h.staff, campaigns.Viewer{ID: id, Name: name, Role: campaigns.RoleNational})
	}
	_, err = h.register.CreateProgramme(ctx, "SHS", "Shared Health Summary", "own")
	h.must(err)
	h.vendor, err = h.mail.AddVendor(ctx, "INKWELL", "Inkwell Print")
	h.must(err)
	h.must(h.mail.EnsureStandardPack(ctx))
	n := campaigns.NewCampaign{Code: "NEL", Programme: "SHS", Region: "QMF", Name: "North East London", Kind: "blanket", Pack: "standard", Vendor: "INKWELL",
		Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16, DailyCapacity: 1000, BatchSize: 150,
		Helpline: "0800 000 0000", HelplineHours: "Monday to Friday, 8am to 6pm", WebAddress: "answer.example", Freepost: []string{"Freepost ANSWER"},
		Sender: "North East London", Signatory: "Dr A Person, Chief Medical Officer"}
	for _, c := range change {
		c(&n)
	}
	h.campaign, err = h.register.CreateCampaign(ctx, h.staff[0], n)
	h.must(err)
	for _, by := range h.staff[1:] {
		_, err = h.register.ApproveCampaign(ctx, by, "NEL")
		h.must(err)
	}
	h.people(people)
	_, err = h.register.PlanWaves(ctx, h.staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 11, 24)})
	h.must(err)
	for _, by := range h.staff[1:] {
		_, err = h.register.ApproveWave(ctx, by, "NEL", 1)
		h.must(err)
	}
	return h
}

func (h *house) people(n int) {
	h.t.Helper()
	h.exec(`INSERT INTO signals (key, changed_at) VALUES ('pause:practice:F84001', '2026-11-20'), ('pause:practice:F84002', '2026-11-20')`)
	h.exec(`
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
		SELECT '999' || to_char(i, 'FM0000000'), 'Ada', 'Example ' || chr(65 + i % 26), '1970-01-01', ARRAY[i || ' High Street', 'London'],
			'E' || 1 + i % 9 || ' ' || i % 10 || 'AB', 'F8400' || 1 + i % 2, '2026-11-01' FROM generate_series(1, $1::int) i`, n)
	h.exec(`
		INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT $1, id, 1, 'in_cohort', '2026-11-01' FROM people`, h.campaign.ID)
	h.exec(`INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES ($1, 0, 'in_cohort', '', $2)`, h.campaign.ID, n)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	_, err := h.db.Owner.Exec(context.Background(), sql, args...)
	h.must(err)
}

// count is the first column of the first row.
func (h *house) count(sql string, args ...any) int {
	h.t.Helper()
	var n int
	h.must(h.db.Owner.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// compose plans and composes whatever waits.
func (h *house) compose() {
	h.t.Helper()
	for _, w := range h.queue.waves {
		h.must(h.mail.ComposeWave(h.t.Context(), h.campaign.ID, w))
	}
	for _, b := range h.queue.toDo {
		h.must(h.mail.ComposeBatch(h.t.Context(), b))
	}
	h.queue.waves, h.queue.toDo = nil, nil
}

// seal seals whatever is composed and returns the batches a vendor sees.
func (h *house) seal() []letters.Batch {
	h.t.Helper()
	h.compose()
	for _, b := range h.queue.toSal {
		h.must(h.mail.SealBatch(h.t.Context(), b))
	}
	h.queue.toSal = nil
	list, err := h.mail.Batches(h.t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	return list
}

// post accepts a batch today and posts it on the first working day after.
func (h *house) post(code string) letters.Outcome {
	h.t.Helper()
	h.must(h.mail.Accept(h.t.Context(), h.vendor.ID, code))
	h.clock.Set(time.Date(2026, 11, 24, 12, 0, 0, 0, calendar.London))
	out, err := h.mail.Dispatch(h.t.Context(), h.vendor.ID, code, letters.Dispatch{PostedOn: calendar.On(2026, 11, 24), Docket: "D1"})
	h.must(err)
	return out
}

func (h *house) states() map[campaigns.State]int {
	h.t.Helper()
	counts, err := h.register.Counts(h.t.Context(), h.campaign.ID)
	h.must(err)
	m := map[campaigns.State]int{}
	for _, c := range counts {
		m[c.State] += c.People
	}
	for s, n := range m {
		if real := h.count(`SELECT count(*) FROM enrolments WHERE state = $1`, s); real != n {
			h.t.Errorf("%d people are counted as %s and %d are", n, s, real)
		}
	}
	return m
}

// balanced checks that every released piece is accounted for.
func (h *house) balanced() letters.Balance {
	h.t.Helper()
	list, err := h.mail.Reconciliation(h.t.Context(), h.campaign.ID)
	h.must(err)
	var sum letters.Balance
	for _, b := range list {
		if !b.Balanced() {
			h.t.Errorf("batch %s does not balance: %+v", b.Batch, b)
		}
		sum = sum.Add(b)
	}
	return sum
}

func (h *house) references(batch letters.BatchID) []string {
	h.t.Helper()
	rows, err := h.db.Owner.Query(context.Background(), `SELECT reference FROM pieces WHERE batch_id = $1 ORDER BY sequence`, batch)
	h.must(err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	h.must(err)
	return list
}

func (h *house) report(status letters.PieceState, reason string, references ...string) []letters.Verdict {
	h.t.Helper()
	reports := make([]letters.PieceReport, len(references))
	for i, r := range references {
		reports[i] = letters.PieceReport{Reference: r, Status: status, Reason: reason}
	}
	v, err := h.mail.Report(h.t.Context(), h.vendor.ID, reports)
	h.must(err)
	return v
}
