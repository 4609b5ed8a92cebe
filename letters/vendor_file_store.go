package letters

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// VendorFile is a file of answers that a vendor left.
type VendorFile struct {
	ID         int64
	Name       string
	Bytes      int
	ReceivedAt time.Time
	WholeAt    time.Time // zero while its last line is missing
	AnsweredAt time.Time // zero while nothing was done
	Lines      int
	Applied    int
	Already    int
	Refused    int
	Result     int // bytes of the file that answers it
}

const (
	mostUnfinished = 50 // files of one vendor that wait for their last line
	unfinishedKept = 14 * 24 * time.Hour
)

// VendorFiles lists the files of a vendor, newest first.
func (m *Mailroom) VendorFiles(ctx context.Context, vendor VendorID) ([]VendorFile, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, name, length(content), received_at, coalesce(whole_at, '0001-01-01Z'), coalesce(answered_at, '0001-01-01Z'),
			lines, applied, already, refused, coalesce(length(result), 0)
		FROM vendor_files WHERE vendor_id = @vendor ORDER BY id DESC LIMIT 10000`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("list files of vendor: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VendorFile])
}

// ReadVendorFile is what a vendor left under a name, or the result of it.
func (m *Mailroom) ReadVendorFile(ctx context.Context, vendor VendorID, name string, result bool) (content []byte, err error) {
	err = m.Pool.QueryRow(ctx, `SELECT CASE WHEN @result THEN result ELSE content END FROM vendor_files WHERE vendor_id = @vendor AND name = @name AND (NOT @result OR result IS NOT NULL)`,
		pgx.NamedArgs{"vendor": vendor, "name": name, "result": result}).Scan(&content)
	return content, orAbsent(err, "file")
}

// LeaveFile takes a file of answers, whole or not. While its last line is
// missing it may be written again; once it is whole its name is never used for
// another content, and it is answered at once. The same content again changes
// nothing.
func (m *Mailroom) LeaveFile(ctx context.Context, vendor VendorID, name string, content []byte) error {
	if !AnswerName(name) {
		return fault.New(fault.Invalid, "A file of answers is called letters, digits, hyphens and dots, and ends in .csv.")
	}
	if len(content) > MostAnswer {
		return fault.New(fault.Invalid, "The file is larger than %d MB. Send it in parts.", MostAnswer>>20)
	}
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"vendor": vendor, "name": name, "content": content, "now": now, "most": mostUnfinished}
		var waiting int
		err := tx.QueryRow(ctx, `SELECT count(*)::int FROM vendor_files WHERE vendor_id = @vendor AND whole_at IS NULL AND name <> @name`, args).Scan(&waiting)
		if err != nil {
			return fmt.Errorf("count unfinished files: %w", err)
		}
		if waiting >= mostUnfinished {
			return fault.New(fault.Refused, "%d files wait for their last line. Finish or remove them first.", waiting)
		}
		sum := sha256.Sum256(content)
		args["sha"] = sum[:]
		args["whole"] = nil
		if whole(name, content) {
			args["whole"] = now
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO vendor_files AS f (vendor_id, name, content, sha256, received_at, whole_at) VALUES (@vendor, @name, @content, @sha, @now, @whole)
			ON CONFLICT (vendor_id, name) DO UPDATE SET content = excluded.content, sha256 = excluded.sha256, received_at = excluded.received_at, whole_at = excluded.whole_at
			WHERE f.whole_at IS NULL`, args)
		if err != nil {
			return fmt.Errorf("keep file of vendor: %w", err)
		}
		if tag.RowsAffected() > 0 {
			return nil
		}
		var kept []byte
		if err := tx.QueryRow(ctx, `SELECT sha256 FROM vendor_files WHERE vendor_id = @vendor AND name = @name`, args).Scan(&kept); err != nil {
			return fmt.Errorf("read file of vendor: %w", err)
		}
		if !bytes.Equal(kept, sum[:]) {
			return fault.New(fault.Conflict, "A whole file of this name was taken before. Give the next one another name.")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.AnswerFiles(ctx, vendor)
}

// RenameFile gives a file that is not whole its final name; one that is whole
// then is answered.
func (m *Mailroom) RenameFile(ctx context.Context, vendor VendorID, from, to string) error {
	content, err := m.ReadVendorFile(ctx, vendor, from, false)
	if err != nil {
		return err
	}
	if err := m.LeaveFile(ctx, vendor, to, content); err != nil {
		return err
	}
	return m.RemoveFile(ctx, vendor, from)
}

// RemoveFile takes away a file that is not whole. What is whole was said, and stays.
func (m *Mailroom) RemoveFile(ctx context.Context, vendor VendorID, name string) error {
	tag, err := m.Pool.Exec(ctx, `DELETE FROM vendor_files WHERE vendor_id = @vendor AND name = @name AND whole_at IS NULL`, pgx.NamedArgs{"vendor": vendor, "name": name})
	if err != nil {
		return fmt.Errorf("remove file of vendor: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Refused, "Only a file whose last line is missing can be removed.")
	}
	return nil
}

// ForgetUnfinished removes files that have waited for their last line for two weeks.
func (m *Mailroom) ForgetUnfinished(ctx context.Context) error {
	_, err := m.Pool.Exec(ctx, `DELETE FROM vendor_files WHERE whole_at IS NULL AND received_at < @old`, pgx.NamedArgs{"old": m.Clock().Add(-unfinishedKept)})
	if err != nil {
		return fmt.Errorf("forget unfinished files: %w", err)
	}
	return nil
}

// AnswerFiles does what the whole files of a vendor say that were not answered
// yet. All of it is safe to repeat, so a process that died in between loses
// nothing and does nothing twice.
func (m *Mailroom) AnswerFiles(ctx context.Context, vendor VendorID) error {
	rows, err := m.Pool.Query(ctx, `SELECT id, content FROM vendor_files WHERE vendor_id = @vendor AND whole_at IS NOT NULL AND answered_at IS NULL ORDER BY id`,
		pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return fmt.Errorf("read files of vendor: %w", err)
	}
	type file struct {
		ID      int64
		Content []byte
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[file])
	if err != nil {
		return fmt.Errorf("read files of vendor: %w", err)
	}
	for _, f := range list {
		lines, err := readAnswers(f.Content)
		var verdicts []Verdict
		if known := fault.Of(err); known != nil {
			lines, verdicts = []answer{{line: 1, subject: "the whole file"}}, []Verdict{{Verdict: Refused, Reason: known.Sentence + " Nothing of it was taken."}}
		} else if verdicts, err = m.hearAnswers(ctx, vendor, lines); err != nil {
			return err
		}
		result, err := writeResult(lines, verdicts)
		if err != nil {
			return err
		}
		count := map[string]int{}
		for _, v := range verdicts {
			count[v.Verdict]++
		}
		_, err = m.Pool.Exec(ctx, `
			UPDATE vendor_files SET answered_at = @now, result = @result, lines = @lines, applied = @applied, already = @already, refused = @refused
			WHERE id = @id AND answered_at IS NULL`, pgx.NamedArgs{"id": f.ID, "now": m.Clock(), "result": result, "lines": len(lines),
			"applied": count[Applied], "already": count[Already], "refused": count[Refused]})
		if err != nil {
			return fmt.Errorf("keep result: %w", err)
		}
	}
	return nil
}

// hearAnswers does what lines say, in their order: pieces in one report as far
// as they follow each other, batches by themselves.
func (m *Mailroom) hearAnswers(ctx context.Context, vendor VendorID, lines []answer) ([]Verdict, error) {
	verdicts := make([]Verdict, len(lines))
	var reports []PieceReport
	var at []int
	tell := func() error {
		if len(reports) == 0 {
			return nil
		}
		told, err := m.Report(ctx, vendor, reports)
		if err != nil {
			return err
		}
		for i, v := range told {
			verdicts[at[i]] = v
		}
		reports, at = nil, nil
		return nil
	}
	for i, l := range lines {
		if l.wrong != "" {
			verdicts[i] = Verdict{Verdict: Refused, Reason: l.wrong}
			continue
		}
		if _, err := NormaliseReference(l.subject); err == nil && l.status != "too late" {
			reports, at = append(reports, PieceReport{Reference: l.subject, Status: PieceState(l.status), On: l.on, Reason: l.reason}), append(at, i)
			continue
		}
		if err := tell(); err != nil {
			return nil, err
		}
		v, err := m.hearAnswer(ctx, vendor, l)
		if known := fault.Of(err); known != nil {
			v, err = Verdict{Verdict: Refused, Reason: known.Sentence}, nil
		}
		if err != nil {
			return nil, err
		}
		verdicts[i] = v
	}
	return verdicts, tell()
}

// hearAnswer does what one line says of a batch, or of a recall.
func (m *Mailroom) hearAnswer(ctx context.Context, vendor VendorID, l answer) (Verdict, error) {
	v := Verdict{Verdict: Applied}
	if l.status == "too late" {
		id, err := m.recallOf(ctx, vendor, l.subject)
		if err != nil {
			return v, err
		}
		return v, m.AnswerRecall(ctx, vendor, id, false)
	}
	b, err := m.Batch(ctx, vendor, strings.ToUpper(l.subject))
	if fault.Is(err, fault.NotFound) {
		return v, fault.New(fault.NotFound, "There is no piece and no batch of this name.")
	}
	if err != nil {
		return v, err
	}
	switch l.status {
	case "destroyed":
		already, err := m.DeclareDestroyed(ctx, vendor, b.Code, l.on)
		if already {
			v.Verdict = Already
		}
		return v, err
	case "accepted":
		if b.State != Sealed {
			v.Verdict = Already
		}
		return v, m.Accept(ctx, vendor, b.Code)
	case "rejected":
		if b.State == RejectedWhole {
			v.Verdict = Already
		}
		return v, m.Reject(ctx, vendor, b.Code, l.reason)
	case "posted":
		out, err := m.Dispatch(ctx, vendor, b.Code, Dispatch{PostedOn: l.on, Docket: l.reason})
		if err != nil {
			return v, err
		}
		if out.Applied == 0 {
			v.Verdict = Already
		}
		v.Reason = fmt.Sprintf("%d posted, %d already so, %d refused.", out.Applied, out.Already, len(out.Refused))
		if len(out.Refused) > 0 {
			v.Reason += " The first: " + out.Refused[0].Reference + ": " + out.Refused[0].Reason
			if out.Applied == 0 && out.Already == 0 {
				v.Verdict = Refused
			}
		}
		return v, nil
	}
	return v, fault.New(fault.Invalid, "A whole batch is accepted, rejected, posted or, at last, destroyed.")
}

func (m *Mailroom) recallOf(ctx context.Context, vendor VendorID, reference string) (id int64, err error) {
	r, err := NormaliseReference(reference)
	if err != nil {
		return 0, err
	}
	err = m.Pool.QueryRow(ctx, `SELECT r.id FROM recalls r JOIN pieces p ON p.id = r.piece_id WHERE p.reference = @reference AND r.vendor_id = @vendor`,
		pgx.NamedArgs{"reference": r, "vendor": vendor}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "This piece was not asked back.")
	}
	if err != nil {
		return 0, fmt.Errorf("find recall: %w", err)
	}
	return id, nil
}
