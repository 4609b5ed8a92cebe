package vendors

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/letters"
)

type invoice struct {
	Number   string        `json:"number"`
	IssuedOn day           `json:"issued_on"`
	Total    int64         `json:"total" doc:"Without tax, in hundredths of a penny, as all money here: the sum of the amounts."`
	Lines    []invoiceLine `json:"lines"`
}

type invoiceLine struct {
	Item      string `json:"item" doc:"What is charged, such as printing or second-class postage."`
	Batch     string `json:"batch" doc:"Whose pieces; none where it is for something else."`
	Quantity  int    `json:"quantity"`
	UnitPrice int64  `json:"unit_price"`
	Amount    int64  `json:"amount" doc:"quantity times unit_price."`
}

type invoiceJSON struct {
	Number string             `json:"number"`
	Lines  []invoiceCheckJSON `json:"lines"`
}

type invoiceCheckJSON struct {
	Line          int    `json:"line"`
	Posted        int    `json:"posted" doc:"Pieces of the batch that you reported as posted."`
	ChargedBefore int    `json:"charged_before" doc:"What earlier lines charged for the same item and batch."`
	Unexplained   int    `json:"unexplained" doc:"How many of this line no posting explains."`
	Remark        string `json:"remark,omitempty"`
}

func (d *desk) invoice(c *fiber.Ctx, asked invoice) (invoiceJSON, error) {
	v := letters.Invoice{Number: asked.Number, IssuedOn: asked.IssuedOn.Date, Total: letters.Money(asked.Total), Lines: make([]letters.InvoiceLine, len(asked.Lines))}
	for i, l := range asked.Lines {
		v.Lines[i] = letters.InvoiceLine{Item: l.Item, Batch: l.Batch, Quantity: l.Quantity, UnitPrice: letters.Money(l.UnitPrice), Amount: letters.Money(l.Amount)}
	}
	list, err := d.mailroom.TakeInvoice(c.UserContext(), vendorOf(c), v)
	if err != nil {
		return invoiceJSON{}, err
	}
	said := invoiceJSON{Number: v.Number, Lines: make([]invoiceCheckJSON, len(list))}
	for i, l := range list {
		said.Lines[i] = invoiceCheckJSON{l.Line, l.Posted, l.Before, l.Unexplained, l.Remark}
	}
	return said, nil
}
