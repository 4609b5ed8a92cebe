package letters

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// ScanID is the id of a file of scanned forms.
type ScanID int64

// Scan is a file of scanned forms as it came, and what became of its pages.
type Scan struct {
	ID         ScanID
	Campaign   campaigns.CampaignID
	Code       string // of the campaign
	FileName   string
	Bytes      int64
	SHA256     string // of the file, in hexadecimal
	ReceivedOn calendar.Date
	By         string
	RecordedAt time.Time
	State      string // "waiting", "read" or "refused"
	Why        string // why it was refused
	Pages      int    // of the file; 0 until it is opened
	Keyed      int    // pages that counted by themselves
	Held       int    // pages that a person looks at
	Again      int    // pages of forms that had counted before
	Blank      int
}

// Done is how many pages have been read.
func (s Scan) Done() int { return s.Keyed + s.Held + s.Again + s.Blank }

// ScanPage is what one page of a scan came to.
type ScanPage struct {
	ID        int64
	Scan      ScanID
	Page      int
	State     string // "keyed", "held", "again" or "blank"
	Reference string // of the letter, as the mark has it
	Says      string
	Why       string // why a person has to look
	Answer    string // the reference of the answer or the hold
	Hold      int64  // its id, where there is one
	HasParts  bool   // the form was found on it, so that parts can be shown
}

// The parts of a form that are shown beside the keys.
const (
	PartAnswer    = "answer"
	PartBorn      = "born"
	PartSignature = "signature"
	PartBehalf    = "behalf"
)

// part is a rectangle of the picture of a page, in millimetres of the sheet.
type part struct{ X0, Y0, X1, Y1 float64 }
