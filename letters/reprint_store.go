package letters

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// Reprint draws one piece again for its vendor, the same bytes each time,
// while it is with the vendor and the key of its batch lives. Afterwards it is
// refused: reported as spoiled, its person gets a new letter with a new code.
func (m *Mailroom) Reprint(ctx context.Context, vendor VendorID, reference string) ([]byte, error) {
	var p Piece
	var b Batch
	var salt, checked []byte
	var gone *time.Time
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		if p, b, err = m.pieceOf(ctx, tx, reference); err != nil {
			return err
		}
		if p.Vendor != vendor {
			return fault.New(fault.NotFound, "There is no such letter.")
		}
		if err := m.mayPull(ctx, tx, b); err != nil {
			return err
		}
		if err := inTheClear(ctx, tx, vendor); err != nil {
			return err
		}
		if !p.State.Still() {
			return fault.New(fault.Refused, "This letter is %s, so it is not printed again.", p.State)
		}
		err = tx.QueryRow(ctx, `SELECT b.salt, p.checksum, k.destroyed_at FROM pieces p JOIN batches b ON b.id = p.batch_id LEFT JOIN batch_keys k ON k.batch_id = b.id WHERE p.id = @id`,
			pgx.NamedArgs{"id": p.ID}).Scan(&salt, &checked, &gone)
		if err != nil {
			return fmt.Errorf("read piece: %w", err)
		}
		if gone != nil {
			return fault.New(fault.Refused, "The key of batch %s was destroyed on %s, so this letter cannot be printed again. Report it as spoiled: the person gets a new letter with a new code.",
				b.Code, calendar.DateOf(*gone).Long())
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "reprint", Object: "piece", ID: p.Reference, Campaign: p.Campaign})
	})
	if err != nil {
		return nil, err
	}
	as, l, err := m.printed(ctx, b, p)
	if err != nil {
		return nil, err
	}
	l.Code = m.Desk.Codes().Derive(salt, p.Reference)
	if sum := checksum(salt, l); !bytes.Equal(sum[:], checked) {
		return nil, errors.New("print a piece again: it is not the letter that was sealed")
	}
	return drawOne(as, l)
}

// ShowLetter draws for staff exactly what one person was sent, with the code
// masked. Each look is noted.
func (m *Mailroom) ShowLetter(ctx context.Context, by campaigns.Viewer, reference string) ([]byte, error) {
	if !by.Role.KeysAnswers() {
		return nil, fault.New(fault.Forbidden, "Your role does not see letters.")
	}
	var p Piece
	var b Batch
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		if p, b, err = m.pieceOf(ctx, tx, reference); err != nil {
			return err
		}
		if !by.Sees(b.Region) {
			return fault.New(fault.NotFound, "There is no such letter.")
		}
		people, err := m.Register.People(ctx, tx, []campaigns.PersonID{p.Person})
		if err != nil {
			return err
		}
		if len(people) == 1 && people[0].Sensitive {
			return fault.New(fault.Forbidden, "This person is marked sensitive: their letters are not shown.")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "looked", Object: "piece", ID: p.Reference, Campaign: p.Campaign})
	})
	if err != nil {
		return nil, err
	}
	as, l, err := m.printed(ctx, b, p)
	if err != nil {
		return nil, err
	}
	l.Code = maskedCode
	return drawOne(as, l)
}

func (m *Mailroom) pieceOf(ctx context.Context, tx pgx.Tx, reference string) (Piece, Batch, error) {
	p, err := m.PieceByReference(ctx, tx, reference)
	if err != nil {
		return p, Batch{}, err
	}
	rows, err := tx.Query(ctx, batchSelect+`WHERE b.id = @id`, pgx.NamedArgs{"id": p.Batch})
	b, err := oneBatch(rows, err)
	return p, b, err
}

// printed reads what a piece says, without its code.
func (m *Mailroom) printed(ctx context.Context, b Batch, p Piece) (as printedAs, l paper.Letter, err error) {
	if b.SealedAs == "" {
		return as, l, fault.New(fault.Refused, "Batch %s was sealed before letters were kept one by one.", b.Code)
	}
	var pepper int16
	err = m.Pool.QueryRow(ctx, `SELECT pepper_id FROM batch_keys WHERE batch_id = @id`, pgx.NamedArgs{"id": b.ID}).Scan(&pepper)
	if err := orAbsent(err, "key of this batch"); err != nil {
		return as, l, err
	}
	secret, err := secretFor(m.Desk.Codes(), pepper, "letters of "+b.SealedAs)
	if err != nil {
		return as, l, err
	}
	r, err := m.Archive.ReadSealed(ctx, b.lettersKey(), secret, 0, -1)
	if err != nil {
		return as, l, err
	}
	defer r.Close()
	if as, l, err = readPrinted(r, p.Sequence); err == nil {
		err = m.bring(ctx, &as.Pack)
	}
	if err == nil && l.Reference != PrintedReference(p.Reference) {
		err = errors.New("read what was printed: the letter at this place is another's")
	}
	return as, l, err
}
