package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const campaignColumns = `c.id, c.code, c.programme_id, p.name, p.registry, c.region_code, r.name, c.name, c.kind, c.pack_code, c.vendor_code,
	c.window_unit, c.window_length, c.delivery_allowance, c.minimum_age, c.feed_limit_hours, c.outage_threshold_minutes,
	c.returns_limit_percent::float8, c.daily_capacity, c.batch_size, c.helpline, c.helpline_hours, c.web_address, c.freepost, c.sender,
	c.signatory, c.author_id, s.name, c.created_at, coalesce(c.approved_at, '0001-01-01Z')`

const campaignFrom = ` FROM campaigns c JOIN programmes p ON p.id = c.programme_id JOIN regions r ON r.code = c.region_code JOIN staff s ON s.id = c.author_id `

func scanCampaign(row pgx.CollectableRow) (Campaign, error) {
	var c Campaign
	var feed, outage int
	err := row.Scan(&c.ID, &c.Code, &c.Programme, &c.ProgrammeName, &c.Registry, &c.Region, &c.RegionName, &c.Name, &c.Kind, &c.Pack, &c.Vendor,
		&c.Window.Unit, &c.Window.Length, &c.Window.Allowance, &c.MinimumAge, &feed, &outage,
		&c.ReturnsLimit, &c.DailyCapacity, &c.BatchSize, &c.Helpline, &c.HelplineHours, &c.WebAddress, &c.Freepost, &c.Sender,
		&c.Signatory, &c.Author, &c.AuthorName, &c.CreatedAt, &c.ApprovedAt)
	c.FeedLimit, c.OutageLimit = time.Duration(feed)*time.Hour, time.Duration(outage)*time.Minute
	if c.ApprovedAt.Year() == 1 {
		c.ApprovedAt = time.Time{}
	}
	return c, err
}

// Campaign finds a campaign by its code. One of another region is as absent as none.
func (r *Register) Campaign(ctx context.Context, by Viewer, code string) (Campaign, error) {
	rows, err := r.Pool.Query(ctx, `SELECT `+campaignColumns+campaignFrom+`WHERE c.code = @code`, pgx.NamedArgs{"code": strings.ToUpper(code)})
	return oneCampaign(rows, err, by)
}

// CampaignByID finds a campaign for the house itself.
func (r *Register) CampaignByID(ctx context.Context, tx pgx.Tx, id CampaignID) (Campaign, error) {
	rows, err := tx.Query(ctx, `SELECT `+campaignColumns+campaignFrom+`WHERE c.id = @id`, pgx.NamedArgs{"id": id})
	return oneCampaign(rows, err, Viewer{})
}

func oneCampaign(rows pgx.Rows, err error, by Viewer) (Campaign, error) {
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCampaign)
	if err == nil && !by.Sees(c.Region) {
		err = pgx.ErrNoRows
	}
	return c, orAbsent(err, "campaign")
}

// Campaigns lists the campaigns that a viewer sees, newest first.
func (r *Register) Campaigns(ctx context.Context, by Viewer) ([]Campaign, error) {
	rows, err := r.Pool.Query(ctx, `SELECT `+campaignColumns+campaignFrom+`WHERE @region = '' OR c.region_code = @region ORDER BY c.id DESC`,
		pgx.NamedArgs{"region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return pgx.CollectRows(rows, scanCampaign)
}

// CreateProgramme makes a programme, or finds the one with this code.
func (r *Register) CreateProgramme(ctx context.Context, code, name, registry string) (ProgrammeID, error) {
	var id ProgrammeID
	err := r.Pool.QueryRow(ctx, `
		INSERT INTO programmes AS p (code, name, registry) VALUES (@code, @name, @registry)
		ON CONFLICT (code) DO UPDATE SET name = p.name RETURNING id`,
		pgx.NamedArgs{"code": code, "name": name, "registry": registry}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("create programme: %w", err)
	}
	return id, nil
}

// CreateCampaign makes a campaign in draft: nothing is written or created
// before two people who are not its author approve it.
func (r *Register) CreateCampaign(ctx context.Context, by Viewer, n NewCampaign) (Campaign, error) {
	n.Code = strings.ToUpper(strings.TrimSpace(n.Code))
	if err := n.Check(); err != nil {
		return Campaign{}, err
	}
	if !by.Role.Manages() {
		return Campaign{}, fault.New(fault.Forbidden, "Your role does not make campaigns.")
	}
	if !by.Sees(n.Region) {
		return Campaign{}, fault.New(fault.Forbidden, "This region is not yours.")
	}
	var c Campaign
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var programme ProgrammeID
		var registry string
		err := tx.QueryRow(ctx, `SELECT id, registry FROM programmes WHERE code = @code`, pgx.NamedArgs{"code": n.Programme}).Scan(&programme, &registry)
		if err := orAbsent(err, "programme"); err != nil {
			return err
		}
		var id CampaignID
		err = tx.QueryRow(ctx, `
			INSERT INTO campaigns (code, programme_id, region_code, name, kind, pack_code, vendor_code, window_unit, window_length,
				delivery_allowance, minimum_age, daily_capacity, batch_size, helpline, helpline_hours, web_address, freepost, sender,
				signatory, author_id, created_at)
			VALUES (@code, @programme, @region, @name, @kind, @pack, @vendor, @unit, @length, @allowance, @age, @capacity, @batch,
				@helpline, @hours, @web, @freepost, @sender, @signatory, @author, @now)
			RETURNING id`, pgx.NamedArgs{"code": n.Code, "programme": programme, "region": n.Region, "name": n.Name, "kind": n.Kind,
			"pack": n.Pack, "vendor": n.Vendor, "unit": n.Window.Unit, "length": n.Window.Length, "allowance": n.Window.Allowance,
			"age": n.MinimumAge, "capacity": n.DailyCapacity, "batch": n.BatchSize, "helpline": n.Helpline, "hours": n.HelplineHours,
			"web": n.WebAddress, "freepost": n.Freepost, "sender": n.Sender, "signatory": n.Signatory, "author": by.ID, "now": now}).Scan(&id)
		if err != nil {
			return createCampaignFault(err, n)
		}
		if _, err := tx.Exec(ctx, `SELECT create_partitions(@id)`, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("make room for campaign: %w", err)
		}
		keys := []string{StopSignal, PauseCampaign(id), PauseRegistry(registry), FeedRegistrations, FeedNational, Watermark(Phone, ""), Watermark(Paper, ""), Watermark(Upload, "")}
		if err := r.MakeSignals(ctx, tx, now, keys); err != nil {
			return err
		}
		if err := r.SetSignal(ctx, tx, now, ApprovalOf(id), now, calendar.Date{}, "Not approved by two people yet.", 0, 0); err != nil {
			return err
		}
		if err := r.Audit(ctx, tx, now, Deed{By: by, Action: "create campaign", Object: "campaign", ID: n.Code, Campaign: id}); err != nil {
			return err
		}
		c, err = r.CampaignByID(ctx, tx, id)
		return err
	})
	return c, err
}

func createCampaignFault(err error, n NewCampaign) error {
	var pg *pgconn.PgError
	if ok := asPg(err, &pg); ok {
		switch pg.Code {
		case "23505":
			return fault.In("code", fault.Conflict, "A campaign with the code %s exists already.", n.Code)
		case "23503":
			return fault.In("region", fault.NotFound, "There is no region with this code. Import the organisations first.")
		}
	}
	return fmt.Errorf("create campaign: %w", err)
}

// Signature is one person's approval of a campaign or wave.
type Signature struct {
	Staff StaffID
	Name  string
	At    time.Time
}

// Signatures lists who approved an object so far, first to last.
func (r *Register) Signatures(ctx context.Context, object string, id int64) ([]Signature, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT a.staff_id, s.name, a.approved_at FROM approvals a JOIN staff s ON s.id = a.staff_id
		WHERE a.object_kind = @object AND a.object_id = @id ORDER BY a.id`, pgx.NamedArgs{"object": object, "id": id})
	if err != nil {
		return nil, fmt.Errorf("list signatures: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Signature])
}

// sign adds a signature under what was shown and tells how many stand under
// exactly that. Signing twice, or one's own work, is refused with a sentence.
func (r *Register) sign(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, object string, id int64, author StaffID, shown any) (int, error) {
	if by.ID == author {
		return 0, fault.New(fault.Refused, "You are its author. Two other people have to approve it.")
	}
	if by.Role != RoleNational && by.Role != RoleRegional {
		return 0, fault.New(fault.Forbidden, "Your role does not approve.")
	}
	signed, err := json.Marshal(shown)
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	var again bool
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM approvals WHERE object_kind = @object AND object_id = @id AND staff_id = @by AND signed = @signed::jsonb)`,
		pgx.NamedArgs{"object": object, "id": id, "by": by.ID, "signed": signed}).Scan(&again)
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	if again {
		return 0, fault.New(fault.Conflict, "You have approved this already. Somebody else has to be the second.")
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO approvals (object_kind, object_id, staff_id, author_id, signed, approved_at) VALUES (@object, @id, @by, @author, @signed, @now)
		ON CONFLICT (object_kind, object_id, staff_id) DO UPDATE SET signed = excluded.signed, approved_at = excluded.approved_at`,
		pgx.NamedArgs{"object": object, "id": id, "by": by.ID, "author": author, "signed": signed, "now": now})
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	var n int
	err = tx.QueryRow(ctx, `SELECT count(*) FROM approvals WHERE object_kind = @object AND object_id = @id AND signed = @signed::jsonb`,
		pgx.NamedArgs{"object": object, "id": id, "signed": signed}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	return n, r.Audit(ctx, tx, now, Deed{By: by, Action: "approve " + object, Object: object, ID: fmt.Sprint(id), Detail: map[string]any{"signatures": n}})
}

// ApproveCampaign signs a campaign. With the second signature of somebody
// other than its author it may write letters and make records.
func (r *Register) ApproveCampaign(ctx context.Context, by Viewer, code string) (signatures int, err error) {
	c, err := r.Campaign(ctx, by, code)
	if err != nil {
		return 0, err
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT id FROM campaigns WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": c.ID}); err != nil {
			return fmt.Errorf("approve campaign: %w", err)
		}
		if !c.ApprovedAt.IsZero() {
			return fault.New(fault.Conflict, "This campaign is approved already.")
		}
		signatures, err = r.sign(ctx, tx, now, by, "campaign", int64(c.ID), c.Author, c.Window)
		if err != nil || signatures < 2 {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE campaigns SET approved_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": c.ID}); err != nil {
			return fmt.Errorf("approve campaign: %w", err)
		}
		return r.SetSignal(ctx, tx, now, ApprovalOf(c.ID), time.Time{}, calendar.Date{}, "", by.ID, 0)
	})
	return signatures, err
}
