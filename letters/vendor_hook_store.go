package letters

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Hook finds where a vendor is told; a vendor who is not has none (fault.NotFound).
func (m *Mailroom) Hook(ctx context.Context, vendor VendorID) (h Hook, err error) {
	h.Vendor = vendor
	err = m.Pool.QueryRow(ctx, `SELECT url, version, two_secrets, since, coalesce(stopped_at, '0001-01-01Z') FROM vendor_hooks WHERE vendor_id = @id`,
		pgx.NamedArgs{"id": vendor}).Scan(&h.URL, &h.Version, &h.Both, &h.Since, &h.StoppedAt)
	return h, orAbsent(err, "webhook")
}

// SetHook says where a vendor is told from now on, and returns the secret to
// check it by; "" as address ends it.
func (m *Mailroom) SetHook(ctx context.Context, by campaigns.Viewer, vendor VendorID, address string) (secret string, err error) {
	if err := mayKeep(by); err != nil {
		return "", err
	}
	if address != "" {
		if address, err = hookURL(address, m.Register.Options.MadeUpPeople); err != nil {
			return "", err
		}
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"id": vendor, "url": address, "now": now}
		if address == "" {
			tag, err := tx.Exec(ctx, `UPDATE vendor_hooks SET stopped_at = @now WHERE vendor_id = @id AND stopped_at IS NULL`, args)
			return m.changed(ctx, tx, now, by, max(tag.RowsAffected(), 1), err, "stop webhook", vendor, nil)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO vendor_hooks AS h (vendor_id, url, since) SELECT v.id, @url, @now FROM vendors v WHERE v.id = @id
			ON CONFLICT (vendor_id) DO UPDATE SET url = @url, since = CASE WHEN h.stopped_at IS NULL THEN h.since ELSE @now END, stopped_at = NULL`, args)
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, "set webhook", vendor, nil)
	})
	if err != nil || address == "" {
		return "", err
	}
	return m.newestSecret(ctx, vendor)
}

func (m *Mailroom) newestSecret(ctx context.Context, vendor VendorID) (string, error) {
	h, err := m.Hook(ctx, vendor)
	if err != nil {
		return "", err
	}
	return hookSecret(m.Desk.Codes(), vendor, h.Version)
}

// RotateHook makes a new secret and returns it. Until EndOldSecret tellings are
// signed with the one before as well, so the vendor changes when it likes.
func (m *Mailroom) RotateHook(ctx context.Context, by campaigns.Viewer, vendor VendorID) (secret string, err error) {
	if err := m.turnHook(ctx, by, vendor, "rotate webhook secret", `version = version + 1, two_secrets = true`); err != nil {
		return "", err
	}
	return m.newestSecret(ctx, vendor)
}

// EndOldSecret signs with the newest secret only from now on.
func (m *Mailroom) EndOldSecret(ctx context.Context, by campaigns.Viewer, vendor VendorID) error {
	return m.turnHook(ctx, by, vendor, "end old webhook secret", `two_secrets = false`)
}

func (m *Mailroom) turnHook(ctx context.Context, by campaigns.Viewer, vendor VendorID, action, set string) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendor_hooks SET `+set+` WHERE vendor_id = @id`, pgx.NamedArgs{"id": vendor})
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, action, vendor, nil)
	})
}

// TestHook leaves a telling that says nothing but that it is one.
func (m *Mailroom) TestHook(ctx context.Context, by campaigns.Viewer, vendor VendorID) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	now := m.Clock()
	tag, err := m.Pool.Exec(ctx, `
		INSERT INTO hook_deliveries (vendor_id, event, subject, made_at, next_at)
		SELECT vendor_id, 'test', @subject, @now, @now FROM vendor_hooks WHERE vendor_id = @id AND stopped_at IS NULL ON CONFLICT DO NOTHING`,
		pgx.NamedArgs{"id": vendor, "subject": random(6), "now": now})
	if err != nil {
		return fmt.Errorf("test webhook: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Refused, "No address is told for this vendor.")
	}
	return nil
}

// Tellings lists the newest things that a vendor was told, or is to be.
func (m *Mailroom) Tellings(ctx context.Context, vendor VendorID, most int) ([]Telling, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, vendor_id, event, subject, made_at, coalesce(next_at, '0001-01-01Z'), attempts, coalesce(told_at, '0001-01-01Z'), said
		FROM hook_deliveries WHERE vendor_id = @id ORDER BY id DESC LIMIT @most`, pgx.NamedArgs{"id": vendor, "most": most})
	if err != nil {
		return nil, fmt.Errorf("list tellings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Telling])
}

const (
	tellAtOnce = 20
	tellAgain  = 5 * time.Minute // when a process died between claiming and telling
)

// TellVendors finds what vendors are to be told, and tells what is due. Each is
// told at least once; its number lets the vendor know a repetition.
func (m *Mailroom) TellVendors(ctx context.Context) (more bool, err error) {
	if err := m.findTellings(ctx); err != nil {
		return false, err
	}
	now := m.Clock()
	rows, err := m.Pool.Query(ctx, `
		UPDATE hook_deliveries d SET next_at = @again, attempts = attempts + 1
		WHERE d.id IN (
			SELECT x.id FROM hook_deliveries x JOIN vendor_hooks h ON h.vendor_id = x.vendor_id AND h.stopped_at IS NULL
			WHERE x.next_at <= @now ORDER BY x.next_at, x.id LIMIT @most FOR UPDATE OF x SKIP LOCKED)
		RETURNING d.id, d.vendor_id, d.event, d.subject, d.made_at, d.next_at, d.attempts, coalesce(d.told_at, '0001-01-01Z'), d.said`,
		pgx.NamedArgs{"now": now, "again": now.Add(tellAgain), "most": tellAtOnce})
	if err != nil {
		return false, fmt.Errorf("claim tellings: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Telling])
	if err != nil {
		return false, fmt.Errorf("claim tellings: %w", err)
	}
	var failed error
	for _, t := range list {
		failed = errors.Join(failed, m.tellOne(ctx, t))
	}
	return len(list) == tellAtOnce, failed
}

// findTellings writes down what happened and was not told yet: a batch that was
// released, and new recalls, all those of one moment together.
func (m *Mailroom) findTellings(ctx context.Context) error {
	_, err := m.Pool.Exec(ctx, `
		INSERT INTO hook_deliveries (vendor_id, event, subject, made_at, next_at)
		SELECT b.vendor_id, 'batch.released', b.code, b.sealed_at, @now::timestamptz FROM batches b JOIN vendor_hooks h ON h.vendor_id = b.vendor_id AND h.stopped_at IS NULL
		WHERE b.state = 'sealed' AND b.sealed_at >= h.since AND b.sealed_at > @old
		UNION ALL
		SELECT r.vendor_id, 'recalls.asked', max(r.id)::text, @now, @now FROM recalls r JOIN vendor_hooks h ON h.vendor_id = r.vendor_id AND h.stopped_at IS NULL
		WHERE r.answered_at IS NULL AND r.asked_at >= h.since GROUP BY r.vendor_id
		ON CONFLICT (vendor_id, event, subject) DO NOTHING`, pgx.NamedArgs{"now": m.Clock(), "old": m.Clock().Add(-toldWithin)})
	if err != nil {
		return fmt.Errorf("find what vendors are to be told: %w", err)
	}
	return nil
}

// untold warns of vendors who could not be told for three days.
func (m *Mailroom) untold(ctx context.Context) ([]Warning, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT v.code, v.name, count(*)::int FROM hook_deliveries d JOIN vendors v ON v.id = d.vendor_id JOIN vendor_hooks h ON h.vendor_id = v.id AND h.stopped_at IS NULL
		WHERE d.told_at IS NULL AND d.next_at IS NULL AND d.id > coalesce((SELECT max(t.id) FROM hook_deliveries t WHERE t.vendor_id = v.id AND t.told_at IS NOT NULL), 0)
		GROUP BY v.id ORDER BY v.code`)
	if err != nil {
		return nil, fmt.Errorf("count tellings given up: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Warning, error) {
		var code, name string
		var n int
		err := row.Scan(&code, &name, &n)
		return Warning{"vendor not told", "vendor:" + code, fmt.Sprintf("%s could not be told of what waits for it for three days (%d tellings). Does its address still answer?", name, n)}, err
	})
}

func (m *Mailroom) tellOne(ctx context.Context, t Telling) error {
	h, err := m.Hook(ctx, t.Vendor)
	if err != nil {
		return err
	}
	versions := []int{h.Version}
	if h.Both && h.Version > 1 {
		versions = append(versions, h.Version-1)
	}
	var secrets []string
	for _, v := range versions {
		s, err := hookSecret(m.Desk.Codes(), t.Vendor, v)
		if err != nil {
			return err
		}
		secrets = append(secrets, s)
	}
	now := m.Clock()
	said, told := tell(ctx, hookClient(m.Register.Options.MadeUpPeople), h, t, secrets, now)
	args := pgx.NamedArgs{"id": t.ID, "said": said, "told": nil, "next": nil}
	if told {
		args["told"] = now
	} else if next := t.next(now); !next.IsZero() {
		args["next"] = next
	}
	_, err = m.Pool.Exec(ctx, `UPDATE hook_deliveries SET said = @said, told_at = @told, next_at = @next WHERE id = @id`, args)
	if err != nil {
		return fmt.Errorf("keep what came of a telling: %w", err)
	}
	return nil
}
