package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// ComposeFollowUps gathers the people of a campaign's approved waves who are to
// be written to outside their wave's order: again after a return or a spoiled
// piece, or later because what withheld their letter has lifted. Somebody
// whose letter was withheld is taken up again only when something about them
// has changed. It returns how many batches it made; those are posted as soon as
// the vendor can.
func (m *Mailroom) ComposeFollowUps(ctx context.Context, campaign campaigns.CampaignID) (batches int, err error) {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return 0, err
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		c, err := m.lockCampaign(ctx, tx, campaign)
		if err != nil {
			return err
		}
		if err := m.frozen(ctx, tx, campaign, 0); err != nil {
			return err
		}
		groups, err := followUps(ctx, tx, c, c.DailyCapacity)
		if err != nil {
			return err
		}
		for _, g := range groups {
			for from := 0; from < len(g.people); from += c.BatchSize {
				people := g.people[from:min(from+c.BatchSize, len(g.people))]
				s := share{run{Pack: g.pack}, soonest(now, working)}
				id, err := m.newBatch(ctx, tx, now, c, newBatch{share: s, wave: g.wave, state: Planned}, working)
				if err != nil {
					return err
				}
				b, err := lockBatch(ctx, tx, id)
				if err != nil {
					return err
				}
				if err := m.compose(ctx, tx, now, &b, people, working); err != nil {
					return err
				}
				batches++
			}
		}
		return nil
	})
	return batches, err
}

// group is people of one wave who take one pack.
type group struct {
	wave   campaigns.WaveID
	pack   int64
	people []campaigns.EnrolmentID
}

// followUps finds at most n people to be written to outside their wave's order.
func followUps(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, n int) ([]group, error) {
	rows, err := tx.Query(ctx, `
		WITH waiting AS (
			SELECT e.id FROM waves w JOIN enrolments e ON e.wave_id = w.id AND e.slot IS NULL AND e.campaign_id = @campaign AND e.state = 'scheduled'
			WHERE w.campaign_id = @campaign AND w.state = 'approved'
			UNION SELECT enrolment_id FROM withheld_letters WHERE campaign_id = @campaign
		)
		SELECT e.wave_id, p.language, p.format, e.id
		FROM waiting JOIN enrolments e ON e.campaign_id = @campaign AND e.id = waiting.id AND e.state = 'scheduled'
		JOIN waves w ON w.id = e.wave_id AND w.state = 'approved' JOIN people p ON p.id = e.person_id
		LEFT JOIN LATERAL (
			SELECT l.at, l.reason FROM withheld_letters l WHERE l.enrolment_id = e.id ORDER BY l.batch_id DESC LIMIT 1) l ON true
		JOIN signals practice ON practice.key = 'pause:practice:' || p.practice_code AND practice.since IS NULL
		JOIN signals wave ON wave.key = 'pause:wave:' || e.wave_id AND wave.since IS NULL
		WHERE (l.at IS NULL OR l.reason = @paused OR p.touched_at > l.at OR e.since > l.at)
			AND NOT EXISTS (
				SELECT FROM notices o JOIN batches b ON b.id = o.batch_id
				WHERE o.campaign_id = @campaign AND o.enrolment_id = e.id AND o.void_at IS NULL AND b.state IN ('planned', 'composed'))
		ORDER BY e.wave_id, p.language, p.format, p.postcode, e.id LIMIT @n`,
		pgx.NamedArgs{"campaign": c.ID, "n": n, "paused": inPausedPractice})
	if err != nil {
		return nil, fmt.Errorf("find people to be written to again: %w", err)
	}
	type one struct {
		Wave             campaigns.WaveID
		Language, Format string
		ID               campaigns.EnrolmentID
	}
	people, err := pgx.CollectRows(rows, pgx.RowToStructByPos[one])
	if err != nil {
		return nil, fmt.Errorf("find people to be written to again: %w", err)
	}
	if len(people) == 0 {
		return nil, nil
	}
	version, err := printedBy(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	sources, err := printable(ctx, tx, version)
	if err != nil {
		return nil, err
	}
	var list []group
	var was one
	var pack int64
	for i, p := range people {
		if i == 0 || p.Language != was.Language || p.Format != was.Format {
			if pack, err = choosePack(sources, p.Language, p.Format); err != nil {
				return nil, err
			}
		}
		last := len(list) - 1
		if last < 0 || list[last].wave != p.Wave || list[last].pack != pack {
			list = append(list, group{wave: p.Wave, pack: pack})
			last++
		}
		list[last].people = append(list[last].people, p.ID)
		was = p
	}
	return list, nil
}
