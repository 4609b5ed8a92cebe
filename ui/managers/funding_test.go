package managers_test

import (
	"strings"
	"testing"
)

// offered enters an offer that pays letters until the end of November.
func (h *house) offered() {
	h.t.Helper()
	for _, size := range []string{"letter", "large letter"} {
		h.post("Finn Finance", "/packs/postage", "postage", "second", "size", size, "grams", "100", "price", "68.50", "from[day]", "20", "from[month]", "11", "from[year]", "2026").reads(303)
	}
	h.post("Finn Finance", "/funding", "programme", "1", "title", "Postage of autumn", "payer", "NHS England", "amount", "£4,000", "unit", "25.70p",
		"from[day]", "1", "from[month]", "4", "from[year]", "2026", "by[day]", "30", "by[month]", "11", "by[year]", "2026").reads(303)
}

func TestAPlanThatSlipsPastItsMoneySaysSoBeforeItIsSaved(t *testing.T) {
	h := build(t)
	h.campaign(400)
	h.offered()
	h.exec(`UPDATE campaigns SET daily_capacity = 50`)
	first := func(day, month string) []string {
		return []string{"first[day]", day, "first[month]", month, "first[year]", "2026"}
	}
	page := h.post("Anna Author", "/campaigns/NEL/waves/new", first("24", "11")...).reads(200, "would not be paid", "posted after Monday 30 November 2026, when the money of Postage of autumn ends")
	if h.count(`SELECT count(*) FROM waves`) != 0 {
		t.Error("counting saved a wave")
	}
	if early := h.post("Anna Author", "/campaigns/NEL/waves/new", append(first("24", "11"), "people", "50", "waves", "1")...).reads(200); strings.Contains(early.Body, "would not be paid") {
		t.Error("a plan that is in time is said to slip")
	}
	lost := between(page.Body, "<strong>£", " would")
	h.post("Anna Author", "/campaigns/NEL/waves/new", append(first("24", "11"), "counted", between(page.Body, `name="counted" value="`, `"`))...).reads(303)
	h.get("Finn Finance", "/funding").reads(200, "£"+lost+" is at risk", "Postage of autumn", "25.70p a letter", "Mon 30 Nov 2026")
}

func TestFundingIsForThoseWhoKeepTheBooks(t *testing.T) {
	h := build(t)
	h.posted(60)
	h.offered()
	h.get("Hal Help", "/funding").reads(403)
	h.get("Ada Auditor", "/funding").reads(200, "Posted", "A person presumed reached")
	csv := h.get("Finn Finance", "/funding?as=csv").reads(200).Body
	if lines := strings.Split(strings.TrimSpace(csv), "\r\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "campaign,NEL,") || !strings.Contains(lines[2], "Postage of autumn,NHS England") {
		t.Error(csv)
	}
	h.post("Finn Finance", "/funding", "programme", "1", "title", "x", "payer", "y", "unit", "20", "from[day]", "1", "from[month]", "4", "from[year]", "2027", "by[day]", "31", "by[month]", "3", "by[year]", "2027").reads(422, "The offer ends before it begins")
	h.post("Finn Finance", "/funding", "programme", "1", "title", "x", "payer", "y", "unit", "lots", "from[day]", "1", "from[month]", "4", "from[year]", "2026", "by[day]", "31", "by[month]", "3", "by[year]", "2027").reads(422, "Write the price in pence")
	h.post("Ben First", "/funding/99/end").reads(404)
	h.post("Finn Finance", "/funding/1/end").reads(303)
	h.get("Finn Finance", "/funding").reads(200, "Taken back")
}

func TestWhatDoctorsSaidIsKeptAndAConcernHoldsAWave(t *testing.T) {
	h := build(t)
	h.campaign(40)
	h.post("Anna Author", "/campaigns/NEL/waves/new", "first[day]", "24", "first[month]", "11", "first[year]", "2026", "counted", "1/39").reads(303)
	meeting := []string{"programme", "1", "body", "London local medical committees", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "present", "146", "bodies", "29", "of", "32"}
	h.post("Hal Help", "/engagement", meeting...).reads(403)
	h.post("Cara Second", "/engagement", append(meeting, "present", "nobody")[2:]...).reads(422, "Choose the programme")
	at := h.post("Cara Second", "/engagement", meeting...).reads(303).Header.Get("Location")
	h.post("Cara Second", at+"/votes", "question", "How useful?", "answers", "+60 Very\n63 Moderately\nmany Little").reads(422, "Begin each line with the number of votes")
	h.post("Cara Second", at+"/votes", "question", "How useful?", "answers", "+100 Very\n63 Moderately").reads(422, "The votes add up to 163, and 146 were there")
	h.post("Cara Second", at+"/votes", "question", "How useful?", "answers", "+60 Very useful\n+63 Moderately useful\n19 Of little use\n-4 Dangerous").reads(303)
	h.get("Ben First", at).reads(200, "146 people were there, of 29 of 32 committees", "Very useful In favour 60 41.10%", "43.15%", "13.01%", "Dangerous Against 4 2.74%", "Gave no vote")
	h.post("Ben First", at+"/concerns", "concern", "Who answers patients?", "owner", "ICB", "wave", "1").reads(303)
	h.get("Ben First", "/engagement").reads(200, "1 concern is not answered yet", "Blocks NEL, wave 1", "84.2%", "National")
	h.post("Ben First", "/campaigns/NEL/waves/1/approve").reads(422, "A concern of London local medical committees (18 November 2026) blocks this wave")
	h.post("Ben First", at+"/answer", "concern", "1", "answer", "A helpline, from Monday.").reads(303)
	h.post("Ben First", "/campaigns/NEL/waves/1/approve").reads(303)
	if csv := h.get("Ben First", "/engagement?as=csv").reads(200).Body; !strings.Contains(csv, "2026-11-18,,London local medical committees,146,How useful?,Dangerous,against,4,0.027397") {
		t.Error(csv)
	}
}
