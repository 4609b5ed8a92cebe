package vendors

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

type booksPage struct {
	Sum   letters.Account
	Lines []bookLine
	Wrong []string
	All   bool
}

type bookLine struct {
	letters.Account
	Waits int
	Fits  bool
}

const booksOnPage = 200

func (p *People) accounts(c *fiber.Ctx, who letters.VendorPerson) (body booksPage, err error) {
	ctx := c.UserContext()
	list, err := p.Mailroom.Ledger(ctx, campaigns.Viewer{}, letters.BalanceFilter{Vendor: who.Vendor})
	if err != nil {
		return body, err
	}
	working, err := p.Mailroom.Register.Working(ctx)
	if err != nil {
		return body, err
	}
	today := p.Mailroom.Clock.Today()
	for i := len(list) - 1; i >= 0; i-- { // newest first
		wrong := list[i].Wrong()
		body.Sum, body.Wrong = body.Sum.AddTo(list[i]), append(body.Wrong, wrong...)
		body.Lines = append(body.Lines, bookLine{list[i], list[i].Waits(today, working), len(wrong) == 0})
	}
	return body, nil
}

func (p *People) books(c *fiber.Ctx, who letters.VendorPerson) error {
	body, err := p.accounts(c, who)
	if err != nil {
		return err
	}
	body.All = len(body.Lines) <= booksOnPage
	body.Lines = body.Lines[:min(len(body.Lines), booksOnPage)]
	return p.show(c, "books.html", page.View{Title: "Books", Active: "/books", Body: body})
}

func (p *People) booksCSV(c *fiber.Ctx, who letters.VendorPerson) error {
	body, err := p.accounts(c, who)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"batch", "released_on", "released", "posted", "returned", "spoiled", "rejected", "recalled", "failed", "forwarded", "with_you", "adds_up"}}
	for _, l := range body.Lines {
		row := []string{l.Batch, l.ReleasedOn.String()}
		for _, n := range []int{l.Released, l.Posted, l.Returned, l.Spoiled, l.Rejected, l.Recalled, l.Failed, l.Forwarded, l.Still} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, map[bool]string{true: "yes", false: "no"}[l.Balanced()]))
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write books: %w", err)
	}
	attach(c, "text/csv", "books-"+who.VendorCode+"-"+p.Mailroom.Clock.Today().String()+".csv")
	return c.Send(file.Bytes())
}

type invoicesPage struct {
	Invoices []letters.InvoiceLook
	Number   page.Input
	IssuedOn page.Input
	File     page.FileUpload
}

// invoiceColumns are the headings of an invoice's file; money is in pounds.
var invoiceColumns = []string{"item", "batch", "quantity", "unit_price", "amount"}

func (p *People) invoices(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.showInvoices(c, who, nil)
}

func (p *People) showInvoices(c *fiber.Ctx, who letters.VendorPerson, wrong page.Problems) error {
	list, err := p.Mailroom.Invoices(c.UserContext(), who.Vendor)
	if err != nil {
		return err
	}
	return p.show(c, "invoices.html", page.View{Title: "Invoices", Active: "/invoices", Problem: wrong, Body: invoicesPage{Invoices: list,
		Number:   page.Input{Field: page.Field{Name: "number", Label: "Number of the invoice", Error: wrong.For("number")}, Value: typed(c, wrong, "number", ""), Width: "20", Spellcheck: "false"},
		IssuedOn: dateField("issued_on", "Issued on", "", typed(c, wrong, "issued_on", ""), wrong),
		File:     page.FileUpload{Field: page.Field{Name: "file", Label: "Its lines", Hint: "CSV with " + strings.Join(invoiceColumns, ", ") + "; money in pounds without tax, such as 0.685", Error: wrong.For("file")}}}})
}

func (p *People) sendInvoice(c *fiber.Ctx, who letters.VendorPerson) error {
	var wrong page.Problems
	v := letters.Invoice{Number: strings.TrimSpace(c.FormValue("number")), IssuedOn: dateOf(c, "issued_on", &wrong)}
	head, err := c.FormFile("file")
	if err != nil || head.Size == 0 {
		wrong.Add("file", "Choose a file.")
	} else {
		f, err := head.Open()
		if err != nil {
			return fmt.Errorf("open uploaded file: %w", err)
		}
		defer f.Close()
		if v.Lines, err = readInvoiceLines(f); err != nil {
			wrong.Add("file", err.Error())
		}
	}
	for _, l := range v.Lines {
		v.Total += l.Amount
	}
	if len(wrong) == 0 {
		err := p.byHand(c, who, "invoice", "invoice", v.Number[:min(len(v.Number), 60)], func() error {
			_, err := p.Mailroom.TakeInvoice(c.UserContext(), who.Vendor, v)
			return err
		})
		if f := fault.Of(err); f != nil && (f.Field == "lines" || f.Field == "total") {
			err = fault.In("file", f.Kind, "%s", f.Sentence)
		}
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return p.showInvoices(c, who, wrong)
	}
	list, err := p.Mailroom.Invoices(c.UserContext(), who.Vendor)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.Number == v.Number {
			return p.done(c, fmt.Sprintf("/invoices/%d", one.ID), "The invoice is here, and compared with what you reported as posted.")
		}
	}
	return page.SeeOther(c, "/invoices")
}

// readInvoiceLines reads the file of an invoice; what is wrong is a sentence.
func readInvoiceLines(r io.Reader) ([]letters.InvoiceLine, error) {
	text, err := io.ReadAll(io.LimitReader(r, BodyLimit))
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file cannot be read.")
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = len(invoiceColumns)
	rows, err := in.ReadAll()
	if err != nil || len(rows) < 2 || !strings.EqualFold(strings.Join(rows[0], ","), strings.Join(invoiceColumns, ",")) {
		return nil, fault.New(fault.Invalid, "The first line has to be: %s. Each line after it has as many fields.", strings.Join(invoiceColumns, ","))
	}
	lines := make([]letters.InvoiceLine, len(rows)-1)
	for i, row := range rows[1:] {
		quantity, err := strconv.Atoi(strings.TrimSpace(row[2]))
		price, ok1 := moneyOf(row[3])
		amount, ok2 := moneyOf(row[4])
		if err != nil || !ok1 || !ok2 {
			return nil, fault.New(fault.Invalid, "Line %d needs a whole number as quantity, and prices in pounds with at most four decimals.", i+2)
		}
		lines[i] = letters.InvoiceLine{Item: strings.TrimSpace(row[0]), Batch: strings.TrimSpace(row[1]), Quantity: quantity, UnitPrice: price, Amount: amount}
	}
	return lines, nil
}

// moneyOf reads pounds exactly, to the hundredth of a penny.
func moneyOf(text string) (letters.Money, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "£")
	if text == "" || strings.Trim(text, "0123456789.") != "" || len(text) > 20 {
		return 0, false
	}
	pounds, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	units := pounds.Mul(pounds, big.NewRat(10_000, 1))
	if !units.IsInt() || !units.Num().IsInt64() {
		return 0, false
	}
	return letters.Money(units.Num().Int64()), true
}

type invoicePage struct {
	letters.Invoice
	Checked     []invoiceCheckLine
	Unexplained int
}

type invoiceCheckLine struct {
	letters.InvoiceLine
	letters.InvoiceCheck
}

func (p *People) invoice(c *fiber.Ctx, who letters.VendorPerson) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || id < 1 {
		return fault.New(fault.NotFound, "There is no such invoice.")
	}
	v, checks, err := p.Mailroom.InvoiceOf(c.UserContext(), who.Vendor, id)
	if err != nil {
		return err
	}
	body := invoicePage{Invoice: v}
	for i, k := range checks {
		body.Checked = append(body.Checked, invoiceCheckLine{v.Lines[i], k})
		if k.Unexplained > 0 {
			body.Unexplained++
		}
	}
	return p.show(c, "invoice.html", page.View{Title: "Invoice " + v.Number, Active: "/invoices", Crumbs: []page.Link{{Text: "Invoices", Href: "/invoices"}}, Body: body})
}
