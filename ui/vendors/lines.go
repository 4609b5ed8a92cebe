package vendors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

const (
	ndjson      = "application/x-ndjson"
	linesAtOnce = 2000
)

// lineJSON is one line of pieces.ndjson.
type lineJSON struct {
	Sequence   int                `json:"sequence"`
	Reference  string             `json:"reference"`
	FirstPage  int                `json:"first_page"`
	Pages      int                `json:"pages"`
	Sheets     int                `json:"sheets"`
	Postcode   string             `json:"postcode"`
	State      letters.PieceState `json:"state"`
	StateAt    time.Time          `json:"state_at"`
	PostedOn   *calendar.Date     `json:"posted_on,omitempty"`
	ReturnedOn *calendar.Date     `json:"returned_on,omitempty"`
	Suspected  bool               `json:"suspected,omitempty"`
	Recalled   bool               `json:"recalled,omitempty" doc:"It is asked back, and you have not answered."`
}

// endJSON is the last line.
type endJSON struct {
	Reference string `json:"reference" oneof:"END"`
	Pieces    int    `json:"pieces"`
}

// pieces streams where each piece of a batch is. It holds a few thousand of
// them at a time, however many there are.
func (d *desk) pieces(c *fiber.Ctx) error {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return err
	}
	lines := &pieceLines{ctx: context.WithoutCancel(c.UserContext()), mailroom: d.mailroom, vendor: vendorOf(c), batch: b.ID}
	if err := lines.fill(); err != nil { // what fails at once can still be told
		return err
	}
	attach(c, ndjson, b.Code+".ndjson")
	return c.SendStream(lines)
}

type pieceLines struct {
	ctx      context.Context //nolint:containedctx // a reader has no other way to be told
	mailroom *letters.Mailroom
	vendor   letters.VendorID
	batch    letters.BatchID
	last     int
	sent     int
	ended    bool
	buffer   bytes.Buffer
}

// Read hands out lines. Where they cannot be read it fails, and the answer
// breaks off without its last line.
func (l *pieceLines) Read(p []byte) (int, error) {
	if l.buffer.Len() == 0 {
		if l.ended {
			return 0, io.EOF
		}
		if err := l.fill(); err != nil {
			return 0, err
		}
	}
	return l.buffer.Read(p)
}

func (l *pieceLines) fill() error {
	list, err := l.mailroom.PieceLines(l.ctx, l.vendor, l.batch, l.last, linesAtOnce)
	if err != nil {
		return err
	}
	out := json.NewEncoder(&l.buffer)
	for _, p := range list {
		line := lineJSON{Sequence: p.Sequence, Reference: p.Reference, FirstPage: p.FirstPage, Pages: p.Pages, Sheets: p.Sheets, Postcode: p.Postcode,
			State: p.State, StateAt: utc(p.StateAt), PostedOn: dated(p.PostedOn), ReturnedOn: dated(p.ReturnedOn), Suspected: p.Suspected, Recalled: p.Recalled}
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("write pieces: %w", err)
		}
		l.last = p.Sequence
	}
	l.sent += len(list)
	if len(list) < linesAtOnce {
		l.ended = true
		if err := out.Encode(endJSON{"END", l.sent}); err != nil {
			return fmt.Errorf("write pieces: %w", err)
		}
	}
	return nil
}

// dated is nil for no date.
func dated(on calendar.Date) *calendar.Date {
	if on.IsZero() {
		return nil
	}
	return &on
}

// piece draws one piece again.
func (d *desk) piece(c *fiber.Ctx) error {
	p, err := d.mailroom.PieceOf(c.UserContext(), vendorOf(c), c.Params("reference"))
	if err != nil {
		return err
	}
	if p.BatchCode != c.Params("code") {
		return fault.New(fault.NotFound, "There is no such letter.")
	}
	pdf, err := d.mailroom.Reprint(c.UserContext(), vendorOf(c), p.Reference)
	if err != nil {
		return err
	}
	attach(c, "application/pdf", p.Reference+".pdf")
	return c.Send(pdf)
}
