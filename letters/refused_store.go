package letters

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// refusing ends what a vendor says of a whole batch, or of a recall, with a
// sentence. That it was said is kept all the same.
type refusing func(line batchReport, why error) error

// hearing is inTx for what a vendor says: what fn refuses is returned once the
// transaction that notes it is committed.
func (m *Mailroom) hearing(ctx context.Context, fn func(tx pgx.Tx, now time.Time, no refusing) error) error {
	var told error
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		told = nil
		return fn(tx, now, func(line batchReport, why error) error {
			f := fault.Of(why)
			if f == nil {
				return why
			}
			told, line.verdict, line.why = why, Refused, f.Sentence
			return note(ctx, tx, now, line)
		})
	})
	if err != nil {
		return err
	}
	return told
}
