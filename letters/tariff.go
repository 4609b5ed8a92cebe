package letters

import (
	"slices"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/money"
)

// Money is an amount in hundredths of a penny.
type Money = money.Money

// Price is one line of the tariff: what one piece costs by one postage up to a
// weight, from a day until the next line of the same postage and weight begins.
type Price struct {
	Postage   string
	Size      string // letter, or large letter for what goes unfolded
	MaxGrams  int
	ValidFrom calendar.Date
	ValidTo   calendar.Date // the last day it holds; zero while nothing follows
	Price     Money
	AddedBy   string
	AddedAt   time.Time
}

func (p Price) check() error {
	switch {
	case !slices.Contains(Postages, p.Postage):
		return fault.In("postage", fault.Invalid, "Letters go first, second or economy class.")
	case p.Size != SmallLetter && p.Size != LargeLetter:
		return fault.In("size", fault.Invalid, "Post goes as a letter or as a large letter.")
	case p.MaxGrams < 1 || p.MaxGrams > mostGrams(p.Size):
		return fault.In("grams", fault.Invalid, "A %s weighs between 1 and %d g.", p.Size, mostGrams(p.Size))
	case p.ValidFrom.IsZero():
		return fault.In("from", fault.Invalid, "Say from which day the price holds.")
	case p.Price < 0 || p.Price > 100_000:
		return fault.In("price", fault.Invalid, "Give the price of one piece in pence, such as 38.45.")
	}
	return nil
}

// Cost is what the postage of some pieces comes to.
type Cost struct {
	Planned  Money // all pieces that are not ended, at the price of their day
	Charged  Money // of those that were posted
	Pieces   int
	Posted   int
	Unpriced int // pieces for which the tariff has no price
}

// Each is what one piece costs on average; 0 where none has a price.
func (c Cost) Each() Money {
	if n := c.Pieces - c.Unpriced; n > 0 {
		return c.Planned / Money(n)
	}
	return 0
}
