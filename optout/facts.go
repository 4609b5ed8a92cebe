package optout

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout/gate"
)

// caseOf lays one person's case before the gate.
func caseOf(s situation) gate.Case {
	f := gate.Case{Basis: gate.Silence, BornOn: s.bornOn, Away: s.gone()}
	if s.standing.says == "no" {
		f.Dissent = int64(s.standing.answer)
	}
	if s.byYes() {
		f.Basis, f.Consent = gate.Yes, int64(s.standing.answer)
	}
	for _, h := range s.holds {
		f.Holds = append(f.Holds, int64(h))
	}
	if f.Away == "" && s.sensitive {
		f.Away = "sensitive"
	}
	if f.Away == "" && s.wrongFile {
		f.Away = wrongFile
	}
	for _, n := range s.letters() {
		if !n.Void() && n.outgrown(s.bornOn, s.today) {
			n.VoidReason = CameOfAge
		}
		f.Notices = append(f.Notices, gate.Notice{ID: int64(n.ID), Number: n.Number, PostedOn: n.PostedOn, ClosesOn: n.ClosesOn, Void: string(n.VoidReason)})
		if !n.Void() && n.DaysAdded > f.OutageDays {
			f.OutageDays = n.DaysAdded
		}
	}
	if s.record != nil && s.record.state != "withdrawn" && s.record.state != "released" {
		f.LiveRecord = s.record.id
	}
	return f
}

// circumstancesOf is what the gate looks at beyond the person.
func circumstancesOf(c campaigns.Campaign, t ties, signals map[string]campaigns.Signal, now time.Time) gate.Circumstances {
	f := gate.Circumstances{AskedAt: now, FeedLimit: c.FeedLimit, MinimumAge: c.MinimumAge,
		Practice: t.practice, SwitchKey: campaigns.SwitchOn(c.Programme, t.practice),
		Watermarks: watermarks(t, signals, now), Signals: redSignals(c, t, signals)}
	for _, key := range []string{campaigns.FeedRegistrations, campaigns.FeedNational} {
		f.Feeds = append(f.Feeds, gate.Feed{Key: key, LastAt: signals[key].Since})
	}
	if day := signals[f.SwitchKey].Day; !day.IsZero() {
		f.SwitchedOn = day
	}
	return f
}

func watermarks(t ties, signals map[string]campaigns.Signal, now time.Time) []gate.Watermark {
	list := []gate.Watermark{{Key: campaigns.Watermark(campaigns.Web, ""), Through: calendar.DateOf(now.Add(-webLag)).AddDays(-1)}}
	for _, ch := range campaigns.Declared {
		key := campaigns.Watermark(ch, "")
		list = append(list, gate.Watermark{Key: key, Through: signals[key].Day, Paper: ch == campaigns.Paper})
	}
	for _, code := range t.practices {
		key := campaigns.Watermark(campaigns.Practice, code)
		list = append(list, gate.Watermark{Key: key, Through: signals[key].Day, Paper: true})
	}
	return list
}

// redSignals lists what clause 7 looks at. One whose row is missing counts as red.
func redSignals(c campaigns.Campaign, t ties, signals map[string]campaigns.Signal) []gate.Signal {
	keys := []string{campaigns.StopSignal, campaigns.ApprovalOf(c.ID), campaigns.PauseCampaign(c.ID), campaigns.PauseRegistry(c.Registry),
		campaigns.PausePractice(t.practice)}
	if t.wave != 0 {
		keys = append(keys, campaigns.PauseWave(t.wave))
	}
	for _, b := range t.batches {
		keys = append(keys, campaigns.PauseBatch(b), campaigns.SuspectBatch(b))
	}
	list := make([]gate.Signal, len(keys))
	for i, k := range keys {
		s, ok := signals[k]
		list[i] = gate.Signal{Key: k, Red: s.Red() || !ok, Since: s.Since, Reason: s.Reason}
		if !ok {
			list[i].Reason = "Nothing is known of " + k + "."
		}
	}
	return list
}
