// Package registers is the door of a national register's program: answers in, each with a verdict, and answers out by a feed that it confirms.
package registers

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// Prefix begins every address of the door.
const Prefix = "/register/v1"

// The most that one request brings or takes.
const (
	mostAnswers = 500
	mostLines   = 1000
	mostNumbers = 250_000 // 3 MB of JSON, below the listener's limit
)

//go:embed describe.json
var description []byte

// Problem is for page.Site: errors here are told as RFC 9457 problem details.
func Problem(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/register/") }

type registerKey struct{}

type door struct{ desk *optout.Desk }

// Routes adds the door to a listener for programs, whose app has Immutable set.
func Routes(app fiber.Router, desk *optout.Desk) {
	d := &door{desk}
	app.Get(Prefix, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(description)
	})
	v1 := app.Group(Prefix, d.admit)
	v1.Post("/answers", d.answers)
	v1.Post("/complete", d.complete)
	v1.Get("/dissents", d.dissents)
	v1.Post("/acknowledgements", d.acknowledge)
	v1.Post("/reconciliation", d.reconcile)
	v1.Use(func(*fiber.Ctx) error {
		return fault.New(fault.NotFound, "There is nothing at this address of the register's door.")
	})
}

// admit finds out whose program asks.
func (d *door) admit(c *fiber.Ctx) error {
	scheme, key, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		key = ""
	}
	r, err := d.desk.AdmitRegister(c.UserContext(), key)
	if err != nil {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="national register"`)
		return err
	}
	c.Locals(registerKey{}, r)
	return c.Next()
}

func registerOf(c *fiber.Ctx) optout.Register {
	r, _ := c.Locals(registerKey{}).(optout.Register)
	return r
}

// read reads the JSON object of a request; fields that nobody knows are refused.
func read(c *fiber.Ctx, into any) error {
	if kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";"); strings.TrimSpace(kind) != fiber.MIMEApplicationJSON {
		return fault.New(fault.Invalid, "Send JSON, with the Content-Type application/json.")
	}
	dec := json.NewDecoder(bytes.NewReader(c.Request().Body()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fault.New(fault.Invalid, "The body is not the JSON object that is described at %s.", Prefix)
	}
	if dec.More() {
		return fault.New(fault.Invalid, "Something follows the JSON object in the body.")
	}
	return nil
}

type answerIn struct {
	ID         string `json:"id"`
	NHSNumber  string `json:"nhs_number"`
	Programme  string `json:"programme"`
	Says       string `json:"says"`
	ReceivedOn string `json:"received_on"`
}

type verdictOut struct {
	ID        string `json:"id"`
	Verdict   string `json:"verdict"`
	Reference string `json:"reference,omitempty"`
	Why       string `json:"why,omitempty"`
}

func (d *door) answers(c *fiber.Ctx) error {
	var in struct {
		Answers []answerIn `json:"answers"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	if len(in.Answers) > mostAnswers {
		return fault.New(fault.Invalid, "Send at most %d answers at a time.", mostAnswers)
	}
	list := make([]optout.Registered, len(in.Answers))
	for i, a := range in.Answers {
		on, _ := calendar.ParseDate(a.ReceivedOn) // none is refused below, line by line
		list[i] = optout.Registered{ID: a.ID, NHSNumber: a.NHSNumber, Programme: a.Programme, Says: a.Says, ReceivedOn: on}
	}
	verdicts, err := d.desk.TakeRegistered(c.UserContext(), registerOf(c), list)
	if err != nil {
		return err
	}
	out := make([]verdictOut, len(verdicts))
	for i, v := range verdicts {
		out[i] = verdictOut{v.ID, v.Verdict, v.Reference, v.Why}
	}
	return c.JSON(fiber.Map{"verdicts": out})
}

// complete takes the register's word that it has sent everything it has: the
// gate counts on no answer of it before.
func (d *door) complete(c *fiber.Ctx) error {
	if err := d.desk.RegisterComplete(c.UserContext(), registerOf(c)); err != nil {
		return err
	}
	return c.JSON(fiber.Map{"complete": true})
}

type lineOut struct {
	Cursor     string `json:"cursor"`
	NHSNumber  string `json:"nhs_number"`
	Programme  string `json:"programme"`
	Says       string `json:"says"`
	ReceivedOn string `json:"received_on"`
}

func (d *door) dissents(c *fiber.Ctx) error {
	after, err := strconv.ParseInt(c.Query("after", "0"), 10, 64)
	limit, err2 := strconv.Atoi(c.Query("limit", "500"))
	if errors.Join(err, err2) != nil || after < 0 || limit < 1 || limit > mostLines {
		return fault.New(fault.Invalid, "Give after as the cursor of a line, and limit between 1 and %d.", mostLines)
	}
	list, err := d.desk.Dissents(c.UserContext(), after, limit)
	if err != nil {
		return err
	}
	out := make([]lineOut, len(list))
	next := strconv.FormatInt(after, 10)
	for i, t := range list {
		next = strconv.FormatInt(t.Cursor, 10)
		out[i] = lineOut{next, t.NHSNumber, t.Programme, t.Says, t.ReceivedOn.String()}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"dissents": out, "next": next})
}

func (d *door) acknowledge(c *fiber.Ctx) error {
	var in struct {
		Lines []struct {
			Cursor  string `json:"cursor"`
			Outcome string `json:"outcome"`
			Receipt string `json:"receipt"`
		} `json:"acknowledgements"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	if len(in.Lines) > mostLines {
		return fault.New(fault.Invalid, "Send at most %d acknowledgements at a time.", mostLines)
	}
	list := make([]optout.Acknowledgement, len(in.Lines))
	for i, l := range in.Lines {
		cursor, err := strconv.ParseInt(l.Cursor, 10, 64)
		if err != nil || l.Outcome != "applied" && l.Outcome != "refused" || len(l.Receipt) > 200 {
			return fault.New(fault.Invalid, "Line %d: give the cursor of a line of the feed, the outcome applied or refused, and a receipt of at most 200 characters.", i+1)
		}
		list[i] = optout.Acknowledgement{Cursor: cursor, Applied: l.Outcome == "applied", Receipt: l.Receipt}
	}
	verdicts, err := d.desk.Acknowledge(c.UserContext(), registerOf(c), list)
	if err != nil {
		return err
	}
	out := make([]fiber.Map, len(verdicts))
	for i, v := range verdicts {
		out[i] = fiber.Map{"cursor": in.Lines[i].Cursor, "verdict": v}
	}
	return c.JSON(fiber.Map{"verdicts": out})
}

func (d *door) reconcile(c *fiber.Ctx) error {
	var in struct {
		Programme string   `json:"programme"`
		Numbers   []string `json:"nhs_numbers"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	if in.Programme == "" || len(in.Numbers) > mostNumbers {
		return fault.New(fault.Invalid, "Give the programme and at most %d numbers.", mostNumbers)
	}
	again, unknown, err := d.desk.Reconcile(c.UserContext(), registerOf(c), in.Programme, in.Numbers)
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"told_again": again, "unknown_here": append([]string{}, unknown...)})
}
