package letters

import "time"

// VendorProof is a wording that a vendor is to print, as its vendor sees it.
type VendorProof struct {
	ID       int64 // of the pack's source
	Code     string
	Version  int
	Language string
	Format   string
	Passed   bool   // what the vendor said last of its proof
	Reason   string // of a proof that did not pass
	JudgedAt time.Time
}
