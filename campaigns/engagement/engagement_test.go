package engagement_test

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/engagement"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
)

var national = campaigns.Viewer{Role: campaigns.RoleNational}

func open(t *testing.T) (*engagement.Minutes, *schematest.DB) {
	t.Helper()
	db := schematest.New(t)
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))
	r := &campaigns.Register{Pool: db.App, Clock: clock.Now, Log: slog.New(slog.DiscardHandler)}
	if _, err := r.CreateProgramme(t.Context(), "SHS", "Shared summary", "own"); err != nil {
		t.Fatal(err)
	}
	return &engagement.Minutes{Register: r}, db
}

var useful = []engagement.Answer{{Answer: "Very useful", Votes: 60, Stance: engagement.For}, {Answer: "Moderately useful", Votes: 63, Stance: engagement.For},
	{Answer: "Of little use", Votes: 19}, {Answer: "Dangerous", Votes: 4, Stance: engagement.Against}}

// TestTheMeetingOf146IsKeptAsCounted is the worked example: 146 people of 29
// of 32 committees; 41%, 43%, 13% and 3%.
func TestTheMeetingOf146IsKeptAsCounted(t *testing.T) {
	t.Parallel()
	m, _ := open(t)
	id, err := m.AddMeeting(t.Context(), national, engagement.Meeting{Programme: 1, HeldOn: calendar.On(2009, 11, 30), Body: "London local medical committees", Present: 146, Bodies: 29, BodiesOf: 32})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddVote(t.Context(), national, engagement.Vote{Meeting: id, Question: "How useful would it be?", Answers: useful}); err != nil {
		t.Fatal(err)
	}
	votes, err := m.Votes(t.Context(), national, id)
	if err != nil || len(votes) != 1 {
		t.Fatal(err)
	}
	v := votes[0]
	for i, want := range []int{41, 43, 13, 3} {
		if got := int(math.Round(100 * float64(v.Answers[i].Votes) / float64(v.Present))); got != want {
			t.Errorf("%s: %d%%, not %d%%", v.Answers[i].Answer, got, want)
		}
	}
	if v.Present != 146 || v.Cast() != 146 || v.Silent() != 0 || math.Round(1000*v.Favour()) != 842 {
		t.Errorf("%+v, in favour %v", v, v.Favour())
	}
	other := campaigns.Viewer{Role: campaigns.RoleRegional, Region: "QWO"}
	if list, err := m.Meetings(t.Context(), other); err != nil || len(list) != 1 {
		t.Errorf("a national meeting is for everybody: %v %v", list, err)
	}
}

func TestVotesThatDoNotAddUpAreRefused(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]engagement.Vote{
		"more votes than people": {Question: "?", Answers: []engagement.Answer{{Answer: "Yes", Votes: 100}, {Answer: "No", Votes: 47}}},
		"below zero":             {Question: "?", Answers: []engagement.Answer{{Answer: "Yes", Votes: -1}, {Answer: "No", Votes: 4}}},
		"one answer":             {Question: "?", Answers: []engagement.Answer{{Answer: "Yes", Votes: 1}}},
		"an answer twice":        {Question: "?", Answers: []engagement.Answer{{Answer: "Yes", Votes: 1}, {Answer: "Yes", Votes: 1}}},
		"no question":            {Answers: useful},
		"a strange stance":       {Question: "?", Answers: []engagement.Answer{{Answer: "Yes", Stance: "maybe"}, {Answer: "No"}}},
	} {
		if err := v.Check(146); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fewer := engagement.Vote{Question: "?", Present: 146, Answers: []engagement.Answer{{Answer: "Yes", Votes: 100, Stance: engagement.For}, {Answer: "No", Votes: 40}}}
	if err := fewer.Check(146); err != nil || fewer.Silent() != 6 {
		t.Errorf("%v, %d gave none", err, fewer.Silent())
	}
	today := calendar.On(2026, 11, 20)
	for name, m := range map[string]engagement.Meeting{
		"nobody": {Body: "x", HeldOn: today, Present: 0}, "no body": {HeldOn: today, Present: 1}, "tomorrow": {Body: "x", HeldOn: today.AddDays(1), Present: 1}, "33 of 32": {Body: "x", HeldOn: today, Present: 1, Bodies: 33, BodiesOf: 32},
	} {
		if err := m.Check(today); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAConcernHoldsAWaveUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	m, db := open(t)
	m.Register.Clearing = m
	if _, err := db.Owner.Exec(t.Context(), `
		INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb');
		INSERT INTO staff (email, name, role, password_hash, created_at) VALUES ('a@example.org', 'Anna', 'national', 'x', '2026-01-01');
		INSERT INTO campaigns (code, programme_id, region_code, name, kind, pack_code, vendor_code, window_unit, window_length, daily_capacity, helpline, helpline_hours, web_address, freepost, sender, signatory, author_id, created_at, approved_at)
			VALUES ('NEL', 1, 'QMF', 'NEL', 'blanket', 'standard', 'V', 'days', 84, 100, '1', '1', '1', '{}', 's', 's', 1, '2026-01-01', '2026-01-02');
		INSERT INTO waves (campaign_id, number, first_post_on, last_post_on, people, state, author_id, planned_at) VALUES (1, 1, '2026-12-01', '2026-12-02', 5, 'approved', 1, '2026-01-01'), (1, 2, '2026-12-01', '2026-12-02', 5, 'planned', 1, '2026-01-01');
		INSERT INTO signals (key, changed_at) VALUES ('pause:wave:1', '2026-01-01'), ('pause:wave:2', '2026-01-01')`); err != nil {
		t.Fatal(err)
	}
	id, err := m.AddMeeting(t.Context(), national, engagement.Meeting{Programme: 1, Region: "QMF", HeldOn: calendar.On(2026, 11, 19), Body: "Tower Hamlets LMC", Present: 12})
	if err != nil {
		t.Fatal(err)
	}
	for _, wave := range []campaigns.WaveID{1, 2} {
		if err := m.Raise(t.Context(), national, engagement.Concern{Meeting: id, Concern: "Who answers patients' calls?", Owner: "ICB", Wave: wave}); err != nil {
			t.Fatal(err)
		}
	}
	red := func() bool {
		t.Helper()
		s, err := m.Register.Signals(t.Context(), []string{campaigns.PauseWave(1)})
		if err != nil {
			t.Fatal(err)
		}
		return s[campaigns.PauseWave(1)].Red()
	}
	if !red() {
		t.Error("the wave that runs is not paused")
	}
	if err := m.Register.Resume(t.Context(), national, campaigns.PauseWave(1)); !fault.Is(err, fault.Refused) {
		t.Errorf("it resumes: %v", err)
	}
	if _, err := m.Register.ApproveWave(t.Context(), campaigns.Viewer{ID: 1, Role: campaigns.RoleNational}, "NEL", 2); !fault.Is(err, fault.Refused) {
		t.Errorf("it is approved: %v", err)
	}
	list, err := m.Concerns(t.Context(), national, id)
	if err != nil || len(list) != 2 || list[1].WaveName != "NEL, wave 1" {
		t.Fatalf("%+v %v", list, err)
	}
	if err := m.Answer(t.Context(), campaigns.Viewer{Role: campaigns.RoleRegional, Region: "QWO"}, list[1].ID, "A helpline does."); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if err := m.Answer(t.Context(), national, list[1].ID, "A helpline does."); err != nil {
		t.Fatal(err)
	}
	if err := m.Answer(t.Context(), national, list[1].ID, "Nobody."); !fault.Is(err, fault.Conflict) {
		t.Errorf("it is answered twice: %v", err)
	}
	if !red() {
		t.Error("the wave went on by itself")
	}
	if err := m.Register.Resume(t.Context(), national, campaigns.PauseWave(1)); err != nil || red() {
		t.Errorf("%v, still paused %v", err, red())
	}
	if err := m.Raise(t.Context(), national, engagement.Concern{Meeting: id, Concern: "x", Owner: "y", Wave: 99}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
