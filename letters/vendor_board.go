package letters

import (
	"time"

	"duenotice/campaigns/calendar"
)

// The lists of a vendor's board.
const (
	BoardOpen     = "open"     // not posted yet: to pull, to accept and to post together
	BoardPull     = "pull"     // released, and not fetched
	BoardAccept   = "accept"   // fetched
	BoardPost     = "post"     // accepted
	BoardPosted   = "posted"   // nothing of it is with the vendor any more
	BoardRejected = "rejected" // given back
)

// Boards are the lists in their order.
var Boards = []string{BoardOpen, BoardPull, BoardAccept, BoardPost, BoardPosted, BoardRejected}

// BoardCount sums up one list of a vendor's board.
type BoardCount struct {
	Batches, Pieces, Sheets int
	Bytes                   int64
}

func (c BoardCount) add(o BoardCount) BoardCount {
	return BoardCount{c.Batches + o.Batches, c.Pieces + o.Pieces, c.Sheets + o.Sheets, c.Bytes + o.Bytes}
}

// BoardLine is a batch on a vendor's board.
type BoardLine struct {
	Batch
	OpenRecalls int
	LastDay     calendar.Date // the earliest last day that its letters state; zero: unknown
}

// Board is where a batch stands that its vendor sees.
func (b Batch) Board() string {
	switch {
	case b.State == PostedWhole:
		return BoardPosted
	case b.State == RejectedWhole:
		return BoardRejected
	case b.State == Accepted:
		return BoardPost
	case b.PulledAt.IsZero():
		return BoardPull
	}
	return BoardAccept
}

// VendorWaits is what waits for a vendor's answer, beside batches.
type VendorWaits struct {
	Recalls       int
	RecallBatches int
	Proofs        int // wordings it has said nothing of, or that did not pass
	Copies        int // batches whose copies are to be destroyed and were not declared so
	CopiesFirst   string
	CopiesLast    string
	CopiesBy      calendar.Date // the day by which the first of them is to be
	StillPieces   int
	KeyUsedAt     time.Time // zero: no key was ever used
}

// InvoiceLook is an invoice as lists show it.
type InvoiceLook struct {
	ID         int64
	Number     string
	IssuedOn   calendar.Date
	Total      Money
	Lines      int
	ReceivedAt time.Time
}
