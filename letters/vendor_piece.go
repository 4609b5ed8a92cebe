package letters

import (
	"time"

	"duenotice/campaigns/calendar"
)

// PieceLine is one piece of a batch as its vendor sees it: what the manifest
// says of it, and where it is now.
type PieceLine struct {
	Sequence   int
	Reference  string
	FirstPage  int
	Pages      int
	Sheets     int
	Postcode   string
	State      PieceState
	StateAt    time.Time
	PostedOn   calendar.Date
	ReturnedOn calendar.Date
	Suspected  bool
	Recalled   bool // asked back, and not answered yet
}
