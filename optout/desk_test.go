package optout_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/optout/registry"
)

// idle is a queue whose work the test does itself.
type idle struct{}

func (idle) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error  { return nil }
func (idle) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }
func (idle) ComposeWave(context.Context, pgx.Tx, campaigns.CampaignID, campaigns.WaveID) error {
	return nil
}
func (idle) SendRecords(context.Context, pgx.Tx, string) error { return nil }

// judge is a test, or one case of a property.
type judge interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// house is a small region: one campaign approved by two people, some people in
// its first wave, and a clock that stands still until it is moved.
type house struct {
	judge
	ctx      context.Context
	db       *schematest.DB
	clock    *calendar.Movable
	register *campaigns.Register
	desk     *optout.Desk
	sandbox  *registry.Sandbox
	author   campaigns.Viewer
	first    campaigns.Viewer
	second   campaigns.Viewer
	campaign campaigns.Campaign
	people   []campaigns.EnrolmentID
	batch    int64

	postLater bool   // post only gives and seals
	number    string // the NHS number last looked up
}

const practiceCode = "F84001"

// monday is the day on which every test begins: Monday 7 December 2026.
var monday = calendar.On(2026, time.December, 7)

func open(t testing.TB, people int, target string) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{judge: t, ctx: ctx, db: schematest.New(t), clock: calendar.NewStopped(monday.Start().Add(9 * time.Hour)), sandbox: &registry.Sandbox{}}
	files, err := archive.Open(ctx, "mem://")
	h.ok(err)
	h.register = &campaigns.Register{Pool: h.db.App, Clock: h.clock.Now, Queue: idle{}, Files: files}
	h.desk = &optout.Desk{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Queue: idle{},
		Registries: map[string]registry.Registry{"sandbox": h.sandbox},
		CodeMaker:  optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper of thirty-two bytes....")}, Newest: 1}}
	h.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb'), ('QKK', 'South East London', 'icb')`)
	h.exec(`INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, updated_at)
		VALUES ('F84001', 'The Test Practice', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 6AN', 'A', '2026-12-07Z'),
		('F84002', 'The Other Practice', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 6AN', 'A', '2026-12-07Z')`)
	for i, v := range []*campaigns.Viewer{&h.author, &h.first, &h.second} {
		var id campaigns.StaffID // without a password, whose hashing takes longer than all the rest
		h.ok(h.db.Owner.QueryRow(ctx, `INSERT INTO staff (email, name, role, region_code, password_hash, created_at)
			VALUES ('person' || $1::int || '@example.nhs.uk', 'Person ' || $1::int, 'regional', 'QMF', '', '2026-12-07Z') RETURNING id`, i).Scan(&id))
		*v = campaigns.Viewer{ID: id, Name: fmt.Sprintf("Person %d", i), Role: campaigns.RoleRegional, Region: "QMF"}
	}
	programme, err := h.register.CreateProgramme(ctx, "SHS", "Shared Health Summary", target)
	h.ok(err)
	h.campaign, err = h.register.CreateCampaign(ctx, h.author, campaigns.NewCampaign{Code: "NEL-26", Programme: "SHS", Region: "QMF", Name: "North East London",
		Kind: "blanket", Pack: "SHS", Vendor: "halden", Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16,
		DailyCapacity: 1000, BatchSize: 500, Helpline: "0800 000 0000", HelplineHours: "8am to 8pm", WebAddress: "answer.example",
		Freepost: []string{"Freepost NEL"}, Sender: "North East London", Signatory: "A. Person"})
	h.ok(err)
	for _, v := range []campaigns.Viewer{h.first, h.second} {
		_, err := h.register.ApproveCampaign(ctx, v, "NEL-26")
		h.ok(err)
	}
	h.enrol(people)
	h.ok(h.register.SwitchOn(ctx, h.author, programme, []string{"F84001", "F84002"}, monday))
	_, err = h.register.PlanWaves(ctx, h.author, "NEL-26", campaigns.Plan{FirstPostOn: monday.AddDays(2)})
	h.ok(err)
	for _, v := range []campaigns.Viewer{h.first, h.second} {
		_, err := h.register.ApproveWave(ctx, v, "NEL-26", 1)
		h.ok(err)
	}
	h.people = h.enrolments("scheduled")
	return h
}

// number makes the nth made-up NHS number of the test range.
func number(n int) string {
	for {
		s := fmt.Sprintf("999%06d", n)
		sum := 0
		for i, c := range s {
			sum += int(c-'0') * (10 - i)
		}
		switch check := 11 - sum%11; check {
		case 10:
			n += 100_000
		case 11:
			return s + "0"
		default:
			return s + fmt.Sprint(check)
		}
	}
}

func (h *house) enrol(n int) {
	h.Helper()
	var b strings.Builder
	b.WriteString("nhs_number,title,given_names,family_name,date_of_birth,date_of_death,address_line_1,address_line_2,address_line_3,address_line_4,address_line_5,postcode,practice_code,preferred_language,accessible_format,sensitive\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,,Given%d,Family,1980-01-%02d,,%d High Street,London,,,,E1 6AN,%s,,,\n", number(i), i, i%28+1, i+1, practiceCode)
	}
	id, err := h.register.ReceiveCohort(h.ctx, h.author, h.campaign.Code, "people.csv", bytes.NewBufferString(b.String()))
	h.ok(err)
	h.ok(h.register.ReadCohort(h.ctx, id))
	h.ok(h.register.DecideCohort(h.ctx, h.author, id, true))
	h.ok(h.desk.EnrolCohort(h.ctx, id))
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) exec(sql string, args ...any) {
	h.Helper()
	_, err := h.db.Owner.Exec(h.ctx, sql, args...)
	h.ok(err)
}

func (h *house) tx(fn func(tx pgx.Tx, now time.Time) error) {
	h.Helper()
	h.ok(campaigns.InTx(h.ctx, h.db.App, h.clock.Now, fn))
}

func (h *house) enrolments(state campaigns.State) []campaigns.EnrolmentID {
	h.Helper()
	rows, err := h.db.App.Query(h.ctx, `SELECT id FROM enrolments WHERE state = $1 ORDER BY id`, state)
	h.ok(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.EnrolmentID])
	h.ok(err)
	return ids
}

// post writes, seals and posts a letter to everybody who is scheduled, as the mailroom does, on a day.
func (h *house) post(on calendar.Date) {
	h.Helper()
	due := h.enrolments("scheduled")
	h.batch++
	h.tx(func(tx pgx.Tx, now time.Time) error {
		if err := h.register.MakeSignals(h.ctx, tx, now, []string{campaigns.PauseBatch(h.batch), campaigns.SuspectBatch(h.batch)}); err != nil {
			return err
		}
		n, err := h.desk.GiveNotices(h.ctx, tx, now, h.campaign, h.batch, due, on)
		if n != len(due) {
			h.Errorf("%d notices for %d people", n, len(due))
		}
		return err
	})
	h.exec(`INSERT INTO vendors (code, name, created_at) VALUES ('halden', 'Halden Mail', '2026-12-07Z') ON CONFLICT DO NOTHING`)
	h.exec(`INSERT INTO packs (code, version, language, format, state, body, created_at) SELECT 'SHS', 1, '', '', 'frozen', '{}', '2026-12-07Z' WHERE NOT EXISTS (SELECT FROM packs)`)
	h.exec(`INSERT INTO batches (id, code, campaign_id, vendor_id, pack_id, state, planned_post_on, due_at, salt, pieces, created_at) OVERRIDING SYSTEM VALUE
		VALUES ($1::bigint, 'B' || $1::bigint, $2, 1, 1, 'accepted', $3, '2026-12-07Z', '', $4, '2026-12-07Z')`, h.batch, h.campaign.ID, on, len(due))
	h.exec(`UPDATE batches SET sealed_at = $2, pages = 3 * pieces, sheets = 2 * pieces WHERE id = $1`, h.batch, h.clock.Now())
	h.exec(`INSERT INTO pieces (id, reference, campaign_id, notice_id, enrolment_id, person_id, number, batch_id, sequence, first_page, pages, sheets, postcode, checksum, state, state_at)
		SELECT p, 'DN' || p, n.campaign_id, n.id, n.enrolment_id, n.person_id, n.number, n.batch_id, row_number() OVER (), 1, 3, 2, 'E1 6AN', '', 'accepted', '2026-12-07Z'
		FROM (SELECT *, nextval('piece_ids') AS p FROM notices WHERE batch_id = $1) n`, h.batch)
	h.tx(func(tx pgx.Tx, now time.Time) error {
		var posted []optout.Posting
		notices, err := h.desk.NoticesOf(h.ctx, tx, h.campaign.ID, h.batch)
		if err != nil {
			return err
		}
		for _, n := range notices {
			posted = append(posted, optout.Posting{Notice: n.ID, On: on})
		}
		if err := h.desk.Sealed(h.ctx, tx, now, h.campaign.ID, due); err != nil || h.postLater {
			return err
		}
		return h.desk.OpenWindows(h.ctx, tx, now, h.campaign.ID, posted)
	})
}

// day moves the clock to nine in the morning of a day.
func (h *house) day(d calendar.Date) { h.clock.Set(d.Start().Add(9 * time.Hour)) }

// declare lets every channel, practice and feed say that it is up to date.
func (h *house) declare() {
	h.Helper()
	through := h.clock.Now().Add(-24 * time.Hour)
	for _, ch := range campaigns.Declared {
		h.ok(h.desk.Declare(h.ctx, h.author, ch, "", calendar.DateOf(through)))
	}
	for _, p := range []string{"F84001", "F84002"} {
		err := h.desk.Declare(h.ctx, h.author, campaigns.Practice, p, calendar.DateOf(through))
		if p == practiceCode {
			h.ok(err)
		}
	}
	h.declareFeeds()
}

func (h *house) declareFeeds() {
	h.Helper()
	h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedNational))
	h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedRegistrations))
}

// again enrols the same people in a second campaign of the programme.
func (h *house) again(code string) {
	h.Helper()
	first := h.campaign
	var err error
	h.campaign, err = h.register.CreateCampaign(h.ctx, h.author, campaigns.NewCampaign{Code: code, Programme: "SHS", Region: "QMF", Name: "Again",
		Kind: "blanket", Pack: "SHS", Vendor: "halden", Window: first.Window, MinimumAge: 16, DailyCapacity: 1000, BatchSize: 500, Helpline: "0800 000 0000",
		HelplineHours: "8am to 8pm", WebAddress: "answer.example", Freepost: []string{"Freepost NEL"}, Sender: "North East London", Signatory: "A. Person"})
	h.ok(err)
	h.enrol(len(h.people))
	h.campaign = first
}

func (h *house) in(code string) []campaigns.EnrolmentID {
	h.Helper()
	rows, err := h.db.App.Query(h.ctx, `SELECT e.id FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id WHERE c.code = $1 ORDER BY e.id`, code)
	h.ok(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.EnrolmentID])
	h.ok(err)
	return ids
}

func file(text string) *bytes.Buffer { return bytes.NewBufferString(text) }

func (h *house) closeAll() (done optout.Closed) {
	h.Helper()
	for {
		c, err := h.desk.CloseDue(h.ctx, h.campaign.ID, 7)
		h.ok(err)
		if c.Looked == 0 {
			return done
		}
		done.Created, done.Leased, done.Waiting, done.Looked = done.Created+c.Created, done.Leased+c.Leased, done.Waiting+c.Waiting, done.Looked+c.Looked
	}
}

func (h *house) state(e campaigns.EnrolmentID) campaigns.State {
	h.Helper()
	var s campaigns.State
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT state FROM enrolments WHERE id = $1`, e).Scan(&s))
	return s
}

func (h *house) is(e campaigns.EnrolmentID, want campaigns.State) {
	h.Helper()
	if got := h.state(e); got != want {
		h.Errorf("enrolment %d is %s, want %s", e, got, want)
	}
}

func (h *house) person(e campaigns.EnrolmentID) (p campaigns.PersonID) {
	h.Helper()
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT person_id FROM enrolments WHERE id = $1`, e).Scan(&p))
	return p
}

func (h *house) says(e campaigns.EnrolmentID, says string, on calendar.Date) optout.Receipt {
	h.Helper()
	r, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: h.person(e), Says: says, Channel: campaigns.Phone, ReceivedOn: on})
	h.ok(err)
	return r
}

func (h *house) tell(e campaigns.EnrolmentID, f campaigns.PersonFact) {
	h.Helper()
	h.ok(h.desk.TellPerson(h.ctx, h.author, h.person(e), f))
}

func (h *house) notice(e campaigns.EnrolmentID) (n optout.NoticeID) {
	h.Helper()
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT id FROM notices WHERE enrolment_id = $1 ORDER BY number DESC LIMIT 1`, e).Scan(&n))
	return n
}

func (h *house) letter(e campaigns.EnrolmentID) (piece int64) {
	h.Helper()
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT id FROM pieces WHERE enrolment_id = $1 ORDER BY id DESC LIMIT 1`, e).Scan(&piece))
	return piece
}

func (h *house) void(e campaigns.EnrolmentID, why optout.VoidReason) {
	h.Helper()
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.desk.VoidWindows(h.ctx, tx, now, h.campaign.ID, []optout.NoticeID{h.notice(e)}, why)
	})
}

func (h *house) sound() {
	h.Helper()
	list, err := h.desk.Invariants(h.ctx)
	h.ok(err)
	for _, v := range list {
		if v.Violations > 0 {
			h.Errorf("%d times broken: %s", v.Violations, v.Name)
		}
	}
}
