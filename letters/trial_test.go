package letters_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// planned adds people and plans a second wave of them.
func (h *house) planned(n int) campaigns.Wave {
	h.t.Helper()
	h.exec(`
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
		SELECT '998' || to_char(i, 'FM0000000'), 'Bea', 'Later', '1970-01-01', ARRAY[i || ' Low Street', 'London'], 'E1 6AN', 'F84001', '2026-11-01' FROM generate_series(1, $1::int) i`, n)
	h.exec(`INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT $1, id, 1, 'in_cohort', '2026-11-01' FROM people WHERE nhs_number LIKE '998%'`, h.campaign.ID)
	h.exec(`INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES ($1, 0, 'in_cohort', '', $2)`, h.campaign.ID, n)
	list, err := h.register.PlanWaves(h.t.Context(), h.staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 11, 25)})
	h.must(err)
	return list[0]
}

func (h *house) approve(number int) {
	h.t.Helper()
	for _, by := range h.staff[1:] {
		_, err := h.register.ApproveWave(h.t.Context(), by, "NEL", number)
		h.must(err)
	}
}

func (h *house) enrolmentsNamed(family string) (ids []campaigns.EnrolmentID) {
	h.t.Helper()
	rows, err := h.db.Owner.Query(h.t.Context(), `SELECT e.id FROM enrolments e JOIN people p ON p.id = e.person_id WHERE p.family_name = $1 ORDER BY 1`, family)
	h.must(err)
	defer rows.Close()
	for rows.Next() {
		var id campaigns.EnrolmentID
		h.must(rows.Scan(&id))
		ids = append(ids, id)
	}
	return ids
}

func TestAWaveIsSignedOnlyWhenItsLettersAreCleanOrEachFindingIsAccepted(t *testing.T) {
	h := newHouse(t, 2)
	ctx := t.Context()
	h.register.Printing = h.mail
	w := h.planned(1200)
	h.exec(`UPDATE people SET family_name = 'Smile 🙂' WHERE nhs_number = '9980000007'`)
	h.exec(`UPDATE people SET address = '{}' WHERE nhs_number = '9980000008'`)
	h.exec(`UPDATE people SET family_name = 'Hidden 🙂', sensitive = true WHERE nhs_number = '9980000009'`)
	h.exec(`UPDATE people SET family_name = 'van der Featherstonehaugh-Cholmondeley' WHERE nhs_number = '9980000010'`)
	h.exec(`UPDATE people SET format = 'large_print' WHERE nhs_number = '9980000011'`)
	_, err := h.register.ApproveWave(ctx, h.staff[1], "NEL", 2)
	if !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "2 of the letters") {
		t.Fatalf("signed with letters that cannot be printed: %v", err)
	}
	trial, err := h.mail.LastTrial(ctx, w)
	h.must(err)
	if trial.People != 1200 || trial.Found != 2 || trial.Letters() != 1197 || len(trial.Wrong) != 0 || trial.Clean() {
		t.Errorf("the trial found %+v", trial)
	}
	if len(trial.Parts) != 2 || trial.Parts[0].Pages == 0 || trial.Parts[1].Format != "large_print" || trial.Parts[1].Letters != 1 {
		t.Errorf("it has the parts %+v", trial.Parts)
	}
	long := h.enrolmentsNamed("van der Featherstonehaugh-Cholmondeley")[0]
	if s := trial.Specimens; len(s) < 20 || s[0].Enrolment != long || s[0].Why != "longest name" {
		t.Errorf("the hardest letters are %+v", s)
	}
	findings, err := h.mail.Findings(ctx, trial, 10)
	h.must(err)
	for _, f := range findings {
		if strings.Contains(f.Sentence, "Smile") || f.AcceptedBy != "" {
			t.Errorf("a finding says %+v", f)
		}
	}
	clerk := campaigns.Viewer{ID: 1, Role: campaigns.RoleHelpdesk}
	if _, err := h.mail.AcceptFindings(ctx, clerk, w, []campaigns.EnrolmentID{findings[0].Enrolment}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the helpdesk accepts: %v", err)
	}
	if n, err := h.mail.AcceptFindings(ctx, h.staff[0], w, []campaigns.EnrolmentID{findings[0].Enrolment, 999999}); n != 1 || err != nil {
		t.Errorf("%d accepted: %v", n, err)
	}
	if _, err := h.register.ApproveWave(ctx, h.staff[1], "NEL", 2); !fault.Is(err, fault.Refused) {
		t.Errorf("one of two is enough: %v", err)
	}
	_, err = h.mail.AcceptFindings(ctx, h.staff[1], w, []campaigns.EnrolmentID{findings[1].Enrolment})
	h.must(err)
	if n, err := h.register.ApproveWave(ctx, h.staff[1], "NEL", 2); n != 1 || err != nil {
		t.Fatalf("accepted by name it is not signed: %v", err)
	}
	// Somebody moves before the second signature: what was tried is not what would be printed.
	h.exec(`UPDATE people SET address = '{1 New Road 🙂,London}' WHERE nhs_number = '9980000020'`)
	if _, err := h.register.ApproveWave(ctx, h.staff[2], "NEL", 2); !fault.Is(err, fault.Refused) {
		t.Errorf("the second signs what was not tried: %v", err)
	}
	if trials := h.count(`SELECT count(*) FROM wave_trials`); trials != 2 {
		t.Errorf("there were %d trials", trials)
	}
	h.exec(`UPDATE people SET address = '{1 New Road,London}' WHERE nhs_number = '9980000020'`)
	if n, err := h.register.ApproveWave(ctx, h.staff[2], "NEL", 2); n != 2 || err != nil {
		t.Fatalf("mended it is not signed: %v", err)
	}
	if got, _ := h.mail.LastTrial(ctx, w); got.Found != 2 || got.Accepted != 2 {
		t.Errorf("the accepted findings are forgotten: %+v", got)
	}
}

func TestAProofIsThePersonsOwnLetterWithoutTheirCode(t *testing.T) {
	h := newHouse(t, 1)
	h.register.Printing = h.mail
	w := h.planned(3)
	trial, err := h.mail.TryWaveAnew(t.Context(), h.campaign, w)
	h.must(err)
	who := trial.Specimens[0].Enrolment
	pdf, err := h.mail.ProofFor(t.Context(), h.staff[1], h.campaign, w, who, false)
	h.must(err)
	if got := text(t, pdf, 1); !strings.Contains(got, "Bea Later") || !strings.Contains(got, "XXXX") || !strings.Contains(got, "0800 000 0000") {
		t.Errorf("the proof says %q", got)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE action = 'looked' AND object_id = $1`, fmt.Sprint(who)); n != 1 {
		t.Errorf("the look was noted %d times", n)
	}
	zones, err := h.mail.ProofFor(t.Context(), h.staff[1], h.campaign, w, who, true)
	h.must(err)
	if bytes.Equal(pdf, zones) {
		t.Error("zones change nothing")
	}
	if _, err := h.mail.ProofFor(t.Context(), h.staff[1], h.campaign, w, 99999, false); !fault.Is(err, fault.NotFound) {
		t.Errorf("anybody's letter can be looked at: %v", err)
	}
	if _, err := h.mail.ProofFor(t.Context(), campaigns.Viewer{ID: 9, Role: campaigns.RoleFinance}, h.campaign, w, who, false); !fault.Is(err, fault.Forbidden) {
		t.Errorf("finance looks at letters: %v", err)
	}
	if !letters.CanPicture() {
		t.Skip("no pdftoppm")
	}
	png, err := letters.Picture(t.Context(), pdf, 1, 400)
	h.must(err)
	if !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Error("the picture is none")
	}
	if _, err := letters.Picture(t.Context(), []byte("no PDF"), 1, 400); err == nil {
		t.Error("a picture of nothing")
	}
}

func TestPostageIsChargedByThePriceOfTheDay(t *testing.T) {
	h := newHouse(t, 20)
	ctx := t.Context()
	day := calendar.On(2026, 11, 24)
	add := func(grams int, price letters.Money, from calendar.Date) error {
		return h.mail.AddPrice(ctx, h.staff[0], letters.Price{Postage: "second", Size: letters.SmallLetter, MaxGrams: grams, Price: price, ValidFrom: from})
	}
	h.must(add(20, 3000, calendar.On(2026, 1, 1)))
	h.must(add(100, 3845, calendar.On(2026, 1, 1)))
	h.must(add(100, 5000, day.AddDays(1)))
	if err := add(100, 1, day.AddDays(1)); !fault.Is(err, fault.Conflict) {
		t.Errorf("two prices begin on one day: %v", err)
	}
	b := h.seal()[0]
	before, err := h.mail.Cost(ctx, letters.CostFilter{Batch: b.ID})
	h.must(err)
	if each := before.Each(); before.Planned != 20*each || before.Charged != 0 || before.Pieces != 20 || each != 3845 && each != 3000 {
		t.Errorf("sealed it costs %+v", before)
	}
	h.post(b.Code)
	after, err := h.mail.Cost(ctx, letters.CostFilter{Campaign: h.campaign.ID})
	h.must(err)
	if after.Charged != before.Planned || after.Posted != 20 || after.Unpriced != 0 {
		t.Errorf("posted it is charged %+v", after)
	}
	if err := add(100, 1, day.AddDays(-10)); !fault.Is(err, fault.Refused) {
		t.Errorf("what was charged can be changed: %v", err)
	}
	if err := h.mail.AddPrice(ctx, campaigns.Viewer{ID: 1, Role: campaigns.RoleHelpdesk}, letters.Price{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the helpdesk sets prices: %v", err)
	}
	if s := letters.Money(120_450_00).String(); s != "£1,204.50" {
		t.Errorf("money is written %s", s)
	}
	if s := letters.Money(3845).Pence(); s != "38.45p" {
		t.Errorf("a price is written %s", s)
	}
}

func TestAPlannedWaveIsTriedAtNightAndOnlyAsOftenAsItChanges(t *testing.T) {
	h := newHouse(t, 1)
	w := h.planned(4)
	h.exec(`UPDATE people SET family_name = '' , given_names = '' WHERE nhs_number = '9980000002'`)
	for range 3 {
		h.must(h.mail.TryPlanned(t.Context(), h.campaign.ID))
	}
	if n := h.count(`SELECT count(*) FROM wave_trials`); n != 1 {
		t.Fatalf("what did not change was tried %d times", n)
	}
	h.exec(`UPDATE people SET family_name = 'Found' WHERE nhs_number = '9980000002'`)
	h.must(h.mail.TryPlanned(t.Context(), h.campaign.ID))
	if got, err := h.mail.LastTrial(t.Context(), w); err != nil || got.Found != 0 || h.count(`SELECT count(*) FROM wave_trials`) != 2 {
		t.Errorf("mended it was not tried again: %+v %v", got, err)
	}
	// Two at once both find it tried, or both try it; neither leaves half a trial.
	h.exec(`UPDATE people SET postcode = 'E1 6AA' WHERE nhs_number LIKE '998%'`)
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- h.mail.TryPlanned(t.Context(), h.campaign.ID) }()
	}
	h.must(<-done)
	h.must(<-done)
	if n := h.count(`SELECT count(*) FROM wave_trials WHERE people <> 4`); n != 0 {
		t.Errorf("%d trials missed somebody", n)
	}
	w.People = 600_000
	h.exec(`UPDATE people SET postcode = 'E1 6AB' WHERE nhs_number LIKE '998%'`)
	if err := h.mail.TryWave(t.Context(), h.campaign, w); !fault.Is(err, fault.Unavailable) {
		t.Errorf("somebody waits for 600,000 letters: %v", err)
	}
}
