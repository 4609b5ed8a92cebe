package letters

import (
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Invoice is what a vendor charges, without tax.
type Invoice struct {
	Number   string
	IssuedOn calendar.Date
	Total    Money
	Lines    []InvoiceLine
}

// InvoiceLine charges so many of something.
type InvoiceLine struct {
	Item      string
	Batch     string // "": for something else than the pieces of one batch
	Quantity  int
	UnitPrice Money
	Amount    Money
}

// InvoiceCheck compares a line with what was reported as posted. Unexplained is
// how many of the charged pieces no report of posting explains, counting what
// earlier invoices charged for the same item and batch.
type InvoiceCheck struct {
	Line        int
	Posted      int
	Before      int
	Unexplained int
	Remark      string
}

const (
	mostInvoiceLines = 10_000
	mostQuantity     = 10_000_000
	mostPrice        = Money(10_000_000) // £1,000 apiece
)

// check says what does not add up within an invoice itself.
func (v Invoice) check(today calendar.Date) error {
	switch {
	case strings.TrimSpace(v.Number) == "" || len(v.Number) > 60:
		return fault.In("number", fault.Invalid, "An invoice has a number of at most 60 characters.")
	case v.IssuedOn.IsZero() || v.IssuedOn.After(today):
		return fault.In("issued_on", fault.Invalid, "Say when the invoice was issued; that is not later than today.")
	case len(v.Lines) == 0 || len(v.Lines) > mostInvoiceLines:
		return fault.In("lines", fault.Invalid, "An invoice has from 1 to 10,000 lines; this one has %d.", len(v.Lines))
	}
	var sum Money
	for i, l := range v.Lines {
		switch {
		case strings.TrimSpace(l.Item) == "" || len(l.Item) > 100:
			return fault.In("lines", fault.Invalid, "Line %d needs an item of at most 100 characters.", i+1)
		case l.Quantity < 0 || l.Quantity > mostQuantity || l.UnitPrice < 0 || l.UnitPrice > mostPrice:
			return fault.In("lines", fault.Invalid, "Line %d has a quantity or a price that cannot be.", i+1)
		case l.Amount != Money(l.Quantity)*l.UnitPrice:
			return fault.In("lines", fault.Invalid, "Line %d: %d times %s is not %s.", i+1, l.Quantity, l.UnitPrice.Pence(), l.Amount)
		}
		sum += l.Amount
	}
	if sum != v.Total {
		return fault.In("total", fault.Invalid, "The lines add up to %s, and the total says %s.", sum, v.Total)
	}
	return nil
}
