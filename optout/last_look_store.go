package optout

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// snapshot sees everything as it was committed at one moment, and holds nothing.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// stillLeaves is the last look at one record before its request leaves. The
// gate allowed it together with others, and while those were being sent
// anything may have come: an answer, a hold, a death, a letter returned, an
// extension, a pause, a suspicion, a lowered watermark. So the whole gate is
// asked once more rather than a list of what may have changed. A withdrawal
// leaves as long as it is wanted.
func (d *Desk) stillLeaves(ctx context.Context, s sending) (still bool, err error) {
	err = pgx.BeginTxFunc(ctx, d.Pool, snapshot, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT state = @state FROM records WHERE id = @id`, pgx.NamedArgs{"id": s.id, "state": s.state}).Scan(&still)
		if err != nil || !still || s.state == "withdrawing" {
			return err
		}
		list, err := d.askGate(ctx, tx, d.Clock(), asking{campaign: s.campaign, people: []campaigns.PersonID{s.person},
			leases: []string{s.id}, unsent: s.first, read: d.Register.ReadSignals})
		i := slices.IndexFunc(list, func(a asked) bool { return a.enrolment == s.enrolment })
		still = i >= 0 && list[i].verdict.Allowed
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look before sending: %w", err)
	}
	return still, nil
}

// disregard has records that are marked as leaving, and of which nothing has
// left, count as what they are: windows that are made longer concern them.
func (a asking) disregard(g *gathering, _ *pgx.Batch) {
	if a.unsent {
		g.unsent = a.leases
	}
}
