package managers

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// bookLine is one line of the vendors' books: a batch, a wave or a vendor.
type bookLine struct {
	letters.Account
	Name  string
	Href  string
	Sub   string
	Waits int
	Wrong []string
}

type booksPage struct {
	By       string // batch, wave or vendor
	Vendor   string
	Campaign string
	Lines    []bookLine
	Sum      letters.Account
	Wrong    []string
	Filter   page.Select
	CSV      string
	Ways     []page.Link
}

// vendorBooks is what became of every released letter, with its age and its price.
func (h *Hall) vendorBooks(c *fiber.Ctx, by campaigns.Viewer) error {
	body, err := h.books(c, by)
	if err != nil {
		return err
	}
	return h.show(c, "vendorbooks.html", page.View{Title: "Vendors’ books", Active: "/vendors", Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}}, Body: body})
}

func (h *Hall) books(c *fiber.Ctx, by campaigns.Viewer) (booksPage, error) {
	ctx := c.UserContext()
	body := booksPage{By: c.Query("by", "batch"), Vendor: strings.ToUpper(c.Query("vendor")), Campaign: strings.ToUpper(c.Query("campaign"))}
	if body.By != "batch" && body.By != "wave" && body.By != "vendor" {
		return body, fault.New(fault.NotFound, "The books are kept by batch, by wave and by vendor.")
	}
	vendors, err := h.Mailroom.Vendors(ctx)
	if err != nil {
		return body, err
	}
	body.Filter = page.Select{Field: page.Field{Name: "vendor", Label: "Vendor"}, Chosen: body.Vendor, Options: []page.Option{{Text: "All vendors"}}}
	var f letters.BalanceFilter
	for _, v := range vendors {
		body.Filter.Options = append(body.Filter.Options, page.Option{Value: v.Code, Text: v.Name})
		if v.Code == body.Vendor {
			f.Vendor = v.ID
		}
	}
	if body.Vendor != "" && f.Vendor == 0 {
		return body, fault.New(fault.NotFound, "There is no such vendor.")
	}
	ledger, err := h.Mailroom.Ledger(ctx, by, f)
	if err != nil {
		return body, err
	}
	at := map[string]int{}
	for _, a := range ledger {
		if body.Campaign != "" && a.CampaignCode != body.Campaign {
			continue
		}
		l := lineOfBooks(body.By, a, h.Clock.Today())
		body.Wrong = append(body.Wrong, l.Wrong...)
		body.Sum = body.Sum.AddTo(a)
		if i, known := at[l.Name]; known {
			body.Lines[i].Account = body.Lines[i].AddTo(a)
			body.Lines[i].Wrong = append(body.Lines[i].Wrong, l.Wrong...)
			continue
		}
		at[l.Name] = len(body.Lines)
		body.Lines = append(body.Lines, l)
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return body, err
	}
	for i := range body.Lines {
		body.Lines[i].Waits = body.Lines[i].Account.Waits(h.Clock.Today(), working)
	}
	body.links()
	return body, nil
}

// lineOfBooks names the line on which a batch is counted.
func lineOfBooks(by string, a letters.Account, today calendar.Date) bookLine {
	l := bookLine{Account: a, Name: a.Batch, Href: "/batches/" + a.Batch, Sub: a.Vendor + ", " + page.Day(a.ReleasedOn, today), Wrong: a.Wrong()}
	switch by {
	case "wave":
		l.Href, l.Sub = "/campaigns/"+a.CampaignCode, a.Vendor
		l.Name = a.CampaignCode + ", after its waves"
		if a.WaveNumber > 0 {
			l.Name = fmt.Sprintf("%s, wave %d", a.CampaignCode, a.WaveNumber)
			l.Href += fmt.Sprint("/waves/", a.WaveNumber)
		}
	case "vendor":
		l.Name, l.Href, l.Sub = a.VendorName, "/vendors/"+a.Vendor, a.Vendor
	}
	return l
}

func (b *booksPage) links() {
	with := func(path, by string) string {
		path += "?by=" + by
		if b.Vendor != "" {
			path += "&vendor=" + b.Vendor
		}
		if b.Campaign != "" {
			path += "&campaign=" + b.Campaign
		}
		return path
	}
	for _, by := range []string{"batch", "wave", "vendor"} {
		b.Ways = append(b.Ways, page.Link{Text: "By " + by, Href: with("/vendors/books", by)})
	}
	b.CSV = with("/vendors/books.csv", b.By)
}

var bookColumns = []string{"name", "vendor", "released", "posted", "returned", "spoiled", "rejected", "recalled", "failed", "forwarded", "with the vendor",
	"adds up", "under suspicion", "open recalls", "oldest waits working days", "postage GBP", "posted without a price", "invoiced GBP", "pieces invoiced", "what does not fit"}

// vendorBooksCSV is the same as a file for a spreadsheet.
func (h *Hall) vendorBooksCSV(c *fiber.Ctx, by campaigns.Viewer) error {
	body, err := h.books(c, by)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	rows := [][]string{bookColumns}
	for _, l := range body.Lines {
		adds := "yes"
		if !l.Balanced() {
			adds = "no"
		}
		row := []string{l.Name, l.Vendor}
		for _, n := range []int{l.Released, l.Posted, l.Returned, l.Spoiled, l.Rejected, l.Recalled, l.Failed, l.Forwarded, l.Still} {
			row = append(row, strconv.Itoa(n))
		}
		row = append(row, adds, strconv.Itoa(l.Suspected), strconv.Itoa(l.OpenRecalls), strconv.Itoa(l.Waits), pounds(l.Postage), strconv.Itoa(l.Unpriced),
			pounds(l.Invoiced), strconv.Itoa(l.Charged), strings.Join(l.Wrong, " "))
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write the vendors' books: %w", err)
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="vendors-books-by-`+body.By+"-"+h.Clock.Today().String()+`.csv"`)
	return c.Send(file.Bytes())
}

// pounds writes money as spreadsheets read it: 1204.5000.
func pounds(m letters.Money) string { return fmt.Sprintf("%d.%04d", m/10_000, m%10_000) }

// harmless is a cell that no spreadsheet takes for a formula.
func harmless(cell string) string {
	if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}
