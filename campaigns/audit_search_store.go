package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// auditPage is how many lines of the audit a page shows.
const auditPage = 100

// AuditQuery narrows the audit; what is empty narrows nothing.
type AuditQuery struct {
	From, To calendar.Date // both days included
	Who      StaffID
	Action   string
	Object   string // kind of thing
	ID       string // of the thing
	Before   int64  // lines with a lower number only: the next page
}

// AuditLine is something somebody did, as it was written down.
type AuditLine struct {
	ID       int64
	At       time.Time
	Who      string // a name, or patient, vendor, system
	Action   string
	Object   string
	ObjectID string
	Campaign string // its code, or ""
	Outcome  string
	Detail   json.RawMessage
	Seal     int64 // the seal that covers it; 0 while none does
}

// SearchAudit lists what was done, newest first, a page at a time. Auditors
// and national managers only: the audit names what happened in every region.
func (r *Register) SearchAudit(ctx context.Context, by Viewer, q AuditQuery) (lines []AuditLine, more bool, err error) {
	if by.Role != RoleNational && by.Role != RoleAuditor {
		return nil, false, fault.New(fault.Forbidden, "Only auditors and national managers read the audit.")
	}
	args := pgx.NamedArgs{"from": nil, "to": nil, "who": q.Who, "action": q.Action, "object": q.Object, "id": q.ID, "before": q.Before, "n": auditPage + 1}
	if !q.From.IsZero() {
		args["from"] = q.From.Start()
	}
	if !q.To.IsZero() {
		args["to"] = q.To.AddDays(1).Start()
	}
	rows, err := r.Pool.Query(ctx, `
		SELECT a.id, a.at, coalesce(s.name, v.name, a.actor_kind), a.action, a.object_kind, a.object_id, coalesce(c.code, ''), a.outcome, a.detail,
			coalesce((SELECT z.number FROM audit_seals z WHERE z.last_id >= a.id ORDER BY z.last_id LIMIT 1), 0)
		FROM audit a
		LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor_id
		LEFT JOIN vendors v ON a.actor_kind = 'vendor' AND v.id = a.actor_id
		LEFT JOIN campaigns c ON c.id = a.campaign_id
		WHERE (@from::timestamptz IS NULL OR a.at >= @from) AND (@to::timestamptz IS NULL OR a.at < @to)
			AND (@who::bigint = 0 OR a.actor_kind = 'staff' AND a.actor_id = @who)
			AND (@action = '' OR a.action = @action) AND (@object = '' OR a.object_kind = @object) AND (@id = '' OR a.object_id = @id)
			AND (@before::bigint = 0 OR a.id < @before)
		ORDER BY a.id DESC LIMIT @n`, args)
	if err != nil {
		return nil, false, fmt.Errorf("search audit: %w", err)
	}
	if lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AuditLine]); err != nil {
		return nil, false, fmt.Errorf("search audit: %w", err)
	}
	if more = len(lines) > auditPage; more {
		lines = lines[:auditPage]
	}
	return lines, more, nil
}

// AuditWords are the actions and the kinds of things the audit knows, for choosing.
func (r *Register) AuditWords(ctx context.Context) (actions, objects []string, err error) {
	rows, err := r.Pool.Query(ctx, `SELECT DISTINCT action, object_kind FROM audit ORDER BY action, object_kind`)
	if err != nil {
		return nil, nil, fmt.Errorf("read audit: %w", err)
	}
	seen := map[string]bool{}
	var action, object string
	_, err = pgx.ForEachRow(rows, []any{&action, &object}, func() error {
		if !seen["a"+action] {
			actions = append(actions, action)
		}
		if !seen["o"+object] {
			objects = append(objects, object)
		}
		seen["a"+action], seen["o"+object] = true, true
		return nil
	})
	return actions, objects, err
}

// NewestSeal is the last seal of the audit; its number is 0 before the first.
func (r *Register) NewestSeal(ctx context.Context) (s AuditSeal, err error) {
	err = r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		s, err = lastSeal(ctx, tx)
		return err
	})
	return s, err
}
