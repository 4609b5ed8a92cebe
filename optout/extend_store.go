package optout

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Extend lengthens the windows of a campaign, or of one wave of it, by days.
// It takes two people: the first call proposes, the same call by somebody else
// carries it out. Windows that are over already run again if nothing was made.
func (d *Desk) Extend(ctx context.Context, by campaigns.Viewer, campaign string, wave, days int, reason string) (agreed bool, err error) {
	if err := mayExtend(by, days, reason); err != nil {
		return false, err
	}
	c, err := d.Register.Campaign(ctx, by, campaign)
	if err != nil {
		return false, err
	}
	var waveID campaigns.WaveID
	if wave > 0 {
		w, err := d.Register.Wave(ctx, c.ID, wave)
		if err != nil {
			return false, err
		}
		waveID = w.ID
	}
	agreed, err = d.lengthen(ctx, by, extending{key: fmt.Sprintf("campaign:%d:wave:%d:days:%d", c.ID, wave, days), reason: reason,
		extension: extension{campaign: c.ID, wave: waveID, days: days},
		deed:      campaigns.Deed{By: by, Action: "extend", Object: "campaign", ID: c.Code, Campaign: c.ID, Detail: map[string]any{"days": days, "wave": wave}}})
	if err != nil || !agreed {
		return agreed, err
	}
	return true, d.RenewCampaign(ctx, c.ID)
}

// ExtendRegion lengthens the windows of every campaign of a region by days, in
// the same way as Extend those of one.
func (d *Desk) ExtendRegion(ctx context.Context, by campaigns.Viewer, region string, days int, reason string) (agreed bool, err error) {
	if err := mayExtend(by, days, reason); err != nil {
		return false, err
	}
	region = strings.ToUpper(strings.TrimSpace(region))
	var known bool
	err = d.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaigns WHERE region_code = @region)`, pgx.NamedArgs{"region": region}).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for the region: %w", err)
	}
	if !known || !by.Sees(region) {
		return false, fault.In("region", fault.NotFound, "There is no campaign in a region of this code that you look after.")
	}
	agreed, err = d.lengthen(ctx, by, extending{key: fmt.Sprintf("region:%s:days:%d", region, days), reason: reason, extension: extension{region: region, days: days},
		deed: campaigns.Deed{By: by, Action: "extend", Object: "region", ID: region, Detail: map[string]any{"days": days}}})
	if err != nil || !agreed {
		return agreed, err
	}
	return true, d.renewAll(ctx, region)
}

func mayExtend(by campaigns.Viewer, days int, reason string) error {
	switch {
	case days < 1 || days > 366:
		return fault.In("days", fault.Invalid, "Extend by 1 to 366 days.")
	case reason == "":
		return fault.In("reason", fault.Invalid, "Say why the windows are extended.")
	case !by.Role.Manages():
		return fault.New(fault.Forbidden, "Your role does not extend windows.")
	}
	return nil
}

// extending is an extension that two people have to want.
type extending struct {
	extension
	key    string // of the proposal: the same again is the same extension
	reason string
	deed   campaigns.Deed
}

// lengthen writes an extension down if somebody else has proposed it, else
// proposes it.
func (d *Desk) lengthen(ctx context.Context, by campaigns.Viewer, e extending) (agreed bool, err error) {
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		p, err := d.Register.TakeProposal(ctx, tx, now, by, "extend", e.key)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// Whoever is being asked about waits for this, or is asked after it.
		if e.campaign == 0 {
			err = d.Register.LockGate(ctx, tx)
		} else {
			_, err = tx.Exec(ctx, `SELECT key FROM signals WHERE key = @key FOR UPDATE`, pgx.NamedArgs{"key": campaigns.PauseCampaign(e.campaign)})
		}
		if err != nil {
			return fmt.Errorf("extend: %w", err)
		}
		agreed = true
		_ = json.Unmarshal(p.Detail, &e.reason)
		e.deed.Detail["reason"] = e.reason
		_, err = tx.Exec(ctx, `
			INSERT INTO extensions (campaign_id, wave_id, region_code, days, reason, author_id, approver_id, recorded_at)
			VALUES (nullif(@c::int, 0), nullif(@w::bigint, 0), nullif(@region, ''), @days, @reason, @author, @by, @now)`,
			pgx.NamedArgs{"c": e.campaign, "w": e.wave, "region": e.region, "days": e.days, "reason": e.reason, "author": p.Author, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("extend: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, e.deed)
	})
	if err != nil || agreed {
		return agreed && err == nil, err
	}
	return false, d.Register.Propose(ctx, by, "extend", e.key, e.reason)
}
