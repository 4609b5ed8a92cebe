package letters

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/exchange"
)

// SetVendorSealing says to which public key a vendor's files are sealed from
// now on; kind "" ends it. Copies that were sealed to another key stay.
func (m *Mailroom) SetVendorSealing(ctx context.Context, by campaigns.Viewer, id VendorID, kind, key string) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	var r recipient
	if kind != "" {
		var err error
		if r, err = readRecipient(kind, key, m.Clock()); err != nil {
			return err
		}
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendors SET seal_kind = @kind, seal_key = @key, seal_fingerprint = @print WHERE id = @id`,
			pgx.NamedArgs{"id": id, "kind": r.kind, "key": r.text, "print": r.fingerprint})
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, "set sealing", id, map[string]any{"kind": kind, "fingerprint": r.fingerprint})
	})
}

// inTheClear fails with fault.Refused where a vendor's files are sealed to its own
// key: nothing of a batch is then handed out in any other form.
func inTheClear(ctx context.Context, from querier, vendor VendorID) error {
	var kind string
	err := from.QueryRow(ctx, `SELECT seal_kind FROM vendors WHERE id = @id`, pgx.NamedArgs{"id": vendor}).Scan(&kind)
	if err := orAbsent(err, "vendor"); err != nil || kind == "" {
		return err
	}
	return fault.New(fault.Refused, "Your files are sealed to your own key, so they are not handed out in the clear. Fetch pdf.sealed of the batch and open it with %s.", sealedNames[kind])
}

var sealedNames = map[string]string{SealedOpenPGP: "gpg", SealedAge: "age"}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// InTheClear fails with fault.Refused where a vendor's files are sealed to its
// own key.
func (m *Mailroom) InTheClear(ctx context.Context, vendor VendorID) error {
	return inTheClear(ctx, m.Pool, vendor)
}

// SealedCopy is a batch's file sealed to its vendor's own key.
type SealedCopy struct {
	Batch       Batch
	Kind        string
	Fingerprint string
	Name        string // as vendors keep it: the PDF's name and .gpg or .age
	Bytes       int64
	SHA256      []byte
	MadeAt      time.Time

	key string // its name in the archive
}

// Note writes both forms of the file with their checksums, so that a vendor can
// check what it got before it opens it, and what it opened.
func (s SealedCopy) Note() ([]byte, error) {
	text, err := json.MarshalIndent(struct {
		Batch       string        `json:"batch"`
		SealedWith  string        `json:"sealed_with"`
		Fingerprint string        `json:"fingerprint"`
		Sealed      exchange.File `json:"sealed"`
		Clear       exchange.File `json:"clear"`
	}{s.Batch.Code, s.Kind, s.Fingerprint, exchange.File{Name: s.Name, Bytes: s.Bytes, SHA256: hex.EncodeToString(s.SHA256)},
		exchange.File{Name: s.Batch.FileName(), Bytes: s.Batch.PDFBytes, SHA256: hex.EncodeToString(s.Batch.PDFSHA256)}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write note on sealed file: %w", err)
	}
	return append(text, '\n'), nil
}

// SealedCopy finds a batch's file sealed to its vendor's key, and makes it when
// nobody has asked before: it is made once, so a broken pull goes on where it
// broke. A vendor without a key has none (fault.NotFound).
func (m *Mailroom) SealedCopy(ctx context.Context, vendor VendorID, code string) (SealedCopy, error) {
	p, err := m.profileOf(ctx, vendor)
	if err != nil {
		return SealedCopy{}, err
	}
	if p.SealKind == "" {
		return SealedCopy{}, fault.New(fault.NotFound, "No key was agreed to which your files are sealed.")
	}
	var b Batch
	err = m.inTx(ctx, func(tx pgx.Tx, _ time.Time) (err error) {
		if b, err = lockBatchOf(ctx, tx, vendor, code); err != nil {
			return err
		}
		return m.mayPull(ctx, tx, b)
	})
	if err != nil {
		return SealedCopy{}, err
	}
	s, err := m.keptCopy(ctx, b, p.Fingerprint)
	if !fault.Is(err, fault.NotFound) {
		return s, err
	}
	r, err := readRecipient(p.SealKind, p.SealKey, m.Clock())
	if err != nil {
		return SealedCopy{}, err
	}
	return m.makeCopy(ctx, b, r)
}

func (m *Mailroom) keptCopy(ctx context.Context, b Batch, fingerprint string) (SealedCopy, error) {
	s := SealedCopy{Batch: b, Fingerprint: fingerprint}
	var gone *time.Time
	err := m.Pool.QueryRow(ctx, `SELECT kind, name, bytes, sha256, made_at, forgotten_at FROM sealed_copies WHERE batch_id = @batch AND fingerprint = @print`,
		pgx.NamedArgs{"batch": b.ID, "print": fingerprint}).Scan(&s.Kind, &s.key, &s.Bytes, &s.SHA256, &s.MadeAt, &gone)
	if err := orAbsent(err, "sealed file"); err != nil {
		return s, err
	}
	if gone != nil {
		return s, fault.New(fault.Refused, "The key of batch %s was destroyed, as was due after its acceptance, and its sealed file with it.", b.Code)
	}
	s.Name = b.FileName() + recipient{kind: s.Kind}.suffix()
	return s, nil
}

func (m *Mailroom) makeCopy(ctx context.Context, b Batch, r recipient) (SealedCopy, error) {
	clear, err := m.openPDF(ctx, b, 0, -1)
	if err != nil {
		return SealedCopy{}, err
	}
	defer clear.Close()
	key := path.Join(path.Dir(b.pdfKey()), strings.TrimSuffix(b.FileName(), ".pdf")+"-"+random(6)+".pdf"+r.suffix())
	sum, err := m.Archive.Put(ctx, key, func(w io.Writer) error {
		sealed, err := r.seal(w, m.Clock)
		if err != nil {
			return err
		}
		if _, err := io.Copy(sealed, clear); err != nil {
			return fmt.Errorf("seal to the vendor's key: %w", err)
		}
		return sealed.Close()
	})
	if err != nil {
		return SealedCopy{}, fmt.Errorf("seal batch %s to its vendor's key: %w", b.Code, err)
	}
	tag, err := m.Pool.Exec(ctx, `
		INSERT INTO sealed_copies (batch_id, fingerprint, kind, name, bytes, sha256, made_at)
		VALUES (@batch, @print, @kind, @name, @bytes, @sha, @now) ON CONFLICT (batch_id, fingerprint) DO NOTHING`,
		pgx.NamedArgs{"batch": b.ID, "print": r.fingerprint, "kind": r.kind, "name": key, "bytes": sum.Bytes, "sha": sum.SHA256[:], "now": m.Clock()})
	if err != nil || tag.RowsAffected() == 0 { // or another request was first: its copy is the one
		if gone := m.Archive.Forget(context.WithoutCancel(ctx), key); gone != nil {
			m.Log.Warn("a sealed file that nobody is offered stays in the archive", "batch", b.ID, "error", gone.Error())
		}
	}
	if err != nil {
		return SealedCopy{}, fmt.Errorf("keep sealed file: %w", err)
	}
	return m.keptCopy(ctx, b, r.fingerprint)
}

// OpenSealedCopy opens a sealed file from an offset; length -1 reads to the
// end. Pulls are noted as those of PDF. The caller closes the reader.
func (m *Mailroom) OpenSealedCopy(ctx context.Context, vendor VendorID, s SealedCopy, offset, length int64) (io.ReadCloser, error) {
	if err := m.notePull(ctx, vendor, s.Batch.Code, offset, s.Kind); err != nil {
		return nil, err
	}
	return m.Archive.Read(ctx, s.key, offset, length)
}

// notePull notes the first pull with the batch, and each one that begins at 0
// in the audit.
func (m *Mailroom) notePull(ctx context.Context, vendor VendorID, code string, offset int64, as string) error {
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		if err := m.mayPull(ctx, tx, b); err != nil {
			return err
		}
		if b.PulledAt.IsZero() {
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
		return m.audit(ctx, tx, now, vendor, "pull", b, map[string]any{"as": as})
	})
}

// ForgetSealedCopies removes the sealed files of batches whose own key was
// destroyed: what can be read here by nobody is not kept for others either.
func (m *Mailroom) ForgetSealedCopies(ctx context.Context) error {
	rows, err := m.Pool.Query(ctx, `
		SELECT s.name FROM sealed_copies s JOIN batch_keys k ON k.batch_id = s.batch_id
		WHERE s.forgotten_at IS NULL AND k.destroyed_at IS NOT NULL ORDER BY s.name LIMIT 1000`)
	if err != nil {
		return fmt.Errorf("find old sealed files: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find old sealed files: %w", err)
	}
	var failed error
	for _, name := range names {
		if err := m.Archive.Forget(ctx, name); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if _, err := m.Pool.Exec(ctx, `UPDATE sealed_copies SET forgotten_at = @now WHERE name = @name`, pgx.NamedArgs{"now": m.Clock(), "name": name}); err != nil {
			return fmt.Errorf("forget sealed file: %w", err)
		}
	}
	return failed
}
