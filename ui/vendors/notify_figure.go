package vendors

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// notifyFigures is management information as the contract writes it.
type notifyFigures struct {
	Data notifyFigureItem `json:"data"`
}

type notifyFigureItem struct {
	ID         string              `json:"id,omitempty"`
	Type       string              `json:"type"`
	Attributes *notifyFigureDetail `json:"attributes"`
}

type notifyFigureDetail struct {
	LineItem       string   `json:"lineItem"`
	Timestamp      string   `json:"timestamp"`
	Quantity       *float64 `json:"quantity"`
	Specification  string   `json:"specificationId,omitempty"`
	Group          string   `json:"groupId,omitempty"`
	StockRemaining *float64 `json:"stockRemaining,omitempty"`
}

const notifyInformation = "ManagementInformation"

func (d *desk) notifyFigure(c *fiber.Ctx) error {
	var asked notifyFigures
	if err := notifyBody(c, &asked); err != nil {
		return err
	}
	a := asked.Data.Attributes
	if asked.Data.Type != notifyInformation || a == nil {
		return malformed("The type is %s, and it has attributes.", notifyInformation)
	}
	at, err := time.Parse(time.RFC3339, a.Timestamp)
	switch {
	case err != nil || at.Year() < 2000 || at.Year() > 9998:
		return malformed("The timestamp is a moment such as 2027-03-12T17:30:00Z.")
	case strings.TrimSpace(a.LineItem) == "" || len(a.LineItem) > 100:
		return malformed("The lineItem has from 1 to 100 characters.")
	case a.Quantity == nil || !quantity(*a.Quantity) || a.StockRemaining != nil && !quantity(*a.StockRemaining):
		return malformed("The quantity is a number that is not less than 0, and so is stockRemaining.")
	case len(a.Specification) > 100 || len(a.Group) > 100:
		return malformed("A specificationId and a groupId have at most 100 characters.")
	}
	f := letters.Figure{LineItem: a.LineItem, Quantity: *a.Quantity, EffectiveAt: at, Specification: a.Specification, Batch: a.Group, StockRemaining: a.StockRemaining}
	if f.ID, err = d.mailroom.TakeFigure(c.UserContext(), vendorOf(c), f); err != nil {
		return err
	}
	return notifySay(c, fiber.StatusCreated, figureOf(f))
}

func quantity(q float64) bool { return q >= 0 && q < 1e12 && !math.IsNaN(q) }

func figureOf(f letters.Figure) notifyFigures {
	return notifyFigures{notifyFigureItem{ID: strconv.FormatInt(f.ID, 10), Type: notifyInformation, Attributes: &notifyFigureDetail{
		LineItem: f.LineItem, Timestamp: f.EffectiveAt.UTC().Format(time.RFC3339Nano), Quantity: &f.Quantity,
		Specification: f.Specification, Group: f.Batch, StockRemaining: f.StockRemaining}}}
}

func (d *desk) notifyFigureRead(c *fiber.Ctx) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || id < 1 {
		return fault.New(fault.NotFound, "There is no such figure.")
	}
	f, err := d.mailroom.Figure(c.UserContext(), vendorOf(c), id)
	if err != nil {
		return err
	}
	return notifySay(c, fiber.StatusOK, figureOf(f))
}
