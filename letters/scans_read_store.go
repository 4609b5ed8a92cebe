package letters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
	"duenotice/letters/scan"
	"duenotice/optout"
)

// reading is a file of scans that is being read.
type reading struct {
	id        ScanID
	file      scanFile
	sum       []byte
	by        campaigns.Viewer
	programme campaigns.ProgrammeID
	on        calendar.Date
	done      map[int]bool
	plans     map[string]paper.FormPlan
}

// ReadScans reads a received file page by page: a form that is sure counts by
// itself, whatever is in doubt becomes a hold with its picture. It may be
// repeated, and goes on where it was cut off; no page counts twice.
func (m *Mailroom) ReadScans(ctx context.Context, id ScanID) error {
	r, state, err := m.beginReading(ctx, id)
	if err != nil || state != "waiting" {
		return err
	}
	path, err := m.onDisk(ctx, r.file)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(path) }()
	file, err := scan.Open(ctx, path)
	if f := fault.Of(err); f != nil {
		if f.Kind == fault.Unavailable {
			return err // poppler may be installed tomorrow
		}
		return m.endReading(ctx, id, "refused", f.Sentence)
	}
	if err != nil {
		return err
	}
	if _, err := m.Pool.Exec(ctx, `UPDATE scans SET pages = @pages WHERE id = @id`, pgx.NamedArgs{"pages": file.Pages, "id": id}); err != nil {
		return fmt.Errorf("count pages of scans: %w", err)
	}
	for n := 1; n <= file.Pages; n++ {
		if r.done[n] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.readPage(ctx, r, file, n); err != nil {
			return fmt.Errorf("read page %d of scan %d: %w", n, id, err)
		}
	}
	return m.endReading(ctx, id, "read", "")
}

func (m *Mailroom) beginReading(ctx context.Context, id ScanID) (r *reading, state string, err error) {
	r = &reading{id: id, done: map[int]bool{}, plans: map[string]paper.FormPlan{}}
	err = m.Pool.QueryRow(ctx, `
		SELECT s.state, s.sha256, s.received_on, k.programme_id, t.id, t.name, t.role, coalesce(t.region_code, '') FROM scans s
		JOIN campaigns k ON k.id = s.campaign_id JOIN staff t ON t.id = s.staff_id WHERE s.id = @id`, pgx.NamedArgs{"id": id}).Scan(
		&state, &r.sum, &r.on, &r.programme, &r.by.ID, &r.by.Name, &r.by.Role, &r.by.Region)
	if err != nil {
		return nil, "", orAbsent(err, "scan")
	}
	rows, err := m.Pool.Query(ctx, `SELECT page FROM scan_pages WHERE scan_id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, "", fmt.Errorf("list pages that are read: %w", err)
	}
	pages, err := pgx.CollectRows(rows, pgx.RowTo[int])
	for _, p := range pages {
		r.done[p] = true
	}
	if err == nil {
		r.file, err = m.scanFile(ctx, id)
	}
	return r, state, err
}

func (m *Mailroom) endReading(ctx context.Context, id ScanID, state, why string) error {
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE scans SET state = @state, why = @why, read_at = @now WHERE id = @id AND state = 'waiting'`,
			pgx.NamedArgs{"state": state, "why": why, "now": now, "id": id})
		if err != nil {
			return fmt.Errorf("end reading of scans: %w", err)
		}
		return nil
	})
}

// onDisk lays a file of scans out on the disk, for programs that look into it
// here and there.
func (m *Mailroom) onDisk(ctx context.Context, f scanFile) (path string, err error) {
	from, err := m.Archive.ReadSealed(ctx, f.name, f.key, 0, -1)
	if err != nil {
		return "", err
	}
	defer func() { _ = from.Close() }()
	to, err := os.CreateTemp("", "duenotice-scan-*")
	if err != nil {
		return "", fmt.Errorf("lay out scans: %w", err)
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("lay out scans: %w", err), os.Remove(to.Name()))
	}
	return to.Name(), nil
}

// readPage reads one page and does what it says.
func (m *Mailroom) readPage(ctx context.Context, r *reading, file *scan.File, n int) error {
	var got scan.Reading
	picture, err := file.Page(ctx, n)
	if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
		got.Why = "the page cannot be drawn"
	} else if err != nil {
		return err
	} else {
		got = scan.Read(picture, func(mark string) (paper.FormPlan, error) { return m.planOf(ctx, r, mark) })
		if err := m.keepPicture(ctx, r.file, n, got.Sheet); err != nil {
			return err
		}
	}
	p := ScanPage{Scan: r.id, Page: n, Reference: got.Reference, Says: got.Says, Why: got.Why}
	var piece Piece
	if got.Reference != "" {
		err := m.inTx(ctx, func(tx pgx.Tx, _ time.Time) (err error) {
			piece, err = m.PieceByReference(ctx, tx, got.Reference)
			return err
		})
		if err != nil && fault.Of(err) == nil {
			return err
		}
	}
	if err := m.count(ctx, r, &p, got, piece); err != nil {
		return err
	}
	ink, err1 := json.Marshal(got.Ink)
	parts, err2 := json.Marshal(partsOf(got.Plan))
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO scan_pages (scan_id, page, state, reference, form, piece_id, says, why, ink, parts, answer, recorded_at)
			VALUES (@scan, @page, @state, @reference, @form, nullif(@piece::bigint, 0), @says, @why, @ink, @parts, @answer, @now) ON CONFLICT (scan_id, page) DO NOTHING`,
			pgx.NamedArgs{"scan": p.Scan, "page": p.Page, "state": p.State, "reference": p.Reference, "form": got.Form, "piece": piece.ID, "says": p.Says,
				"why": p.Why, "ink": ink, "parts": parts, "answer": p.Answer, "now": now})
		if err != nil {
			return fmt.Errorf("write page: %w", err)
		}
		return nil
	})
}

// planOf lays out the form that was sent with a letter.
func (m *Mailroom) planOf(ctx context.Context, r *reading, mark string) (plan paper.FormPlan, err error) {
	reference, form, _ := paper.ReadMark(mark)
	err = m.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		piece, err := m.PieceByReference(ctx, tx, reference)
		if err != nil {
			return err
		}
		key := fmt.Sprintf("%d %d", piece.Batch, len(mark))
		known := false
		if plan, known = r.plans[key]; known {
			return nil
		}
		pack, geometry, err := m.packOf(ctx, tx, piece.Batch)
		if err != nil {
			return err
		}
		if pack.Form != form {
			return fault.New(fault.NotFound, "The letter was sent with another form.")
		}
		if plan, err = paper.PlanForm(pack, geometry, mark); err == nil {
			r.plans[key] = plan
		}
		return err
	})
	return plan, err
}

// count enters the answer of a page that is sure, and holds what is not.
func (m *Mailroom) count(ctx context.Context, r *reading, p *ScanPage, got scan.Reading, piece Piece) error {
	if got.Blank {
		p.State = "blank"
		return nil
	}
	token := uuid.NewSHA1(uuid.NameSpaceOID, append([]byte("scan page "+strconv.Itoa(p.Page)+" of "), r.sum...)).String()
	if got.Sure && piece.ID == 0 {
		got.Sure, p.Why = false, "its letter is not known here"
	}
	if got.Sure {
		before, why, err := m.beforeKeying(ctx, piece, got.Says)
		if err != nil {
			return err
		}
		if before != "" {
			p.State, p.Answer = "again", before
			return nil
		}
		got.Sure, p.Why = why == "", why
	}
	cause := ""
	if piece.ID != 0 {
		cause = "illegible"
	}
	if got.Sure {
		receipt, err := m.Desk.Answer(ctx, r.by, optout.Answer{Campaign: piece.Campaign, Person: piece.Person, Says: got.Says, Channel: campaigns.Paper,
			ReceivedOn: r.on, Piece: int64(piece.ID), Token: token, Note: fmt.Sprintf("scan %d, page %d", r.id, p.Page)})
		f := fault.Of(err)
		switch {
		case err == nil && receipt.Held:
			p.State, p.Answer, p.Why = "held", receipt.Reference, "what it says has to be checked"
			return nil
		case err == nil:
			p.State, p.Answer = "keyed", receipt.Reference
			return nil
		case f == nil:
			return err
		case f.Kind == fault.NotFound:
			cause, p.Why = "another region", "its letter is another region's"
		default:
			p.Why = "the answer was not taken"
		}
	}
	says := got.Says
	if says == "" {
		says = "unknown"
	}
	reference := ""
	if piece.ID != 0 {
		reference = piece.Reference
	}
	receipt, err := m.Desk.Hold(ctx, r.by, optout.NewHold{Programme: r.programme, Cause: cause, Says: says, Channel: campaigns.Paper, ReceivedOn: r.on,
		Reference: reference, Token: token, Told: map[string]string{"scan": fmt.Sprintf("%d, page %d", r.id, p.Page), "in_doubt": p.Why}})
	if err != nil {
		return err
	}
	p.State, p.Answer = "held", receipt.Reference
	return nil
}

// beforeKeying looks whether the same form has counted already, and whether a
// yes would lift a no, which people look at.
func (m *Mailroom) beforeKeying(ctx context.Context, piece Piece, says string) (before, why string, err error) {
	var lifts bool
	err = m.Pool.QueryRow(ctx, `
		SELECT coalesce((SELECT p.answer FROM scan_pages p WHERE p.piece_id = @piece AND p.state = 'keyed' AND p.says = @says ORDER BY p.id LIMIT 1), ''),
			@says = 'yes' AND EXISTS (SELECT FROM answers a JOIN campaigns k ON k.id = @campaign AND k.programme_id = a.programme_id
				WHERE a.person_id = @person AND a.says = 'no' AND NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id))`,
		pgx.NamedArgs{"piece": piece.ID, "says": says, "campaign": piece.Campaign, "person": piece.Person}).Scan(&before, &lifts)
	if err != nil {
		return "", "", fmt.Errorf("look for the same form: %w", err)
	}
	if lifts {
		why = "it is a yes of somebody who said no"
	}
	return before, why, nil
}
