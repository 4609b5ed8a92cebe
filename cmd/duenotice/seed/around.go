package seed

import (
	"bytes"
	"context"
	"fmt"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/engagement"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/money"
	"duenotice/campaigns/readiness"
	"duenotice/campaigns/uptake"
)

// around is what stands around the mail-out: what practices really published
// of August 2020, a promise, who pays until when, and what doctors said.
func (s *story) around(ctx context.Context) error {
	p, helen, anna := s.house.Programme, s.staff[People[3].Email], s.staff[People[0].Email]
	list, err := p.Board.Programmes(ctx)
	if err != nil {
		return err
	}
	programme := list[0].ID
	body, err := data.ReadFile("data/pomi_2020-08_qmf.csv")
	if err != nil {
		return fmt.Errorf("open the demonstration's data: %w", err)
	}
	if _, err := p.Tally.Import(ctx, helen, []uptake.File{{Name: "pomi_2020-08_qmf.csv", Body: bytes.NewReader(body)}}); err != nil {
		return err
	}
	end := calendar.On(2027, 3, 31)
	err = p.Board.SetDeadline(ctx, helen, programme, readiness.Deadline{Title: "Every practice switched on", DueOn: end,
		Targets: []readiness.Target{{On: begins, Share: 0}, {On: end, Share: 1}}})
	if err != nil {
		return err
	}
	_, err = p.Purse.AddOffer(ctx, helen, funding.Offer{Programme: programme, Title: "Postage 2026/27", Payer: "NHS England", Amount: 200_000 * money.Pound, Unit: 2570,
		Covers: "postage of first letters", Conditions: "For letters posted before the end of March.", PostedFrom: calendar.On(2026, 4, 1), PostedBy: end})
	if err != nil {
		return err
	}
	meeting, err := p.Minutes.AddMeeting(ctx, anna, engagement.Meeting{Programme: programme, HeldOn: begins.AddDays(-7), Body: "London local medical committees", Present: 146, Bodies: 29, BodiesOf: 32})
	if err != nil {
		return err
	}
	return p.Minutes.AddVote(ctx, anna, engagement.Vote{Meeting: meeting, Question: "How useful would a shared summary be?", Answers: []engagement.Answer{
		{Answer: "Very useful", Votes: 60, Stance: engagement.For}, {Answer: "Moderately useful", Votes: 63, Stance: engagement.For},
		{Answer: "Of little use", Votes: 19}, {Answer: "Dangerous", Votes: 4, Stance: engagement.Against}}})
}
