package vendors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
)

// refusal is a wrong of the request's form, which no room below knows of.
type refusal struct {
	status int
	detail string
	field  string
	wait   int // seconds after which to try again
}

func (r refusal) Error() string { return r.detail }

func malformed(format string, args ...any) error {
	return refusal{status: fiber.StatusBadRequest, detail: fmt.Sprintf(format, args...)}
}

func wrong(field, format string, args ...any) error {
	return refusal{status: fiber.StatusUnprocessableEntity, field: field, detail: fmt.Sprintf(format, args...)}
}

// problemJSON is an error as RFC 9457 writes it.
type problemJSON struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail" doc:"A sentence that says what to do."`
	Field    string `json:"field,omitempty" doc:"What of the request is wrong."`
	Instance string `json:"instance,omitempty" doc:"Names the mistake where it is ours."`
}

// answer writes refusals as problem details; faults and everything else are
// left to page.Renderer.Failed, which does the same for them.
func answer(c *fiber.Ctx) error {
	err := c.Next()
	var ours *fiber.Error
	if errors.As(err, &ours) {
		switch ours.Code {
		case fiber.StatusNotFound:
			err = refusal{status: fiber.StatusNotFound, detail: "The API has nothing at this address."}
		case fiber.StatusMethodNotAllowed:
			err = refusal{status: fiber.StatusMethodNotAllowed, detail: "This address does not take this method; the header Allow names those it takes."}
		}
	}
	if known := fault.Of(err); known != nil {
		switch known.Kind {
		case fault.Unavailable: // we are there and say no: a program need not try again in seconds
			err = refusal{status: fiber.StatusConflict, detail: known.Sentence}
		case fault.NotFound: // no page was looked for
			err = refusal{status: fiber.StatusNotFound, detail: known.Sentence}
		}
	}
	var r refusal
	if !errors.As(err, &r) {
		return err
	}
	text, err := json.Marshal(problemJSON{Type: "about:blank", Title: http.StatusText(r.status), Status: r.status, Detail: r.detail, Field: r.field})
	if err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	if r.wait > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(r.wait))
	}
	c.Status(r.status).Set(fiber.HeaderContentType, "application/problem+json")
	return c.Send(text)
}

// say answers with JSON.
func say(c *fiber.Ctx, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(text)
}
