package vendors

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/ui/page"
)

type object = map[string]any

// describe writes the OpenAPI 3.1 document of the API.
func describe(known []operation) ([]byte, error) {
	s := shapes{known: object{}}
	s.of(reflect.TypeFor[problemJSON]())
	paths := object{}
	for _, o := range known {
		path := prefix + templated(o.path)
		at, _ := paths[path].(object)
		if at == nil {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(o.method)] = s.operation(o)
	}
	paths[prefix+"/token"] = object{"post": s.token()}
	text, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{"title": "Due Notice: batches for print vendors", "version": "1",
			"description": "Pull sealed batches of letters and say what became of each piece. Send an Idempotency-Key with every POST; it is kept for 30 days. After 429 and 503 wait for the seconds in Retry-After. A key that begins with dnv_sandbox_ leads to the sandbox: the same API over made-up letters, with steps on demand under /sandbox; nothing is posted there, and every answer has the header Due-Notice-Sandbox."},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"key": []string{}}, object{"token": []string{}}},
		"paths":    paths,
		"components": object{"schemas": s.known,
			"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer", "description": "The key that the print desk gave you. Where client certificates of yours were agreed, each request also comes by TLS with one of them, which is known by its SHA-256 (as RFC 8705 has it)."},
				"token": object{"type": "oauth2", "flows": object{"clientCredentials": object{"tokenUrl": prefix + "/token", "scopes": object{}}}}}},
	}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return text, nil
}

var named = regexp.MustCompile(`:(\w+)`)

// templated writes a path as OpenAPI does: /batches/{code}.
func templated(path string) string { return named.ReplaceAllString(path, "{$1}") }

func (s shapes) operation(o operation) object {
	said := object{"operationId": o.id, "summary": o.summary}
	if o.detail != "" {
		said["description"] = o.detail
	}
	var parameters []any
	for _, n := range named.FindAllStringSubmatch(o.path, -1) {
		parameters = append(parameters, object{"name": n[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, q := range o.query {
		shape := object{"type": q.Type}
		if q.OneOf != nil {
			shape["enum"] = q.OneOf
		}
		parameters = append(parameters, object{"name": q.Name, "in": "query", "description": q.Says, "schema": shape})
	}
	header := func(name, says string) {
		parameters = append(parameters, object{"name": name, "in": "header", "description": says, "schema": object{"type": "string"}})
	}
	header("X-Request-ID", "Your name for this request, which is echoed.")
	if o.ranges {
		header("Range", "One range of bytes.")
		header("If-Range", "The ETag of the part that you have: if the file were another one, you would get it whole.")
		header("If-None-Match", "The ETag of the file that you have.")
	}
	if o.asks != nil {
		header("Idempotency-Key", "One word of at most 100 letters, digits and signs, such as a random UUID: the same request under it is done once.")
		said["requestBody"] = object{"content": object{fiber.MIMEApplicationJSON: object{"schema": s.of(o.asks)}}}
	}
	said["parameters"] = parameters
	said["responses"] = s.responses(o)
	return said
}

// token is the one address that needs no key and takes a form (RFC 6749).
func (s shapes) token() object {
	refused := object{"description": "None was sold.", "content": object{fiber.MIMEApplicationJSON: object{"schema": s.of(reflect.TypeFor[tokenRefusal]())}}}
	text := object{"type": "string"}
	return object{"operationId": "buyToken", "summary": "Buy a token that lives for minutes", "security": []any{},
		"description": "For those whose machines ask for OAuth 2 client credentials; the key itself does as well.",
		"requestBody": object{"content": object{fiber.MIMEApplicationForm: object{"schema": object{"type": "object",
			"properties": object{"grant_type": text, "client_id": text, "client_secret": text}}}}},
		"responses": object{"200": object{"description": "Send it as Authorization: Bearer.",
			"content": object{fiber.MIMEApplicationJSON: object{"schema": s.of(reflect.TypeFor[tokenAnswer]())}}},
			"400": refused, "401": refused, "429": refused}}
}

// statuses are what an operation may answer with beside its success.
func (o operation) statuses() []int {
	list := []int{400, 401, 403, 429, 500, 503}
	if o.query != nil {
		list = append(list, 422)
		list = append(list, 404) // the page to go on from
	} else if strings.Contains(o.path, ":") || o.asks != nil {
		list = append(list, 404)
	}
	if o.asks != nil {
		list = append(list, 409, 413, 415, 422)
	}
	if o.ranges {
		list = append(list, 416)
	}
	return append(list, o.also...)
}

func (s shapes) responses(o operation) object {
	headers := object{"X-Request-ID": object{"schema": object{"type": "string"}},
		sandboxHeader: object{"description": "Only in the sandbox: letters are made up.", "schema": object{"type": "string"}}}
	content := object{o.kind: object{}}
	if o.answers != nil {
		content = object{fiber.MIMEApplicationJSON: object{"schema": s.of(o.answers)}}
	}
	said := object{"200": object{"description": "Done.", "headers": headers, "content": content}}
	if o.ranges {
		said["206"] = object{"description": "The part that was asked for.", "headers": headers, "content": content}
		said["304"] = object{"description": "You have this file.", "headers": headers}
	}
	for _, status := range o.statuses() {
		said[strconv.Itoa(status)] = object{"description": explained[status], "headers": headers,
			"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}
	}
	return said
}

var explained = map[int]string{
	400: "The request cannot be read.", 401: "The key is not known.", 403: "The key is known, and may not do this from here.",
	404: "There is no such thing; another vendor's is as absent as none.", 409: "It cannot be done now, or the Idempotency-Key was used for another request.",
	413: "The body is too large.", 415: "The body is not JSON in UTF-8.", 416: "The Range begins after the end of the file.",
	422: "A field is wrong.", 429: "You ask faster than agreed.", 500: "Our mistake; instance names it.", 503: "We cannot answer just now; send the same request again.",
}

func (d *desk) openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(d.openapi)
}

// operationView is an operation as the page shows it.
type operationView struct {
	Method, Path, ID, Summary, Detail, Kind string
	Query                                   []parameter
	Asks, Answers                           []fieldView
}

// described is the description for people.
func (d *desk) described(c *fiber.Ctx) error {
	list := make([]operationView, len(d.known))
	for i, o := range d.known {
		list[i] = operationView{Method: o.method, Path: prefix + templated(o.path), ID: o.id, Summary: o.summary, Detail: o.detail, Kind: o.kind,
			Query: o.query, Asks: fieldsOf(o.asks, ""), Answers: fieldsOf(o.answers, "")}
	}
	return d.page.Render(c, "api.html", fiber.StatusOK, page.View{Title: "Batches for print vendors: the API", Body: list})
}
