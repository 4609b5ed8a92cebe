package client

import (
	"context"
	"net/http"

	"duenotice/campaigns/calendar"
)

// Invoice is what is charged, without tax. All money is in hundredths of a penny.
type Invoice struct {
	Number   string        `json:"number"`
	IssuedOn calendar.Date `json:"issued_on"`
	Total    int64         `json:"total"`
	Lines    []InvoiceLine `json:"lines"`
}

// InvoiceLine charges so many of something; Batch says whose pieces, if any.
type InvoiceLine struct {
	Item      string `json:"item"`
	Batch     string `json:"batch,omitempty"`
	Quantity  int    `json:"quantity"`
	UnitPrice int64  `json:"unit_price"`
	Amount    int64  `json:"amount"`
}

// Invoice sends an invoice. The same one again changes nothing.
func (c *Client) Invoice(ctx context.Context, v Invoice) error {
	return c.call(ctx, http.MethodPost, "/invoices", v, nil)
}
