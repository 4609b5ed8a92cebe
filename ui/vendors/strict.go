package vendors

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// deepest is how far values may nest; no request needs more than four.
const deepest = 6

// bodyOf returns the body of a POST as it was sent, never unpacked.
func bodyOf(c *fiber.Ctx, most int) ([]byte, error) {
	body := c.Request().Body()
	if len(body) > most {
		return nil, refusal{status: fiber.StatusRequestEntityTooLarge, detail: "The body is larger than this address takes. Report fewer pieces at a time."}
	}
	if packed := c.Get(fiber.HeaderContentEncoding); packed != "" && !strings.EqualFold(packed, "identity") {
		return nil, refusal{status: fiber.StatusUnsupportedMediaType, detail: "Send the body without a Content-Encoding: packed bodies are not read."}
	}
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	kind, rest, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	rest = strings.ToLower(strings.ReplaceAll(rest, " ", ""))
	if !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) || rest != "" && strings.Trim(rest, `"`) != "charset=utf-8" {
		return nil, refusal{status: fiber.StatusUnsupportedMediaType, detail: "Send JSON in UTF-8, with the Content-Type application/json."}
	}
	return body, nil
}

// read reads one JSON object into a struct. Two fields of one name, fields
// that nobody knows, control characters, deep nesting and anything after the
// object are refused, so that sender and reader never differ about a body.
func read(body []byte, into any) error {
	if err := sound(body, "abcdefghijklmnopqrstuvwxyz_"); err != nil {
		return err
	}
	return decode(body, into, true)
}

// sound refuses a body of which two readers might think differently; letters
// are those of which the names of fields are made.
func sound(body []byte, letters string) error {
	if !utf8.Valid(body) {
		return malformed("The body is not UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return malformed("The body is not one JSON object.")
	}
	if err := walk(dec, letters, true, 1); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("Something follows the JSON object in the body.")
	}
	return nil
}

// decode reads a sound body; strict, it refuses fields that nobody knows.
func decode(body []byte, into any, strict bool) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if strict {
		dec.DisallowUnknownFields()
	}
	err := dec.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case fault.Of(err) != nil:
		return err
	case errors.As(err, &kind):
		return wrong(kind.Field, "The field %s cannot hold a %s.", kind.Field, strings.Fields(kind.Value + " value")[0])
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return wrong(strings.Trim(name, `"`), "There is no field %s here. Is it spelt as in the API's description?", name)
	}
	return malformed("The body is not readable JSON.")
}

// walk goes through the rest of an object or array whose beginning was read.
func walk(dec *json.Decoder, letters string, object bool, depth int) error {
	if depth > deepest {
		return malformed("The JSON nests deeper than %d levels.", deepest)
	}
	seen := map[string]bool{}
	for dec.More() {
		if object {
			token, err := dec.Token()
			if err != nil {
				return malformed("The body is not readable JSON.")
			}
			name, _ := token.(string)
			switch {
			case name == "" || len(name) > 40 || strings.Trim(name, letters) != "":
				return malformed("The JSON has a field whose name is not made of the letters that are used here.")
			case seen[strings.ToLower(name)]: // Go's reader takes reasoncode for reasonCode
				return malformed("The JSON has the field %s twice in one object.", name)
			}
			seen[strings.ToLower(name)] = true
		}
		token, err := dec.Token()
		if err != nil {
			return malformed("The body is not readable JSON.")
		}
		switch v := token.(type) {
		case json.Delim:
			err = walk(dec, letters, v == '{', depth+1)
		case string:
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				err = malformed("The JSON has a text with control characters.")
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return malformed("The body is not readable JSON.")
	}
	return nil
}

// day is a date, or the London date of a moment.
type day struct{ calendar.Date }

// UnmarshalJSON reads "2027-03-12", "2027-03-12T17:30:00Z" or null.
func (d *day) UnmarshalJSON(b []byte) error {
	if d.Date.UnmarshalJSON(b) == nil {
		return nil
	}
	var t time.Time
	if json.Unmarshal(b, &t) != nil || t.Year() < 1900 || t.Year() > 9998 {
		return fault.New(fault.Invalid, "A date is written 2027-03-12, a moment 2027-03-12T17:30:00Z.")
	}
	d.Date = calendar.DateOf(t)
	return nil
}
