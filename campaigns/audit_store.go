package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Deed is something somebody did or looked at. Detail holds ids, counts and
// reasons; never a name, an address or an NHS number.
type Deed struct {
	By       Viewer
	Vendor   int64  // set instead of By when a print vendor acted
	Kind     string // staff, vendor, patient or system; worked out when empty
	Action   string
	Object   string
	ID       string
	Campaign CampaignID
	Request  string
	Detail   map[string]any
}

// Audit writes a deed in the transaction of the deed itself: if it cannot be
// written, the deed is not done.
func (r *Register) Audit(ctx context.Context, tx pgx.Tx, now time.Time, d Deed) error {
	actor := int64(d.By.ID)
	if d.Kind == "" {
		switch {
		case d.Vendor != 0:
			d.Kind, actor = "vendor", d.Vendor
		case d.By.ID != 0:
			d.Kind = "staff"
		default:
			d.Kind = "system"
		}
	}
	detail := []byte("{}")
	if d.Detail != nil {
		var err error
		if detail, err = json.Marshal(d.Detail); err != nil {
			return fmt.Errorf("audit %s: %w", d.Action, err)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO audit (at, actor_kind, actor_id, action, object_kind, object_id, campaign_id, outcome, request_id, detail)
		VALUES (@at, @kind, nullif(@actor::bigint, 0), @action, @object, @id, nullif(@campaign::int, 0), 'done', @request, @detail)`,
		pgx.NamedArgs{"at": now, "kind": d.Kind, "actor": actor, "action": d.Action, "object": d.Object, "id": d.ID,
			"campaign": d.Campaign, "request": d.Request, "detail": detail})
	if err != nil {
		return fmt.Errorf("audit %s: %w", d.Action, err)
	}
	return nil
}

// Look is one line of who looked at something.
type Look struct {
	At     time.Time
	Who    string
	Action string
	Detail json.RawMessage
}

// Looks lists what was done with an object, newest first, at most n lines.
func (r *Register) Looks(ctx context.Context, object, id string, n int) ([]Look, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT a.at, coalesce(s.name, a.actor_kind), a.action, a.detail FROM audit a
		LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor_id
		WHERE a.object_kind = @object AND a.object_id = @id ORDER BY a.id DESC LIMIT @n`,
		pgx.NamedArgs{"object": object, "id": id, "n": n})
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Look])
}

// LookedAt notes that somebody looked at an object.
func (r *Register) LookedAt(ctx context.Context, by Viewer, object, id, why string) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "looked", Object: object, ID: id, Detail: map[string]any{"why": why}})
	})
}
