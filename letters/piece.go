package letters

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// PieceState is where one printed letter is.
type PieceState string

// The states of a piece, in the order in which they come; the last five end
// its way before the post has it. Delivered is only ever noted.
const (
	Released      PieceState = "released"
	PieceAccepted PieceState = "accepted"
	Printed       PieceState = "printed"
	Enclosed      PieceState = "enclosed"
	Posted        PieceState = "posted"
	Returned      PieceState = "returned"
	Rejected      PieceState = "rejected"
	Spoiled       PieceState = "spoiled"
	Recalled      PieceState = "recalled"
	Failed        PieceState = "failed"
	Forwarded     PieceState = "forwarded"
	Delivered     PieceState = "delivered"
)

// Piece is one printed letter.
type Piece struct {
	ID           PieceID
	Reference    string // DN4831772056
	Campaign     campaigns.CampaignID
	Notice       int64
	Enrolment    campaigns.EnrolmentID
	Person       campaigns.PersonID
	Number       int // of the notice
	Batch        BatchID
	BatchCode    string
	Vendor       VendorID
	Sequence     int
	State        PieceState
	PostedOn     calendar.Date
	ReturnedOn   calendar.Date // may be known before the posting is
	ReturnReason string
	SuspectedAt  time.Time // zero: not under suspicion
	StateAt      time.Time
	RecallOpen   bool
	Earliest     calendar.Date // it cannot have been posted before
}

// PieceReport is what a vendor or the post says of one piece.
type PieceReport struct {
	Reference string
	Status    PieceState
	On        calendar.Date // none means today
	Reason    string        // a return needs one
}

// Verdict answers one report: applied, already or refused, with the reason.
type Verdict struct {
	Reference string `json:"reference"`
	Verdict   string `json:"verdict"`
	Reason    string `json:"reason,omitempty"`
}

// The verdicts.
const (
	Applied = "applied"
	Already = "already"
	Refused = "refused"
)

// Letter is one letter to one person as staff see it.
type Letter struct {
	Notice        int64
	Number        int
	Batch         string // "" before it is in one
	Reference     string // "" before it is drawn
	State         PieceState
	ComposedOn    calendar.Date
	PrintedLastOn calendar.Date
	PostedOn      calendar.Date
	ClosesOn      calendar.Date
	ReturnedOn    calendar.Date
	ReturnReason  string
	Suspected     bool
	Void          bool
	VoidReason    string
}

// Recall is a piece asked back from the vendor before it is posted.
type Recall struct {
	ID        int64
	Reference string
	Batch     string
	Sequence  int
	Reason    string
	AskedAt   time.Time
}

// Balance is what became of the pieces of a batch.
type Balance struct {
	Batch      string
	Wave       campaigns.WaveID
	Vendor     string
	ReleasedOn calendar.Date
	Released   int // pieces in the sealed file
	Posted     int // returned among them
	Returned   int
	Suspected  int
	Spoiled    int
	Rejected   int
	Recalled   int
	Failed     int
	Forwarded  int
	Still      int // with the vendor
}

// Balanced tells whether every released piece is accounted for.
func (b Balance) Balanced() bool {
	return b.Released == b.Posted+b.Spoiled+b.Rejected+b.Recalled+b.Failed+b.Forwarded+b.Still
}

// Add sums two balances; the names stay those of the first.
func (b Balance) Add(o Balance) Balance {
	b.Released += o.Released
	b.Posted += o.Posted
	b.Returned += o.Returned
	b.Suspected += o.Suspected
	b.Spoiled += o.Spoiled
	b.Rejected += o.Rejected
	b.Recalled += o.Recalled
	b.Failed += o.Failed
	b.Forwarded += o.Forwarded
	b.Still += o.Still
	return b
}

// unknownPiece is said of a piece that is another's, too.
var unknownPiece = fault.New(fault.NotFound, "There is no piece with this reference.")
