package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

const holidaySelect = `SELECT day, title FROM extra_holidays`

func (d *Desk) working(ctx context.Context, tx pgx.Tx) (calendar.Working, error) {
	rows, err := tx.Query(ctx, holidaySelect)
	if err != nil {
		return calendar.Working{}, fmt.Errorf("read holidays: %w", err)
	}
	extra, err := pgx.CollectRows(rows, pgx.RowToStructByPos[calendar.Holiday])
	if err != nil {
		return calendar.Working{}, fmt.Errorf("read holidays: %w", err)
	}
	return calendar.England(extra...), nil
}

type extension struct {
	campaign campaigns.CampaignID
	wave     campaigns.WaveID
	region   string
	days     int
}

// lengthenings are the rows that make windows longer, as committed.
type lengthenings struct {
	extensions []extension
	outages    map[campaigns.CampaignID][]span
}

func (l lengthenings) extra(c campaigns.CampaignID, w campaigns.WaveID, region string) int {
	days := 0
	for _, e := range l.extensions {
		if e.campaign == c && (e.wave == 0 || e.wave == w) || e.campaign == 0 && e.region == region {
			days += e.days
		}
	}
	return days
}

// askLengthenings asks for them in a batch; they are there once it is closed.
func askLengthenings(ask *pgx.Batch) *lengthenings {
	l := &lengthenings{outages: map[campaigns.CampaignID][]span{}}
	var e extension
	eachOf(ask, "extensions", `SELECT coalesce(campaign_id, 0), coalesce(wave_id, 0), coalesce(region_code, ''), days FROM extensions`, nil,
		[]any{&e.campaign, &e.wave, &e.region, &e.days}, func() { l.extensions = append(l.extensions, e) })
	askOutages(ask, func(c campaigns.CampaignID, s span) { l.outages[c] = append(l.outages[c], s) })
	return l
}

// renewAll renews the windows of every campaign, or of those of one region.
func (d *Desk) renewAll(ctx context.Context, region string) error {
	rows, err := d.Pool.Query(ctx, `SELECT id FROM campaigns WHERE @region = '' OR region_code = @region ORDER BY id`, pgx.NamedArgs{"region": region})
	if err != nil {
		return fmt.Errorf("list campaigns: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.CampaignID])
	if err != nil {
		return fmt.Errorf("list campaigns: %w", err)
	}
	for _, id := range ids {
		if err := d.RenewCampaign(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// RenewCampaign works every waiting window of a campaign out anew from the
// rows that lengthen it, a thousand people at a time. The gate looks at those
// rows itself, so nobody slips through before this has come to them.
func (d *Desk) RenewCampaign(ctx context.Context, id campaigns.CampaignID) error {
	after := campaigns.EnrolmentID(0)
	for {
		n := 0
		err := d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
			var people []campaigns.PersonID
			var e campaigns.EnrolmentID
			var p campaigns.PersonID
			err := each(ctx, tx, `
				SELECT enrolment_id, person_id FROM windows WHERE campaign_id = @id AND enrolment_id > @after ORDER BY enrolment_id LIMIT 1000`,
				pgx.NamedArgs{"id": id, "after": after}, []any{&e, &p}, func() { people, after = append(people, p), e })
			if n = len(people); err != nil || n == 0 {
				return err
			}
			now, err := d.lock(ctx, tx, people)
			if err != nil {
				return err
			}
			return d.renewAndWorkOut(ctx, tx, now, people, "extended")
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
