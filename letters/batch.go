package letters

import (
	"fmt"
	"path"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// The states of a batch.
const (
	Planned       = "planned"  // its people are known
	Composed      = "composed" // they have their notices
	Sealed        = "sealed"   // drawn; it never changes again
	Accepted      = "accepted" // the vendor prints it
	RejectedWhole = "rejected" // the vendor cannot print it
	PostedWhole   = "posted"   // nothing of it is with the vendor any more
	Empty         = "empty"    // nobody was left to write to
)

// Batch is letters printed as one file. Sealed, it never changes.
type Batch struct {
	ID             BatchID
	Code           string // NEL-2026-0001
	Campaign       campaigns.CampaignID
	CampaignCode   string
	Region         string
	Wave           campaigns.WaveID // 0 for letters sent after their wave
	WaveNumber     int
	Vendor         VendorID
	VendorCode     string
	Pack           string // code and version: STANDARD-1
	Language       string
	Format         string
	Postage        string
	State          string
	PlannedPostOn  calendar.Date
	DueAt          time.Time
	Composed       int
	Withheld       int
	Pieces         int
	Pages          int
	Sheets         int
	PDFBytes       int64
	PDFSHA256      []byte
	ManifestSHA256 []byte // SHA-256 of manifest.json
	CreatedAt      time.Time
	SealedAt       time.Time // zero until it happened, like the moments below
	LeaseUntil     time.Time
	PulledAt       time.Time
	AcceptedAt     time.Time
	RejectedAt     time.Time
	RejectReason   string
	PostedAt       time.Time
	SealedAs       string // name of its encrypted file; "" for one sealed before files were
}

// The files of a sealed batch carry part of their own checksum in their names,
// so that a name is never used for two contents.
func (b Batch) pdfKey() string {
	return fmt.Sprintf("batches/%d/%s-%x.pdf", b.Campaign, b.Code, b.PDFSHA256[:8])
}

// lettersKey is the name of what was printed, letter by letter, beside the file.
func (b Batch) lettersKey() string {
	return strings.TrimSuffix(b.SealedAs, ".pdf.sealed") + ".letters.sealed"
}

func (b Batch) manifestKey(kind string) string {
	return fmt.Sprintf("batches/%d/%s-%x.manifest.%s", b.Campaign, b.Code, b.ManifestSHA256[:8], kind)
}

// rowsKey is the name of what a specialist makes Braille or audio from.
func (b Batch) rowsKey() string {
	return strings.TrimSuffix(b.SealedAs, ".pdf.sealed") + ".rows.csv.sealed"
}

// FileName is the name of the batch's PDF as vendors keep it.
func (b Batch) FileName() string { return path.Base(b.pdfKey()) }

// BatchFilter chooses batches of a vendor, oldest first.
type BatchFilter struct {
	State string  // "" for every state a vendor sees
	After BatchID // the last one of the page before
	Limit int     // at most 500; 0 means 100
}

// Dispatch says that the pieces of a batch were handed to the post.
type Dispatch struct {
	PostedOn calendar.Date // none means today
	Docket   string        // the post's own reference
	Except   []string      // references of pieces that were not posted
}

// Range is some pieces of a batch by their sequence, both ends included.
type Range struct{ From, To int }

// Outcome says what became of a report on many pieces.
type Outcome struct {
	Applied int
	Already int
	Refused []Verdict
}

// WithheldCount is how many letters of a batch were not drawn for one reason.
type WithheldCount struct {
	Reason  string
	Letters int
}
