package optout_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/optout/registry"
)

// scope ends what belongs to one case of a property as soon as the case is over.
type scope struct {
	testing.TB
	ends []func()
}

func (s *scope) Cleanup(end func()) { s.ends = append(s.ends, end) }

func (s *scope) end() {
	for _, end := range slices.Backward(s.ends) {
		end()
	}
}

// few limits the cases of a slow property unless -rapid.checks asks for a number.
func few(t *testing.T, n int) {
	t.Helper()
	asked := slices.ContainsFunc(os.Args, func(a string) bool { return strings.Contains(a, "rapid.checks") })
	if testing.Short() {
		n = max(n/4, 2)
	}
	_ = flag.Set("rapid.nofailfile", "true")
	_ = flag.Set("rapid.shrinktime", "1ns") // what is drawn is a seed
	if !asked {
		was := flag.Lookup("rapid.checks").Value.String()
		_ = flag.Set("rapid.checks", fmt.Sprint(n))
		t.Cleanup(func() { _ = flag.Set("rapid.checks", was) })
	}
}

// world is a house to which anything may happen, in any order.
type world struct {
	*house
	r      *rand.Rand              // rapid draws the seed; drawn one by one the acts would hardly ever come far
	closes map[int64]calendar.Date // as once stored: no window may close earlier
}

func among[T any](w *world, list []T) T { return list[w.r.IntN(len(list))] }

func (w *world) between(least, most int) int { return least + w.r.IntN(most-least+1) }

func (w *world) one() campaigns.EnrolmentID { return among(w, w.people) }

// may runs what may be refused with a sentence, and fails on anything else.
func (w *world) may(err error) {
	w.Helper()
	if err != nil && fault.Of(err) == nil {
		w.Fatalf("%v", err)
	}
}

func (w *world) day() calendar.Date {
	return calendar.DateOf(w.clock.Now()).AddDays(-w.between(0, 40))
}

// acts are what people, vendors, staff and time do.
var acts = map[string]func(w *world){
	"an answer": func(w *world) {
		by := among(w, []string{"self", "self", "self", "a daughter"})
		_, err := w.desk.Answer(w.ctx, w.author, optout.Answer{Campaign: w.campaign.ID, Person: w.person(w.one()), GivenBy: by,
			Says: among(w, []string{"no", "no", "yes"}), ReceivedOn: w.day(),
			Channel: among(w, []campaigns.Channel{campaigns.Phone, campaigns.Paper, campaigns.Practice, campaigns.National, campaigns.Upload})})
		w.may(err)
	},
	"an answer on the web": func(w *world) {
		e := w.one()
		_, err := w.counter().AnswerOnline(w.ctx, optout.Caller{Campaign: w.campaign.ID, Programme: w.campaign.Programme, Enrolment: e, Person: w.person(e)},
			among(w, []string{"no", "yes"}), uuid.NewString(), w.clock.Now().Add(-time.Minute), "self")
		w.may(err)
	},
	"a form nobody can read": func(w *world) {
		_, err := w.desk.Hold(w.ctx, w.author, optout.NewHold{Programme: w.campaign.Programme, Cause: "illegible", Says: "unknown", Channel: campaigns.Paper,
			ReceivedOn: w.day(), Told: map[string]string{"nhs_number": number(w.between(0, len(w.people)))}})
		w.may(err)
	},
	"a hold is settled": func(w *world) {
		holds, err := w.desk.Holds(w.ctx, w.first, 50)
		w.ok(err)
		if len(holds) == 0 {
			return
		}
		outcome := among(w, []string{"dissent", "consent", "not an answer", "unmatchable"})
		id, who := among(w, holds).ID, w.person(w.one())
		for _, by := range []campaigns.Viewer{w.first, w.second} {
			w.may(w.desk.Settle(w.ctx, by, id, outcome, who, "asked by phone"))
		}
	},
	"an answer is reversed": func(w *world) {
		rows, err := w.db.App.Query(w.ctx, `SELECT reference FROM answers ORDER BY id`)
		w.ok(err)
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		w.ok(err)
		if len(list) == 0 {
			return
		}
		reference := among(w, list)
		for _, by := range []campaigns.Viewer{w.first, w.second} {
			_, err := w.desk.ReverseAnswer(w.ctx, by, reference, "the neighbour's")
			w.may(err)
		}
	},
	"letters are posted":           func(w *world) { w.post(calendar.DateOf(w.clock.Now())) },
	"letters are sealed":           func(w *world) { w.give(calendar.DateOf(w.clock.Now())) },
	"sealed letters are posted":    func(w *world) { w.postSealed() },
	"a letter comes back":          func(w *world) { w.piece("returned", optout.Returned) },
	"a letter is spoiled":          func(w *world) { w.piece("spoiled", optout.Spoiled) },
	"a letter is suspected":        func(w *world) { w.piece("", optout.Suspected) },
	"something is told of someone": func(w *world) { w.told() },
	"a file brings news":           func(w *world) { w.file() },
	"a file is withdrawn": func(w *world) {
		_, err := w.desk.WithdrawCohort(w.ctx, w.author, campaigns.CohortID(w.between(1, 3)), "picked by mistake")
		w.may(err)
	},
	"a stop, and its lifting": func(w *world) {
		key := among(w, []string{campaigns.StopSignal, campaigns.PauseCampaign(w.campaign.ID), campaigns.PausePractice(practiceCode)})
		w.ok(w.register.Halt(w.ctx, w.author, key, "a question"))
		before := w.made()
		w.close()
		w.send()
		if key != campaigns.PausePractice(practiceCode) && w.made() > before {
			w.Fatalf("%d records were made while %s was red", w.made()-before, key)
		}
		if key == campaigns.StopSignal {
			w.ok(w.register.Propose(w.ctx, w.first, "lift", key, nil))
			w.ok(w.register.AgreeToLift(w.ctx, w.second, key))
		} else {
			w.ok(w.register.Resume(w.ctx, w.first, key))
		}
	},
	"everything is entered": func(w *world) { w.declareAll(calendar.DateOf(w.clock.Now()).AddDays(-1)) },
	"a watermark is lowered": func(w *world) {
		for _, by := range []campaigns.Viewer{w.first, w.second} {
			w.may(w.desk.Declare(w.ctx, by, campaigns.Paper, "", w.day().AddDays(-1)))
		}
	},
	"an extension": func(w *world) {
		days := w.between(1, 20)
		for _, by := range []campaigns.Viewer{w.first, w.second} {
			_, err := w.desk.Extend(w.ctx, by, "NEL-26", 0, days, "by law")
			w.may(err)
		}
	},
	"an outage": func(w *world) {
		w.ok(w.desk.RecordOutage(w.ctx, w.day().Start(), w.day().AddDays(45).Start(), "the portal"))
	},
	"time passes": func(w *world) {
		w.clock.Advance(time.Duration(among(w, []int{1, 20, 30, 24 * 9, 24 * 100})) * time.Hour)
	},
	"a sweep":              func(w *world) { w.close() },
	"records are sent":     func(w *world) { w.send() },
	"a sweep and a send":   func(w *world) { w.declareAll(calendar.DateOf(w.clock.Now()).AddDays(-1)); w.close(); w.send() },
	"a failure is retried": func(w *world) { w.may(w.desk.Retry(w.ctx, w.first, w.one(), "try again")) },
}

func (w *world) close() {
	w.Helper()
	for range 100 {
		c, err := w.desk.CloseDue(w.ctx, w.campaign.ID, 3)
		w.ok(err)
		if c.Looked == 0 {
			return
		}
	}
	w.Fatal("a sweep asks the same people for ever")
}

func (w *world) made() (n int) {
	w.Helper()
	w.ok(w.db.App.QueryRow(w.ctx, `SELECT count(*) FROM records WHERE leaving_at IS NOT NULL OR live_at IS NOT NULL`).Scan(&n))
	return n
}

func (w *world) declareAll(through calendar.Date) {
	w.Helper()
	for _, ch := range campaigns.Declared {
		w.may(w.desk.Declare(w.ctx, w.author, ch, "", through))
	}
	for _, p := range []string{"F84001", "F84002"} {
		w.may(w.desk.Declare(w.ctx, w.author, campaigns.Practice, p, through))
	}
	w.declareFeeds()
}

func (w *world) postSealed() {
	w.Helper()
	w.tx(func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(w.ctx, `SELECT n.id FROM notices n JOIN enrolments e ON e.id = n.enrolment_id AND e.state = 'written' WHERE n.posted_on IS NULL AND n.void_reason = ''`)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p optout.Posting, err error) {
			p.On = calendar.DateOf(now)
			return p, row.Scan(&p.Notice)
		})
		if err != nil {
			return err
		}
		return w.desk.OpenWindows(w.ctx, tx, now, w.campaign.ID, list)
	})
}

// piece does something to the latest letter of somebody, as the mailroom does.
func (w *world) piece(state string, why optout.VoidReason) {
	w.Helper()
	e := w.one()
	var n int64
	err := w.db.App.QueryRow(w.ctx, `SELECT notice_id FROM pieces WHERE enrolment_id = $1 AND state NOT IN ('rejected', 'spoiled', 'recalled', 'failed') ORDER BY id DESC LIMIT 1`, e).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return
	}
	w.ok(err)
	w.tx(func(tx pgx.Tx, now time.Time) error {
		var err error
		if state == "" {
			_, err = tx.Exec(w.ctx, `UPDATE pieces SET suspected_at = $2 WHERE notice_id = $1`, n, now)
		} else {
			_, err = tx.Exec(w.ctx, `UPDATE pieces SET state = $2 WHERE notice_id = $1 AND state NOT IN ('rejected', 'spoiled', 'recalled', 'failed')`, n, state)
		}
		if err != nil {
			return err
		}
		return w.desk.VoidWindows(w.ctx, tx, now, w.campaign.ID, []optout.NoticeID{optout.NoticeID(n)}, why)
	})
}

func (w *world) told() {
	w.Helper()
	e := w.one()
	f := campaigns.PersonFact{Source: "the spine", On: w.day(), Practice: among(w, []string{"F84001", "F84002"}),
		Address: []string{"2 New Street", "London"}, Postcode: "E2 7AA", Into: w.person(w.one()),
		Kind: among(w, []campaigns.FactKind{campaigns.Died, campaigns.NotDead, campaigns.NotDead, campaigns.Left, campaigns.CameBack, campaigns.CameBack,
			campaigns.MovedPractice, campaigns.MovedAddress, campaigns.MovedAddress, campaigns.BecameSensitive, campaigns.NotSensitive, campaigns.NotSensitive,
			campaigns.AddressNotFound, campaigns.Merged, campaigns.Split, campaigns.Split})}
	w.may(w.desk.TellPerson(w.ctx, w.author, w.person(e), f))
}

// file takes a file of the screening layout with news of some people.
func (w *world) file() {
	w.Helper()
	var rows []string
	for _, n := range w.r.Perm(len(w.people))[:w.between(1, len(w.people))] {
		on := w.day().String()
		news := among(w, [][]string{
			{}, {}, {"date_of_death", on, "death_status", "2"}, {"reason_for_removal", "DEA", "primary_care_provider", ""},
			{"reason_for_removal", "EMB", "primary_care_provider", "", "reason_for_removal_effective_from_date", on}, {"record_type", "DEL"},
			{"address_line_1", "5 New Street"}, {"address_line_1", "6 New Street", "address_effective_from_date", on}, {"postcode", "ZZ99 3VZ"},
			{"postcode", "ZZZSECUR"}, {"primary_care_provider", "F84002"}, {"invalid_flag", "True"},
			{"superseded_by_nhs_number", number(w.between(0, 2*len(w.people)))},
		})
		rows = append(rows, amended(n, news...))
	}
	id, err := w.register.ReceiveCohort(w.ctx, w.author, w.campaign.Code, "news.csv", file(screened+"\n"+strings.Join(rows, "\n")+"\n"))
	if w.may(err); err != nil {
		return
	}
	w.ok(w.register.ReadCohort(w.ctx, id))
	if err := w.register.DecideCohort(w.ctx, w.author, id, true); err != nil {
		w.may(err)
		return
	}
	w.ok(w.desk.EnrolCohort(w.ctx, id))
}

// holdsTrue is what must be so after every act.
func (w *world) holdsTrue() {
	w.Helper()
	w.sound()
	rows, err := w.db.App.Query(w.ctx, `SELECT sentence FROM alarms WHERE kind = 'state'`)
	w.ok(err)
	alarms, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.ok(err)
	for _, a := range alarms {
		w.Errorf("an alarm: %s", a)
	}
	rows, err = w.db.App.Query(w.ctx, `SELECT id, closes_on FROM notices WHERE posted_on IS NOT NULL`)
	w.ok(err)
	var id int64
	var closes calendar.Date
	_, err = pgx.ForEachRow(rows, []any{&id, &closes}, func() error {
		if closes.Before(w.closes[id]) {
			w.Errorf("the window of letter %d closes on %s, and once did on %s", id, closes, w.closes[id])
		}
		w.closes[id] = closes
		return nil
	})
	w.ok(err)
	before := w.states()
	w.tx(func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(w.ctx, `SELECT id FROM people`)
		if err != nil {
			return err
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
		if err != nil {
			return err
		}
		if err := campaigns.LockPeople(w.ctx, tx, people); err != nil {
			return err
		}
		return w.desk.WorkOut(w.ctx, tx, now, people, "asked again")
	})
	for i, s := range w.states() {
		if time := (before[i] == campaigns.Notified && s == campaigns.Reconciling); s != before[i] && !time {
			w.Errorf("enrolment %d was %s and is worked out as %s", w.people[i], before[i], s)
		}
	}
}

func (w *world) states() []campaigns.State {
	w.Helper()
	rows, err := w.db.App.Query(w.ctx, `SELECT state FROM enrolments ORDER BY id`)
	w.ok(err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.State])
	w.ok(err)
	return list
}

// moody is a target that times out, loses replies and refuses.
func (w *world) moody(registry.Request, bool) (bool, error) {
	switch w.between(0, 13) {
	case 0, 1:
		return false, errors.New("timeout")
	case 2, 3:
		return true, errors.New("the reply was lost")
	case 4:
		return false, registry.ErrNoConsent
	case 5:
		return false, registry.ErrRefused
	}
	return true, nil
}

func TestWhateverHappensInWhateverOrderEveryPromiseHolds(t *testing.T) {
	few(t, 12)
	names := slices.Sorted(maps.Keys(acts))
	often := []string{"a sweep and a send", "time passes", "letters are posted", "something is told of someone", "a file brings news", "an answer", "a failure is retried"}
	names = slices.Concat(names, often, often, often)
	rapid.Check(t, func(rt *rapid.T) {
		s := &scope{TB: t}
		defer s.end()
		w := &world{r: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), closes: map[int64]calendar.Date{}}
		w.house = open(s, 4, among(w, []string{optout.OwnLedger, "sandbox"}))
		w.judge, w.sandbox.Answer = rt, w.moody
		for range 30 - rapid.IntRange(0, 29).Draw(rt, "acts left out") {
			act := among(w, names)
			rt.Log(w.clock.Now().Format(time.DateTime), act)
			acts[act](w)
			w.holdsTrue()
		}
	})
}
