package letters_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/letters"
)

// back has a batch of posted letters and their references.
func back(t *testing.T, people int) (*house, []string) {
	t.Helper()
	h := newHouse(t, people)
	b := h.seal()[0]
	refs := h.references(b.ID)
	h.post(b.Code)
	return h, refs
}

func (h *house) read(list string) letters.ReturnsRead {
	h.t.Helper()
	read, err := h.mail.ImportReturns(h.t.Context(), h.staff[0], strings.NewReader("reference,date,reason\n"+list))
	h.must(err)
	return read
}

func became(r letters.ReturnsRead) [4]int {
	return [4]int{r.Applied, r.Already, r.Unmatched, r.Rejected}
}

func TestEachRowOfReturnedMailIsTakenUnmatchedOrRefusedAndSaidSo(t *testing.T) {
	h, refs := back(t, 6)
	printed := letters.PrintedReference(refs[0])
	list := printed + ",2026-11-24,R01\n" + // 2
		refs[1] + ",24/11/2026,r09\n" + // 3
		"DN9999999999,2026-11-24,R08\n" + // 4: no letter's
		refs[2] + ",2026-11-30,R01\n" + // 5: in the future
		refs[3] + ",2026-11-24,R11\n" + // 6: no reason
		"DN9999999999,2026-11-24,R08\n" // 7: again
	for n, want := range [][4]int{{2, 1, 1, 2}, {0, 4, 0, 2}} {
		read := h.read(list)
		if read.Rows != 6 || became(read) != want {
			t.Errorf("read %d times: %+v", n+1, read)
		}
		if n == 0 && (read.Rules[intake.LetterUnknown] != 1 || read.Findings[0].Line != 4 || strings.Contains(fmt.Sprint(read.Findings), "99999")) {
			t.Errorf("the findings: %+v", read.Findings)
		}
	}
	if s := h.states(); s[campaigns.Retracing] != 1 || s[campaigns.Closed] != 1 || s[campaigns.Notified] != 4 {
		t.Errorf("people stand in %v", s)
	}
	if n := h.count(`SELECT count(*) FROM person_facts WHERE kind = 'died' AND source = 'returned mail'`); n != 1 {
		t.Errorf("%d deaths were told", n)
	}
	if strays, err := h.mail.Strays(t.Context(), h.staff[0], 10); err != nil || len(strays) != 1 || strays[0].DueOn != calendar.On(2026, 12, 1) {
		t.Errorf("in the in-tray: %+v %v", strays, err)
	}
	h.balanced()
}

func TestTheSameReturnedMailByFourAtOnceCountsOnce(t *testing.T) {
	h, refs := back(t, 40)
	var b strings.Builder
	for _, r := range append(refs, "DN1111111111", "DN2222222222") {
		b.WriteString(r + ",2026-11-24,R01\n")
	}
	h.must(h.register.Halt(t.Context(), h.staff[0], campaigns.StopSignal, "so that no limit of returns matters"))
	var wg sync.WaitGroup
	applied, unmatched := make([]int, 4), make([]int, 4)
	for i := range 4 {
		wg.Go(func() {
			read, err := h.mail.ImportReturns(t.Context(), h.staff[0], strings.NewReader("reference,date,reason\n"+b.String()))
			if err != nil {
				t.Error(err)
			}
			applied[i], unmatched[i] = read.Applied, read.Unmatched
		})
	}
	wg.Wait()
	if applied[0]+applied[1]+applied[2]+applied[3] != 40 || unmatched[0]+unmatched[1]+unmatched[2]+unmatched[3] != 2 {
		t.Errorf("taken %v, unmatched %v", applied, unmatched)
	}
	if n, k := h.count(`SELECT count(*) FROM stray_returns`), h.count(`SELECT count(*) FROM address_checks`); n != 2 || k != 40 {
		t.Errorf("%d strays and %d checks", n, k)
	}
}

func TestAListOfReturnedMailCutOffIsReadAgain(t *testing.T) {
	h, refs := back(t, 10)
	var b strings.Builder
	b.WriteString("reference,date,reason\n")
	for _, r := range refs {
		b.WriteString(r + ",2026-11-24,R01\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Millisecond)
	defer cancel()
	_, cut := h.mail.ImportReturns(ctx, h.staff[0], strings.NewReader(b.String()))
	read, err := h.mail.ImportReturns(t.Context(), h.staff[0], strings.NewReader(b.String()))
	if err != nil || read.Applied+read.Already != 10 || h.states()[campaigns.Retracing] != 10 || h.count(`SELECT count(*) FROM address_checks`) != 10 {
		t.Errorf("cut off with %v, then %+v %v", cut, read, err)
	}
	half := "reference,date,reason\n" + refs[0] + ",2026-11-24,R01\nDN12"
	if _, err := h.mail.ImportReturns(t.Context(), h.staff[0], strings.NewReader(half)); !fault.Is(err, fault.Invalid) {
		t.Errorf("half a file was taken: %v", err)
	}
}

func TestAStrayLetterIsSettledAsTheOneItIs(t *testing.T) {
	h, refs := back(t, 5)
	told := []byte(refs[2])
	told[5] = '0' + (told[5]-'0'+3)%10 // one digit read wrongly
	h.read(string(told) + ",2026-11-24,R04\nDN0000-STRAY,2026-11-24,R10\n")
	list, err := h.mail.Strays(t.Context(), h.staff[0], 10)
	h.must(err)
	if len(list) != 2 {
		t.Fatalf("in the in-tray: %+v", list)
	}
	slices.SortFunc(list, func(a, b letters.Stray) int { return strings.Compare(b.Reference, a.Reference) })
	s, err := h.mail.StrayByID(t.Context(), h.staff[0], list[0].ID)
	if err != nil || len(s.Candidates) != 1 || s.Candidates[0].Reference != refs[2] || s.Candidates[0].Name == "" {
		t.Fatalf("side by side: %+v %v", s, err)
	}
	by := h.staff[0]
	for _, wrong := range []struct {
		outcome, reference, why string
		kind                    fault.Kind
	}{{"", "", "x", fault.Invalid}, {letters.LetterFound, "", "x", fault.Invalid}, {letters.LetterFound, "DN0000000000", "x", fault.NotFound},
		{letters.LetterFound, refs[2], " ", fault.Invalid}} {
		if err := h.mail.SettleStray(t.Context(), by, s.ID, wrong.outcome, wrong.reference, wrong.why); !fault.Is(err, wrong.kind) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if n := h.count(`SELECT count(*) FROM stray_returns WHERE settled_at IS NULL`); n != 2 {
		t.Errorf("%d wait", n)
	}
	settled := make([]error, 2)
	var wg sync.WaitGroup
	for i := range settled {
		wg.Go(func() {
			settled[i] = h.mail.SettleStray(t.Context(), h.staff[i], s.ID, letters.LetterFound, letters.PrintedReference(refs[2]), "the name on the envelope")
		})
	}
	wg.Wait()
	if (settled[0] == nil) == (settled[1] == nil) || !fault.Is(cmpErr(settled), fault.Conflict) {
		t.Errorf("settled by two at once: %v", settled)
	}
	h.must(h.mail.SettleStray(t.Context(), by, list[1].ID, letters.NotOurs, "", "another sender's"))
	if s := h.states(); s[campaigns.Retracing] != 1 || h.count(`SELECT count(*) FROM pieces WHERE returned_on = '2026-11-24'`) != 1 {
		t.Errorf("people stand in %v", s)
	}
	if n := h.count(`SELECT count(*) FROM alarms WHERE kind = 'stray return' AND cleared_at IS NULL`); n != 0 {
		t.Errorf("%d alarms though nothing waits", n)
	}
	if again := h.read(string(told) + ",2026-11-24,R04\n"); again.Already != 1 {
		t.Errorf("told again: %+v", again)
	}
}

func cmpErr(list []error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestALetterOfAnotherRegionWaitsInThatRegion(t *testing.T) {
	h, refs := back(t, 3)
	other := campaigns.Viewer{ID: h.staff[1].ID, Role: campaigns.RoleRegional, Region: "QWO"}
	mine := campaigns.Viewer{ID: h.staff[2].ID, Role: campaigns.RoleRegional, Region: "QMF"}
	read, err := h.mail.ImportReturns(t.Context(), other, strings.NewReader("reference,date,reason\n"+refs[0]+",2026-11-24,R01\n"))
	if err != nil || read.Unmatched != 1 || read.Rules[intake.LetterElsewhere] != 1 {
		t.Errorf("%+v %v", read, err)
	}
	theirs, err := h.mail.Strays(t.Context(), other, 10)
	h.must(err)
	ours, err := h.mail.Strays(t.Context(), mine, 10)
	h.must(err)
	if len(theirs) != 0 || len(ours) != 1 || !ours[0].Elsewhere {
		t.Fatalf("in-trays: %+v and %+v", theirs, ours)
	}
	if _, err := h.mail.StrayByID(t.Context(), other, ours[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("seen from the other region: %v", err)
	}
	h.must(h.mail.SettleStray(t.Context(), mine, ours[0].ID, letters.LetterFound, refs[0], "it is ours"))
	if h.states()[campaigns.Retracing] != 1 {
		t.Error("the letter did not come back")
	}
}

func TestTheHouseThatKnowsALetterSettlesItsStray(t *testing.T) {
	h, refs := back(t, 3)
	other := campaigns.Viewer{ID: h.staff[1].ID, Role: campaigns.RoleRegional, Region: "QWO"}
	_, err := h.mail.ImportReturns(t.Context(), other, strings.NewReader("reference,date,reason\n"+refs[0]+",2026-11-24,R01\n"))
	h.must(err)
	h.read(refs[0] + ",2026-11-24,R01\n")
	if n := h.count(`SELECT count(*) FROM stray_returns WHERE outcome = 'letter found' AND piece_id IS NOT NULL`); n != 1 {
		t.Errorf("%d strays are settled", n)
	}
}
