package letters

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/letters/paper"
)

// Twin is the letter of one piece as a page of the web, in a language, with
// the days it states and without name, number and code: whoever reads it has
// proved code and date of birth and learns nothing new. Languages are those it
// may be read in; where it is not in the one asked for, it is in English. The
// patients' role may ask for it.
func (m *Mailroom) Twin(ctx context.Context, piece PieceID, language string) (t paper.Twin, languages []string, err error) {
	var pack paper.Pack
	var l paper.Letter
	err = m.snapshot(ctx, func(tx pgx.Tx) error {
		var p printed
		var c campaigns.Campaign
		err := tx.QueryRow(ctx, `
			SELECT k.code, k.version, n.printed_last_on, n.composed_on, g.name, r.name, c.sender, c.signatory, c.helpline, c.helpline_hours, c.freepost, c.web_address
			FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN packs k ON k.id = b.pack_id
			JOIN campaigns c ON c.id = b.campaign_id JOIN programmes g ON g.id = c.programme_id JOIN regions r ON r.code = c.region_code
			JOIN notices n ON n.campaign_id = c.id AND n.id = p.notice_id
			WHERE p.id = @piece`, pgx.NamedArgs{"piece": piece}).
			Scan(&p.Code, &p.Version, &l.LastDay, &l.Dated, &c.ProgrammeName, &c.RegionName, &c.Sender, &c.Signatory, &c.Helpline, &c.HelplineHours, &c.Freepost, &c.WebAddress)
		if err := orAbsent(err, "letter"); err != nil {
			return err
		}
		sources, err := printable(ctx, tx, p)
		if err != nil {
			return err
		}
		sources = slices.DeleteFunc(sources, func(s sourceID) bool { return s.Supplied }) // pages that are pictures to a screen
		for _, s := range sources {
			if s.Format == standardFormat {
				languages = append(languages, s.Language)
			}
		}
		i, err := fitting(sources, language, standardFormat)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT body FROM packs WHERE id = @id`, pgx.NamedArgs{"id": sources[i].ID}).Scan(&pack); err != nil {
			return fmt.Errorf("read pack: %w", err)
		}
		pack.Code, pack.Version = p.Code, p.Version
		pack = packFor(pack, c)
		return nil
	})
	if err != nil {
		return t, nil, err
	}
	g, err := Envelope(Envelopes()[0], standardFormat)
	if err != nil {
		return t, nil, err
	}
	t, err = paper.WebTwin(pack, g, l)
	return t, languages, err
}
