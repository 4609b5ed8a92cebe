package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

//go:embed components/*.html
var componentFiles embed.FS

// Content is text: a string, which is escaped, or template.HTML, which is
// trusted to be made by us.
type Content any

// Component is a piece of the design system: {{show .Body.Code}} draws it.
// The markup is the design system's own; a test compares it with the examples
// that come with it.
type Component interface{ component() string }

// Attrs are further attributes of a component, such as hx-get; names are
// letters, digits, dots, colons and hyphens, and never begin with "on".
type Attrs map[string]string

var attrName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9:.-]*$`)

func (a Attrs) html() (template.HTMLAttr, error) {
	names := make([]string, 0, len(a))
	for name := range a {
		if !attrName.MatchString(name) || strings.HasPrefix(strings.ToLower(name), "on") || strings.EqualFold(name, "style") {
			return "", fmt.Errorf("%q is no attribute for a component", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(" " + name + `="` + template.HTMLEscapeString(a[name]) + `"`)
	}
	return template.HTMLAttr(b.String()), nil //nolint:gosec // G203: names are checked and values escaped above
}

var components *template.Template

// init parses the components, which may show each other.
func init() {
	components = template.Must(template.New("").Funcs(template.FuncMap{
		"show":  HTML,
		"attrs": Attrs.html,
		"list":  func(items ...any) []any { return items },
	}).ParseFS(componentFiles, "components/*.html"))
}

// HTML draws a component.
func HTML(c Component) (template.HTML, error) {
	var b bytes.Buffer
	if err := components.ExecuteTemplate(&b, c.component(), c); err != nil {
		return "", fmt.Errorf("draw %s: %w", c.component(), err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // G203: drawn by html/template
}

// shorthands are what pages say most often, without building a struct.
var shorthands = template.FuncMap{
	"show":      HTML,
	"list":      func(items ...any) []any { return items },
	"last":      func(links []Link) Link { return links[len(links)-1] },
	"tag":       func(colour, text string) (template.HTML, error) { return HTML(Tag{Colour: colour, Text: text}) },
	"button":    func(text string) (template.HTML, error) { return HTML(Button{Text: text}) },
	"secondary": func(text string) (template.HTML, error) { return HTML(Button{Text: text, Variant: "secondary"}) },
	"small": func(text string) (template.HTML, error) {
		return HTML(Button{Text: text, Variant: "secondary", Small: true})
	},
	"linkButton": func(text, href string) (template.HTML, error) { return HTML(Button{Text: text, Href: href}) },
	"details": func(summary string, text any) (template.HTML, error) {
		return HTML(Details{Summary: summary, Text: text})
	},
	"inset": func(text any) (template.HTML, error) { return HTML(InsetText{Text: text}) },
	"warning": func(heading string, text any) (template.HTML, error) {
		return HTML(WarningCallout{Heading: heading, Text: text})
	},
	"errorSummary": func(title string, items Problems) Component { return ErrorSummary{Title: title, Items: items} },
	"done":         func(title, text string) Component { return NotificationBanner{Title: title, Text: text, Success: true} },
}

// Button submits its form, or is a link that looks like one when Href is set.
type Button struct {
	Text               Content
	Href               string
	Name, Value        string
	Variant            string // "", "secondary", "reverse", "warning", "brand"
	Small              bool
	Disabled           bool
	PreventDoubleClick bool
	Classes            string
	Attrs              Attrs
}

// Tag is a state in a word. The colours mean: white finished or planned, blue
// running, aqua working right now, orange needs somebody, red late.
type Tag struct {
	Text    Content
	Colour  string
	Classes string // "" is dn-tag, the size for dense pages; "plain" is none
}

// Details hides a longer explanation behind its summary.
type Details struct {
	Summary, Text Content
	Open          bool
}

// InsetText sets a paragraph off from the text around it.
type InsetText struct{ Text Content }

// WarningCallout says what must not be overlooked.
type WarningCallout struct {
	Heading string // "Important" when empty
	Text    Content
}

// Panel heads a confirmation, only after what it confirms is committed.
type Panel struct{ Heading, Text Content }

// NotificationBanner tells of something that just happened or is going on.
type NotificationBanner struct {
	Title   string // "Important", or "Success" when Success, if empty
	Text    Content
	Success bool
}

// ErrorSummary lists what is wrong with a form; Render puts it on the page
// from View.Problem.
type ErrorSummary struct {
	Title       string
	Description Content
	Items       Problems
}

// Row is one line of a summary list.
type Row struct {
	Key, Value Content
	Actions    []Action
}

// Action is what can be done about a row; Hidden completes it for those who
// hear the link alone: "Change" + "date of birth".
type Action struct{ Text, Href, Hidden string }

// SummaryList is a list of names and values, as on "check your answers".
type SummaryList struct {
	Rows      []Row
	NoBorder  bool // no lines at all
	NoLastRow bool // no line under the last row
}

// Pagination is the way through a list by numbered pages.
type Pagination struct {
	Previous, Next Link // Text is "Previous" or "Next" when empty; no Href, no link
	Pages          []PageLink
}

// PageLink is one number; a zero Number is the dots between.
type PageLink struct {
	Number  int
	Href    string
	Current bool
}

// Cell is one cell of a Table.
type Cell struct {
	Text    Content
	Numeric bool
	Classes string
}

// Table is a plain table; the dense tables of managers' pages are written out
// with the classes dn-table and dn-scroll.
type Table struct {
	Caption      Content
	CaptionSize  string
	Head         []Cell
	Rows         [][]Cell
	FirstHeader  bool // the first cell of a row is its name
	Compact      bool
	CaptionClass string
}

func (Button) component() string             { return "button" }
func (Tag) component() string                { return "tag" }
func (Details) component() string            { return "details" }
func (InsetText) component() string          { return "inset-text" }
func (WarningCallout) component() string     { return "warning-callout" }
func (Panel) component() string              { return "panel" }
func (NotificationBanner) component() string { return "notification-banner" }
func (ErrorSummary) component() string       { return "error-summary" }
func (SummaryList) component() string        { return "summary-list" }
func (Pagination) component() string         { return "pagination" }
func (Table) component() string              { return "table" }

// HasActions tells whether any row can be acted on.
func (l SummaryList) HasActions() bool {
	return slices.ContainsFunc(l.Rows, func(r Row) bool { return len(r.Actions) > 0 })
}

// Numeric tells whether a column of the table holds numbers: its head says so.
func (t Table) Numeric(column int) bool { return column < len(t.Head) && t.Head[column].Numeric }

// Plain tells a plain sentence, which is put into a paragraph, from prepared
// HTML, which brings its own.
func (t InsetText) Plain() bool { return plain(t.Text) }

// Plain is as for InsetText.
func (w WarningCallout) Plain() bool { return plain(w.Text) }

// Plain is as for InsetText.
func (n NotificationBanner) Plain() bool { return plain(n.Text) }

func plain(c Content) bool {
	_, html := c.(template.HTML)
	return !html
}
