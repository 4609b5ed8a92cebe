package page

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"duenotice/campaigns/fault"

	"github.com/gofiber/fiber/v2"
)

// failure is an error as a person or a program is told of it.
type failure struct {
	status    int
	title     string
	sentences []string
	field     string
	reference string // only where somebody has to look into it
}

// statusOf is the one translation of kinds into HTTP.
var statusOf = map[fault.Kind]int{
	fault.Invalid:         fiber.StatusUnprocessableEntity,
	fault.NotFound:        fiber.StatusNotFound,
	fault.Conflict:        fiber.StatusConflict,
	fault.Refused:         fiber.StatusConflict,
	fault.Unauthenticated: fiber.StatusUnauthorized,
	fault.Forbidden:       fiber.StatusForbidden,
	fault.TooMany:         fiber.StatusTooManyRequests,
	fault.Unavailable:     fiber.StatusServiceUnavailable,
}

var titleOf = map[int]string{
	fiber.StatusBadRequest:            "This could not be read",
	fiber.StatusUnauthorized:          "Sign in first",
	fiber.StatusForbidden:             "You may not do this",
	fiber.StatusNotFound:              "Page not found",
	fiber.StatusMethodNotAllowed:      "This cannot be done here",
	fiber.StatusConflict:              "This cannot be done now",
	fiber.StatusRequestEntityTooLarge: "This file is too large",
	fiber.StatusUnprocessableEntity:   "There is a problem",
	fiber.StatusTooManyRequests:       "Too many tries, wait a little",
	fiber.StatusServiceUnavailable:    "We cannot answer just now",
}

// Failed answers with an error: it is the ErrorHandler of every app. A fault
// is shown as its sentence. Anything else is logged once, with its reference,
// and shown as that reference only. A lost database connection is a 503 that
// says that nothing was saved. Programs (see Site.Problem) get RFC 9457.
func (r *Renderer) Failed(c *fiber.Ctx, err error) error {
	r.headers(c) // errors met before any handler ran have none yet
	f := r.describe(c, err)
	if r.wantsProblem(c) {
		return f.problem(c)
	}
	v := View{}
	if r.site.Furnish != nil {
		r.site.Furnish(c, &v)
	}
	v.Title, v.Body = v.Tongue.Say(f.title), failedBody{Sentences: v.Tongue.each(f.sentences), Reference: f.reference}
	html, drawErr := r.draw("failed.html", v)
	if drawErr != nil {
		r.site.Logger.Error("error page", "error", drawErr.Error(), "reference", Reference(c))
		return c.Status(f.status).SendString(f.title)
	}
	if f.status == fiber.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "30")
	}
	c.Status(f.status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(html)
}

// failedBody is what failed.html shows.
type failedBody struct {
	Sentences []string
	Reference string
	Action    Link
}

// describe translates, and logs what nobody may read.
func (r *Renderer) describe(c *fiber.Ctx, err error) failure {
	if known := fault.Of(err); known != nil {
		status, ok := statusOf[known.Kind]
		if !ok {
			status = fiber.StatusInternalServerError
		}
		return failure{status: status, title: titleOf[status], sentences: []string{known.Sentence}, field: known.Field}
	}
	var ours *fiber.Error
	if errors.As(err, &ours) && ours.Code < fiber.StatusInternalServerError {
		title, ok := titleOf[ours.Code]
		if !ok {
			title = "This could not be done"
		}
		return failure{status: ours.Code, title: title, sentences: sentencesOf(ours.Code)}
	}
	reference := Reference(c)
	level, lost := slog.LevelError, lossOf(err)
	if errors.Is(err, context.Canceled) {
		level = slog.LevelWarn
	}
	r.site.Logger.Log(c.UserContext(), level, "request failed",
		"reference", reference, "door", string(r.site.Door), "method", c.Method(), "route", routeOf(c), "error", err.Error(), "database", lost.String())
	if lost != answered {
		return failure{status: fiber.StatusServiceUnavailable, title: titleOf[fiber.StatusServiceUnavailable], reference: reference, sentences: lost.sentences(c.Method())}
	}
	return failure{status: fiber.StatusInternalServerError, title: "Something went wrong", reference: reference,
		sentences: []string{"It is our mistake, and it has been noted."}}
}

func sentencesOf(status int) []string {
	switch status {
	case fiber.StatusNotFound:
		return []string{"If you typed the address, check that it is right. If you followed a link, what it led to may be gone, or may not be yours to see."}
	case fiber.StatusMethodNotAllowed:
		return []string{"Go back and use the buttons of the page."}
	case fiber.StatusRequestEntityTooLarge:
		return []string{"Nothing of it was kept. Split the file, or send it on the command line."}
	case fiber.StatusForbidden:
		return []string{"Go back to the page, load it again and try once more. If it stays so, ask a manager of your team."}
	}
	return []string{"Go back and try again."}
}

// routeOf is the pattern of the route, never the address, which may hold what
// must not be logged.
func routeOf(c *fiber.Ctx) string {
	if route := c.Route(); route != nil {
		return route.Path
	}
	return ""
}

// wantsProblem tells whether a program asks.
func (r *Renderer) wantsProblem(c *fiber.Ctx) bool {
	if r.site.Problem != nil {
		return r.site.Problem(c)
	}
	accept := c.Get(fiber.HeaderAccept)
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// problem writes RFC 9457 problem details.
func (f failure) problem(c *fiber.Ctx) error {
	body := map[string]any{"type": "about:blank", "title": f.title, "status": f.status, "detail": strings.Join(f.sentences, " ")}
	if f.field != "" {
		body["field"] = f.field
	}
	if f.reference != "" {
		body["instance"] = "urn:reference:" + f.reference
	}
	text, err := json.Marshal(body)
	if err != nil {
		return c.SendStatus(f.status)
	}
	if f.status == fiber.StatusServiceUnavailable || f.status == fiber.StatusTooManyRequests {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(30))
	}
	c.Status(f.status).Set(fiber.HeaderContentType, "application/problem+json")
	return c.Send(text)
}
