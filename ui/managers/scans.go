package managers

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/letters"
	"duenotice/letters/scan"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// scansShown is how many files of scans the page lists, the newest first.
const scansShown = 50

type scansPage struct {
	Files    []letters.Scan
	Campaign page.Select
	Received page.DateInput
	File     page.FileUpload
	MaxPages int
	Ticked   string
}

func (h *Hall) scans(c *fiber.Ctx, by campaigns.Viewer) error { return h.showScans(c, by, nil) }

func (h *Hall) showScans(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	files, err := h.Mailroom.Scans(c.UserContext(), by, scansShown)
	if err != nil {
		return err
	}
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	today := h.Clock.Today()
	body := scansPage{Files: files, MaxPages: scan.MaxPages, Ticked: fmt.Sprintf("%.0f%%", scan.TickedFrom*100),
		Campaign: page.Select{Field: page.Field{Name: "campaign", Label: "Campaign", Hint: "The mark on each form decides; this one counts where there is none", Error: wrong.For("campaign")}},
		Received: page.DateInput{Field: page.Field{Name: "received", Label: "The forms came on", LabelSize: "s", Hint: "The day they came by post: they count from this day", Error: wrong.For("received")}},
		File:     page.FileUpload{Field: page.Field{Name: "file", Label: "The scans", Hint: fmt.Sprintf("PDF, PNG or TIFF, at most %d pages and %d MB; 150 to 600 dots an inch", scan.MaxPages, scan.MaxBytes>>20), Error: wrong.For("file")}}}
	y, m, d := today.Civil()
	body.Received.Day, body.Received.Month, body.Received.Year = fmt.Sprint(d), fmt.Sprint(int(m)), fmt.Sprint(y)
	for _, k := range list {
		body.Campaign.Options = append(body.Campaign.Options, page.Option{Value: k.Code, Text: k.Name + ", " + k.Code})
	}
	return h.show(c, "scans.html", page.View{Title: "Scanned forms", Active: "/holds", Problem: wrong, Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

// uploadScans takes a file of scans as it comes.
func (h *Hall) uploadScans(c *fiber.Ctx, by campaigns.Viewer) error {
	var id letters.ScanID
	err := h.streamed(c, func(fields map[string]string, part *multipart.Part) error {
		on, err := dayTyped(fields, "received")
		if err != nil {
			return err
		}
		name, file, err := fileOf(part)
		if err != nil {
			return err
		}
		id, err = h.Mailroom.ReceiveScans(context.WithoutCancel(c.UserContext()), by, fields["campaign"], name, on, file)
		if fault.Is(err, fault.NotFound) {
			return fault.In("campaign", fault.Invalid, "Choose one of your campaigns.")
		}
		return err
	})
	if err == nil {
		return h.taken(c, fmt.Sprintf("/scans/%d", id), "The scans are received and are being read, page by page.")
	}
	return h.notTaken(c, err, func(wrong page.Problems) error { return h.showScans(c, by, wrong) })
}

// dayTyped reads a date input of a form that came part by part.
func dayTyped(fields map[string]string, name string) (calendar.Date, error) {
	n := func(box string) int {
		v, err := strconv.Atoi(strings.TrimSpace(fields[name+"["+box+"]"]))
		if err != nil {
			return -1
		}
		return v
	}
	day, wrong := intake.Day(fmt.Sprintf("%04d-%02d-%02d", n("year"), n("month"), n("day")))
	if wrong != "" || day.IsZero() {
		return day, fault.In(name+"-day", fault.Invalid, "Give a day, a month and a year.")
	}
	return day, nil
}

type scanPage struct {
	letters.Scan
	List []letters.ScanPage
	SHA  string
}

func (h *Hall) oneScan(c *fiber.Ctx, by campaigns.Viewer) (letters.Scan, []letters.ScanPage, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return letters.Scan{}, nil, fault.New(fault.NotFound, "There is no such scan.")
	}
	return h.Mailroom.Scan(c.UserContext(), by, letters.ScanID(id))
}

func (h *Hall) scan(c *fiber.Ctx, by campaigns.Viewer) error {
	s, pages, err := h.oneScan(c, by)
	if err != nil {
		return err
	}
	for i := range pages {
		pages[i].Reference = letters.PrintedReference(pages[i].Reference)
	}
	return h.show(c, "scan.html", page.View{Title: fmt.Sprintf("Scan %d", s.ID), Active: "/holds",
		Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}, {Text: "Scanned forms", Href: "/scans"}}, Body: scanPage{s, pages, s.SHA256}})
}

// scanProgress is how far the reading is, for the page's script.
func (h *Hall) scanProgress(c *fiber.Ctx, by campaigns.Viewer) error {
	s, _, err := h.oneScan(c, by)
	if err != nil {
		return err
	}
	if s.State != "waiting" {
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.JSON(fiber.Map{"share": s.Done() * 100 / max(1, s.Pages), "now": fmt.Sprintf("Page %d of %d is read.", s.Done(), s.Pages), "rest": ""})
}

func (h *Hall) scanOriginal(c *fiber.Ctx, by campaigns.Viewer) error {
	s, _, err := h.oneScan(c, by)
	if err != nil {
		return err
	}
	r, err := h.Mailroom.ScanOriginal(context.WithoutCancel(c.UserContext()), by, s.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/octet-stream")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="scan-%d"`, s.ID))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(r, int(s.Bytes))
}

// scannedPage is the picture of a page, or the part of it that is asked for.
func (h *Hall) scannedPage(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	picture, err := h.Mailroom.ScanPicture(c.UserContext(), by, id, c.Query("part"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "image/jpeg")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(bytes.NewReader(picture), len(picture))
}
