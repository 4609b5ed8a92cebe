package vendors

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

// sandboxHeader is in every answer of the sandbox, and in no other.
const sandboxHeader = "Due-Notice-Sandbox"

// Sandboxed leads requests with a key of the sandbox there, before any other
// route sees them: the same API, over a mailroom whose letters are made up. It
// is opened with the first such request; open gives fault.Unavailable where an
// installation has none. Call it before Routes, with the renderer whose pages
// Routes adds.
func Sandboxed(app *fiber.App, r *page.Renderer, open func(context.Context) (*letters.Sandbox, error)) {
	g := &gate{config: app.Config(), page: r, open: open}
	app.Use("/vendor", g.lead)
	app.Use(notifyPrefix, g.lead)
}

type gate struct {
	config fiber.Config
	page   *page.Renderer
	open   func(context.Context) (*letters.Sandbox, error)
	mu     sync.Mutex
	inner  *fiber.App
}

func (g *gate) lead(c *fiber.Ctx) error {
	if !asksSandbox(c) {
		return c.Next()
	}
	inner, err := g.ready(c.UserContext())
	if fault.Is(err, fault.Unavailable) { // then nobody has such a key
		return c.Next()
	}
	if err != nil {
		return err
	}
	inner.Handler()(c.Context())
	return nil
}

// asksSandbox goes by the key, the token or the client id alone.
func asksSandbox(c *fiber.Ctx) bool {
	scheme, key, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if strings.EqualFold(scheme, "Bearer") && letters.ForSandbox(key) {
		return true
	}
	if c.Path() != prefix+"/token" {
		return false
	}
	client, _, basically := basic(c)
	if form, ok := formOf(c); ok && !basically {
		client = form.Get("client_id")
	}
	return letters.ForSandbox(client)
}

func (g *gate) ready(ctx context.Context) (*fiber.App, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inner != nil {
		return g.inner, nil
	}
	s, err := g.open(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	app := fiber.New(g.config)
	d := &desk{mailroom: s.Mailroom, sandbox: s, page: g.page, rate: newRate(calendar.Wall, 200, 1000)}
	app.Use(func(c *fiber.Ctx) error {
		c.Set(sandboxHeader, "true; letters are made up and nothing is posted")
		return c.Next()
	}, d.cuts)
	if err := d.hang(app); err != nil {
		return nil, err
	}
	g.inner = app
	return app, nil
}

// sandboxOperations are steps on demand. They are described with the rest, and
// only a key of the sandbox has them.
func (d *desk) sandboxOperations() []operation {
	return []operation{
		tell(d, "/sandbox/batches", "sandboxMakeBatch", small, "Sandbox: release a batch of made-up letters to yourself, now",
			"Only with a key of the sandbox, which begins with dnv_sandbox_. In it everything works as with real letters, and nothing reaches a person: they are made up, live at no address, and are marked as not to be posted. Every answer there has the header "+sandboxHeader+", every batch a code that begins with SANDBOX-.", d.sandboxBatch),
		tell(d, "/sandbox/batches/:code/lapse", "sandboxLapse", small, "Sandbox: let the lease of a batch lapse, now", "", d.sandboxLapse),
		tell(d, "/sandbox/batches/:code/cut", "sandboxCut", small, "Sandbox: cut the next pull of a batch's file",
			"The connection breaks off after so many bytes, once; what follows is answered as ever, so that you see your pull go on.", d.sandboxCut),
		tell(d, "/sandbox/batches/:code/recall", "sandboxRecall", small, "Sandbox: ask some pieces of a batch back", "As when their people say no.", d.sandboxRecall),
		tell(d, "/sandbox/batches/:code/return", "sandboxReturn", small, "Sandbox: let some posted pieces of a batch come back", "", d.sandboxReturn),
		tell(d, "/sandbox/batches/:code/spoil", "sandboxSpoil", small, "Sandbox: ruin some pieces of a batch", "A batch with those that replace them is released at once.", d.sandboxSpoil),
	}
}

type sandboxLetters struct {
	Letters int `json:"letters" doc:"How many, 1 to 500."`
}

type sandboxPieces struct {
	Pieces int `json:"pieces" doc:"Of how many pieces; of fewer, where the batch has no more."`
}

type sandboxCut struct {
	AfterBytes int64 `json:"after_bytes" doc:"After how many bytes of that answer, less than the file has."`
}

type sandboxStepJSON struct {
	Batch      string   `json:"batch"`
	References []string `json:"references" doc:"The pieces to which it happened."`
	Next       string   `json:"next,omitempty" doc:"The batch with those that replace them."`
}

// inSandbox finds the batch of the address, in the sandbox only.
func (d *desk) inSandbox(c *fiber.Ctx) (letters.Batch, error) {
	if d.sandbox == nil {
		return letters.Batch{}, errNoSandbox
	}
	return d.named(c, c.Params("code"))
}

var errNoSandbox = fault.New(fault.NotFound, "Only a key of the sandbox has these steps; it begins with dnv_sandbox_.")

func (d *desk) sandboxBatch(c *fiber.Ctx, asked sandboxLetters) (batchJSON, error) {
	if d.sandbox == nil {
		return batchJSON{}, errNoSandbox
	}
	b, err := d.sandbox.MakeBatch(c.UserContext(), vendorOf(c), asked.Letters)
	if err != nil {
		return batchJSON{}, err
	}
	return d.oneOf(c, b)
}

func (d *desk) sandboxLapse(c *fiber.Ctx, _ nothing) (sandboxStepJSON, error) {
	b, err := d.inSandbox(c)
	if err != nil {
		return sandboxStepJSON{}, err
	}
	return sandboxStepJSON{Batch: b.Code, References: []string{}}, d.sandbox.Lapse(c.UserContext(), vendorOf(c), b.Code)
}

func (d *desk) sandboxCut(c *fiber.Ctx, asked sandboxCut) (sandboxStepJSON, error) {
	b, err := d.inSandbox(c)
	if err != nil {
		return sandboxStepJSON{}, err
	}
	return sandboxStepJSON{Batch: b.Code, References: []string{}}, d.sandbox.Cut(c.UserContext(), vendorOf(c), b.Code, asked.AfterBytes)
}

func (d *desk) sandboxRecall(c *fiber.Ctx, asked sandboxPieces) (sandboxStepJSON, error) {
	b, err := d.inSandbox(c)
	if err != nil {
		return sandboxStepJSON{}, err
	}
	list, err := d.sandbox.AskBack(c.UserContext(), vendorOf(c), b.Code, asked.Pieces)
	return sandboxStepJSON{Batch: b.Code, References: list}, err
}

func (d *desk) sandboxReturn(c *fiber.Ctx, asked sandboxPieces) (sandboxStepJSON, error) {
	b, err := d.inSandbox(c)
	if err != nil {
		return sandboxStepJSON{}, err
	}
	list, err := d.sandbox.ComeBack(c.UserContext(), vendorOf(c), b.Code, asked.Pieces)
	return sandboxStepJSON{Batch: b.Code, References: list}, err
}

func (d *desk) sandboxSpoil(c *fiber.Ctx, asked sandboxPieces) (sandboxStepJSON, error) {
	b, err := d.inSandbox(c)
	if err != nil {
		return sandboxStepJSON{}, err
	}
	list, next, err := d.sandbox.Spoil(c.UserContext(), vendorOf(c), b.Code, asked.Pieces)
	return sandboxStepJSON{Batch: b.Code, References: list, Next: next.Code}, err
}

// cuts breaks a pull off where that was asked for.
func (d *desk) cuts(c *fiber.Ctx) error {
	err := c.Next()
	code, isPull := strings.CutPrefix(c.Path(), prefix+"/batches/")
	code, isFile := strings.CutSuffix(code, "/pdf")
	stream := c.Response().BodyStream()
	if err != nil || !isPull || !isFile || stream == nil || c.Method() != fiber.MethodGet {
		return err
	}
	after, cut, err := d.sandbox.TakeCut(c.UserContext(), vendorOf(c), code)
	if err != nil || !cut {
		return err
	}
	size := c.Response().Header.ContentLength()
	if after >= int64(size) {
		return nil
	}
	begun, err := io.ReadAll(io.LimitReader(stream, after))
	if err != nil {
		return err
	}
	_ = c.Response().CloseBodyStream()
	c.Response().SetBodyStream(io.MultiReader(bytes.NewReader(begun), broken{}), size)
	return nil
}

// broken is a line that is cut.
type broken struct{}

// Read implements io.Reader.
func (broken) Read([]byte) (int, error) { return 0, errors.New("cut on demand") }
