package vendors

import (
	"reflect"

	"github.com/gofiber/fiber/v2"
)

// operation is one thing that the batch API does: its route, and what its
// description says of it. Both are made from this, so they never differ.
type operation struct {
	method  string
	path    string // as the router writes it: /batches/:code
	id      string
	summary string
	detail  string
	query   []parameter
	ranges  bool         // a Range may ask for a part
	asks    reflect.Type // nil: no body
	answers reflect.Type // nil: a file
	kind    string       // the file's media type
	also    []int        // statuses of this address alone
	run     fiber.Handler
}

// parameter is one of a query.
type parameter struct {
	Name, Says string
	Type       string // string or integer
	OneOf      []string
}

// look is an operation that reads: its answer is one JSON document.
func look[B any](path, id, summary, detail string, do func(c *fiber.Ctx) (B, error), query ...parameter) operation {
	names := make([]string, len(query))
	for i, q := range query {
		names[i] = q.Name
	}
	return operation{method: fiber.MethodGet, path: path, id: id, summary: summary, detail: detail, query: query, answers: reflect.TypeFor[B](),
		run: func(c *fiber.Ctx) error {
			if err := queries(c, names...); err != nil {
				return err
			}
			said, err := do(c)
			if err != nil {
				return err
			}
			return say(c, said)
		}}
}

// fetch is an operation that answers with a file.
func fetch(path, id, kind, summary, detail string, run fiber.Handler, also ...int) operation {
	return operation{method: fiber.MethodGet, path: path, id: id, summary: summary, detail: detail, kind: kind, also: also,
		run: func(c *fiber.Ctx) error {
			if err := queries(c); err != nil {
				return err
			}
			return run(c)
		}}
}

// tell is an operation that changes something: a POST, done once for each
// Idempotency-Key.
func tell[A, B any](d *desk, path, id string, most int, summary, detail string, do func(c *fiber.Ctx, asked A) (B, error)) operation {
	return operation{method: fiber.MethodPost, path: path, id: id, summary: summary, detail: detail,
		asks: reflect.TypeFor[A](), answers: reflect.TypeFor[B](),
		run: take(d, most, func(c *fiber.Ctx, asked A) (any, error) { return do(c, asked) })}
}
