package page_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duenotice/ui/page"

	"github.com/chromedp/chromedp"
	"github.com/gofiber/fiber/v2"
)

type need struct {
	Href      string
	Count     int
	Name, Why string
	Due, Old  string
	Late      bool
}

type wave struct {
	Name, Where, Colour, State string
	People, Posted, Returned   int64
}

type homePage struct {
	Needs []need
	Waves []wave
}

var home = homePage{
	Needs: []need{
		{"/holds", 6, "Holds to settle", "Each may be a no that could not be confirmed. No record is made for the 9 people they may belong to.", "2 due today", "Oldest 4 working days", true},
		{"/imports", 412, "Findings in a file of people", "Thames Valley, 611,907 rows read. 231 address changes touch letters that are not sealed yet.", "by Thu 25 Feb, 5.30pm", "Read yesterday, 4.12pm", false},
		{"/practices", 34, "Practices have not said their forms are in", "63,117 people whose window is over wait for them.", "", "Oldest since Thu 18 Feb", false},
	},
	Waves: []wave{
		{"Wave 1", "Thanet pilot, 12 practices", "white", "Records made", 88412, 88381, 2386},
		{"Wave 7", "Dartford, Gravesham", "blue", "Windows open", 219155, 218767, 1509},
		{"Wave 8", "Tunbridge Wells, Sevenoaks", "aqua", "Drawing letters", 241442, 0, 0},
		{"Wave 9", "Everyone else, movers-in", "orange", "Needs a second signature", 198530, 0, 0},
	},
}

func fields(wrong bool) []page.Component {
	var p page.Problems
	if wrong {
		p.Add("nhs-number", "Enter an NHS number of ten digits")
		p.Add("born-day", "This day does not exist, check day and month")
	}
	return []page.Component{
		page.Input{Field: page.Field{Name: "nhs-number", Label: "NHS number", Hint: "Ten digits, for example 999 123 4567", Error: p.For("nhs-number")}, Width: "10", Inputmode: "numeric", Code: true, Spellcheck: "false"},
		page.DateInput{Field: page.Field{Name: "born", Label: "Date of birth", LabelSize: "s", Hint: "For example, 31 3 1980", Error: p.For("born")}, Day: "31", Month: "2", Year: "1980"},
		page.Radios{Field: page.Field{Name: "channel", Label: "How did the answer come?", LabelSize: "s"}, Chosen: "paper", Options: []page.Option{{Value: "phone", Text: "By phone"}, {Value: "paper", Text: "On paper", Within: page.Input{Field: page.Field{Name: "mark", Label: "Mark on the form"}, Width: "10"}}, {Value: "practice", Text: "At the practice", Hint: "Told us by file or page"}}},
		page.Checkboxes{Field: page.Field{Name: "regions", Label: "Regions", LabelSize: "s"}, Options: []page.Option{{Value: "a", Text: "Kent and Medway"}, {Value: "b", Text: "Thames Valley"}}, Chosen: []string{"a"}, Small: true},
		page.Select{Field: page.Field{Name: "pack", Label: "Letter"}, Options: []page.Option{{Value: "4", Text: "Information letter v4"}, {Value: "5", Text: "Information letter v5"}}},
		page.FileUpload{Field: page.Field{Name: "file", Label: "File of people", Hint: "CSV, at most 200 MB"}},
		page.Textarea{Field: page.Field{Name: "reason", Label: "Why", Hint: "No names or numbers of people"}, Rows: 3},
		page.SummaryList{Rows: []page.Row{{Key: "Region", Value: "Kent and Medway", Actions: []page.Action{{Text: "Change", Href: "#", Hidden: "region"}}}, {Key: "First posting day", Value: "Monday 1 March 2027"}}},
	}
}

type look struct {
	door       page.Door
	path, file string
	view       page.View
}

var looks = []look{
	{page.Managers, "/home", "home.html", page.View{Title: "What needs you today", Active: "/", Body: home}},
	{page.Managers, "/stopped", "plain.html", page.View{Title: "Kent and Medway", Active: "/campaigns", Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}}, Flash: "Wave 3 is approved. 198,530 people.", Stop: &page.Stop{Title: "Everything is stopped", Detail: "Dana Whitlock, Wed 24 Feb, 9.12am: wrong enclosure in two batches. No letter is sealed, no record is made; answers are taken.", Action: page.Link{Text: "Lift it (two people)", Href: "/stop"}}, Body: "The body of the page."}},
	{page.Managers, "/form", "form.html", page.View{Title: "Key an answer", Active: "/answers", Body: fields(false)}},
	{page.Managers, "/wrong", "form.html", page.View{Title: "Key an answer", Active: "/answers", Problem: page.Problems{{"nhs-number", "Enter an NHS number of ten digits"}, {"born-day", "This day does not exist, check day and month"}}, Body: fields(true)}},
	{page.Managers, "/why", "why.html", page.View{Title: "Odette Farringham, why?", Back: page.Link{Text: "Back to hold H-2231", Href: "/"}}},
	{page.Vendors, "/home", "home.html", page.View{Title: "Batches", Active: "/batches", Body: home}},
	{page.Patients, "/question", "question.html", page.View{Title: "Do you want a Shared Health Summary?", Back: page.Link{Href: "/"}}},
	{page.Patients, "/form", "form.html", page.View{Title: "Your date of birth", Problem: page.Problems{{"nhs-number", "Enter the code from your letter"}}, Body: fields(true)}},
}

// TestNoPageScrollsSidewaysOrAsksAnotherHost looks at every page of the
// gallery in a real browser, at the widths of a desk, a phone and a zoomed
// page. With DUENOTICE_GALLERY=folder it leaves pictures there.
func TestNoPageScrollsSidewaysOrAsksAnotherHost(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser walks every page")
	}
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium at " + chromium)
		}
		t.Skip("no chromium at " + chromium)
	}
	doors := map[page.Door]string{}
	for _, door := range []page.Door{page.Managers, page.Vendors, page.Patients} {
		doors[door] = serve(t, door)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	for _, l := range looks {
		for _, width := range []int64{1280, 390, 320} {
			name := fmt.Sprintf("%s-%s-%d", l.door, strings.TrimPrefix(l.path, "/"), width)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(doors[l.door]+l.path), chromedp.Sleep(150*time.Millisecond)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			told, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[
				document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways to ' + document.documentElement.scrollWidth : '',
				performance.getEntriesByType('resource').some(e => new URL(e.name).origin !== location.origin) ? 'asks another host' : '',
				getComputedStyle(document.body).fontFamily.startsWith('Arial') ? '' : 'is not set in Arial',
				document.body.classList.contains('nhsuk-frontend-supported') ? '' : 'the inline script was refused',
			].filter(Boolean).join(', ')`))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if told != "" {
				t.Errorf("%s: %s", name, told)
			}
			if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
				picture(ctx, t, filepath.Join(folder, name+".png"))
			}
		}
	}
}

func picture(ctx context.Context, t *testing.T, path string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, door page.Door) string {
	t.Helper()
	a := app(t, site(door), func(a *fiber.App, r *page.Renderer) {
		for _, l := range looks {
			if l.door == door {
				a.Get(l.path, func(c *fiber.Ctx) error { return r.Render(c, l.file, 200, l.view) })
			}
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = a.Listener(listener) }()
	t.Cleanup(func() { _ = a.Shutdown() })
	return "http://" + listener.Addr().String()
}
