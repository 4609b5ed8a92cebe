package seed

import (
	"context"

	"duenotice/campaigns"
	"duenotice/ui/page"
)

// translations has a made-up manager put her name to the languages of the
// public service, as the drafts that they are: each page says so.
func (s *story) translations(ctx context.Context) error {
	all, err := page.Catalogues()
	if err != nil {
		return err
	}
	for _, c := range all {
		a := campaigns.Acceptance{Language: c.Code, Fingerprint: c.Fingerprint, ShownAs: campaigns.ShownAsDraft}
		if err := s.house.Register.AcceptTranslation(ctx, s.staff[People[3].Email], a); err != nil {
			return err
		}
	}
	return nil
}
