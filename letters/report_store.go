package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// mostReports is how many pieces one report may speak of.
const mostReports = 10_000

// Report takes what a vendor says of pieces and answers each in order:
// applied, already so, or refused with the reason. Every report is kept,
// refused ones too. A letter that came back under an unknown reference raises
// an alarm.
func (m *Mailroom) Report(ctx context.Context, vendor VendorID, reports []PieceReport) ([]Verdict, error) {
	return m.report(ctx, source{vendor: vendor}, reports)
}

// source is who reports: a vendor, or a member of staff who opens returned mail.
type source struct {
	vendor VendorID
	staff  campaigns.Viewer
}

func (m *Mailroom) report(ctx context.Context, from source, reports []PieceReport) ([]Verdict, error) {
	if len(reports) > mostReports {
		return nil, fault.New(fault.Invalid, "One report speaks of at most 10,000 pieces. Send it in parts.")
	}
	var verdicts []Verdict
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		verdicts, err = m.reportIn(ctx, tx, now, from, reports)
		return err
	})
	return verdicts, err
}

// reportIn is report within a transaction.
func (m *Mailroom) reportIn(ctx context.Context, tx pgx.Tx, now time.Time, from source, reports []PieceReport) ([]Verdict, error) {
	references := make([]string, len(reports))
	for i, r := range reports {
		references[i], _ = NormaliseReference(r.Reference)
	}
	pieces, err := m.lockPieces(ctx, tx, `p.reference = ANY(@references) AND (@vendor = 0 OR b.vendor_id = @vendor) AND (@region = '' OR c.region_code = @region)`,
		pgx.NamedArgs{"references": references, "vendor": from.vendor, "region": from.staff.Region})
	if err != nil {
		return nil, err
	}
	byReference := make(map[string]int, len(pieces))
	for i, p := range pieces {
		byReference[p.Reference] = i
	}
	var all changes
	strays := map[int]PieceReport{}
	found := map[string]PieceID{}
	lines := make([]batchReport, len(reports))
	verdicts := make([]Verdict, len(reports))
	for i, r := range reports {
		line := batchReport{vendor: from.vendor, kind: string(r.Status), on: r.On, reason: short(r.Reason), reference: references[i]}
		if line.reference == "" {
			line.reference = strayReference(r.Reference)
		}
		at, known := byReference[references[i]]
		h := heard{verdict: Refused, why: "There is no piece with this reference."}
		if known {
			h = pieces[at].hear(r, now)
			pieces[at] = h.piece
			all.add(h)
			line.piece, line.batch = h.piece.ID, h.piece.Batch
			if r.Status == Returned && h.verdict == Applied {
				all.cameBack = append(all.cameBack, h.piece)
				found[h.piece.Reference] = h.piece.ID
			}
		} else if r.Status == Returned {
			strays[i] = PieceReport{Reference: strayReference(r.Reference), Status: Returned, On: r.On, Reason: short(r.Reason)}
		}
		line.verdict, line.why = h.verdict, h.why
		lines[i], verdicts[i] = line, Verdict{Reference: r.Reference, Verdict: h.verdict, Reason: h.why}
	}
	if err := note(ctx, tx, now, lines...); err != nil {
		return nil, err
	}
	if err := m.stray(ctx, tx, now, from, strays, verdicts); err != nil {
		return nil, err
	}
	if err := m.strayFound(ctx, tx, now, from.staff.ID, found); err != nil {
		return nil, err
	}
	return verdicts, m.apply(ctx, tx, now, all)
}

// short keeps a reason to a length that lists can show.
func short(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}

// changes collects what follows from many reports.
type changes struct {
	pieces map[PieceID]Piece // as they are afterwards
	opens  map[optout.NoticeID]Piece
	voids  map[optout.VoidReason]map[campaigns.CampaignID][]optout.NoticeID
	back   map[BatchID]int // how many came back, by batch

	cameBack []Piece // in the order told
}

func (c *changes) add(h heard) {
	if h.verdict != Applied {
		return
	}
	if c.pieces == nil {
		c.pieces, c.opens, c.back = map[PieceID]Piece{}, map[optout.NoticeID]Piece{}, map[BatchID]int{}
		c.voids = map[optout.VoidReason]map[campaigns.CampaignID][]optout.NoticeID{}
	}
	p := h.piece
	c.pieces[p.ID] = p
	if h.opens {
		c.opens[p.Notice] = p
	}
	if h.void == "" {
		return
	}
	if c.voids[h.void] == nil {
		c.voids[h.void] = map[campaigns.CampaignID][]optout.NoticeID{}
	}
	c.voids[h.void][p.Campaign] = append(c.voids[h.void][p.Campaign], p.Notice)
	if h.void == optout.Returned {
		c.back[p.Batch]++
	}
}

// apply writes the pieces first, because where people stand is worked out from
// them, then opens and voids windows, then looks at the batches.
func (m *Mailroom) apply(ctx context.Context, tx pgx.Tx, now time.Time, c changes) error {
	if len(c.pieces) == 0 {
		return nil
	}
	if err := keep(ctx, tx, now, c.pieces); err != nil {
		return err
	}
	var recalled []PieceID
	for id, p := range c.pieces {
		if p.State == Recalled {
			recalled = append(recalled, id)
		}
	}
	if err := closeRecalls(ctx, tx, now, recalled); err != nil {
		return err
	}
	posted := map[campaigns.CampaignID][]optout.Posting{}
	for notice, p := range c.opens {
		posted[p.Campaign] = append(posted[p.Campaign], optout.Posting{Notice: notice, On: p.PostedOn})
	}
	for campaign, list := range posted {
		slices.SortFunc(list, func(a, b optout.Posting) int { return int(a.Notice - b.Notice) })
		if err := m.Desk.OpenWindows(ctx, tx, now, campaign, list); err != nil {
			return err
		}
	}
	for reason, byCampaign := range c.voids {
		for campaign, notices := range byCampaign {
			if err := m.Desk.VoidWindows(ctx, tx, now, campaign, notices, reason); err != nil {
				return err
			}
		}
	}
	if err := m.startChecks(ctx, tx, now, c.cameBack); err != nil {
		return err
	}
	return m.settle(ctx, tx, now, c)
}

// keep writes pieces as they are now, all in one statement.
func keep(ctx context.Context, tx pgx.Tx, now time.Time, pieces map[PieceID]Piece) error {
	n := len(pieces)
	ids, states, why := make([]PieceID, 0, n), make([]PieceState, 0, n), make([]string, 0, n)
	posted, returned := make([]calendar.Date, 0, n), make([]calendar.Date, 0, n)
	suspected := make([]bool, 0, n)
	for _, p := range pieces {
		ids, states, why = append(ids, p.ID), append(states, p.State), append(why, short(p.ReturnReason))
		posted, returned = append(posted, p.PostedOn), append(returned, p.ReturnedOn)
		suspected = append(suspected, !p.SuspectedAt.IsZero())
	}
	_, err := tx.Exec(ctx, `
		UPDATE pieces p SET state = u.state, posted_on = u.posted, returned_on = u.returned, return_reason = u.why,
			suspected_at = CASE WHEN u.suspected THEN coalesce(p.suspected_at, @now) END,
			state_at = CASE WHEN p.state = u.state THEN p.state_at ELSE @now END
		FROM unnest(@ids::bigint[], @states::text[], @posted::date[], @returned::date[], @why::text[], @suspected::boolean[])
			u (id, state, posted, returned, why, suspected)
		WHERE p.id = u.id`,
		pgx.NamedArgs{"ids": ids, "states": states, "posted": posted, "returned": returned, "why": why, "suspected": suspected, "now": now})
	if err != nil {
		return fmt.Errorf("keep reports on pieces: %w", err)
	}
	return nil
}

// batchReport is one line of what was reported.
type batchReport struct {
	vendor    VendorID
	batch     BatchID
	piece     PieceID
	reference string
	kind      string
	on        calendar.Date
	reason    string
	docket    string
	from, to  int // sequences
	verdict   string
	why       string
}

// kinds are what the table of reports knows.
var kinds = []string{"pulled", "accepted", "rejected", "printed", "enclosed", "posted", "returned", "spoiled", "suspected", "unsuspected",
	"recalled", "failed", "forwarded", "delivered", "too late", "destroyed"}

// note writes down what was reported, as told. What nobody can report, such as
// a status of a name that does not exist, is "other".
func note(ctx context.Context, tx pgx.Tx, now time.Time, lines ...batchReport) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"reports"}, []string{"vendor_id", "batch_id", "piece_id", "reference", "kind", "report_on",
		"reason", "docket", "from_sequence", "to_sequence", "verdict", "why", "recorded_at"},
		pgx.CopyFromSlice(len(lines), func(i int) ([]any, error) {
			l := lines[i]
			if l.verdict == "" {
				l.verdict = Applied
			}
			if !slices.Contains(kinds, l.kind) {
				l.kind = "other"
			}
			return []any{orNull(l.vendor), orNull(l.batch), orNull(l.piece), l.reference, l.kind, l.on, l.reason, l.docket,
				orNull(l.from), orNull(l.to), l.verdict, l.why, now}, nil
		}))
	if err != nil {
		return fmt.Errorf("note reports: %w", err)
	}
	return nil
}

func orNull[T ~int | ~int64](id T) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}
