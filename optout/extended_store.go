package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Extension is one that two people have wanted, as a campaign feels it.
type Extension struct {
	ID         int64
	Wave       int    // 0: everybody of the campaign
	Region     string // "" where it is of this campaign alone
	Days       int
	Reason     string
	Author     string
	Approver   string
	RecordedAt time.Time
	People     int // whose letter prints an earlier last day than counts now
}

// ExtendedPerson is somebody whose letter prints an earlier last day than the
// one that counts since an extension, so that a letter is to say so.
type ExtendedPerson struct {
	Enrolment campaigns.EnrolmentID
	State     campaigns.State
	Printed   calendar.Date
	ClosesOn  calendar.Date
}

// extended are the people of an extension x in a campaign c: their letter was
// written before it, counts, and no record has been made.
const extended = `
	enrolments e CROSS JOIN LATERAL (
		SELECT n.printed_last_on, n.closes_on FROM notices n WHERE n.campaign_id = e.campaign_id AND n.enrolment_id = e.id AND n.void_at IS NULL
			AND n.posted_told_at <= x.recorded_at ORDER BY n.number DESC LIMIT 1) n
	WHERE e.campaign_id = @campaign AND (x.wave_id IS NULL OR e.wave_id = x.wave_id) AND n.closes_on > n.printed_last_on
		AND e.state IN ('notified', 'reconciling', 'ready', 'held', 'creating', 'create_failed')`

// Extensions lists those that lengthen the windows of a campaign, the newest
// first, with how many people are to be told of each by letter.
func (d *Desk) Extensions(ctx context.Context, campaign campaigns.CampaignID) ([]Extension, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT x.id, coalesce(w.number, 0), coalesce(x.region_code, ''), x.days, x.reason, coalesce(a.name, ''), coalesce(b.name, ''), x.recorded_at,
			(SELECT count(*) FROM `+extended+`)::int
		FROM extensions x LEFT JOIN waves w ON w.id = x.wave_id LEFT JOIN staff a ON a.id = x.author_id LEFT JOIN staff b ON b.id = x.approver_id
		WHERE x.campaign_id = @campaign OR x.region_code = (SELECT region_code FROM campaigns WHERE id = @campaign)
		ORDER BY x.id DESC`, pgx.NamedArgs{"campaign": campaign})
	if err != nil {
		return nil, fmt.Errorf("list extensions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Extension])
}

// ExtendedPeople lists whom a letter should tell of an extension, by
// enrolment, at most n after one.
func (d *Desk) ExtendedPeople(ctx context.Context, campaign campaigns.CampaignID, extension int64, after campaigns.EnrolmentID, n int) ([]ExtendedPerson, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT y.id, y.state, y.printed_last_on, y.closes_on FROM extensions x CROSS JOIN LATERAL (
			SELECT e.id, e.state, n.printed_last_on, n.closes_on FROM `+extended+` AND e.id > @after ORDER BY e.id LIMIT @n) y
		WHERE x.id = @id AND (x.campaign_id = @campaign OR x.region_code = (SELECT region_code FROM campaigns WHERE id = @campaign)) ORDER BY y.id`,
		pgx.NamedArgs{"campaign": campaign, "id": extension, "after": after, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list people of an extension: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ExtendedPerson])
}
