package house

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// InHand is a letter in the hands of a made-up person, who can read its code.
type InHand struct {
	Campaign  campaigns.CampaignID
	Programme campaigns.ProgrammeID
	Enrolment campaigns.EnrolmentID
	Person    campaigns.PersonID
	Practice  string
	BornOn    calendar.Date
	PostedOn  calendar.Date
	Reference string
	salt      []byte

	Code string
}

// LettersInHand picks made-up people of a campaign who stand in a state and
// whose letter was posted on or before a day: at most n, always the same for
// one seed. It stands in for opening an envelope, so it refuses where people
// are real.
func (h *House) LettersInHand(ctx context.Context, campaign campaigns.CampaignID, state campaigns.State, posted calendar.Date, n int, seed string) ([]InHand, error) {
	if !h.Register.Options.MadeUpPeople {
		return nil, fmt.Errorf("open letters: these people are real")
	}
	rows, err := h.Pool.Query(ctx, `
		SELECT e.campaign_id, c.programme_id, e.id, p.id, p.practice_code, p.born_on, i.posted_on, i.reference, b.salt, ''
		FROM enrolments e JOIN people p ON p.id = e.person_id JOIN campaigns c ON c.id = e.campaign_id
		JOIN LATERAL (SELECT reference, batch_id, posted_on FROM pieces WHERE enrolment_id = e.id AND state = 'posted' AND NOT ended ORDER BY number DESC LIMIT 1) i ON true
		JOIN batches b ON b.id = i.batch_id
		WHERE e.campaign_id = @campaign AND e.state = @state AND i.posted_on <= @posted AND p.born_on IS NOT NULL
		ORDER BY md5(p.nhs_number || @seed) LIMIT @n`,
		pgx.NamedArgs{"campaign": campaign, "state": state, "posted": posted, "n": n, "seed": seed})
	if err != nil {
		return nil, fmt.Errorf("open letters: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (InHand, error) {
		var l InHand
		err := row.Scan(&l.Campaign, &l.Programme, &l.Enrolment, &l.Person, &l.Practice, &l.BornOn, &l.PostedOn, &l.Reference, &l.salt, &l.Code)
		l.Code = h.codes.Derive(l.salt, l.Reference)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("open letters: %w", err)
	}
	return list, nil
}
