package letters

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Certificate is one that a vendor's programs show, pinned by its SHA-256: who
// signed it does not matter (RFC 8705, 2.2 and 3.1).
type Certificate struct {
	ID        int64
	SHA256    []byte
	Subject   string
	EndsAt    time.Time
	AddedAt   time.Time
	UsedAt    time.Time // zero: never; otherwise to the minute
	RevokedAt time.Time
}

// Live tells whether the certificate counts.
func (c Certificate) Live() bool { return c.RevokedAt.IsZero() }

// liveCertificates is how many of a vendor count at a time.
const liveCertificates = 10

func readCertificate(text string, now time.Time) (*x509.Certificate, error) {
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, fault.In("certificate", fault.Invalid, "This holds a secret key. Nothing of it was kept; it must be replaced. Give the certificate alone.")
	}
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fault.In("certificate", fault.Invalid, "Give one certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE.")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	switch {
	case err != nil:
		return nil, fault.In("certificate", fault.Invalid, "This certificate cannot be read.")
	case now.After(c.NotAfter):
		return nil, fault.In("certificate", fault.Invalid, "This certificate has ended on %s.", c.NotAfter.UTC().Format("2 January 2006"))
	}
	return c, nil
}

// AddCertificate pins a certificate of a vendor. From the first one on, its
// programs are let in only with a key and with a pinned certificate.
func (m *Mailroom) AddCertificate(ctx context.Context, by campaigns.Viewer, id VendorID, text string) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	c, err := readCertificate(text, m.Clock())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(c.Raw)
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"id": id, "sha": sum[:], "subject": short(strings.ToValidUTF8(c.Subject.String(), "?")), "ends": c.NotAfter, "now": now}
		var live int
		if err := tx.QueryRow(ctx, `SELECT count(*)::int FROM vendor_certificates WHERE vendor_id = @id AND revoked_at IS NULL AND sha256 <> @sha`, args).Scan(&live); err != nil {
			return fmt.Errorf("count certificates: %w", err)
		}
		if live >= liveCertificates {
			return fault.In("certificate", fault.Refused, "There are %d certificates. End one first.", live)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO vendor_certificates (vendor_id, sha256, subject, ends_at, added_at) SELECT v.id, @sha, @subject, @ends, @now FROM vendors v WHERE v.id = @id
			ON CONFLICT (vendor_id, sha256) DO UPDATE SET revoked_at = NULL, added_at = @now`, args)
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, "pin certificate", id, map[string]any{"sha256": fmt.Sprintf("%x", sum)})
	})
}

// RevokeCertificate ends one at once. With the last one the vendor's programs
// need none any more.
func (m *Mailroom) RevokeCertificate(ctx context.Context, by campaigns.Viewer, id VendorID, certificate int64) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendor_certificates SET revoked_at = coalesce(revoked_at, @now) WHERE id = @certificate AND vendor_id = @id`,
			pgx.NamedArgs{"now": now, "certificate": certificate, "id": id})
		if err != nil {
			return fmt.Errorf("revoke certificate: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "certificate")
		}
		return m.vendorDeed(ctx, tx, now, by, "end certificate", id, map[string]any{"certificate": certificate})
	})
}

// Certificates lists those of a vendor, newest first.
func (m *Mailroom) Certificates(ctx context.Context, id VendorID) ([]Certificate, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, sha256, subject, ends_at, added_at, coalesce(used_at, '0001-01-01Z'), coalesce(revoked_at, '0001-01-01Z')
		FROM vendor_certificates WHERE vendor_id = @id ORDER BY id DESC`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Certificate])
}

// Certified lets a vendor with pinned certificates through only with one of
// them that has begun and not ended; der is what its program showed, nil for
// none. What is wrong looks like a wrong key, and is charged like one.
func (m *Mailroom) Certified(ctx context.Context, id VendorID, der []byte, from netip.Addr) error {
	list, err := m.Certificates(ctx, id)
	if err != nil {
		return err
	}
	now, needed := m.Clock(), false
	sum := sha256.Sum256(der)
	for _, c := range list {
		needed = needed || c.Live()
		if !c.Live() || der == nil || !bytes.Equal(c.SHA256, sum[:]) {
			continue
		}
		shown, err := x509.ParseCertificate(der)
		if err != nil || now.Before(shown.NotBefore) || now.After(shown.NotAfter) {
			break
		}
		if stale(c.UsedAt, now) {
			if _, err := m.Pool.Exec(ctx, `UPDATE vendor_certificates SET used_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": c.ID}); err != nil {
				return fmt.Errorf("note use of certificate: %w", err)
			}
		}
		return nil
	}
	if !needed {
		return nil
	}
	return m.charge(ctx, now, from, unknownVendor())
}
