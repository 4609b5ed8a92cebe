package patients

import (
	"sync"

	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// drawn keeps waiting pages that are the same for many, so that turning people
// away costs less than letting them in.
type drawn struct {
	secure bool
	mu     sync.Mutex
	pages  map[string][]byte
	used   int
}

// renewed is after how many times the kept pages are drawn anew, and how many
// there may be.
const (
	renewedAfter = 20_000
	mostDrawn    = 64
)

func (k *drawn) send(c *fiber.Ctx, wait string, draw func() error) error {
	key := c.Path() + "\x00" + wait + "\x00" + c.Get(fiber.HeaderAcceptLanguage) + "\x00" + c.Cookies(page.CookieName(k.secure, "patients-language"))
	k.mu.Lock()
	if k.used++; k.used > renewedAfter || len(k.pages) > mostDrawn {
		k.pages, k.used = nil, 0
	}
	body, ok := k.pages[key]
	k.mu.Unlock()
	if ok {
		c.Status(fiber.StatusServiceUnavailable).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(body)
	}
	if err := draw(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pages == nil {
		k.pages = map[string][]byte{}
	}
	k.pages[key] = append([]byte(nil), c.Response().Body()...)
	return nil
}
