package letters

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

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
