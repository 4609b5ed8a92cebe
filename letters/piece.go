package letters

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
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
	Notice       optout.NoticeID
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
	Stray     string `json:"-"` // of a return that fits no letter: "unknown", "elsewhere" or "known before"
}

// The verdicts.
const (
	Applied = "applied"
	Already = "already"
	Refused = "refused"
)
