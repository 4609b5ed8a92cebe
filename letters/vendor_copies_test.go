package letters_test

import (
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

func TestAVendorIsRemindedUntilItSaysThatItsCopiesAreDestroyed(t *testing.T) {
	h := newHouse(t, 3)
	b := h.seal()[0]
	pdf, _, err := h.mail.PDF(t.Context(), h.vendor.ID, b.Code, 0, -1)
	h.must(err)
	h.must(pdf.Close())
	if _, err := h.mail.DeclareDestroyed(t.Context(), h.vendor.ID, b.Code, calendar.Date{}); !fault.Is(err, fault.Refused) {
		t.Errorf("copies are destroyed before the letters are posted: %v", err)
	}
	h.post(b.Code) // on 24 November; kept for thirty days
	remind := func(day int) int {
		h.clock.Set(time.Date(2026, 12, day, 9, 0, 0, 0, calendar.London))
		h.must(h.mail.WatchVendors(t.Context()))
		return len(h.alarms("copies kept"))
	}
	if n := remind(24); n != 0 {
		t.Errorf("on the last day of thirty there are %d reminders", n)
	}
	if n := remind(25); n != 1 {
		t.Errorf("on the day after there are %d reminders", n)
	}
	file := "subject,status,date,reason\n" + b.Code + ",destroyed,2026-12-26,\n" + b.Code + ",destroyed,2026-12-25,\n" + b.Code + ",destroyed,,\nEND,3\n"
	h.must(h.mail.LeaveFile(t.Context(), h.vendor.ID, "last.csv", []byte(file)))
	result, err := h.mail.ReadVendorFile(t.Context(), h.vendor.ID, "last.csv", true)
	h.must(err)
	for _, want := range []string{"destroyed,refused,Saturday 26 December 2026 lies in the future.", "3," + b.Code + ",destroyed,applied", "4," + b.Code + ",destroyed,already"} {
		if !strings.Contains(string(result), want) {
			t.Errorf("the result does not say %q: %s", want, result)
		}
	}
	if n := remind(27); n != 0 {
		t.Errorf("after its word there are %d reminders", n)
	}
}
