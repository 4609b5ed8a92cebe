package campaigns

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/letters/archive"
)

// Files keeps the files that are received; *archive.Archive does.
type Files interface {
	Put(ctx context.Context, key string, fill func(io.Writer) error) (archive.Sum, error)
	Read(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	Forget(ctx context.Context, key string) error
}

// Cohort is one received file of people and what became of it.
type Cohort struct {
	ID          CohortID
	Campaign    CampaignID
	Code        string // of the campaign
	FileName    string
	SHA256      []byte
	Bytes       int64
	StoredAs    string
	State       string // received, reading, in review, refused, accepted, declined, applied
	Rows        int    // = Accepted + Rejected
	Accepted    int    // = Enrolled + Already + Discarded + Waiting, once applied
	Rejected    int
	Enrolled    int
	Already     int
	Refusal     string
	ReceivedAt  time.Time
	DecidedBy   string
	Known       int      // accepted rows whose person was known when read
	Discarded   int      // accepted rows that a person left out
	Waiting     int      // accepted rows that wait for a look before they are applied
	Corrects    CohortID // the file whose rejected rows this one brings again; 0: none
	ReceivedBy  string
	ReadAt      time.Time // zero until then, as are the next
	DecidedAt   time.Time
	AppliedAt   time.Time
	ForgottenAt time.Time // of the bytes
}

// Applied tells whether the file has taken effect, whatever waits of it.
func (c Cohort) Applied() bool { return !c.AppliedAt.IsZero() }

const cohortSelect = `
	SELECT h.id, h.campaign_id, c.code, h.file_name, h.sha256, h.bytes, h.stored_as, h.state, h.rows, h.accepted, h.rejected, h.enrolled,
		h.already, h.refusal, h.received_at, coalesce(s.name, ''), h.known, h.discarded, h.waiting, coalesce(h.corrects, 0), coalesce(b.name, ''),
		coalesce(h.read_at, '0001-01-01Z'), coalesce(h.decided_at, '0001-01-01Z'), coalesce(h.applied_at, '0001-01-01Z'),
		coalesce(h.forgotten_at, '0001-01-01Z')
	FROM cohorts h JOIN campaigns c ON c.id = h.campaign_id LEFT JOIN staff s ON s.id = h.decided_by LEFT JOIN staff b ON b.id = h.received_by `

func (r *Register) lockCohort(ctx context.Context, tx pgx.Tx, id CohortID) (Cohort, error) {
	rows, err := tx.Query(ctx, cohortSelect+`WHERE h.id = @id FOR UPDATE OF h`, pgx.NamedArgs{"id": id})
	if err != nil {
		return Cohort{}, fmt.Errorf("lock cohort: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Cohort])
	return h, orAbsent(err, "cohort")
}

// Cohort finds a received file. One of another region is as absent as none.
func (r *Register) Cohort(ctx context.Context, by Viewer, id CohortID) (Cohort, error) {
	rows, err := r.Pool.Query(ctx, cohortSelect+`WHERE h.id = @id AND (@region = '' OR c.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Cohort{}, fmt.Errorf("read cohort: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Cohort])
	return h, orAbsent(err, "cohort")
}

// Cohorts lists the received files that a viewer sees, newest first; campaign "" for all.
func (r *Register) Cohorts(ctx context.Context, by Viewer, campaign string) ([]Cohort, error) {
	rows, err := r.Pool.Query(ctx, cohortSelect+`WHERE (@region = '' OR c.region_code = @region) AND (@campaign = '' OR c.code = @campaign) ORDER BY h.id DESC LIMIT 200`,
		pgx.NamedArgs{"region": by.Region, "campaign": campaign})
	if err != nil {
		return nil, fmt.Errorf("list cohorts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Cohort])
}

// Corrections lists the files that bring rejected rows of a file again, oldest first.
func (r *Register) Corrections(ctx context.Context, id CohortID) ([]Cohort, error) {
	rows, err := r.Pool.Query(ctx, cohortSelect+`WHERE h.corrects = @id ORDER BY h.id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Cohort])
}
