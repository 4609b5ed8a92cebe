package letters

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// SealBatch asks everybody of a composed batch once more, draws the letters of
// those who are still to be written to, and offers the batch to its vendor.
// The files are written before the commit, the manifest last, under names made
// of their checksums; whatever stops the sealing leaves at most a file that
// nobody is offered. While writing is held back it fails with
// fault.Unavailable. Repeating it does nothing.
func (m *Mailroom) SealBatch(ctx context.Context, id BatchID) error {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		b, err := lockBatch(ctx, tx, id)
		if err != nil || b.State != Composed {
			return err
		}
		if err := m.frozen(ctx, tx, b.Campaign, b.Wave); err != nil {
			return err
		}
		c, err := m.Register.CampaignByID(ctx, tx, b.Campaign)
		if err != nil {
			return err
		}
		people, err := m.addressees(ctx, tx, now, c, &b, working)
		if err != nil {
			return err
		}
		now = m.Clock() // under the people's locks: whatever is told from here on is later than the letter
		d := drawing{batch: b, codes: m.Desk.Codes()}
		if d.pack, d.geometry, err = m.packOf(ctx, tx, id); err != nil {
			return err
		}
		if specialist(d.pack.Format) {
			if d.worded, err = wordedInFull(ctx, tx, d.pack); err != nil {
				return err
			}
			d.worded = packFor(d.worded, c)
		}
		d.pack = packFor(d.pack, c)
		if err := tx.QueryRow(ctx, `SELECT salt FROM batches WHERE id = @id`, pgx.NamedArgs{"id": id}).Scan(&d.salt); err != nil {
			return fmt.Errorf("read salt: %w", err)
		}
		if people, err = m.sift(ctx, tx, people, &d); err != nil {
			return err
		}
		numbers, err := m.numbers(ctx, tx, len(people))
		if err != nil {
			return err
		}
		d.batch.SealedAt = now
		if err := d.draw(ctx, people, numbers); err != nil {
			return err
		}
		if len(d.pieces) == 0 {
			return m.seal(ctx, tx, now, &d, batchKey{})
		}
		key, err := m.store(ctx, &d)
		if err == nil {
			err = d.list()
		}
		if err == nil {
			err = m.seal(ctx, tx, now, &d, key)
		}
		if err != nil {
			m.drop(ctx, d.batch)
		}
		return err
	})
}

// addressees locks the people of a batch and reads them, their states and
// their notices as they are now. Where the day of posting has come too near
// their notices are written anew.
func (m *Mailroom) addressees(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, b *Batch, w calendar.Working) ([]addressee, error) {
	notices, err := m.Desk.NoticesOf(ctx, tx, b.Campaign, int64(b.ID))
	if err != nil {
		return nil, err
	}
	people := make([]campaigns.PersonID, len(notices))
	enrolments := make([]campaigns.EnrolmentID, len(notices))
	for i, n := range notices {
		people[i], enrolments[i] = n.Person, n.Enrolment
	}
	if err := campaigns.LockPeople(ctx, tx, people); err != nil {
		return nil, err
	}
	planned := b.PlannedPostOn
	if err := m.replan(ctx, tx, now, b, w); err != nil {
		return nil, err
	}
	if b.PlannedPostOn != planned {
		if _, err := m.Desk.GiveNotices(ctx, tx, now, c, int64(b.ID), enrolments, b.PlannedPostOn); err != nil {
			return nil, err
		}
	}
	if notices, err = m.Desk.NoticesOf(ctx, tx, b.Campaign, int64(b.ID)); err != nil {
		return nil, err
	}
	known, err := m.Register.People(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	byID := make(map[campaigns.PersonID]campaigns.Person, len(known))
	for _, p := range known {
		byID[p.ID] = p
	}
	rows, err := tx.Query(ctx, `
		SELECT e.id, e.state, EXISTS (
			SELECT FROM pieces p JOIN notices n ON n.campaign_id = e.campaign_id AND n.batch_id = @batch AND n.enrolment_id = e.id
			WHERE p.enrolment_id = e.id AND p.number = n.number AND NOT p.ended)
		FROM enrolments e WHERE e.campaign_id = @campaign AND e.id = ANY(@ids)`,
		pgx.NamedArgs{"campaign": b.Campaign, "ids": enrolments, "batch": b.ID})
	if err != nil {
		return nil, fmt.Errorf("read states: %w", err)
	}
	states := make(map[campaigns.EnrolmentID]addressee, len(notices))
	var id campaigns.EnrolmentID
	var a addressee
	_, err = pgx.ForEachRow(rows, []any{&id, &a.state, &a.onWay}, func() error { states[id] = a; return nil })
	if err != nil {
		return nil, fmt.Errorf("read states: %w", err)
	}
	list := make([]addressee, len(notices))
	for i, n := range notices {
		list[i] = states[n.Enrolment]
		list[i].notice, list[i].person = n, byID[n.Person]
	}
	return list, nil
}

// sift keeps those who are to be written to and withholds the others. The
// pauses of their practices stay as they are until the transaction ends.
func (m *Mailroom) sift(ctx context.Context, tx pgx.Tx, people []addressee, d *drawing) ([]addressee, error) {
	var keys []string
	seen := map[string]bool{}
	for _, a := range people {
		if k := campaigns.PausePractice(a.person.Practice); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	pauses, err := m.Register.LockSignals(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	kept := people[:0:0]
	for _, a := range people {
		practice, known := pauses[campaigns.PausePractice(a.person.Practice)]
		if why := a.withhold(practice, known); why != "" {
			d.withheld = append(d.withheld, held{a.notice.Enrolment, a.notice.ID, why})
			continue
		}
		kept = append(kept, a)
	}
	return kept, nil
}

// numbers takes the ids of n pieces whose references nobody has. Only after a
// change of peppers can one be taken.
func (m *Mailroom) numbers(ctx context.Context, tx pgx.Tx, n int) ([]number, error) {
	refer := referencesOf(m.Desk.Codes())
	list := make([]number, 0, n)
	for len(list) < n {
		rows, err := tx.Query(ctx, `SELECT nextval('piece_ids') FROM generate_series(1, @n::int)`, pgx.NamedArgs{"n": n - len(list)})
		if err != nil {
			return nil, fmt.Errorf("number pieces: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[PieceID])
		if err != nil {
			return nil, fmt.Errorf("number pieces: %w", err)
		}
		fresh := make([]number, len(ids))
		written := make([]string, len(ids))
		for i, id := range ids {
			if written[i], err = refer.of(id); err != nil {
				return nil, err
			}
			fresh[i] = number{id, written[i]}
		}
		rows, err = tx.Query(ctx, `SELECT reference FROM pieces WHERE reference = ANY(@r)`, pgx.NamedArgs{"r": written})
		if err != nil {
			return nil, fmt.Errorf("number pieces: %w", err)
		}
		taken := map[string]bool{}
		var r string
		if _, err = pgx.ForEachRow(rows, []any{&r}, func() error { taken[r] = true; return nil }); err != nil {
			return nil, fmt.Errorf("number pieces: %w", err)
		}
		for _, f := range fresh {
			if !taken[f.reference] {
				list = append(list, f)
			}
		}
	}
	return list, nil
}

// seal writes the rows, then the manifest, which makes the file one.
func (m *Mailroom) seal(ctx context.Context, tx pgx.Tx, now time.Time, d *drawing, key batchKey) error {
	if err := m.keepWithheld(ctx, tx, now, d); err != nil {
		return err
	}
	state := Empty
	if len(d.pieces) > 0 {
		state = Sealed
		if err := m.keepPieces(ctx, tx, now, d); err != nil {
			return err
		}
		if err := keepKey(ctx, tx, now, d.batch.ID, key); err != nil {
			return err
		}
	}
	b := d.batch
	_, err := tx.Exec(ctx, `
		UPDATE batches SET state = @state, withheld = @withheld, pieces = @pieces, pages = @pages, sheets = @sheets, pdf_bytes = @bytes,
			pdf_sha256 = @pdf, manifest_sha256 = @manifest, sealed_at = @now, sealed_as = @name WHERE id = @id`,
		pgx.NamedArgs{
			"state": state, "withheld": len(d.withheld), "pieces": b.Pieces, "pages": b.Pages, "sheets": b.Sheets,
			"bytes": b.PDFBytes, "pdf": b.PDFSHA256, "manifest": b.ManifestSHA256, "now": now, "name": b.SealedAs, "id": b.ID,
		})
	if err != nil {
		return fmt.Errorf("seal batch: %w", err)
	}
	err = m.Register.Audit(ctx, tx, now, campaigns.Deed{
		Action: "seal", Object: "batch", ID: b.Code, Campaign: b.Campaign,
		Detail: map[string]any{"pieces": b.Pieces, "withheld": len(d.withheld)},
	})
	if err != nil || len(d.pieces) == 0 {
		return err
	}
	for _, kind := range []string{"csv", "json"} {
		_, err := m.Archive.Put(ctx, b.manifestKey(kind), func(w io.Writer) error {
			_, err := w.Write(d.files[kind])
			return err
		})
		if err != nil {
			return fmt.Errorf("seal batch: %w", err)
		}
	}
	return nil
}

func (m *Mailroom) keepWithheld(ctx context.Context, tx pgx.Tx, now time.Time, d *drawing) error {
	if len(d.withheld) == 0 {
		return nil
	}
	notices := make([]optout.NoticeID, len(d.withheld))
	for i, h := range d.withheld {
		notices[i] = h.notice
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"withheld_letters"}, []string{"batch_id", "enrolment_id", "campaign_id", "reason", "at"},
		pgx.CopyFromSlice(len(d.withheld), func(i int) ([]any, error) {
			h := d.withheld[i]
			return []any{d.batch.ID, h.enrolment, d.batch.Campaign, h.reason, now}, nil
		}))
	if err != nil {
		return fmt.Errorf("keep withheld letters: %w", err)
	}
	return m.Desk.VoidWindows(ctx, tx, now, d.batch.Campaign, notices, optout.Withheld)
}

func (m *Mailroom) keepPieces(ctx context.Context, tx pgx.Tx, now time.Time, d *drawing) error {
	b := d.batch
	columns := []string{
		"id", "reference", "campaign_id", "notice_id", "enrolment_id", "person_id", "number", "batch_id", "sequence",
		"first_page", "pages", "sheets", "postcode", "checksum", "state", "state_at",
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"pieces"}, columns, pgx.CopyFromSlice(len(d.pieces), func(i int) ([]any, error) {
		p := d.pieces[i]
		return []any{
			p.id, p.reference, b.Campaign, p.notice.ID, p.notice.Enrolment, p.notice.Person, p.notice.Number, b.ID, i + 1,
			p.place.FirstPage, p.place.Pages, p.place.Sheets, p.postcode, p.checksum[:], Released, now,
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("keep pieces: %w", err)
	}
	codes := make([]optout.CodeRow, len(d.pieces))
	written := make([]campaigns.EnrolmentID, len(d.pieces))
	for i, p := range d.pieces {
		mac, key := d.codes.MAC(p.code)
		codes[i] = optout.CodeRow{MAC: mac, KeyID: key, Piece: int64(p.id), Campaign: b.Campaign, Enrolment: p.notice.Enrolment, Person: p.notice.Person}
		written[i] = p.notice.Enrolment
	}
	if err := m.Desk.KeepCodes(ctx, tx, codes); err != nil {
		return err
	}
	return m.Desk.Sealed(ctx, tx, now, b.Campaign, written)
}
