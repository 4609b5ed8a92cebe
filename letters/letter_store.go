package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// LettersOf lists the letters to one person in one campaign, oldest first: each
// notice with its pieces, one before it is drawn, more than one after a reprint.
func (m *Mailroom) LettersOf(ctx context.Context, campaign campaigns.CampaignID, enrolment campaigns.EnrolmentID) ([]Letter, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT n.id, n.number, coalesce(b.code, ''), coalesce(p.reference, ''), coalesce(p.state, ''), n.composed_on, n.printed_last_on,
			coalesce(p.posted_on, n.posted_on), n.closes_on, p.returned_on, coalesce(p.return_reason, ''), p.suspected_at IS NOT NULL,
			n.void_reason <> '', n.void_reason
		FROM notices n LEFT JOIN pieces p ON p.notice_id = n.id AND p.enrolment_id = n.enrolment_id AND p.number = n.number
		LEFT JOIN batches b ON b.id = coalesce(p.batch_id, n.batch_id)
		WHERE n.campaign_id = @campaign AND n.enrolment_id = @enrolment ORDER BY n.number, p.id`,
		pgx.NamedArgs{"campaign": campaign, "enrolment": enrolment})
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Letter])
}
