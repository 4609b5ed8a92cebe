package vendors

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
)

// take makes a handler of what a POST asks: its body is read strictly into
// an A, and with an Idempotency-Key it is done once: a repetition gets the first
// answer, and the same key with another request is a conflict. What was
// refused is not kept, so that the same request may succeed later.
func take[A any](d *desk, most int, do func(c *fiber.Ctx, asked A) (any, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := queries(c); err != nil {
			return err
		}
		body, err := bodyOf(c, most)
		if err != nil {
			return err
		}
		var asked A
		if err := read(body, &asked); err != nil {
			return err
		}
		act := func() (int, string, []byte, error) {
			said, err := do(c, asked)
			if err != nil {
				return 0, "", nil, err
			}
			text, err := json.Marshal(said)
			if err != nil {
				return 0, "", nil, fmt.Errorf("write answer: %w", err)
			}
			return fiber.StatusOK, fiber.MIMEApplicationJSON, text, nil
		}
		status, kind, text, err := once(d, c, body, act)
		if err != nil {
			return err
		}
		c.Status(status).Set(fiber.HeaderContentType, kind)
		return c.Send(text)
	}
}

type action = func() (status int, contentType string, body []byte, err error)

func once(d *desk, c *fiber.Ctx, body []byte, act action) (status int, kind string, text []byte, err error) {
	keys := c.Request().Header.PeekAll("Idempotency-Key")
	if len(keys) == 0 {
		return act()
	}
	key := string(keys[0])
	if len(keys) > 1 || !plain(key, 100) {
		return 0, "", nil, wrong("Idempotency-Key", "An Idempotency-Key is one word of at most 100 letters, digits and signs; a random UUID does well.")
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n%s", c.Method(), c.Path(), body)
	acted := false
	status, kind, text, replayed, err := d.mailroom.Once(c.UserContext(), vendorOf(c), key, sum.Sum(nil), func() (int, string, []byte, error) {
		acted = true
		return act()
	})
	if held := fault.Of(err); held != nil && held.Kind == fault.Unavailable && !acted { // the first request is still on its way
		return 0, "", nil, refusal{status: fiber.StatusServiceUnavailable, detail: held.Sentence, wait: 1}
	}
	if replayed {
		c.Set("Idempotent-Replayed", "true")
	}
	return status, kind, text, err
}

// queries refuses query parameters that are not known here, or come twice.
func queries(c *fiber.Ctx, known ...string) error {
	seen := map[string]bool{}
	var err error
	c.Request().URI().QueryArgs().VisitAll(func(k, _ []byte) {
		name, ok := string(k), false
		for _, n := range known {
			ok = ok || n == name
		}
		switch {
		case !ok && len(known) == 0:
			err = malformed("This address takes no query parameters.")
		case !ok:
			err = malformed("The query parameters here are %s.", strings.Join(known, ", "))
		case seen[name]:
			err = malformed("The query parameter %s is there twice.", name)
		}
		seen[name] = true
	})
	return err
}
