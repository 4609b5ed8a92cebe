package vendors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

const (
	boardOpenMost = 2000 // batches that are not posted yet, on one page
	boardPage     = 50   // of a list of its own
)

// tooFew is under how many days before the last day that letters state they
// give no notice any more when they are posted.
const tooFew = 28

type batchesPage struct {
	Now     time.Time
	Show    string
	Tabs    []boardTab
	Groups  []boardGroup
	Sum     letters.BoardCount
	Waits   letters.VendorWaits
	Alarms  []string
	CutOff  time.Time
	Posting calendar.Date
	Account letters.Account
	Before  string // links to the pages before and after
	After   string
	File    string // under which name its file is pulled: pdf, or sealed to the vendor's key
}

type boardTab struct {
	Name, Text string
	N          int
}

var tabWords = map[string]string{letters.BoardOpen: "Not posted yet", letters.BoardPull: "To pull", letters.BoardAccept: "To accept", letters.BoardPost: "To post",
	letters.BoardPosted: "Posted", letters.BoardRejected: "Given back"}

// boardGroup is batches under one heading.
type boardGroup struct {
	Text  string
	Sum   letters.BoardCount
	Lines []boardLine
}

// boardLine is one batch, or several more like the one before.
type boardLine struct {
	letters.BoardLine
	What  string
	Late  bool
	Moot  bool // posted today its letters would state too early a day
	Do    string
	More  int // further batches like the one before
	First string
	Last  string
	Sum   letters.BoardCount
	Open  string // the list on which they are all
}

func sumOf(b letters.Batch) letters.BoardCount {
	return letters.BoardCount{Batches: 1, Pieces: b.Pieces, Sheets: b.Sheets, Bytes: b.PDFBytes}
}

func plus(a, b letters.BoardCount) letters.BoardCount {
	return letters.BoardCount{Batches: a.Batches + b.Batches, Pieces: a.Pieces + b.Pieces, Sheets: a.Sheets + b.Sheets, Bytes: a.Bytes + b.Bytes}
}

func (p *People) batches(c *fiber.Ctx, who letters.VendorPerson) error {
	ctx, m := c.UserContext(), p.Mailroom
	show := c.Query("show", letters.BoardOpen)
	if !slices.Contains(letters.Boards, show) {
		return fault.New(fault.NotFound, "There is no such list.")
	}
	skip, _ := strconv.Atoi(c.Query("skip"))
	skip, most := max(0, skip), boardPage
	if show == letters.BoardOpen {
		skip, most = 0, boardOpenMost
	}
	counts, err := m.BoardCounts(ctx, who.Vendor)
	if err != nil {
		return err
	}
	lines, err := m.Board(ctx, who.Vendor, show, skip, most)
	if err != nil {
		return err
	}
	body := batchesPage{Now: m.Clock(), Show: show, Sum: counts[show]}
	for _, name := range letters.Boards {
		body.Tabs = append(body.Tabs, boardTab{name, tabWords[name], counts[name].Batches})
	}
	body.Groups = grouped(lines, show, m.Clock())
	if skip > 0 {
		body.Before = fmt.Sprintf("/batches?show=%s&skip=%d", show, max(0, skip-boardPage))
	}
	if skip+len(lines) < counts[show].Batches && show != letters.BoardOpen {
		body.After = fmt.Sprintf("/batches?show=%s&skip=%d", show, skip+boardPage)
	}
	if err := p.strip(c, who, &body); err != nil {
		return err
	}
	return p.show(c, "batches.html", page.View{Title: "Batches", Active: "/batches", Body: body})
}

// strip fills in what a print room looks at first.
func (p *People) strip(c *fiber.Ctx, who letters.VendorPerson, body *batchesPage) (err error) {
	ctx, m := c.UserContext(), p.Mailroom
	if body.Waits, err = m.Waits(ctx, who.Vendor); err != nil {
		return err
	}
	if body.Alarms, err = m.VendorAlarms(ctx, who.Vendor); err != nil {
		return err
	}
	v, err := m.VendorProfile(ctx, who.VendorCode)
	if err != nil {
		return err
	}
	body.File = "pdf"
	if v.SealKind != "" {
		body.File = "sealed"
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return err
	}
	today := m.Clock.Today()
	body.CutOff = cutOff(today, v.CutOff)
	body.Posting = working.OnOrAfter(today)
	if body.Now.After(body.CutOff) {
		body.Posting = working.OnOrAfter(today.AddDays(1))
	}
	accounts, err := m.Ledger(ctx, campaigns.Viewer{}, letters.BalanceFilter{Vendor: who.Vendor})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		body.Account = body.Account.AddTo(a)
	}
	return nil
}

// cutOff is the moment after which nothing is taken for the next day.
func cutOff(day calendar.Date, at string) time.Time {
	h, m, _ := strings.Cut(at, ":")
	hour, _ := strconv.Atoi(h)
	minute, _ := strconv.Atoi(m)
	y, month, d := day.Civil()
	return time.Date(y, month, d, hour, minute, 0, 0, calendar.London)
}

// grouped puts batches under headings. On the list of all that is not posted
// yet, those like each other follow their first two as one line.
func grouped(list []letters.BoardLine, show string, now time.Time) []boardGroup {
	order := []string{"Late", "To pull", "Pulled, to accept", "Accepted, to post", "Posted", "Given back"}
	heading := map[string]string{letters.BoardPull: order[1], letters.BoardAccept: order[2], letters.BoardPost: order[3], letters.BoardPosted: order[4], letters.BoardRejected: order[5]}
	groups := make([]boardGroup, len(order))
	for _, b := range list {
		where, l := b.Board(), boardLine{BoardLine: b, What: whatOf(b.Batch), Do: b.Board()}
		name := heading[where]
		if open := where != letters.BoardPosted && where != letters.BoardRejected; open {
			l.Late = now.After(b.DueAt)
			l.Moot = !b.LastDay.IsZero() && b.LastDay.Before(calendar.DateOf(now).AddDays(tooFew))
			if l.Late {
				name = order[0]
			}
		}
		g := &groups[slices.Index(order, name)]
		g.Text, g.Sum = name, plus(g.Sum, sumOf(b.Batch))
		g.Lines = append(g.Lines, l)
	}
	groups = slices.DeleteFunc(groups, func(g boardGroup) bool { return len(g.Lines) == 0 })
	if show == letters.BoardOpen {
		for i := range groups {
			groups[i].Lines = folded(groups[i].Lines)
		}
	}
	return groups
}

// fold is how many batches alike make one line of those after the first two.
const fold = 3

func folded(lines []boardLine) (short []boardLine) {
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && alike(lines[from], lines[to]) {
			to++
		}
		short = append(short, lines[from:min(from+2, to)]...)
		if rest := lines[min(from+2, to):to]; len(rest) >= fold {
			more := boardLine{More: len(rest), First: rest[0].Code, Last: rest[len(rest)-1].Code, What: rest[0].What, Open: rest[0].Do}
			for _, l := range rest {
				more.Sum = plus(more.Sum, sumOf(l.Batch))
			}
			short = append(short, more)
		} else {
			short = append(short, rest...)
		}
		from = to
	}
	return short
}

func alike(a, b boardLine) bool {
	return a.What == b.What && a.Do == b.Do && a.DueAt.Equal(b.DueAt) && a.OpenRecalls == 0 && b.OpenRecalls == 0 && a.Moot == b.Moot && a.Wave == b.Wave
}

var languages = map[string]string{"en": "English", "cy": "Welsh", "pl": "Polish", "ro": "Romanian", "pt": "Portuguese", "es": "Spanish", "it": "Italian", "fr": "French",
	"lt": "Lithuanian", "bg": "Bulgarian", "hu": "Hungarian", "ar": "Arabic", "ur": "Urdu", "pa": "Panjabi", "bn": "Bengali", "gu": "Gujarati", "ta": "Tamil", "zh": "Chinese"}

// whatOf says in words what is in a batch.
func whatOf(b letters.Batch) string {
	language := languages[b.Language]
	if language == "" {
		language = b.Language
	}
	format := strings.ReplaceAll(b.Format, "_", " ")
	words := language + ", " + format + ", " + b.Postage + " class"
	if b.Postage == "economy" {
		words = language + ", " + format + ", economy"
	}
	if b.Wave == 0 {
		words += ", replacement"
	}
	return words
}
