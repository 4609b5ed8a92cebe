package letters

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"duenotice/campaigns/calendar"
)

var reportable = []PieceState{PieceAccepted, Printed, Enclosed, Posted, Returned, Rejected, Spoiled, Recalled, Failed, Forwarded, Delivered, "lost"}

func TestNoOrderOfReportsTwistsAPiece(t *testing.T) {
	today := calendar.On(2026, 12, 1)
	now := today.Start().Add(12 * time.Hour)
	rapid.Check(t, func(t *rapid.T) {
		p := Piece{State: Released, Earliest: today.AddDays(-10), RecallOpen: rapid.Bool().Draw(t, "asked back")}
		for range rapid.IntRange(1, 12).Draw(t, "reports") {
			var h heard
			r := PieceReport{Status: rapid.SampledFrom(reportable).Draw(t, "status"), Reason: "R01"}
			told := rapid.IntRange(0, 9).Draw(t, "told") > 0
			if !told {
				h = p.suspect(now)
			} else {
				if rapid.Bool().Draw(t, "dated") {
					r.On = today.AddDays(rapid.IntRange(-12, 1).Draw(t, "on"))
				}
				h = p.hear(r, now)
			}
			after := h.piece
			switch {
			case h.verdict != Applied && (after != p || h.opens || h.void != ""):
				t.Fatalf("%s was %s and changed %+v to %+v", r.Status, h.verdict, p, after)
			case h.verdict == Refused && h.why == "":
				t.Fatalf("%s of a piece that is %s was refused without a reason", r.Status, p.State)
			case p.State.ended() && after.State != p.State:
				t.Fatalf("a piece that was %s is %s", p.State, after.State)
			case !p.PostedOn.IsZero() && (after.PostedOn.Before(p.PostedOn) || after.State != Posted && after.State != Returned):
				t.Fatalf("what was posted on %v is %s since %v", p.PostedOn, after.State, after.PostedOn)
			case !after.PostedOn.IsZero() && (after.PostedOn.Before(p.Earliest) || after.PostedOn.After(today)):
				t.Fatalf("posted on %v, accepted on %v", after.PostedOn, p.Earliest)
			case (after.State == Posted || after.State == Returned) == after.PostedOn.IsZero():
				t.Fatalf("a piece is %s, posted on %q", after.State, after.PostedOn)
			case h.opens && (h.void != "" || after.State != Posted || !after.SuspectedAt.IsZero() || !after.ReturnedOn.IsZero()):
				t.Fatalf("a window opens for %+v", after)
			case !p.ReturnedOn.IsZero() && after.ReturnedOn != p.ReturnedOn:
				t.Fatalf("what came back on %v came back on %v", p.ReturnedOn, after.ReturnedOn)
			}
			if told && r.Status != Delivered && h.verdict == Applied && after.hear(r, now).verdict == Applied {
				t.Fatalf("%s was applied twice to %+v", r.Status, p)
			}
			p = after
		}
	})
}

func TestAnOpenRecallHoldsThePostingBack(t *testing.T) {
	now := calendar.On(2026, 12, 1).Start().Add(time.Hour)
	p := Piece{State: Enclosed, Earliest: calendar.On(2026, 11, 20), RecallOpen: true}
	if h := p.hear(PieceReport{Status: Posted}, now); h.verdict != Refused {
		t.Errorf("it was posted: %+v", h)
	}
	if h := p.hear(PieceReport{Status: Recalled}, now); h.verdict != Applied || h.void == "" {
		t.Errorf("it was not taken out: %+v", h)
	}
	p.RecallOpen = false
	if h := p.hear(PieceReport{Status: Recalled}, now); h.verdict != Refused {
		t.Errorf("nobody had asked: %+v", h)
	}
}

func TestCapacityAndLanguageCutAWaveIntoBatches(t *testing.T) {
	w := calendar.England()
	rapid.Check(t, func(t *rapid.T) {
		var runs []run
		slot := 0
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			n := rapid.IntRange(1, 5000).Draw(t, "people")
			runs = append(runs, run{From: slot + 1, To: slot + n})
			slot += n
		}
		size, capacity := rapid.IntRange(1, 3000).Draw(t, "size"), rapid.IntRange(50, 4000).Draw(t, "capacity")
		first := calendar.On(2026, 12, 23).AddDays(rapid.IntRange(0, 9).Draw(t, "first"))
		next, perDay, day := 1, map[calendar.Date]int{}, calendar.Date{}
		for _, s := range spread(runs, size, capacity, first, w) {
			n := s.To - s.From + 1
			perDay[s.PostOn] += n
			if s.From != next || n < 1 || n > size || !w.Is(s.PostOn) || s.PostOn.Before(day) || s.PostOn.Before(first) || perDay[s.PostOn] > capacity {
				t.Fatalf("batch %+v after slot %d", s, next-1)
			}
			next, day = s.To+1, s.PostOn
		}
		if next != slot+1 {
			t.Fatalf("%d of %d people are in batches", next-1, slot)
		}
	})
}

func TestTheCutOffIsKeptInLondonAllYear(t *testing.T) {
	w := calendar.England()
	for on, due := range map[calendar.Date]string{
		calendar.On(2026, 10, 26): "2026-10-23T16:30:00Z", // Monday after the clocks went back: due on Friday, still summer time
		calendar.On(2026, 10, 27): "2026-10-26T17:30:00Z",
		calendar.On(2027, 3, 30):  "2027-03-25T17:30:00Z", // Tuesday after Easter, the clocks gone forward in between
		calendar.On(2027, 3, 31):  "2027-03-30T16:30:00Z",
	} {
		if got := dueAt(on, "17:30", w).Format(time.RFC3339); got != due {
			t.Errorf("posted on %s it is due %s, not %s", on.Long(), got, due)
		}
	}
}
