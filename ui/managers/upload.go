package managers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// MaxUpload is the largest file that is taken from a browser, in bytes; the
// command line takes larger ones.
const MaxUpload = 2 << 30

// uploadsAtOnce is how many files one process takes at the same time, and
// uploadPause how long one may send nothing.
const (
	uploadsAtOnce = 4
	uploadPause   = time.Minute
)

var (
	errCutOff   = fault.New(fault.Invalid, "The upload was cut off before the file was whole. Nothing of it was kept; upload it again.")
	errNoForm   = fault.New(fault.Invalid, "This is not the upload form. Load the page again and send the file once more.")
	errManyMore = fault.New(fault.TooMany, "Several files are being uploaded just now. Try again in a few minutes.")
)

// body is the request's body as it comes from the browser. It remembers why
// it ended, and waits a minute for the next bytes, however long the whole takes.
type body struct {
	r    io.Reader
	conn net.Conn
	err  error
}

func (b *body) Read(p []byte) (int, error) {
	if b.conn != nil {
		_ = b.conn.SetReadDeadline(calendar.Wall().Add(uploadPause)) // a connection that cannot keep time is read all the same
	}
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// upload takes a file of people: the token of the form first, then the
// campaign, then the file, which goes straight into the archive.
func (h *Hall) upload(c *fiber.Ctx, by campaigns.Viewer) error {
	var id campaigns.CohortID
	err := h.streamed(c, func(fields map[string]string, part *multipart.Part) (err error) {
		id, err = h.keep(c, by, fields, part)
		return err
	})
	if err == nil {
		return h.taken(c, fmt.Sprintf("/imports/%d", id), "The file is received and is being read, row by row. Nobody is enrolled before you accept it.")
	}
	return h.notTaken(c, err, func(wrong page.Problems) error { return h.showImports(c, by, wrong) })
}

// streamed takes a form with a file part by part, in the order of the page:
// the token, the fields, and the file as it comes.
func (h *Hall) streamed(c *fiber.Ctx, keep func(fields map[string]string, part *multipart.Part) error) error {
	if h.uploads.Add(1) > uploadsAtOnce {
		h.uploads.Add(-1)
		return errManyMore
	}
	defer h.uploads.Add(-1)
	_, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || params["boundary"] == "" {
		return errNoForm
	}
	in := &body{r: c.Context().RequestBodyStream(), conn: c.Context().Conn()}
	if in.r == nil {
		in.r = bytes.NewReader(c.Body())
	}
	err = h.takeUpload(c, multipart.NewReader(bufio.NewReaderSize(in, 1<<16), params["boundary"]), keep)
	// The rest of a form is read so that the connection can be used again, and
	// so that a browser still sending hears why; what is long is not waited for.
	if _, rest := io.CopyN(io.Discard, in, 4<<20); !errors.Is(rest, io.EOF) {
		c.Response().SetConnectionClose()
	}
	if err != nil && (in.err != nil || errors.Is(err, io.ErrUnexpectedEOF)) {
		return errCutOff
	}
	return err
}

func (h *Hall) takeUpload(c *fiber.Ctx, form *multipart.Reader, keep func(map[string]string, *multipart.Part) error) error {
	fields, checked := map[string]string{}, false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			if !checked {
				return errNoForm
			}
			return fault.In("file", fault.Invalid, "Choose a file that is not empty.")
		}
		if err != nil {
			return fmt.Errorf("read upload: %w", err)
		}
		name := part.FormName()
		if name == "file" {
			if !checked {
				return h.forms.Check(c, "")
			}
			return keep(fields, part)
		}
		value, err := io.ReadAll(io.LimitReader(part, 1<<10))
		if err != nil {
			return fmt.Errorf("read upload: %w", err)
		}
		if fields[name] = string(value); name == "_csrf" {
			if err := h.forms.Check(c, string(value)); err != nil {
				return err
			}
			checked = true
		}
	}
}

// fileOf is the file of a part and the name it had, made fit to be shown.
func fileOf(part *multipart.Part) (string, *bufio.Reader, error) {
	file := bufio.NewReaderSize(part, 1<<16)
	if _, err := file.Peek(1); errors.Is(err, io.EOF) {
		return "", nil, fault.In("file", fault.Invalid, "Choose a file that is not empty.")
	}
	name := strings.ToValidUTF8(path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), "")
	if r := []rune(name); len(r) > 120 {
		name = string(r[:120])
	}
	return name, file, nil
}

// keep hands the file on as it comes.
func (h *Hall) keep(c *fiber.Ctx, by campaigns.Viewer, fields map[string]string, part *multipart.Part) (campaigns.CohortID, error) {
	name, file, err := fileOf(part)
	if err != nil {
		return 0, err
	}
	ctx := context.WithoutCancel(c.UserContext()) // the bytes say when it is over
	if fields["corrects"] != "" {
		first, err := strconv.ParseInt(fields["corrects"], 10, 64)
		if err != nil {
			return 0, errNoForm
		}
		return h.Register.ReceiveCorrection(ctx, by, campaigns.CohortID(first), name, file)
	}
	id, err := h.Register.ReceiveCohort(ctx, by, fields["campaign"], name, file)
	if fault.Is(err, fault.NotFound) {
		return 0, fault.In("campaign", fault.Invalid, "Choose one of your campaigns.")
	}
	return id, err
}

// byScript tells whether the page's own script sent the file, which shows how
// far it is and goes on by itself.
func byScript(c *fiber.Ctx) bool { return c.Get("X-Upload") == "script" }

func (h *Hall) taken(c *fiber.Ctx, href, said string) error {
	if !byScript(c) {
		return h.done(c, href, "%s", said)
	}
	h.page.Say(c, said)
	return c.JSON(fiber.Map{"href": href})
}

// notTaken shows on the form why a file was not taken. What is no fault goes
// the way of all errors.
func (h *Hall) notTaken(c *fiber.Ctx, err error, show func(page.Problems) error) error {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Forbidden {
		return err
	}
	if byScript(c) {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": f.Sentence})
	}
	field := f.Field
	if field == "" {
		field = "file"
	}
	return show(page.Problems{{Field: field, Text: f.Sentence}})
}
