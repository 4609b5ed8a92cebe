package vendors_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"duenotice/ui/static/statictest"
)

// described is the API's own description, against which every answer that a
// test gets is held.
type described struct {
	paths    map[string]map[string]operation
	patterns map[string]*regexp.Regexp
	schemas  *jsonschema.Compiler
}

type operation struct {
	ID        string `json:"operationId"`
	Responses map[string]struct {
		Content map[string]struct{ Schema json.RawMessage }
	}
}

const document = "https://letters.example/openapi.json"

func readDescription(t *testing.T, text string) *described {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &described{paths: doc.Paths, patterns: map[string]*regexp.Regexp{}, schemas: jsonschema.NewCompiler()}
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource(document, whole); err != nil {
		t.Fatal(err)
	}
	for path := range doc.Paths {
		parts := regexp.MustCompile(`\{\w+\}`).Split(path, -1)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		d.patterns[path] = regexp.MustCompile("^" + strings.Join(parts, "[^/]+") + "$")
	}
	return d
}

// judge says in what an answer is not as described; paths that are not
// described are not judged.
func (d *described) judge(method, path string, a answer) error {
	path, _, _ = strings.Cut(path, "?")
	var found []string
	for template, p := range d.patterns {
		if _, ok := d.paths[template][strings.ToLower(method)]; ok && p.MatchString(path) {
			found = append(found, template)
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) }) // {id}.pdf before {id}
	o := d.paths[found[0]][strings.ToLower(method)]
	status := fmt.Sprint(a.status)
	said, ok := o.Responses[status]
	if !ok {
		return fmt.Errorf("%s is not described to answer %s", o.ID, status)
	}
	if a.body == "" {
		return nil
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	content, ok := said.Content[kind]
	if !ok {
		return fmt.Errorf("%s is not described to answer %s with %s", o.ID, status, kind)
	}
	if content.Schema == nil {
		return nil
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	schema, err := d.schemas.Compile(document + "#/paths/" + escape.Replace(found[0]) + "/" + strings.ToLower(method) + "/responses/" + status +
		"/content/" + escape.Replace(kind) + "/schema")
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(a.body)))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func TestEveryRouteIsDescribedAndEveryDescriptionIsARoute(t *testing.T) {
	app := newApp(t, statictest.Load(t), nil)
	res, err := app.Test(mustRequest(t, "GET", "/vendor/v1/openapi.json"), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	d := readDescription(t, read(t, res.Body))
	var routes, said []string
	for _, r := range app.GetRoutes(true) {
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}")
		if r.Method != "HEAD" && strings.HasPrefix(path, "/vendor/v1/") && path != "/vendor/v1/openapi.json" {
			routes = append(routes, r.Method+" "+path)
		}
	}
	ids := map[string]bool{}
	for path, methods := range d.paths {
		for method, o := range methods {
			said = append(said, strings.ToUpper(method)+" "+path)
			if o.ID == "" || ids[o.ID] {
				t.Errorf("%s %s has no name of its own", method, path)
			}
			ids[o.ID] = true
		}
	}
	slices.Sort(routes)
	slices.Sort(said)
	if len(routes) < 20 || !slices.Equal(routes, said) {
		t.Errorf("the routes are\n%s\nand described are\n%s", strings.Join(routes, "\n"), strings.Join(said, "\n"))
	}
	page, err := app.Test(mustRequest(t, "GET", "/vendor/v1"), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text := read(t, page.Body)
	delete(ids, "buyToken") // said at the top of the page
	for id := range ids {
		if !strings.Contains(text, `id="`+id+`"`) {
			t.Errorf("the page does not show %s", id)
		}
	}
}
