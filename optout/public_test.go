package optout_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// counter opens the desk as the patients' service does: with a role that
// cannot read names.
func (h *house) counter() *optout.Desk {
	register := *h.register
	register.Pool = h.db.Public
	desk := *h.desk
	desk.Pool, desk.Register = h.db.Public, &register
	return &desk
}

// code gives somebody's letter its code, as sealing does.
func (h *house) code(e campaigns.EnrolmentID) string {
	h.Helper()
	code := h.desk.Codes().Derive([]byte("salt of a batch"), fmt.Sprint("DN", h.letter(e)))
	mac, key := h.desk.Codes().MAC(code)
	h.tx(func(tx pgx.Tx, _ time.Time) error {
		return h.desk.KeepCodes(h.ctx, tx, []optout.CodeRow{{MAC: mac, KeyID: key, Piece: h.letter(e), Campaign: h.campaign.ID, Enrolment: e, Person: h.person(e)}})
	})
	return optout.GroupCode(code)
}

func (h *house) born(e campaigns.EnrolmentID) (d calendar.Date) {
	h.Helper()
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT born_on FROM people WHERE id = $1`, h.person(e)).Scan(&d))
	return d
}

func (h *house) knock(e campaigns.EnrolmentID) optout.Caller {
	h.Helper()
	c, err := h.counter().Knock(h.ctx, h.code(e), h.born(e), "network")
	h.ok(err)
	return c
}

func (h *house) online(c optout.Caller, says string) optout.Receipt {
	h.Helper()
	r, err := h.counter().AnswerOnline(h.ctx, c, says, uuid.NewString(), h.clock.Now(), "self")
	h.ok(err)
	return r
}

func TestSomebodyWithALetterAnswersThroughARoleThatCannotReadNames(t *testing.T) {
	h := open(t, 6, optout.OwnLedger)
	h.post(monday.AddDays(2))
	desk := h.counter()
	caller := h.knock(h.people[0])
	token := uuid.NewString()
	first, err := desk.AnswerOnline(h.ctx, caller, "no", token, h.clock.Now(), "self")
	h.ok(err)
	again, err := desk.AnswerOnline(h.ctx, caller, "no", token, h.clock.Now(), "self")
	h.ok(err)
	if again.Reference != first.Reference || !again.Repeated || first.Repeated {
		t.Errorf("the same form gave %+v, then %+v", first, again)
	}
	h.is(h.people[0], campaigns.OptedOut)
	p, err := desk.Position(h.ctx, caller)
	h.ok(err)
	if p.Says != "no" || p.Reference != first.Reference || p.LastDay.IsZero() || p.Over || p.Held {
		t.Errorf("position after the no: %+v", p)
	}
	h.day(monday.AddDays(5))
	h.online(caller, "yes")
	h.is(h.people[0], campaigns.Ready)

	// A no after the record was made takes it back.
	late := h.knock(h.people[1])
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[1], campaigns.Created)
	h.is(h.people[0], campaigns.Created)
	h.online(late, "no")
	h.is(h.people[1], campaigns.Withdrawing)
	_, err = h.desk.SendDue(h.ctx, 10)
	h.ok(err)
	p, err = desk.Position(h.ctx, late)
	h.ok(err)
	if p.Record != "withdrawn" || !p.Over {
		t.Errorf("position after a late no: %+v", p)
	}
	h.sound()
}

func TestThreeWrongDatesOfBirthForARealCodeHoldThePersonAndTellNothing(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	desk, code := h.counter(), h.code(h.people[0])
	unknown := optout.GroupCode(h.desk.Codes().Derive([]byte("another salt"), "DN0"))
	_, nobody := desk.Knock(h.ctx, unknown, monday, "elsewhere")
	for i := range 3 {
		h.is(h.people[0], campaigns.Notified)
		_, err := desk.Knock(h.ctx, code, monday.AddDays(-i), "network")
		if !fault.Is(err, fault.Unauthenticated) || err.Error() != nobody.Error() {
			t.Errorf("a wrong date of birth is answered %v, an unknown code %v", err, nobody)
		}
	}
	h.is(h.people[0], campaigns.Held)
	if _, err := desk.Knock(h.ctx, "0000 0000 0000 0001", monday, "network"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a typing error is answered %v", err)
	}
	for range 12 {
		_, _ = desk.Knock(h.ctx, unknown, monday, "network")
	}
	if _, err := desk.Knock(h.ctx, unknown, monday, "network"); !fault.Is(err, fault.TooMany) {
		t.Errorf("after many failures: %v", err)
	}
	c, err := desk.Knock(h.ctx, code, h.born(h.people[0]), "network")
	h.ok(err) // a right proof always passes
	p, err := desk.Position(h.ctx, c)
	h.ok(err)
	if !p.Held {
		t.Errorf("whoever is held is not told so: %+v", p)
	}
	h.sound()
}

func TestTheDeadTheSuspectAndTheProxyAreHeldThroughTheCounter(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	h.post(monday.AddDays(2))
	desk := h.counter()
	dead, suspect, proxy := h.knock(h.people[0]), h.knock(h.people[1]), h.knock(h.people[2])
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "test"})
	h.is(h.people[0], campaigns.Closed)
	if r := h.online(dead, "no"); !r.Held {
		t.Errorf("a no of somebody recorded as dead: %+v", r)
	}
	h.is(h.people[0], campaigns.Held)
	h.ok(h.desk.TellPerson(h.ctx, campaigns.Viewer{}, h.person(h.people[0]), campaigns.PersonFact{Kind: campaigns.NotDead, Source: "the feed"}))
	h.is(h.people[0], campaigns.OptedOut) // it counts once the death is reversed

	h.exec(`UPDATE pieces SET suspected_at = '2026-12-07Z' WHERE id = $1`, suspect.Piece)
	if _, err := desk.AnswerOnline(h.ctx, suspect, "yes", uuid.NewString(), h.clock.Now(), "self"); !fault.Is(err, fault.Refused) {
		t.Errorf("a yes with the code of a suspect letter: %v", err)
	}
	if r := h.online(suspect, "no"); !r.Held {
		t.Errorf("a no with the code of a suspect letter: %+v", r)
	}
	r, err := desk.AnswerOnline(h.ctx, proxy, "no", uuid.NewString(), h.clock.Now(), "a daughter")
	h.ok(err)
	if !r.Held {
		t.Errorf("an unproved proxy: %+v", r)
	}
	if _, err := desk.AnswerOnline(h.ctx, proxy, "no", "not a token", h.clock.Now(), "self"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a forged form: %v", err)
	}
	if _, err := desk.AnswerOnline(h.ctx, proxy, "no", uuid.NewString(), h.clock.Now().Add(-11*time.Minute), "self"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an answer that took eleven minutes: %v", err)
	}
	h.is(h.people[1], campaigns.Held)
	h.is(h.people[2], campaigns.Held)
	h.sound()
}

func TestThePatientsRoleReadsNoNameAddressNumberOrSalt(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	forbidden := map[string][]string{
		"people":       {"nhs_number", "title", "given_names", "family_name", "address", "postcode"},
		"pieces":       {"postcode"},
		"holds":        {"told", "reason"},
		"answers":      {"given_by", "evidence"},
		"person_facts": {"detail", "source"},
		"batches":      {"salt"},
		"records":      {"evidence", "target_id", "circumstances_id"}, "circumstances": {"body"},
		"staff": {"email", "password_hash"}, "sessions": {"token_hash"}, "cohort_rows": {"nhs_number", "family_name"},
		"findings": {"shown"}, "vendor_keys": {"key_hash"}, "audit": {"detail"}, "proposals": {"detail"}, "history": {"reason"},
		"signal_changes": {"reason"}, "cohorts": {"file_name"}, "idempotency_keys": {"body"},
	}
	for table, columns := range forbidden {
		for _, column := range columns {
			_, err := h.db.Public.Exec(h.ctx, fmt.Sprintf(`SELECT %s FROM %s LIMIT 1`, column, table))
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != "42501" {
				t.Errorf("the patients' role reads %s.%s: %v", table, column, err)
			}
		}
	}
	for _, sql := range []string{`DELETE FROM answers`, `UPDATE answers SET says = 'yes'`, `UPDATE people SET born_on = '1990-01-01'`, `UPDATE signals SET since = NULL`,
		`INSERT INTO records (id) VALUES (gen_random_uuid())`, `UPDATE holds SET settled_at = '2026-12-07Z'`, `UPDATE notices SET closes_on = '2026-12-07'`,
		`UPDATE codes SET mac = ''`, `UPDATE codes SET ended_at = NULL`, `DELETE FROM guesses`, `DELETE FROM record_views`, `UPDATE record_views SET viewed_at = viewed_at`, `DELETE FROM holds`, `TRUNCATE audit`, `UPDATE records SET live_at = NULL`} {
		_, err := h.db.Public.Exec(h.ctx, sql)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("the patients' role may %s: %v", sql, err)
		}
	}
}

func TestThePatientsRoleFindsWhomAnIdentityServiceNamesAndLearnsNoMore(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	var number string
	h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT nhs_number FROM people WHERE id = $1`, h.person(h.people[0])).Scan(&number))
	desk := h.counter()
	found, err := desk.PersonOf(h.ctx, number, h.born(h.people[0]))
	h.ok(err)
	if found != h.person(h.people[0]) {
		t.Errorf("found %d, not %d", found, h.person(h.people[0]))
	}
	for _, wrong := range []func() (campaigns.PersonID, error){
		func() (campaigns.PersonID, error) {
			return desk.PersonOf(h.ctx, number, h.born(h.people[0]).AddDays(1))
		},
		func() (campaigns.PersonID, error) {
			return desk.PersonOf(h.ctx, "0000000000", h.born(h.people[0]))
		},
		func() (campaigns.PersonID, error) { return desk.PersonOf(h.ctx, number, calendar.Date{}) },
	} {
		if who, err := wrong(); !fault.Is(err, fault.NotFound) {
			t.Errorf("found %d, %v", who, err)
		}
	}
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "test"})
	if _, err := desk.PersonOf(h.ctx, number, h.born(h.people[0])); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody recorded as dead signs in: %v", err)
	}
	records, looks, err := desk.SeeRecords(h.ctx, found)
	h.ok(err)
	if len(records) != 0 || len(looks) == 0 {
		t.Errorf("%v %v", records, looks)
	}
	for _, sql := range []string{`SELECT person_of('9', '1990-01-01')`, `SELECT at FROM looks_at(1)`} { // a way of the patients' role alone
		var pg *pgconn.PgError
		if _, err := h.db.App.Exec(h.ctx, sql); !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("the program may %s: %v", sql, err)
		}
	}
}

func TestViewsOfRecordsAreCountedByMonthPeopleAndThoseWhoCameAgain(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	for _, look := range []int{0, 0, 1} {
		records, _, err := h.counter().SeeRecords(h.ctx, h.person(h.people[look]))
		h.ok(err)
		if len(records) != 1 || records[0].State != "live" || records[0].Basis != "silence" {
			t.Errorf("%+v", records)
		}
	}
	h.day(closing.AddDays(40))
	_, _, err := h.counter().SeeRecords(h.ctx, h.person(h.people[1]))
	h.ok(err)
	views, err := h.desk.RecordViews(h.ctx, h.campaign.Programme)
	h.ok(err)
	if len(views) != 2 || views[0].Views != 3 || views[0].People != 2 || views[0].Again != 1 || views[1].Views != 1 || views[1].Again != 0 {
		t.Errorf("%+v", views)
	}
	h.sound()
}
