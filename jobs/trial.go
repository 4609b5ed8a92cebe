package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
)

// tryLetters tries the letters of a campaign's planned waves that were not
// tried as they are now.
type tryLetters struct {
	Campaign campaigns.CampaignID `json:"campaign"`
}

func (tryLetters) Kind() string                 { return "try_letters" }
func (tryLetters) InsertOpts() river.InsertOpts { return once(post) }

func (d Doors) tryLetters(ctx context.Context, a tryLetters) error {
	return d.Mailroom.TryPlanned(ctx, a.Campaign)
}
