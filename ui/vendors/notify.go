package vendors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
)

// notifyPrefix is where the surface lies that print vendors know from NHS
// Notify: the same letters, one by one, in its words.
const notifyPrefix = "/nhs-notify-supplier"

const (
	jsonAPI      = "application/vnd.api+json"
	notifyAbout  = "https://digital.nhs.uk/developer/api-catalogue/nhs-notify-supplier"
	notifyLetter = "Letter"
)

// notifyRoutes adds the surface that is compatible with the NHS Notify Supplier
// API (contract: its bundled OpenAPI document).
func (d *desk) notifyRoutes(app fiber.Router) {
	app.Get(notifyPrefix+"/_status", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
	app.Get(notifyPrefix+"/files/:id", d.notifyAnswer, d.notifyFile) // its link is the key
	v := app.Group(notifyPrefix, d.notifyAnswer, d.admit, traced)
	v.Get("/letters", d.notifyList)
	v.Post("/letters", d.notifyReport)
	v.Get("/letters/:id", d.notifyRead)
	v.Patch("/letters/:id", d.notifyPatch)
	v.Get("/letters/:id/data", d.notifyData)
	v.Post("/mi", d.notifyFigure)
	v.Get("/mi/:id", d.notifyFigureRead)
}

// traced asks for the header X-Request-ID, which the contract requires, and
// echoes X-Correlation-ID.
func traced(c *fiber.Ctx) error {
	correlation := c.Get("X-Correlation-ID")
	if !plain(correlation, 200) {
		correlation = page.Reference(c)
	}
	c.Set("X-Correlation-ID", correlation)
	if c.Get("X-Request-ID") == "" {
		return malformed("Send a header X-Request-ID, with a new GUID for each request.")
	}
	return c.Next()
}

type notifyError struct {
	ID     string      `json:"id"`
	Code   string      `json:"code"`
	Links  notifyLinks `json:"links"`
	Status string      `json:"status"`
	Title  string      `json:"title"`
	Detail string      `json:"detail"`
}

type notifyLinks struct {
	About string `json:"about"`
}

type notifyErrors struct {
	Errors []notifyError `json:"errors"`
}

// notifyStatus translates kinds of wrong into the few statuses that the
// contract knows.
var notifyStatus = map[fault.Kind]int{
	fault.Invalid: fiber.StatusBadRequest, fault.Refused: fiber.StatusBadRequest, fault.Conflict: fiber.StatusBadRequest,
	fault.NotFound: fiber.StatusNotFound, fault.Unauthenticated: fiber.StatusUnauthorized, fault.Forbidden: fiber.StatusForbidden,
	fault.TooMany: fiber.StatusTooManyRequests, fault.Unavailable: fiber.StatusServiceUnavailable,
}

// notifyCode is one of the three codes of the contract's schema. Its examples
// show others, which the schema refuses.
func notifyCode(status int) string {
	switch {
	case status == fiber.StatusNotFound:
		return "NOTIFY_NOT_FOUND"
	case status >= fiber.StatusInternalServerError:
		return "NOTIFY_INTERNAL_SERVER_ERROR"
	}
	return "NOTIFY_INVALID_REQUEST"
}

// notifyAnswer writes errors as the contract does. What is our own mistake is
// logged once.
func (d *desk) notifyAnswer(c *fiber.Ctx) error {
	err := c.Next()
	if err == nil {
		return nil
	}
	status, detail, wait := fiber.StatusInternalServerError, "It is our mistake, and it has been noted under this id.", 0
	var r refusal
	var ours *fiber.Error
	known := fault.Of(err)
	switch {
	case errors.As(err, &r):
		status, detail, wait = r.status, r.detail, r.wait
		if status == fiber.StatusUnprocessableEntity {
			status = fiber.StatusBadRequest
		}
	case known != nil:
		status, detail = notifyStatus[known.Kind], known.Sentence
		if status == fiber.StatusServiceUnavailable || status == fiber.StatusTooManyRequests {
			wait = 30
		}
	case errors.As(err, &ours) && ours.Code < fiber.StatusInternalServerError:
		status, detail = ours.Code, "There is nothing at this address for this method."
	default:
		d.mailroom.Log.ErrorContext(c.UserContext(), "request failed", "reference", page.Reference(c), "door", string(page.Vendors),
			"method", c.Method(), "route", c.Route().Path, "error", err.Error())
	}
	if wait > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(wait))
	}
	return notifySay(c, status, notifyErrors{[]notifyError{{page.Reference(c), notifyCode(status), notifyLinks{notifyAbout}, strconv.Itoa(status), http.StatusText(status), detail}}})
}

// notifySay answers with JSON:API.
func notifySay(c *fiber.Ctx, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	c.Status(status).Set(fiber.HeaderContentType, jsonAPI)
	return c.Send(text)
}

// notifyBody reads a request as the contract says: its own JSON or plain JSON,
// in UTF-8. Fields that nobody knows are passed over.
func notifyBody(c *fiber.Ctx, into any) error {
	if packed := c.Get(fiber.HeaderContentEncoding); packed != "" && !strings.EqualFold(packed, "identity") {
		return refusal{status: fiber.StatusUnsupportedMediaType, detail: "Send the body without a Content-Encoding: packed bodies are not read."}
	}
	kind, rest, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind != jsonAPI && kind != fiber.MIMEApplicationJSON {
		return refusal{status: fiber.StatusUnsupportedMediaType, detail: "Send " + jsonAPI + " or application/json."}
	}
	if rest = strings.ToLower(strings.ReplaceAll(rest, " ", "")); rest != "" && strings.Trim(strings.TrimPrefix(rest, "charset="), `"`) != "utf-8" {
		return refusal{status: fiber.StatusNotAcceptable, detail: "The only charset here is utf-8."}
	}
	body := c.Request().Body()
	if err := sound(body, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"); err != nil {
		return err
	}
	return decode(body, into, false)
}
