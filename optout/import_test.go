package optout_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/optout"
)

// counts are those of a file, in the order taken, known, held, unmatched, refused.
func counts(n optout.Imported) [5]int {
	return [5]int{n.Applied, n.Already, n.Held, n.Unmatched, n.Rejected}
}

// numbered is the enrolment of the person with the ith number.
func (h *house) numbered(i int) (e campaigns.EnrolmentID) {
	h.Helper()
	h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT e.id FROM enrolments e JOIN people p ON p.id = e.person_id WHERE p.nhs_number = $1`, number(i)).Scan(&e))
	return e
}

func (h *house) count(sql string, args ...any) int {
	h.Helper()
	var n int
	h.ok(h.db.Owner.QueryRow(h.ctx, sql, args...).Scan(&n))
	return n
}

func TestEachRowOfAPracticesFileIsTakenHeldOrRefusedAndSaidSo(t *testing.T) {
	h := open(t, 8, optout.OwnLedger)
	h.post(monday)
	h.tell(h.numbered(2), campaigns.PersonFact{Kind: campaigns.Died, Source: "test"})
	h.exec(`UPDATE people SET practice_code = 'F84002' WHERE nhs_number = $1`, number(3))
	list := "nhs_number,code,date\n" +
		number(0) + ",93C3,2026-12-01\n" + // 2: taken
		number(1) + ",XaXj6,2026\n" + // 3: a no of an unknown day
		number(2) + ",9Ndo.,2026-12-01\n" + // 4: recorded as dead
		number(3) + ",416308001,2026-12-01\n" + // 5: at another practice
		number(70) + ",93C3,2026-12-01\n" + // 6: nobody
		number(4) + ",93C2,2026-12-01\n" + // 7: another code
		number(0) + ",93C3,2026-12-01\n" // 8: again
	for n, want := range [][5]int{{2, 1, 2, 1, 1}, {0, 6, 0, 0, 1}} {
		done, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file(list))
		if err != nil || done.Rows != 7 || counts(done) != want {
			t.Errorf("read %d times: %+v %v", n+1, done, err)
		}
		if n > 0 {
			continue
		}
		said := map[int]intake.Rule{}
		for _, f := range done.Findings {
			said[f.Line] = f.Rule
			if strings.Contains(fmt.Sprint(f), number(70)[:7]) || f.Advice == "" {
				t.Errorf("the finding %+v", f)
			}
		}
		for line, rule := range map[int]intake.Rule{3: intake.AnswerDoubted, 4: intake.AnswerDoubted, 5: intake.OtherPractice, 6: intake.PersonUnknown, 7: intake.CodeUnknown} {
			if said[line] != rule {
				t.Errorf("line %d is said to be %s, not %s", line, said[line], rule)
			}
		}
	}
	if a, o := h.count(`SELECT count(*) FROM answers`), h.count(`SELECT count(*) FROM holds`); a != 2 || o != 3 {
		t.Errorf("%d answers and %d holds", a, o)
	}
	for i, want := range map[int]campaigns.State{0: campaigns.OptedOut, 1: campaigns.Held, 2: campaigns.Held, 3: campaigns.OptedOut, 4: campaigns.Notified} {
		h.is(h.numbered(i), want)
	}
	h.sound()
}

func TestARowOfAnotherRegionHoldsThePersonForThatRegion(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday)
	other := h.author
	other.Region = "QKK"
	h.exec(`INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, updated_at)
		VALUES ('G82001', 'Across the river', 'QKK', 'Y56', 'QKK', '{}', 'SE1 6AN', 'A', '2026-12-07Z')`)
	if _, err := h.desk.ImportDissents(h.ctx, other, practiceCode, file("nhs_number,code,date\n")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a practice of another region: %v", err)
	}
	for range 2 {
		done, err := h.desk.ImportDissents(h.ctx, other, "G82001", file("nhs_number,code,date\n"+number(1)+",XaXj6,2026-12-01\n"))
		if err != nil || done.Applied+done.Held+done.Rejected > 0 {
			t.Errorf("%+v %v", done, err)
		}
	}
	theirs, err := h.desk.Holds(h.ctx, other, 10)
	h.ok(err)
	mine, err := h.desk.Holds(h.ctx, h.first, 10)
	h.ok(err)
	if len(theirs) != 0 || len(mine) != 1 || mine[0].Cause != "another region" || len(h.enrolments(campaigns.Held)) != 1 {
		t.Errorf("the in-trays hold %+v and %+v", theirs, mine)
	}
	h.ok(h.desk.Settle(h.ctx, h.first, mine[0].ID, "dissent", h.person(h.enrolments(campaigns.Held)[0]), "the code is in the practice's system"))
	if len(h.enrolments(campaigns.OptedOut)) != 1 {
		t.Error("settled as a no, the person is not opted out")
	}
	h.sound()
}

func TestAnAnswerThatComesAfterItsDayWasDeclaredAndMatchesNobodyRaisesAnAlarm(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.day(monday.AddDays(3))
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, practiceCode, monday.AddDays(1)))
	list := "nhs_number,code,date\n" + number(70) + ",93C3,2026-12-08\n" + number(71) + ",93C3,2026-12-10\n"
	_, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file(list))
	h.ok(err)
	alarms := func() int {
		return h.count(`SELECT count(*) FROM alarms WHERE kind = 'late answer' AND cleared_at IS NULL`)
	}
	if alarms() != 1 {
		t.Fatalf("%d alarms", alarms())
	}
	held, err := h.desk.Holds(h.ctx, h.first, 10)
	h.ok(err)
	h.ok(h.desk.Settle(h.ctx, h.first, held[0].ID, "not an answer", 0, "a test entry of the practice"))
	if alarms() != 0 {
		t.Error("settled, and the alarm goes on")
	}
}

func TestAFileReadByFourAtOnceCountsOnce(t *testing.T) {
	h := open(t, 20, optout.OwnLedger)
	h.post(monday)
	var b strings.Builder
	b.WriteString("nhs_number,code,date\n")
	for i := range 24 { // four of them are nobody
		fmt.Fprintf(&b, "%s,93C3,2026-12-01\n", number(i))
	}
	var wg sync.WaitGroup
	applied, unmatched := make([]int, 4), make([]int, 4)
	for i := range 4 {
		wg.Go(func() {
			done, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file(b.String()))
			if err != nil {
				t.Error(err)
			}
			applied[i], unmatched[i] = done.Applied, done.Unmatched
		})
	}
	wg.Wait()
	sum := func(list []int) (n int) {
		for _, v := range list {
			n += v
		}
		return n
	}
	if a, o := h.count(`SELECT count(*) FROM answers`), h.count(`SELECT count(*) FROM holds`); a != 20 || o != 4 || sum(applied) != 20 || sum(unmatched) != 4 {
		t.Errorf("%d answers, %d holds; said were %v and %v", a, o, applied, unmatched)
	}
	h.sound()
}

func TestAFileCutOffByACrashGoesOnWhereItWas(t *testing.T) {
	h := open(t, 30, optout.OwnLedger)
	h.post(monday)
	var b strings.Builder
	b.WriteString("nhs_number,code,date\n")
	for i := range 32 {
		fmt.Fprintf(&b, "%s,93C3,2026-12-01\n", number(i))
	}
	ctx, cancel := context.WithCancel(h.ctx)
	go func() {
		for ctx.Err() == nil {
			var n int
			if h.db.Owner.QueryRow(h.ctx, `SELECT count(*) FROM answers`).Scan(&n) == nil && n > 8 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	cut, err := h.desk.ImportDissents(ctx, h.author, practiceCode, file(b.String()))
	cancel()
	if err == nil {
		t.Skip("the file was read before it could be cut off")
	}
	done, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file(b.String()))
	h.ok(err)
	if a, o := h.count(`SELECT count(*) FROM answers`), h.count(`SELECT count(*) FROM holds`); a != 30 || o != 2 || done.Already < cut.Applied || done.Applied+done.Already+done.Unmatched != 32 {
		t.Errorf("%d answers, %d holds; first %+v, then %+v", a, o, cut, done)
	}
	h.sound()
}

func TestAFileWithTooManyBadRowsWritesNothing(t *testing.T) {
	h := open(t, 20, optout.OwnLedger)
	var b strings.Builder
	b.WriteString("nhs_number,code,date\n")
	for i := range 20 {
		code := "93C3"
		if i%2 == 1 {
			code = "93C1"
		}
		fmt.Fprintf(&b, "%s,%s,2026-12-01\n", number(i), code)
	}
	done, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file(b.String()))
	if !fault.Is(err, fault.Invalid) || h.count(`SELECT count(*) FROM answers`) != 0 || done.Rules[intake.CodeUnknown] != 10 {
		t.Errorf("%+v %v", done, err)
	}
}
