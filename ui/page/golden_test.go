package page_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/static/statictest"

	"github.com/google/go-cmp/cmp"
)

// offered turns the options of an example into our component.
var offered = map[string]func(options) page.Component{
	"button": func(o options) page.Component {
		if o["preventDoubleClick"] == false {
			o["unoffered"] = "saying no to what is not done"
		}
		return page.Button{Text: o.content(), Href: o.text("href"), Variant: o.text("variant"), Small: o.yes("small"), Disabled: o.yes("disabled"), PreventDoubleClick: o.yes("preventDoubleClick")}
	},
	"tag": func(o options) page.Component {
		if o["colour"] == false {
			o["unoffered"] = "no colour"
		}
		return page.Tag{Text: o.content(), Colour: o.text("colour"), Classes: "plain"}
	},
	"details": func(o options) page.Component {
		return page.Details{Summary: o.inner("summary"), Text: o.content(), Open: o.yes("open")}
	},
	"inset-text": func(o options) page.Component { return page.InsetText{Text: o.content()} },
	"warning-callout": func(o options) page.Component {
		heading := o.words("heading")
		if heading == "" {
			o["unoffered"] = "no heading"
		}
		return page.WarningCallout{Heading: heading, Text: o.content()}
	},
	"panel": func(o options) page.Component {
		return page.Panel{Heading: o.inner("heading"), Text: o.content()}
	},
	"notification-banner": func(o options) page.Component {
		return page.NotificationBanner{Text: o.content(), Success: o.take("variant") == "success"}
	},
	"error-summary": func(o options) page.Component {
		title := o.words("heading")
		s := page.ErrorSummary{Title: title, Description: o.inner("description")}
		list, _ := o.take("errorList").([]any)
		for _, item := range list {
			i, ok := item.(map[string]any)
			if !ok {
				continue
			}
			in := options(i)
			href := in.text("href")
			s.Items.Add(strings.TrimPrefix(href, "#"), in.text("text"))
			if len(in) > 0 || href != "" && !strings.HasPrefix(href, "#") {
				o["unoffered"] = in
			}
		}
		return s
	},
	"summary-list": func(o options) page.Component {
		l := page.SummaryList{NoBorder: o.take("border") == false, NoLastRow: o.take("lastRowBorder") == false}
		for _, item := range o.take("rows").([]any) {
			in := options(item.(map[string]any))
			row := page.Row{Key: in.inner("key"), Value: in.inner("value")}
			acts := in.take("actions")
			if m, ok := acts.(map[string]any); ok {
				acts = m["items"]
			}
			list, _ := acts.([]any)
			for _, act := range list {
				if a, ok := act.(map[string]any); ok {
					i := options(a)
					row.Actions = append(row.Actions, page.Action{Text: i.text("text"), Href: i.text("href"), Hidden: i.text("visuallyHiddenText")})
					if len(i) > 0 {
						o["unoffered"] = i
					}
				}
			}
			if len(in) > 0 {
				o["unoffered"] = in
			}
			l.Rows = append(l.Rows, row)
		}
		return l
	},
	"pagination": func(o options) page.Component {
		p := page.Pagination{Previous: o.link("previous"), Next: o.link("next")}
		items, _ := o.take("items").([]any)
		for _, item := range items {
			if i, ok := item.(map[string]any); ok {
				n, _ := i["number"].(float64)
				href, _ := i["href"].(string)
				current, _ := i["current"].(bool)
				p.Pages = append(p.Pages, page.PageLink{Number: int(n), Href: href, Current: current})
			}
		}
		if len(p.Pages) == 0 {
			o["unoffered"] = "pages without numbers"
		}
		return p
	},
	"tables": func(o options) page.Component {
		t := page.Table{FirstHeader: o.yes("firstCellIsHeader"), Compact: o.yes("compact")}
		if m, ok := o["caption"].(map[string]any); ok {
			in := options(m)
			t.CaptionSize, t.CaptionClass = in.text("size"), in.text("classes")
		}
		t.Caption = o.inner("caption")
		cell := func(v any) page.Cell {
			m, ok := v.(map[string]any)
			if !ok {
				return page.Cell{Text: v}
			}
			in := options(m)
			c := page.Cell{Numeric: in.take("format") == "numeric", Classes: in.text("classes"), Text: in.content()}
			if len(in) > 0 || strings.Contains(c.Classes, "secondary-text-colour") { // theirs for "No data"
				o["unoffered"] = in
			}
			return c
		}
		for _, h := range o.take("head").([]any) {
			t.Head = append(t.Head, cell(h))
		}
		for _, r := range o.take("rows").([]any) {
			var row []page.Cell
			cells, ok := r.([]any)
			if !ok {
				o["unoffered"] = r
			}
			for _, v := range cells {
				row = append(row, cell(v))
			}
			t.Rows = append(t.Rows, row)
		}
		return t
	},
	"input": func(o options) page.Component {
		in := page.Input{Type: o.text("type"), Value: o.text("value"), Width: o.text("width"), Autocomplete: o.text("autocomplete"), Inputmode: o.text("inputmode"), Spellcheck: o.text("spellcheck"), Code: o.yes("code")}
		in.Prefix, in.Suffix = o.words("prefix"), o.words("suffix")
		in.Field = o.field("label")
		if strings.Contains(in.Classes, "--width") {
			o["unoffered"] = "two widths"
		}
		return in
	},
	"password-input": func(o options) page.Component {
		auto := o.text("autocomplete")
		return page.Password{Field: o.field("label"), Autocomplete: auto}
	},
	"textarea": func(o options) page.Component { return page.Textarea{Field: o.field("label")} },
	"file-upload": func(o options) page.Component {
		multiple := o.yes("multiple")
		return page.FileUpload{Field: o.field("label"), Multiple: multiple}
	},
	"select": func(o options) page.Component {
		items, chosen := o.items(), o.text("value")
		return page.Select{Field: o.field("label"), Options: items, Chosen: chosen}
	},
	"radios": func(o options) page.Component {
		items, chosen, small, inline := o.items(), o.text("value"), o.yes("small"), o.yes("inline")
		return page.Radios{Field: o.field("fieldset"), Options: items, Chosen: chosen, Small: small, Inline: inline}
	},
	"checkboxes": func(o options) page.Component {
		items, small := o.items(), o.yes("small")
		values, _ := o.take("values").([]any)
		var chosen []string
		for _, v := range values {
			chosen = append(chosen, fmt.Sprint(v))
		}
		return page.Checkboxes{Field: o.field("fieldset"), Options: items, Chosen: chosen, Small: small}
	},
	"date-input": func(o options) page.Component {
		d := page.DateInput{}
		if v, ok := o.take("values").(map[string]any); ok {
			in := options(v)
			d.Day, d.Month, d.Year = in.text("day"), in.text("month"), in.text("year")
		}
		prefix := o.text("namePrefix")
		d.Field = o.field("fieldset")
		d.Name = prefix
		return d
	},
}

// atLeast is how many examples of each we answer for; it can only grow.
var atLeast = map[string]int{"button": 41, "tag": 13, "details": 6, "inset-text": 2, "warning-callout": 4, "panel": 3, "notification-banner": 3,
	"error-summary": 10, "summary-list": 11, "pagination": 6, "tables": 11, "input": 36, "password-input": 10, "textarea": 13, "file-upload": 14,
	"select": 15, "radios": 29, "checkboxes": 25, "date-input": 14}

func TestComponentsAreDrawnAsTheDesignSystemsOwnExamples(t *testing.T) {
	statictest.Load(t)
	home, _ := os.UserCacheDir()
	modules, err := static.NodeModules(filepath.Join(home, "duenotice-assets"))
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range offered {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(modules, "nhsuk-frontend/dist/nhsuk/components", name, "fixtures.json"))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("the examples are not there: this program carries a finished build")
			}
			var file struct {
				Fixtures []struct {
					Name    string         `json:"name"`
					Context map[string]any `json:"context"`
					HTML    string         `json:"html"`
					Block   any            `json:"callBlock"` // content that only their template language can hand over
				} `json:"fixtures"`
			}
			if err := json.Unmarshal(text, &file); err != nil {
				t.Fatal(err)
			}
			same := 0
			for _, f := range file.Fixtures {
				o := options(f.Context)
				component := make(o)
				if len(o) > 0 || f.Block != nil {
					continue // an option that we do not offer
				}
				got, err := page.HTML(component)
				if err != nil {
					t.Errorf("%s: %v", f.Name, err)
					continue
				}
				if diff := cmp.Diff(normal(t, f.HTML), normal(t, string(got))); diff != "" {
					t.Errorf("%s (-theirs +ours):\n%s", f.Name, diff)
					continue
				}
				same++
			}
			t.Logf("%d of %d examples", same, len(file.Fixtures))
			if same < atLeast[name] {
				t.Errorf("%d examples are the same, %d were", same, atLeast[name])
			}
		})
	}
}

// normal writes HTML as one line per tag or text, with attributes sorted and
// spaces collapsed, so that only what a browser would see is compared.
func normal(t *testing.T, html string) []string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<root>" + html + "</root>"))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	d.Entity["ctdot"] = "⋯"
	var lines []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("%v in %s", err, html)
		}
		switch v := token.(type) {
		case xml.StartElement:
			var attrs []string
			for _, a := range v.Attr {
				value := strings.Join(strings.Fields(a.Value), " ")
				if value == a.Name.Local { // disabled and disabled="disabled" are the same
					value = ""
				}
				attrs = append(attrs, fmt.Sprintf("%s=%q", a.Name.Local, value))
			}
			slices.Sort(attrs)
			lines = append(lines, "<"+v.Name.Local+" "+strings.Join(attrs, " ")+">")
		case xml.EndElement:
			lines = append(lines, "</"+v.Name.Local+">")
		case xml.CharData:
			if text := strings.Join(strings.Fields(string(v)), " "); text != "" {
				lines = append(lines, text)
			}
		}
	}
}
