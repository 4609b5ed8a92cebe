package letters

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/scan"
)

// ReceiveScans keeps a file of scanned forms as it came, sealed, and leaves it
// to be read. The forms came by post on a day; that day counts, not today.
// The same file again is a conflict that names the first.
func (m *Mailroom) ReceiveScans(ctx context.Context, by campaigns.Viewer, campaign, fileName string, receivedOn calendar.Date, file io.Reader) (ScanID, error) {
	if !by.Role.KeysAnswers() {
		return 0, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	c, err := m.Register.Campaign(ctx, by, campaign)
	if err != nil {
		return 0, err
	}
	switch today := m.Clock.Today(); {
	case receivedOn.IsZero():
		return 0, fault.In("received", fault.Invalid, "Say on which day the forms came.")
	case receivedOn.After(today):
		return 0, fault.In("received", fault.Invalid, "Forms cannot have come after today.")
	}
	name := "scans/" + rand.Text()
	key, err := newBatchKey(m.Desk.CodeMaker, name)
	if err != nil {
		return 0, err
	}
	sum, err := m.Archive.PutSealed(ctx, name, key.key, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(file, scan.MaxBytes+1))
		if err == nil && n > scan.MaxBytes {
			return fault.In("file", fault.Invalid, "The file is larger than %d MB. Send it in parts.", scan.MaxBytes>>20)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	var id ScanID
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO scans (campaign_id, region_code, file_name, sha256, bytes, stored_as, file_key, pepper_id, received_on, staff_id, recorded_at, state)
			VALUES (@campaign, @region, @name, @sha, @bytes, @stored, @key, @pepper, @on, @by, @now, 'waiting')
			ON CONFLICT (sha256) WHERE state <> 'refused' DO NOTHING RETURNING id`,
			pgx.NamedArgs{"campaign": c.ID, "region": c.Region, "name": fileName, "sha": sum.SHA256[:], "bytes": sum.Bytes, "stored": name,
				"key": key.wrapped, "pepper": key.pepper, "on": receivedOn, "by": by.ID, "now": now}).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return m.scannedBefore(ctx, tx, sum.SHA256[:])
		}
		if err != nil {
			return fmt.Errorf("receive scans: %w", err)
		}
		if err := m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "receive scans", Object: "scan", ID: fmt.Sprint(id), Campaign: c.ID}); err != nil {
			return err
		}
		return m.Queue.ReadScans(ctx, tx, id)
	})
	if err != nil {
		return 0, errors.Join(err, m.Archive.Forget(context.WithoutCancel(ctx), name))
	}
	return id, nil
}

func (m *Mailroom) scannedBefore(ctx context.Context, tx pgx.Tx, sum []byte) error {
	var first ScanID
	var at time.Time
	if err := tx.QueryRow(ctx, `SELECT id, recorded_at FROM scans WHERE sha256 = @sum AND state <> 'refused'`, pgx.NamedArgs{"sum": sum}).Scan(&first, &at); err != nil {
		return fmt.Errorf("find the scans received before: %w", err)
	}
	return fault.In("file", fault.Conflict, "This very file was received before, as scan %d on %s; it is not taken twice.", first, calendar.DateOf(at).Plain())
}

const scanSelect = `
	SELECT s.id, s.campaign_id, k.code, s.file_name, s.bytes, s.sha256, s.received_on, t.name, s.recorded_at, s.state, s.why, s.pages,
		n.keyed, n.held, n.again, n.blank
	FROM scans s JOIN campaigns k ON k.id = s.campaign_id JOIN staff t ON t.id = s.staff_id
	CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE p.state = 'keyed')::int AS keyed, count(*) FILTER (WHERE p.state = 'held')::int AS held,
		count(*) FILTER (WHERE p.state = 'again')::int AS again, count(*) FILTER (WHERE p.state = 'blank')::int AS blank FROM scan_pages p WHERE p.scan_id = s.id) n `

func readScan(row pgx.CollectableRow) (Scan, error) {
	var s Scan
	var sum []byte
	err := row.Scan(&s.ID, &s.Campaign, &s.Code, &s.FileName, &s.Bytes, &sum, &s.ReceivedOn, &s.By, &s.RecordedAt, &s.State, &s.Why, &s.Pages,
		&s.Keyed, &s.Held, &s.Again, &s.Blank)
	s.SHA256 = hex.EncodeToString(sum)
	return s, err
}

// Scans lists the newest files of scans of the viewer's region, at most n.
func (m *Mailroom) Scans(ctx context.Context, by campaigns.Viewer, n int) ([]Scan, error) {
	rows, err := m.Pool.Query(ctx, scanSelect+`WHERE @region = '' OR s.region_code = @region ORDER BY s.id DESC LIMIT @n`, pgx.NamedArgs{"region": by.Region, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list scans: %w", err)
	}
	return pgx.CollectRows(rows, readScan)
}

// Scan reads one file of scans with its pages.
func (m *Mailroom) Scan(ctx context.Context, by campaigns.Viewer, id ScanID) (Scan, []ScanPage, error) {
	rows, err := m.Pool.Query(ctx, scanSelect+`WHERE s.id = @id AND (@region = '' OR s.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Scan{}, nil, fmt.Errorf("read scan: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, readScan)
	if err != nil {
		return s, nil, orAbsent(err, "scan")
	}
	rows, err = m.Pool.Query(ctx, pageSelect+`WHERE p.scan_id = @id ORDER BY p.page`, pgx.NamedArgs{"id": id})
	if err != nil {
		return s, nil, fmt.Errorf("list pages of a scan: %w", err)
	}
	pages, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ScanPage])
	return s, pages, err
}

const pageSelect = `
	SELECT p.id, p.scan_id, p.page, p.state, p.reference, p.says, p.why, p.answer, coalesce(h.id, 0), p.parts <> '{}'
	FROM scan_pages p LEFT JOIN holds h ON h.reference = p.answer `

// PageOfHold reads the scanned page that a hold is about; ok is false where it
// is about none. Whoever may see the hold may see its page.
func (m *Mailroom) PageOfHold(ctx context.Context, reference string) (p ScanPage, ok bool, err error) {
	rows, err := m.Pool.Query(ctx, pageSelect+`WHERE p.answer = @reference AND p.state = 'held' ORDER BY p.id LIMIT 1`, pgx.NamedArgs{"reference": reference})
	if err != nil {
		return p, false, fmt.Errorf("read page of a hold: %w", err)
	}
	p, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[ScanPage])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}

// scanFile is where the bytes of a file of scans rest.
type scanFile struct {
	name string
	key  []byte
}

func (m *Mailroom) scanFile(ctx context.Context, id ScanID) (f scanFile, err error) {
	var wrapped []byte
	var pepper int16
	err = m.Pool.QueryRow(ctx, `SELECT stored_as, file_key, pepper_id FROM scans WHERE id = @id`, pgx.NamedArgs{"id": id}).Scan(&f.name, &wrapped, &pepper)
	if err != nil {
		return f, orAbsent(err, "scan")
	}
	f.key, err = unwrap(m.Desk.CodeMaker, pepper, wrapped, f.name)
	return f, err
}

// ScanOriginal opens a file of scans as it came. The look is in the audit.
func (m *Mailroom) ScanOriginal(ctx context.Context, by campaigns.Viewer, id ScanID) (io.ReadCloser, error) {
	s, _, err := m.Scan(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if err := m.Register.LookedAt(ctx, by, "scan", fmt.Sprint(s.ID), "the original"); err != nil {
		return nil, err
	}
	f, err := m.scanFile(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.Archive.ReadSealed(ctx, f.name, f.key, 0, -1)
}
