package letters_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters"
)

func (h *house) alarms(kind string) (list []string) {
	h.t.Helper()
	all, err := h.register.Alarms(h.t.Context())
	h.must(err)
	for _, a := range all {
		if a.Kind == kind {
			list = append(list, a.Sentence)
		}
	}
	return list
}

func TestTheBooksOfAVendorHoldEveryPieceItsAgeAndItsPrice(t *testing.T) {
	h := newHouse(t, 300)
	batches := h.seal()
	for _, p := range []letters.Price{{Postage: "second", Size: letters.SmallLetter, MaxGrams: 100, ValidFrom: calendar.On(2026, 11, 1), Price: 3845}} {
		h.must(h.mail.AddPrice(t.Context(), h.staff[0], p))
	}
	first := batches[0].Code
	pdf, _, err := h.mail.PDF(t.Context(), h.vendor.ID, first, 0, -1)
	h.must(err)
	h.must(pdf.Close())
	references := h.references(batches[0].ID)
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, first))
	h.report(letters.Spoiled, "torn", references[0], references[1])
	h.clock.Set(time.Date(2026, 11, 24, 12, 0, 0, 0, calendar.London))
	_, err = h.mail.Dispatch(t.Context(), h.vendor.ID, first, letters.Dispatch{PostedOn: calendar.On(2026, 11, 24), Except: references[2:5]})
	h.must(err)
	h.report(letters.Returned, "R01", references[10])

	list, err := h.mail.Ledger(t.Context(), campaigns.Viewer{}, letters.BalanceFilter{})
	h.must(err)
	if len(list) != len(batches) {
		t.Fatalf("%d batches are in the books, not %d", len(list), len(batches))
	}
	a := list[0]
	n := len(references)
	if !a.Balanced() || a.Released != n || a.Posted != n-5 || a.Returned != 1 || a.Spoiled != 2 || a.Still != 3 {
		t.Errorf("the first batch stands as %+v", a.Balance)
	}
	if a.Postage != letters.Money(3845*(n-5)) || a.Unpriced != 0 {
		t.Errorf("its postage is %s, %d unpriced", a.Postage, a.Unpriced)
	}
	if w := calendar.England(); a.Waits(calendar.On(2026, 11, 26), w) != 4 { // from Friday 20 November
		t.Errorf("its oldest piece waits for %d working days", a.Waits(calendar.On(2026, 11, 26), w))
	}
	if wrong := a.Wrong(); len(wrong) > 0 {
		t.Errorf("nothing is wrong with it, and it says %q", wrong)
	}
	other, err := h.mail.Ledger(t.Context(), campaigns.Viewer{Role: campaigns.RoleRegional, Region: "QWO"}, letters.BalanceFilter{})
	if err != nil || len(other) != 0 {
		t.Errorf("another region sees %d batches (%v)", len(other), err)
	}
}

func TestALyingVendorRaisesAlarmsThatClearWhenTheBooksFitAgain(t *testing.T) {
	h := newHouse(t, 40)
	b := h.seal()[0]
	h.post(b.Code) // never fetched
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor books"); len(got) != 1 || !strings.Contains(got[0], "never fetched") {
		t.Errorf("posting what was never fetched: %q", got)
	}
	h.exec(`UPDATE batches SET pulled_at = sealed_at`)
	h.exec(`INSERT INTO invoices (vendor_id, number, issued_on, total, received_at) VALUES ($1, 'A1', '2026-11-30', 50, '2026-11-30')`, h.vendor.ID)
	for i, item := range []string{"printing", "postage"} { // two items for the same pieces are no more pieces
		h.exec(`INSERT INTO invoice_lines (invoice_id, line, item, batch_id, quantity, unit_price, amount) VALUES (1, $1, $2, $3, 40, 1, 40)`, i+1, item, b.ID)
	}
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor books"); len(got) != 0 {
		t.Errorf("the alarm stays: %q", got)
	}
	h.exec(`UPDATE vendors SET packs = ARRAY['other']`)
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor books"); len(got) != 1 || !strings.Contains(got[0], "which was not agreed with Inkwell Print") {
		t.Errorf("a pack that was not agreed: %q", got)
	}
	h.exec(`UPDATE vendors SET packs = '{}'`)
	h.must(h.mail.WatchVendors(t.Context()))
	h.exec(`UPDATE invoice_lines SET quantity = 41 WHERE line = 2`)
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor books"); len(got) != 1 || !strings.Contains(got[0], "charges for 41 pieces") {
		t.Errorf("charging for more than was posted: %q", got)
	}
	h.exec(`DELETE FROM pieces WHERE sequence = 7`)
	h.must(h.mail.WatchVendors(t.Context()))
	list, err := h.mail.Ledger(t.Context(), campaigns.Viewer{}, letters.BalanceFilter{Batch: b.ID})
	h.must(err)
	if wrong := list[0].Wrong(); len(wrong) != 2 || !strings.Contains(wrong[0], "does not add up: 40 pieces were released and 39 are accounted for") {
		t.Errorf("a lost piece: %q", wrong)
	}
}

func TestTooManyReturnsAndUnansweredRecallsAreNoticedAtNight(t *testing.T) {
	h := newHouse(t, 101)
	b := h.seal()[0]
	h.post(b.Code)
	references := h.references(b.ID)
	var odd []string // of the practice F84002
	for i, r := range references {
		if h.count(`SELECT count(*) FROM pieces p JOIN people e ON e.id = p.person_id WHERE p.reference = $1 AND e.practice_code = 'F84002'`, references[i]) == 1 {
			odd = append(odd, r)
		}
	}
	h.report(letters.Returned, "R01", odd[:5]...)
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("returns of a practice"); len(got) != 1 || !strings.Contains(got[0], fmt.Sprintf("Of %d letters of practice F84002", len(odd))) {
		t.Errorf("five in fifty of one practice: %q", got)
	}
	if got := h.alarms("returns of a vendor"); len(got) != 0 {
		t.Errorf("five in a hundred and one of the vendor: %q", got)
	}
	h.report(letters.Returned, "R01", odd[5])
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("returns of a vendor"); len(got) != 1 {
		t.Errorf("six in a hundred and one of the vendor: %q", got)
	}
	h.clock.Set(time.Date(2027, 6, 1, 9, 0, 0, 0, calendar.London))
	h.exec(`INSERT INTO recalls (piece_id, vendor_id, asked_at, reason) SELECT id, $1, '2027-05-26', 'said no' FROM pieces WHERE reference = $2`, h.vendor.ID, references[0])
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("returns of a vendor"); len(got) != 0 {
		t.Errorf("half a year later: %q", got)
	}
	if got := h.alarms("unanswered recalls"); len(got) != 1 {
		t.Errorf("a recall of six days ago: %q", got)
	}
}
