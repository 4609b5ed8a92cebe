package letters

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/exchange"
)

const batchSelect = `
	SELECT b.id, b.code, b.campaign_id, c.code, c.region_code, coalesce(b.wave_id, 0), coalesce(w.number, 0), b.vendor_id, v.code,
		k.code || '-' || k.version, k.language, k.format, b.postage, b.state, b.planned_post_on, b.due_at, b.composed, b.withheld, b.pieces,
		b.pages, b.sheets, b.pdf_bytes, b.pdf_sha256, b.manifest_sha256, b.created_at, coalesce(b.sealed_at, '0001-01-01Z'),
		coalesce(b.lease_until, '0001-01-01Z'), coalesce(b.pulled_at, '0001-01-01Z'), coalesce(b.accepted_at, '0001-01-01Z'),
		coalesce(b.rejected_at, '0001-01-01Z'), b.reject_reason, coalesce(b.posted_at, '0001-01-01Z'), b.sealed_as
	FROM batches b JOIN campaigns c ON c.id = b.campaign_id JOIN vendors v ON v.id = b.vendor_id JOIN packs k ON k.id = b.pack_id
	LEFT JOIN waves w ON w.id = b.wave_id `

// ofVendor finds a batch that a vendor may see; another's is as absent as none.
const ofVendor = `WHERE b.vendor_id = @vendor AND b.code = @code AND b.state IN ('sealed', 'accepted', 'rejected', 'posted') `

func oneBatch(rows pgx.Rows, err error) (Batch, error) {
	if err != nil {
		return Batch{}, fmt.Errorf("read batch: %w", err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Batch])
	return b, orAbsent(err, "batch")
}

// lockBatch reads a batch and locks it until the transaction ends.
func lockBatch(ctx context.Context, tx pgx.Tx, id BatchID) (Batch, error) {
	rows, err := tx.Query(ctx, batchSelect+`WHERE b.id = @id FOR NO KEY UPDATE OF b`, pgx.NamedArgs{"id": id})
	return oneBatch(rows, err)
}

func lockBatchOf(ctx context.Context, tx pgx.Tx, vendor VendorID, code string) (Batch, error) {
	rows, err := tx.Query(ctx, batchSelect+ofVendor+`FOR NO KEY UPDATE OF b`, pgx.NamedArgs{"vendor": vendor, "code": code})
	return oneBatch(rows, err)
}

// Batches lists the sealed batches of a vendor, oldest first.
func (m *Mailroom) Batches(ctx context.Context, vendor VendorID, f BatchFilter) ([]Batch, error) {
	switch f.State {
	case "", Sealed, Accepted, RejectedWhole, PostedWhole:
	default:
		return nil, fault.In("state", fault.Invalid, "A batch is sealed, accepted, rejected or posted.")
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	rows, err := m.Pool.Query(ctx, batchSelect+`
		WHERE b.vendor_id = @vendor AND b.id > @after AND b.state IN ('sealed', 'accepted', 'rejected', 'posted') AND (@state = '' OR b.state = @state)
		ORDER BY b.id LIMIT @n`, pgx.NamedArgs{"vendor": vendor, "after": f.After, "state": f.State, "n": min(f.Limit, 500)})
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Batch])
}

// Batch finds a sealed batch of a vendor by its code. Another vendor's is as absent as none.
func (m *Mailroom) Batch(ctx context.Context, vendor VendorID, code string) (Batch, error) {
	rows, err := m.Pool.Query(ctx, batchSelect+ofVendor, pgx.NamedArgs{"vendor": vendor, "code": code})
	return oneBatch(rows, err)
}

// BatchesOf lists the batches of a campaign, newest first.
func (m *Mailroom) BatchesOf(ctx context.Context, campaign campaigns.CampaignID) ([]Batch, error) {
	rows, err := m.Pool.Query(ctx, batchSelect+`WHERE b.campaign_id = @campaign ORDER BY b.id DESC`, pgx.NamedArgs{"campaign": campaign})
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Batch])
}

// BatchForStaff finds a batch by its code. One of another region is as absent as none.
func (m *Mailroom) BatchForStaff(ctx context.Context, by campaigns.Viewer, code string) (Batch, error) {
	rows, err := m.Pool.Query(ctx, batchSelect+`WHERE b.code = @code AND (@region = '' OR c.region_code = @region)`,
		pgx.NamedArgs{"code": code, "region": by.Region})
	return oneBatch(rows, err)
}

// WithheldOf counts the letters of a batch that were not drawn, by reason.
func (m *Mailroom) WithheldOf(ctx context.Context, id BatchID) ([]WithheldCount, error) {
	rows, err := m.Pool.Query(ctx, `SELECT reason, count(*)::int FROM withheld_letters WHERE batch_id = @id GROUP BY reason ORDER BY 2 DESC, 1`,
		pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("count withheld letters: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[WithheldCount])
}

// frozen fails with fault.Unavailable while the stop, a pause of the campaign
// or wave, or a missing approval forbids writing and releasing letters. The
// signals stay as they are until the transaction ends.
func (m *Mailroom) frozen(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, wave campaigns.WaveID) error {
	keys := []string{campaigns.StopSignal, campaigns.PauseCampaign(campaign), campaigns.ApprovalOf(campaign)}
	if wave != 0 {
		keys = append(keys, campaigns.PauseWave(wave))
	}
	signals, err := m.Register.LockSignals(ctx, tx, keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if s, ok := signals[k]; !ok || s.Red() {
			return fault.New(fault.Unavailable, "Letters are held back for now: everything, this campaign or this wave is paused. Ask again later.")
		}
	}
	return nil
}

// Lease reserves a batch for one of the vendor's workers for five minutes; the
// same worker makes it longer by asking again, another one is refused with
// fault.Conflict until it lapses. A lease keeps workers out of each other's
// way and nothing else: a pull that outlives it goes on.
func (m *Mailroom) Lease(ctx context.Context, vendor VendorID, code, worker string) (until time.Time, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		if err := m.mayPull(ctx, tx, b); err != nil {
			return err
		}
		var holder string
		if err := tx.QueryRow(ctx, `SELECT leased_to FROM batches WHERE id = @id`, pgx.NamedArgs{"id": b.ID}).Scan(&holder); err != nil {
			return fmt.Errorf("read lease: %w", err)
		}
		if holder != worker && b.LeaseUntil.After(now) {
			return fault.New(fault.Conflict, "Another of your workers has this batch until %s. Take the next one, or ask again then.",
				b.LeaseUntil.UTC().Format("15:04:05 UTC"))
		}
		until = now.Add(leaseTime)
		_, err = tx.Exec(ctx, `UPDATE batches SET lease_until = @until, leased_to = @worker WHERE id = @id`,
			pgx.NamedArgs{"until": until, "worker": worker, "id": b.ID})
		if err != nil {
			return fmt.Errorf("lease batch: %w", err)
		}
		return nil
	})
	return until, err
}

const leaseTime = 5 * time.Minute

func (m *Mailroom) mayPull(ctx context.Context, tx pgx.Tx, b Batch) error {
	if b.State == RejectedWhole {
		return fault.New(fault.Refused, "You have given this batch back. Its people are in another one.")
	}
	if !b.PulledAt.IsZero() {
		return nil // what is out is out; pieces are asked back one by one
	}
	return m.frozen(ctx, tx, b.Campaign, b.Wave)
}

// PDF opens a batch's file from an offset; length -1 reads to the end. The
// first pull is noted with the batch, each one that begins at 0 in the audit.
// A vendor with a key of its own gets SealedCopy instead (fault.Refused). The
// caller closes the reader.
func (m *Mailroom) PDF(ctx context.Context, vendor VendorID, code string, offset, length int64) (io.ReadCloser, Batch, error) {
	var b Batch
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		if b, err = lockBatchOf(ctx, tx, vendor, code); err != nil {
			return err
		}
		if err := m.mayPull(ctx, tx, b); err != nil {
			return err
		}
		if err := inTheClear(ctx, tx, vendor); err != nil {
			return err
		}
		if offset < 0 || offset > 0 && offset >= b.PDFBytes {
			return fault.New(fault.Invalid, "The file has %d bytes; there is nothing to read from %d.", b.PDFBytes, offset)
		}
		if b.PulledAt.IsZero() {
			b.PulledAt = now
			if _, err := tx.Exec(ctx, `UPDATE batches SET pulled_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": b.ID}); err != nil {
				return fmt.Errorf("note pull: %w", err)
			}
			if err := note(ctx, tx, now, batchReport{vendor: vendor, batch: b.ID, kind: "pulled"}); err != nil {
				return err
			}
		}
		if offset > 0 {
			return nil
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "pull", Object: "batch", ID: b.Code, Campaign: b.Campaign})
	})
	if err != nil {
		return nil, b, err
	}
	r, err := m.openPDF(ctx, b, offset, length)
	return r, b, err
}

// Manifest reads what a batch holds.
func (m *Mailroom) Manifest(ctx context.Context, vendor VendorID, code string) (exchange.Manifest, error) {
	body, err := m.ManifestFile(ctx, vendor, code, "json")
	if err != nil {
		return exchange.Manifest{}, err
	}
	return exchange.ReadJSON(body)
}

// ManifestFile returns the manifest exactly as it was sealed; kind is json or csv.
func (m *Mailroom) ManifestFile(ctx context.Context, vendor VendorID, code, kind string) ([]byte, error) {
	if kind != "json" && kind != "csv" {
		return nil, fault.New(fault.NotFound, "A manifest is there as json and as csv.")
	}
	var b Batch
	err := m.inTx(ctx, func(tx pgx.Tx, _ time.Time) (err error) {
		if b, err = lockBatchOf(ctx, tx, vendor, code); err != nil {
			return err
		}
		return m.mayPull(ctx, tx, b)
	})
	if err != nil {
		return nil, err
	}
	r, err := m.Archive.Read(ctx, b.manifestKey(kind), 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return body, nil
}
