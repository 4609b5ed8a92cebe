package letters

import (
	"fmt"
	"time"

	"duenotice/campaigns/calendar"
)

// Account is what became of the pieces of one batch, how old what is still
// there is, and what it costs.
type Account struct {
	Balance
	ID           BatchID
	CampaignCode string
	WaveNumber   int // 0 for letters sent after their wave
	VendorName   string
	State        string
	Pack         string // its code
	MayPrint     bool   // the pack is one that the vendor may print
	DueAt        time.Time
	PulledAt     time.Time
	AcceptedAt   time.Time
	OldestStill  time.Time // since when the piece that lies longest with the vendor has its state; zero: none lies there
	OpenRecalls  int
	Postage      Money // of what was posted, by the tariff of each day
	Unpriced     int   // posted pieces for which the tariff has no price
	Unposted     int   // pieces that came back and were never reported as posted
	Invoiced     Money // what the vendor's invoices charge for this batch, all items together
	Charged      int   // the largest number of pieces that one item charges for it
}

// AddTo sums two accounts; the names stay those of the first, the ages are the
// older ones.
func (a Account) AddTo(o Account) Account {
	a.Balance = a.Balance.Add(o.Balance)
	a.OpenRecalls += o.OpenRecalls
	a.Unposted += o.Unposted
	a.Postage += o.Postage
	a.Unpriced += o.Unpriced
	a.Invoiced += o.Invoiced
	a.Charged += o.Charged
	if a.OldestStill.IsZero() || !o.OldestStill.IsZero() && o.OldestStill.Before(a.OldestStill) {
		a.OldestStill = o.OldestStill
	}
	return a
}

// Waits is for how many working days the oldest piece has not moved.
func (a Account) Waits(today calendar.Date, w calendar.Working) int {
	if a.OldestStill.IsZero() {
		return 0
	}
	return w.Between(calendar.DateOf(a.OldestStill), today)
}

// Wrong says in sentences what does not fit in the books of a batch.
func (a Account) Wrong() []string {
	var list []string
	for _, w := range a.misfits() {
		list = append(list, w.says)
	}
	return list
}

// misfit is something that does not fit in the books of a batch.
type misfit struct{ kind, says string }

func (a Account) misfits() (list []misfit) {
	add := func(kind, format string, args ...any) {
		list = append(list, misfit{kind, fmt.Sprintf(format, args...)})
	}
	if !a.Balanced() {
		add("sum", "Batch %s does not add up: %d pieces were released and %d are accounted for.", a.Batch, a.Released,
			a.Posted+a.Spoiled+a.Rejected+a.Recalled+a.Failed+a.Forwarded+a.Still)
	}
	if !a.MayPrint {
		add("pack", "Batch %s is printed with the pack %s, which was not agreed with %s.", a.Batch, a.Pack, a.VendorName)
	}
	if a.Posted > 0 && a.PulledAt.IsZero() {
		add("never fetched", "%s reported %d pieces of batch %s as posted, but never fetched the batch.", a.VendorName, a.Posted, a.Batch)
	}
	if a.Unposted > 0 {
		add("never posted", "%d pieces of batch %s came back and were never reported as posted.", a.Unposted, a.Batch)
	}
	if a.Charged > a.Posted+a.Spoiled+a.Forwarded {
		add("charged", "%s charges for %d pieces of batch %s, of which %d were posted, spoiled or forwarded.", a.VendorName, a.Charged, a.Batch,
			a.Posted+a.Spoiled+a.Forwarded)
	}
	return list
}

// Warning is something about a vendor that somebody has to look at.
type Warning struct{ Kind, Key, Sentence string }
