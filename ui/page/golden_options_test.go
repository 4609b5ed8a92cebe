package page_test

import (
	"fmt"
	"html/template"
	"strings"

	"duenotice/ui/page"
)

// options are those of one example; reading an option takes it away, so that
// what is left is what we do not offer.
type options map[string]any

func (o options) take(key string) any { v := o[key]; delete(o, key); return v }

func (o options) text(key string) string {
	switch v := o.take(key).(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(v)
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

func (o options) yes(key string) bool { v, _ := o.take(key).(bool); return v }

// content reads text or html.
func (o options) content() page.Content {
	if html, ok := o.take("html").(string); ok {
		return template.HTML(strings.TrimSpace(html))
	}
	if text, ok := o.take("text").(string); ok {
		return text
	}
	return nil
}

// inner reads an option that is a string or {text, html}; anything else in it
// counts as not offered.
func (o options) inner(key string) page.Content {
	switch v := o.take(key).(type) {
	case string:
		return v
	case map[string]any:
		in := options(v)
		c := in.content()
		if len(in) > 0 {
			o["unoffered"] = in
		}
		return c
	}
	return nil
}

// words reads an option that we offer as plain words only.
func (o options) words(key string) string {
	if _, present := o[key]; !present {
		return ""
	}
	text, ok := o.inner(key).(string)
	if !ok {
		o["unoffered"] = key
	}
	return text
}

// label reads a label or a legend.
func (o options) label(f *page.Field, key string) {
	switch v := o.take(key).(type) {
	case string:
		f.Label = v
	case map[string]any:
		in := options(v)
		f.LabelSize = in.text("size")
		if heading, ok := in["heading"].(string); ok {
			delete(in, "heading")
			f.Heading, f.Label = true, heading
		} else {
			f.Label = in.content()
			f.Heading = in.yes("isPageHeading")
		}
		if len(in) > 0 || f.Label == nil {
			o["unoffered"] = in
		}
	}
}

func (o options) field(labelled string) page.Field {
	f := page.Field{Name: o.text("name"), ID: o.text("id"), Hint: o.inner("hint"), Disabled: o.yes("disabled"), Classes: o.text("classes")}
	if prefix := o.text("idPrefix"); prefix != "" {
		f.ID = prefix
	}
	if _, present := o["errorMessage"]; present {
		f.Error = o.words("errorMessage")
	}
	if labelled == "fieldset" {
		if o["fieldset"] == nil {
			o["unoffered"] = "choices without a question"
		}
		if set, ok := o.take("fieldset").(map[string]any); ok {
			in := options(set)
			in.label(&f, "legend")
			if len(in) > 0 {
				o["unoffered"] = in
			}
		}
	} else {
		o.label(&f, "label")
	}
	return f
}

func (o options) items() []page.Option {
	var all []page.Option
	for _, item := range o.take("items").([]any) {
		in, ok := item.(map[string]any)
		if !ok {
			continue
		}
		i := options(in)
		one := page.Option{Value: i.text("value"), Text: i.text("text"), Hint: i.inner("hint"), Divider: i.text("divider")}
		if len(i) > 0 {
			o["unoffered"] = i
		}
		all = append(all, one)
	}
	return all
}

func (o options) link(key string) page.Link {
	in, ok := o.take(key).(map[string]any)
	if !ok {
		return page.Link{}
	}
	i := options(in)
	l := page.Link{Text: i.text("text"), Href: i.text("href")}
	if len(i) > 0 {
		o["unoffered"] = i
	}
	return l
}
