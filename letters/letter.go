package letters

import (
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// Letter is one letter to one person as staff see it.
type Letter struct {
	Notice        optout.NoticeID
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
