package letters

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// keyLife is how long the key of a batch's file is kept after the vendor's
// accept, where the installation says nothing else.
const keyLife = 30 * 24 * time.Hour

// printedAs is what all letters of a batch were drawn with.
type printedAs struct {
	Pack     paper.Pack     `json:"pack"`
	Geometry paper.Geometry `json:"geometry"`
}

// store writes the batch's file, encrypted as it is drawn, and beside it what
// was printed in each letter, without the codes. Nobody is offered either
// before the commit, and the key of the first is nowhere else.
func (m *Mailroom) store(ctx context.Context, d *drawing) (batchKey, error) {
	b := &d.batch
	tag := make([]byte, 8)
	rand.Read(tag)
	b.SealedAs = fmt.Sprintf("batches/%d/%s-%x.pdf.sealed", b.Campaign, b.Code, tag)
	key, err := newBatchKey(d.codes, b.SealedAs)
	if err != nil {
		return key, fmt.Errorf("seal batch %s: %w", b.Code, err)
	}
	sum, err := m.Archive.PutSealed(ctx, b.SealedAs, key.key, func(w io.Writer) error {
		_, err := d.file.Finish(w)
		return err
	})
	if err != nil {
		return key, fmt.Errorf("seal batch %s: %w", b.Code, err)
	}
	d.file = nil // it is on the disk; memory is for the next
	b.PDFBytes, b.PDFSHA256 = sum.Bytes, sum.SHA256[:]
	secret, err := secretFor(d.codes, key.pepper, "letters of "+b.SealedAs)
	if err != nil {
		return key, err
	}
	_, err = m.Archive.PutSealed(ctx, b.lettersKey(), secret, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		if err := lines.Encode(printedAs{d.pack, d.geometry}); err != nil {
			return err
		}
		for _, l := range d.letters {
			l.Code = ""
			if err := lines.Encode(l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return key, fmt.Errorf("seal batch %s: %w", b.Code, err)
	}
	return key, m.storeRows(ctx, d, key)
}

// drop takes files away that nobody will be offered; one that stays can be
// opened by nobody.
func (m *Mailroom) drop(ctx context.Context, b Batch) {
	if b.SealedAs == "" {
		return
	}
	ctx = context.WithoutCancel(ctx)
	for _, name := range []string{b.SealedAs, b.lettersKey(), b.rowsKey()} {
		if err := m.Archive.Forget(ctx, name); err != nil {
			m.Log.Warn("a file that was not sealed stays in the archive", "batch", b.ID, "error", err.Error())
		}
	}
}

func keepKey(ctx context.Context, tx pgx.Tx, now time.Time, id BatchID, k batchKey) error {
	_, err := tx.Exec(ctx, `INSERT INTO batch_keys (batch_id, pepper_id, wrapped, made_at) VALUES (@id, @pepper, @wrapped, @now)`,
		pgx.NamedArgs{"id": id, "pepper": k.pepper, "wrapped": k.wrapped, "now": now})
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}

// keyOf opens the key of a batch's file. After it was destroyed that is refused.
func (m *Mailroom) keyOf(ctx context.Context, b Batch) ([]byte, error) {
	var pepper int16
	var wrapped []byte
	var gone *time.Time
	err := m.Pool.QueryRow(ctx, `SELECT pepper_id, wrapped, destroyed_at FROM batch_keys WHERE batch_id = @id`, pgx.NamedArgs{"id": b.ID}).Scan(&pepper, &wrapped, &gone)
	if err := orAbsent(err, "key of this batch"); err != nil {
		return nil, err
	}
	if gone != nil {
		return nil, fault.New(fault.Refused, "The key of batch %s was destroyed on %s, as was due after its acceptance. Its file can no longer be opened.",
			b.Code, calendar.DateOf(*gone).Long())
	}
	return unwrap(m.Desk.Codes(), pepper, wrapped, b.SealedAs)
}

// openPDF opens a batch's file from an offset; length -1 reads to the end.
func (m *Mailroom) openPDF(ctx context.Context, b Batch, offset, length int64) (io.ReadCloser, error) {
	if b.SealedAs == "" {
		return m.Archive.Read(ctx, b.pdfKey(), offset, length)
	}
	key, err := m.keyOf(ctx, b)
	if err != nil {
		return nil, err
	}
	return m.Archive.ReadSealed(ctx, b.SealedAs, key, offset, length)
}

// DestroyKeys destroys the keys of the batches that their vendor accepted, or
// gave back, long enough ago, and with each the salt from which its codes
// follow: afterwards nobody can read or print a code again. Made-up people
// have nobody else to open their letters, so their salts stay.
func (m *Mailroom) DestroyKeys(ctx context.Context) (destroyed int, err error) {
	life := m.KeyLife
	if life == 0 {
		life = keyLife
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, `
			SELECT b.id FROM batch_keys k JOIN batches b ON b.id = k.batch_id
			WHERE k.wrapped IS NOT NULL AND coalesce(b.accepted_at, b.rejected_at) <= @before
			ORDER BY b.id LIMIT 1000 FOR NO KEY UPDATE OF b`, pgx.NamedArgs{"before": now.Add(-life)})
		if err != nil {
			return fmt.Errorf("find old keys: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[BatchID])
		if err != nil || len(ids) == 0 {
			return err
		}
		args := pgx.NamedArgs{"ids": ids, "now": now, "made_up": m.Register.Options.MadeUpPeople}
		if _, err := tx.Exec(ctx, `UPDATE batch_keys SET wrapped = NULL, destroyed_at = @now WHERE batch_id = ANY(@ids)`, args); err != nil {
			return fmt.Errorf("destroy keys: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE batches SET salt = '' WHERE id = ANY(@ids) AND NOT @made_up`, args); err != nil {
			return fmt.Errorf("destroy keys: %w", err)
		}
		destroyed = len(ids)
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Action: "destroy keys", Object: "batch", ID: "many", Detail: map[string]any{"batches": ids}})
	})
	return destroyed, err
}
