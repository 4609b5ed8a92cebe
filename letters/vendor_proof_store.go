package letters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// printedByVendor are the sources of packs that a vendor prints or is to print:
// those of its batches, and of its campaigns' packs the newest approved version.
const printedByVendor = `
	k.state IN ('approved', 'frozen') AND (EXISTS (SELECT FROM batches b WHERE b.pack_id = k.id AND b.vendor_id = v.id)
		OR EXISTS (SELECT FROM campaigns c WHERE c.vendor_code = v.code AND lower(c.pack_code) = lower(k.code))
			AND k.version = (SELECT max(n.version) FROM packs n WHERE n.code = k.code AND n.state IN ('approved', 'frozen'))) `

// Proofs lists the wordings that a vendor is to print, newest version first,
// with what it said last of each.
func (m *Mailroom) Proofs(ctx context.Context, vendor VendorID) ([]VendorProof, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT k.id, k.code, k.version, k.language, k.format, coalesce(s.passed, false), coalesce(s.reason, ''), coalesce(s.recorded_at, '0001-01-01Z')
		FROM vendors v CROSS JOIN packs k LEFT JOIN LATERAL (
			SELECT passed, reason, recorded_at FROM proof_verdicts p WHERE p.vendor_id = v.id AND p.pack_id = k.id ORDER BY p.id DESC LIMIT 1) s ON true
		WHERE v.id = @vendor AND `+printedByVendor+`ORDER BY k.code, k.version DESC, k.id`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("list proofs: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VendorProof])
}

// VendorProof draws the letters of a wording to made-up people for the vendor's
// own envelope.
func (m *Mailroom) VendorProof(ctx context.Context, vendor VendorID, id int64) ([]byte, error) {
	var language, format, code, geometry string
	var version int
	err := m.Pool.QueryRow(ctx, `
		SELECT k.language, k.format, k.code, k.version, v.geometry FROM vendors v CROSS JOIN packs k
		WHERE v.id = @vendor AND k.id = @id AND `+printedByVendor, pgx.NamedArgs{"vendor": vendor, "id": id}).
		Scan(&language, &format, &code, &version, &geometry)
	if err := orAbsent(err, "proof"); err != nil {
		return nil, err
	}
	v, err := m.Pack(ctx, code, version)
	if err != nil {
		return nil, err
	}
	s, err := v.Source(language, format)
	if err != nil {
		return nil, err
	}
	return s.Proof(geometry, calendar.DateOf(m.Clock()), ProofOf{Person: -1})
}

// JudgeProof keeps what a vendor says of a proof; one that does not pass needs
// a reason and raises an alarm.
func (m *Mailroom) JudgeProof(ctx context.Context, vendor VendorID, id int64, passed bool, reason string) error {
	if !passed && strings.TrimSpace(reason) == "" {
		return fault.In("reason", fault.Invalid, "Say what is wrong with the proof.")
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var name, who string
		err := tx.QueryRow(ctx, `
			SELECT k.code || ' ' || k.version || ' (' || k.language || ', ' || k.format || ')', v.code FROM vendors v CROSS JOIN packs k
			WHERE v.id = @vendor AND k.id = @id AND `+printedByVendor, pgx.NamedArgs{"vendor": vendor, "id": id}).Scan(&name, &who)
		if err := orAbsent(err, "proof"); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO proof_verdicts (vendor_id, pack_id, passed, reason, recorded_at) VALUES (@vendor, @id, @passed, @reason, @now)`,
			pgx.NamedArgs{"vendor": vendor, "id": id, "passed": passed, "reason": short(reason), "now": now})
		if err != nil {
			return fmt.Errorf("keep verdict on proof: %w", err)
		}
		if !passed {
			err := m.Register.Raise(ctx, tx, now, "proof", fmt.Sprintf("vendor:%s:pack:%d", who, id), "The print vendor "+who+" says that the proof of "+name+" does not print right.")
			if err != nil {
				return err
			}
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "judge proof", Object: "pack", ID: fmt.Sprint(id),
			Detail: map[string]any{"passed": passed}})
	})
}
