package optout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// CodeRow is what is kept of the code of one piece.
type CodeRow struct {
	MAC       []byte
	KeyID     int16
	Piece     int64
	Campaign  campaigns.CampaignID
	Enrolment campaigns.EnrolmentID
	Person    campaigns.PersonID
}

// KeepCodes keeps the MACs of the codes of new pieces.
func (d *Desk) KeepCodes(ctx context.Context, tx pgx.Tx, rows []CodeRow) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"codes"}, []string{"mac", "key_id", "piece_id", "campaign_id", "enrolment_id", "person_id"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := rows[i]
			return []any{r.MAC, r.KeyID, r.Piece, r.Campaign, r.Enrolment, r.Person}, nil
		}))
	if err != nil {
		return fmt.Errorf("keep codes: %w", err)
	}
	return nil
}
