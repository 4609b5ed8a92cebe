package letters

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/archive"
	"duenotice/letters/exchange"
	"duenotice/letters/paper"
)

// specialist tells whether somebody else makes the letters of a format, and
// only a cover letter is printed.
func specialist(format string) bool { return format == paper.Braille || format == paper.Audio }

// wordedInFull reads the wording that a cover letter goes with.
func wordedInFull(ctx context.Context, tx pgx.Tx, cover paper.Pack) (p paper.Pack, err error) {
	err = tx.QueryRow(ctx, `SELECT body FROM packs WHERE code = @code AND version = @version AND language = @language AND format = @format`,
		pgx.NamedArgs{"code": cover.Code, "version": cover.Version, "language": standardLanguage, "format": standardFormat}).Scan(&p)
	p.Code, p.Version = cover.Code, cover.Version
	return p, orAbsent(err, "wording of this pack")
}

// rowsKeyOf derives the key of a batch's data from that of its file: a key is
// for one file only.
func rowsKeyOf(batch []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, batch, nil, "duenotice rows of a specialist", archive.KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key of rows: %w", err)
	}
	return key, nil
}

// storeRows writes what a specialist makes each letter from, under the key of
// the batch, for it holds the codes.
func (m *Mailroom) storeRows(ctx context.Context, d *drawing, key batchKey) error {
	if !specialist(d.pack.Format) {
		return nil
	}
	secret, err := rowsKeyOf(key.key)
	if err != nil {
		return err
	}
	sum, err := m.Archive.PutSealed(ctx, d.batch.rowsKey(), secret, func(w io.Writer) error {
		lines := csv.NewWriter(w)
		lines.UseCRLF = true
		if err := lines.Write(paper.SpecialistHeader()); err != nil {
			return err
		}
		for _, l := range d.letters {
			row, err := paper.SpecialistRow(d.worded, d.geometry, l, d.pack.Format, "")
			if err != nil {
				return err
			}
			if err := lines.Write(row); err != nil {
				return err
			}
		}
		lines.Flush()
		return lines.Error()
	})
	if err != nil {
		return fmt.Errorf("seal batch %s: %w", d.batch.Code, err)
	}
	d.rows = &exchange.File{Name: strings.TrimSuffix(path.Base(d.batch.rowsKey()), ".sealed"), Bytes: sum.Bytes, SHA256: hex.EncodeToString(sum.SHA256[:])}
	return nil
}

// SpecialistRows opens the data from which the vendor of a batch of Braille or
// audio makes its letters: CSV, one line a letter in the order of the
// manifest. Other batches have none. The caller closes the reader.
func (m *Mailroom) SpecialistRows(ctx context.Context, vendor VendorID, code string) (io.ReadCloser, error) {
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
		if b.SealedAs == "" || !specialist(b.Format) {
			return fault.New(fault.NotFound, "The letters of this batch are printed; there is nothing to make from data.")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "pull rows", Object: "batch", ID: b.Code, Campaign: b.Campaign})
	})
	if err != nil {
		return nil, err
	}
	key, err := m.keyOf(ctx, b)
	if err == nil {
		key, err = rowsKeyOf(key)
	}
	if err != nil {
		return nil, err
	}
	return m.Archive.ReadSealed(ctx, b.rowsKey(), key, 0, -1)
}
