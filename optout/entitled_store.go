package optout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// AnswerPolicyOf reads who may answer for whom in a campaign.
func (d *Desk) AnswerPolicyOf(ctx context.Context, campaign campaigns.CampaignID) (p AnswerPolicy, err error) {
	err = pgx.BeginTxFunc(ctx, d.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		p, err = answerPolicy(ctx, tx, campaign)
		return err
	})
	return p, err
}

func answerPolicy(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID) (AnswerPolicy, error) {
	var raw []byte
	err := tx.QueryRow(ctx, `SELECT policy FROM answer_policies WHERE campaign_id = @campaign ORDER BY id DESC LIMIT 1`, pgx.NamedArgs{"campaign": campaign}).Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return UsualPolicy(), nil
	}
	var p AnswerPolicy
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return p, fmt.Errorf("read who may answer for whom: %w", err)
	}
	return p, nil
}

// SetAnswerPolicy says who may answer for whom from now on. What was answered
// before stays as it was taken.
func (d *Desk) SetAnswerPolicy(ctx context.Context, by campaigns.Viewer, code string, p AnswerPolicy) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not change campaigns.")
	}
	if err := p.Check(); err != nil {
		return err
	}
	c, err := d.Register.Campaign(ctx, by, code)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write who may answer for whom: %w", err)
	}
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `INSERT INTO answer_policies (campaign_id, policy, staff_id, set_at) VALUES (@campaign, @policy, @by, @now)`,
			pgx.NamedArgs{"campaign": c.ID, "policy": raw, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("write who may answer for whom: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "set answer policy", Object: "campaign", ID: c.Code, Campaign: c.ID})
	})
}
