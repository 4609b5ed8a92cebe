package ui

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
)

// door is what makes the three apps differ.
type door struct {
	page        *page.Renderer
	body        int      // the largest body of a form
	upload      int      // the largest body at the addresses of uploads, which is read as it comes
	uploads     []string // none where nothing is uploaded
	supply      int      // the largest body at the addresses that supplied tells
	supplied    func(path string) bool
	read, write time.Duration
	answer      time.Duration // how long a request may take; 0 where files are sent, which go on after the handler
	slow        []string      // addresses that may take slowAnswer
	slowAnswer  time.Duration
}

// open makes an app with all that comes before its own routes: reference and
// headers, who asks, what may be sent, health, assets.
func (h House) open(d door, ready func(context.Context) error) (*fiber.App, error) {
	trusted, err := networks(h.TrustedProxies)
	if err != nil {
		return nil, err
	}
	app := fiber.New(fiber.Config{
		AppName: "Due Notice", DisableStartupMessage: true, ErrorHandler: d.page.Failed,
		Immutable: true, // strings of a request are kept beyond it
		BodyLimit: d.body, StreamRequestBody: d.upload > 0, DisablePreParseMultipartForm: d.upload > 0,
		ReadTimeout: d.read, WriteTimeout: d.write, IdleTimeout: 2 * time.Minute, Concurrency: 4096, ReadBufferSize: 16 << 10,
		ProxyHeader: fiber.HeaderXForwardedFor, EnableTrustedProxyCheck: true, TrustedProxies: h.TrustedProxies, EnableIPValidation: true,
	})
	app.Use(d.page.Guarded)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("alive\n") })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), 3*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			return err
		}
		return c.SendString("ready\n")
	})
	app.Get("/assets/*", d.page.Assets)
	app.Use(forwarded(trusted), d.limit)
	return app, nil
}

// limit refuses bodies that are too large before they are read, and gives
// each request a time by which it has to be answered.
func (d door) limit(c *fiber.Ctx) error {
	length, most := c.Request().Header.ContentLength(), d.body
	if slices.Contains(d.uploads, c.Path()) {
		most = d.upload
	}
	if d.supplied != nil && d.supplied(c.Path()) {
		most = d.supply
	}
	if length > most {
		c.Response().SetConnectionClose()
		return fiber.ErrRequestEntityTooLarge
	}
	if length < 0 && c.Request().IsBodyStream() && c.Method() == fiber.MethodPost {
		c.Response().SetConnectionClose()
		return fiber.ErrLengthRequired
	}
	within := d.answer
	if slices.Contains(d.slow, c.Path()) {
		within = d.slowAnswer
	}
	if within == 0 {
		return c.Next()
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), within)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

// ready tells whether traffic may be sent here: the database answers and has
// the schema of this program.
func ready(have, want int, err error) error {
	if err != nil {
		return err
	}
	if have != want {
		return fault.New(fault.Unavailable, "The database has schema %d, this program has %d.", have, want)
	}
	return nil
}

// forwarded leaves of X-Forwarded-For the one address that the outermost of
// our own proxies saw. Whatever a visitor wrote into it lies to the left.
func forwarded(trusted []netip.Prefix) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !c.IsProxyTrusted() {
			return c.Next()
		}
		hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			at, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) }) {
				c.Request().Header.Set(fiber.HeaderXForwardedFor, at.Unmap().String())
				return c.Next()
			}
		}
		c.Request().Header.Del(fiber.HeaderXForwardedFor)
		return c.Next()
	}
}

func networks(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			at, one := netip.ParseAddr(s)
			if one != nil {
				return nil, fault.New(fault.Invalid, "%q is neither an address nor a network of a trusted proxy.", s)
			}
			p = netip.PrefixFrom(at, at.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// secure tells whether a door is reached by https.
func secure(url string) bool { return strings.HasPrefix(url, "https://") }
