package letters

import "time"

// Vendor prints and posts letters.
type Vendor struct {
	ID          VendorID
	Code        string
	Name        string
	CutOff      string // London time after which nothing is taken for the next day: 17:30
	LastHeardAt time.Time
}

// VendorKey is an API key of a vendor as lists show it; the key itself is shown once.
type VendorKey struct {
	ID        int64
	Hint      string // its last four characters
	CreatedAt time.Time
	RevokedAt time.Time
}
