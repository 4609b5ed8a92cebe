package managers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/engagement"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type engagementPage struct {
	Tabs      []programmeTab
	Meetings  []meetingLine
	Concerns  []engagement.Concern
	Open      int
	Chart     *lineChart
	Regions   []regionFavour
	May       bool
	Ways      []page.Link
	Programme page.Select
	Region    page.Input
	Held      page.DateInput
	Who       page.Input
	Present   page.Input
	Bodies    page.Input
	BodiesOf  page.Input
	Statement page.Textarea
}

type meetingLine struct {
	engagement.Meeting
	Votes  []engagement.Vote
	Favour string // of the last vote
}

type regionFavour struct {
	Name             string
	Votes            int
	Present, InFavor int
	Share            string
}

// favourOf is the votes in favour.
func favourOf(v engagement.Vote) int {
	n := 0
	for _, a := range v.Answers {
		if a.Stance == engagement.For {
			n += a.Votes
		}
	}
	return n
}

func (h *Hall) engagement(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showEngagement(c, by, nil)
}

func (h *Hall) showEngagement(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	meetings, err := h.Minutes.Meetings(ctx, by)
	if err != nil {
		return err
	}
	votes, err := h.Minutes.Votes(ctx, by, 0)
	if err != nil {
		return err
	}
	body := engagementPage{Tabs: programmeTabs("/engagement", by.Role), May: by.Role.Manages(), Ways: waysOut(c)}
	if asked(c) {
		return h.sendSheet(c, voteSheet(votes))
	}
	of := map[int64][]engagement.Vote{}
	line := chartSeries{Name: "in favour", Class: "c-navy"}
	regions := map[string]*regionFavour{}
	names, err := h.Board.Areas(ctx)
	if err != nil {
		return err
	}
	for _, v := range votes {
		of[v.Meeting] = append(of[v.Meeting], v)
		if n := len(line.Values); n > 0 && line.Values[n-1].On == v.HeldOn {
			line.Values[n-1].Share = v.Favour()
		} else {
			line.Values = append(line.Values, chartValue{v.HeldOn, v.Favour()})
		}
		name := or(names[v.Region], or(v.Region, "National"))
		if regions[name] == nil {
			regions[name] = &regionFavour{Name: name}
		}
		r := regions[name]
		r.Votes, r.Present, r.InFavor = r.Votes+1, r.Present+v.Present, r.InFavor+favourOf(v)
	}
	body.Chart = drawLines("Share of those present in favour", []chartSeries{line}, percentText)
	for _, r := range regions {
		r.Share = percentText(float64(r.InFavor) / float64(max(r.Present, 1)))
		body.Regions = append(body.Regions, *r)
	}
	slices.SortFunc(body.Regions, func(a, b regionFavour) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range meetings {
		l := meetingLine{Meeting: m, Votes: of[m.ID], Favour: "–"}
		if n := len(l.Votes); n > 0 {
			l.Favour = percentText(l.Votes[n-1].Favour())
		}
		body.Meetings = append(body.Meetings, l)
	}
	if body.Concerns, err = h.Minutes.Concerns(ctx, by, 0); err != nil {
		return err
	}
	body.Concerns = slices.DeleteFunc(body.Concerns, func(k engagement.Concern) bool { return !k.Open() })
	body.Open = len(body.Concerns)
	if err := h.meetingForm(c, &body, wrong); err != nil {
		return err
	}
	return h.show(c, "engagement.html", page.View{Title: "Doctors", Active: programmeActive, Problem: wrong, Body: &body})
}

func (h *Hall) meetingForm(c *fiber.Ctx, b *engagementPage, wrong page.Problems) error {
	input := func(name, label, hint, width string) page.Input {
		return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: c.FormValue(name), Width: width}
	}
	b.Programme = page.Select{Field: page.Field{Name: "programme", Label: "Programme"}, Chosen: c.FormValue("programme")}
	programmes, err := h.Board.Programmes(c.UserContext())
	if err != nil {
		return err
	}
	for _, p := range programmes {
		b.Programme.Options = append(b.Programme.Options, page.Option{Value: fmt.Sprint(p.ID), Text: p.Name})
	}
	_, b.Held, _ = page.ReadDate(c, "held")
	b.Held.Field = page.Field{Name: "held", Label: "Held on", Error: wrong.For("held")}
	b.Who, b.Region = input("body", "Who met", "As in: London local medical committees", "30"), input("region", "Region", "Its code; blank is national", "5")
	b.Present, b.Bodies, b.BodiesOf = input("present", "How many were there", "By count, never by name", "5"), input("bodies", "Committees that were there", "", "3"), input("of", "Of how many committees", "", "3")
	b.Statement = page.Textarea{Field: page.Field{Name: "statement", Label: "Statement", Error: wrong.For("statement")}, Value: c.FormValue("statement"), Rows: 3}
	return nil
}

func voteSheet(votes []engagement.Vote) dataSheet {
	s := dataSheet{Name: "votes", Columns: []string{"held on", "region", "body", "present", "question", "answer", "stance", "votes", "share of present"}}
	for _, v := range votes {
		for _, a := range v.Answers {
			s.add(v.HeldOn, v.Region, v.Body, v.Present, v.Question, a.Answer, string(a.Stance), a.Votes, float64(a.Votes)/float64(max(v.Present, 1)))
		}
		s.add(v.HeldOn, v.Region, v.Body, v.Present, v.Question, "no vote", "", v.Silent(), float64(v.Silent())/float64(max(v.Present, 1)))
	}
	return s
}

func (h *Hall) addMeeting(c *fiber.Ctx, by campaigns.Viewer) error {
	m := engagement.Meeting{Region: strings.ToUpper(strings.TrimSpace(c.FormValue("region"))), Body: strings.TrimSpace(c.FormValue("body")), Statement: strings.TrimSpace(c.FormValue("statement"))}
	var wrong page.Problems
	m.HeldOn, _, wrong = readDay(c, "held", wrong)
	for name, to := range map[string]*int{"present": &m.Present, "bodies": &m.Bodies, "of": &m.BodiesOf} {
		if typed := strings.TrimSpace(c.FormValue(name)); typed != "" {
			n, err := strconv.Atoi(typed)
			if err != nil {
				wrong.Add(name, "Write a whole number.")
			}
			*to = n
		}
	}
	programmes, err := h.Board.Programmes(c.UserContext())
	if err != nil {
		return err
	}
	for _, p := range programmes {
		if fmt.Sprint(p.ID) == c.FormValue("programme") {
			m.Programme = p.ID
		}
	}
	if m.Programme == 0 {
		wrong.Add("programme", "Choose the programme.")
	}
	var id int64
	if len(wrong) == 0 {
		id, err = h.Minutes.AddMeeting(c.UserContext(), by, m)
		if err := wrong.Take(err); err != nil {
			return err
		}
		wrong = atFirstBox(wrong, "held")
	}
	if len(wrong) > 0 {
		return h.showEngagement(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/engagement/%d", id), "The meeting is noted. Add its votes and concerns.")
}

type meetingPage struct {
	Tabs     []programmeTab
	Meeting  engagement.Meeting
	Votes    []voteLine
	Concerns []engagement.Concern
	May      bool
	Question page.Input
	Answers  page.Textarea
	Concern  page.Textarea
	Owner    page.Input
	Wave     page.Select
}

type voteLine struct {
	engagement.Vote
	Lines []voteAnswer
}

type voteAnswer struct {
	engagement.Answer
	Share string
	Bar   string
}

func (h *Hall) oneMeeting(c *fiber.Ctx, by campaigns.Viewer) (engagement.Meeting, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return engagement.Meeting{}, fault.New(fault.NotFound, "There is no such meeting.")
	}
	return h.Minutes.Meeting(c.UserContext(), by, id)
}

func (h *Hall) meeting(c *fiber.Ctx, by campaigns.Viewer) error { return h.showMeeting(c, by, nil) }

func (h *Hall) showMeeting(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	m, err := h.oneMeeting(c, by)
	if err != nil {
		return err
	}
	body := meetingPage{Tabs: programmeTabs("/engagement", by.Role), Meeting: m, May: by.Role.Manages()}
	votes, err := h.Minutes.Votes(ctx, by, m.ID)
	if err != nil {
		return err
	}
	for _, v := range votes {
		l := voteLine{Vote: v}
		for _, a := range append(slices.Clone(v.Answers), engagement.Answer{Answer: "Gave no vote", Votes: v.Silent()}) {
			s := float64(a.Votes) / float64(max(v.Present, 1))
			l.Lines = append(l.Lines, voteAnswer{a, page.Percent(int64(a.Votes), int64(v.Present)), fmt.Sprint(sharePart(s))})
		}
		body.Votes = append(body.Votes, l)
	}
	if body.Concerns, err = h.Minutes.Concerns(ctx, by, m.ID); err != nil {
		return err
	}
	body.Question = page.Input{Field: page.Field{Name: "question", Label: "Question, as it was put", Error: wrong.For("question")}, Value: c.FormValue("question")}
	body.Answers = page.Textarea{Field: page.Field{Name: "answers", Label: "Answers, as counted", Hint: "One on each line: votes, then the words; begin with + where it is in favour, with - where it is against. As in: +60 Very useful", Error: wrong.For("answers")}, Value: c.FormValue("answers"), Rows: 5}
	body.Concern = page.Textarea{Field: page.Field{Name: "concern", Label: "What worries them", Error: wrong.For("concern")}, Value: c.FormValue("concern"), Rows: 3}
	body.Owner = page.Input{Field: page.Field{Name: "owner", Label: "Who answers it", Error: wrong.For("owner")}, Value: c.FormValue("owner"), Width: "20"}
	body.Wave = page.Select{Field: page.Field{Name: "wave", Label: "Does it block a wave until it is answered?", Error: wrong.For("wave")}, Chosen: c.FormValue("wave"), Options: []page.Option{{Text: "No"}}}
	list, err := h.Register.Campaigns(ctx, by)
	if err != nil {
		return err
	}
	for _, k := range list {
		waves, err := h.Register.Waves(ctx, k.ID)
		if err != nil {
			return err
		}
		for _, w := range waves {
			body.Wave.Options = append(body.Wave.Options, page.Option{Value: fmt.Sprint(w.ID), Text: fmt.Sprintf("%s, wave %d (%s)", k.Code, w.Number, w.State)})
		}
	}
	return h.show(c, "meeting.html", page.View{Title: m.Body, Active: programmeActive, Problem: wrong, Crumbs: []page.Link{{Text: "Doctors", Href: "/engagement"}}, Body: &body})
}

// readAnswers reads lines such as "+60 Very useful".
func readAnswers(typed string) (list []engagement.Answer, err error) {
	for line := range strings.Lines(typed) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		a := engagement.Answer{}
		switch line[0] {
		case '+':
			a.Stance, line = engagement.For, line[1:]
		case '-':
			a.Stance, line = engagement.Against, line[1:]
		}
		number, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fault.In("answers", fault.Invalid, "Begin each line with the number of votes, as in: +60 Very useful.")
		}
		a.Votes, a.Answer = n, strings.TrimSpace(words)
		list = append(list, a)
	}
	return list, nil
}

func (h *Hall) addVote(c *fiber.Ctx, by campaigns.Viewer) error {
	m, err := h.oneMeeting(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	answers, err := readAnswers(c.FormValue("answers"))
	if err == nil {
		err = h.Minutes.AddVote(c.UserContext(), by, engagement.Vote{Meeting: m.ID, Question: strings.TrimSpace(c.FormValue("question")), Answers: answers})
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showMeeting(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/engagement/%d", m.ID), "The vote is noted as it was counted.")
}

func (h *Hall) addConcern(c *fiber.Ctx, by campaigns.Viewer) error {
	m, err := h.oneMeeting(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	wave, err := strconv.ParseInt(or(c.FormValue("wave"), "0"), 10, 64)
	if err != nil {
		wrong.Add("wave", "There is no such wave.")
	} else if err := wrong.Take(h.Minutes.Raise(c.UserContext(), by, engagement.Concern{Meeting: m.ID, Concern: strings.TrimSpace(c.FormValue("concern")), Owner: strings.TrimSpace(c.FormValue("owner")), Wave: campaigns.WaveID(wave)})); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showMeeting(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/engagement/%d", m.ID), "The concern is noted.")
}

func (h *Hall) answerConcern(c *fiber.Ctx, by campaigns.Viewer) error {
	m, err := h.oneMeeting(c, by)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.FormValue("concern"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such concern.")
	}
	var wrong page.Problems
	if err := wrong.Take(h.Minutes.Answer(c.UserContext(), by, id, strings.TrimSpace(c.FormValue("answer")))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showMeeting(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/engagement/%d", m.ID), "The answer is kept. A wave that it blocked may be approved or resumed.")
}
