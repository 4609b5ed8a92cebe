package optout_test

import (
	"sync"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/optout"
)

// through is how far a channel or practice stands.
func (h *house) through(ch campaigns.Channel, practice string) calendar.Date {
	h.Helper()
	key := campaigns.Watermark(ch, practice)
	s, err := h.register.Signals(h.ctx, []string{key})
	h.ok(err)
	return s[key].Day
}

func TestAListOfWatermarksRaisesThemAndNeverLowersOne(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.day(monday.AddDays(5))
	// A no of nobody known keeps this practice from being declared beyond it.
	_, err := h.desk.ImportDissents(h.ctx, h.author, "F84002", file("nhs_number,code,date\n"+number(70)+",93C3,2026-12-09\n"))
	h.ok(err)
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Upload, "", monday.AddDays(3)))
	list := "channel,practice_code,complete_until\npaper,,2026-12-09\npractice,F84001,2026-12-08\npractice,F84002,2026-12-10\npractice,G99999,2026-12-10\nupload,,2026-12-07\nphone,,2026-12-30\n"
	for n, want := range [][5]int{{2, 0, 0, 0, 4}, {0, 2, 0, 0, 4}} {
		done, err := h.desk.ImportWatermarks(h.ctx, h.author, file(list))
		if err != nil || done.Rows != 6 || counts(done) != want {
			t.Errorf("read %d times: %+v %v", n+1, done, err)
		}
		for _, rule := range []intake.Rule{intake.WatermarkUnmatched, intake.PracticeUnknown, intake.WatermarkLower, intake.DayNotOver} {
			if done.Rules[rule] != 1 {
				t.Errorf("the rule %s was found %d times", rule, done.Rules[rule])
			}
		}
	}
	if h.through(campaigns.Paper, "") != monday.AddDays(2) || h.through(campaigns.Practice, "F84001") != monday.AddDays(1) ||
		h.through(campaigns.Upload, "") != monday.AddDays(3) || !h.through(campaigns.Practice, "F84002").IsZero() {
		t.Error("what was declared is not what stands")
	}
	helpdesk := h.author
	helpdesk.Role = campaigns.RoleHelpdesk
	if _, err := h.desk.ImportWatermarks(h.ctx, helpdesk, file(list)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a helpdesk declared: %v", err)
	}
	h.sound()
}

func TestTwoListsOfWatermarksAtOnceLeaveTheLaterDay(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.day(monday.AddDays(5))
	var wg sync.WaitGroup
	for _, day := range []string{"2026-12-08", "2026-12-10", "2026-12-09"} {
		wg.Go(func() {
			if _, err := h.desk.ImportWatermarks(h.ctx, h.author, file("channel,practice_code,complete_until\npractice,F84001,"+day+"\n")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := h.through(campaigns.Practice, "F84001"); got != monday.AddDays(3) {
		t.Errorf("it stands at %s", got)
	}
}
